// Bytes by category under the pointer.

function showTooltip(point, x) {
  const box = byId('tooltip');
  if (point < 0) {
    box.hidden = true;
    return;
  }
  const at = bytesAt(point);
  const rows = [...usedCategories].reverse().filter((c) => at.get(c.key) !== 0).map((c) =>
    h('tr', {}, h('td', {}, categoryTag(c)), h('td', { class: 'n' }, bytes(at.get(c.key)))));
  box.replaceChildren(
    h('strong', {}, bytes(timeline.total[point])),
    h('p', {}, whereText(timeline.event[point])),
    h('p', {}, `event ${count(timeline.event[point])} · ${seconds(timeline.time[point] / 1e9)}`),
    h('table', {}, h('tbody', {}, ...rows)));
  box.hidden = false;
  const width = box.offsetWidth;
  const left = x + 18 + width < frame.width ? x + 18 : Math.max(0, x - 18 - width);
  box.style.transform = `translate(${Math.round(left)}px, ${frame.top + 12}px)`;
}
