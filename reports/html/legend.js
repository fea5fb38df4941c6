// One button a group: shows or hides it. Sizes and totals never change with it.

function fillLegend() {
  const buttons = [...grouping.groups()].reverse().map((group) => {
    const button = h('button', { type: 'button', 'aria-pressed': String(group.shown), 'data-group': group.key }, swatch(group.paint), group.label);
    button.addEventListener('click', () => {
      group.shown = !group.shown;
      button.setAttribute('aria-pressed', String(group.shown));
      chart.redraw();
      blocks.told();
    });
    return button;
  });
  byId('legend').setAttribute('aria-label', `Shown, by ${grouping.title().toLowerCase()}`);
  byId('legend').replaceChildren(...buttons);
}
