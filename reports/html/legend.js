// One button a category: shows or hides its area. Sizes and totals never change with it.

function startLegend() {
  const buttons = [...usedCategories].reverse().map((category) => {
    const button = h('button', { type: 'button', 'aria-pressed': 'true', 'data-category': category.key }, swatch(category.key), category.label);
    button.addEventListener('click', () => {
      category.shown = !category.shown;
      button.setAttribute('aria-pressed', String(category.shown));
      chart.redraw();
    });
    return button;
  });
  byId('legend').replaceChildren(...buttons);
}
