// What is under the pointer: bytes by group at an instant, or one allocation.

function placeTooltip(content, x) {
  const box = byId('tooltip');
  box.hidden = !content;
  if (!content) return;
  box.replaceChildren(...content);
  const width = box.offsetWidth;
  const left = x + 18 + width < frame.width ? x + 18 : Math.max(0, x - 18 - width);
  box.style.transform = `translate(${Math.round(left)}px, ${frame.top + 12}px)`;
}

function instantTooltip(point) {
  const rows = [...grouping.groups()].reverse().filter((group) => group.layer[point] !== 0).map((group) =>
    h('tr', {}, h('td', {}, groupTag(group)), h('td', { class: 'n' }, bytes(group.layer[point]))));
  return [
    h('strong', {}, bytes(timeline.total[point])),
    h('p', {}, whereText(timeline.event[point])),
    h('p', {}, `event ${count(timeline.event[point])} · ${seconds(timeline.time[point] / 1e9)}`),
    h('table', {}, h('tbody', {}, ...rows)),
  ];
}

/** hit: an allocation, or −1 for the smaller ones, as blocks.at() says it */
function blockTooltip(point, hit) {
  const facts = hit < 0 ? bandFacts(point) : allocationFacts(hit);
  const size = hit < 0 ? grouping.smallerAt(point) : allocations.bytes[hit];
  return [
    h('strong', {}, bytes(size)), ` ${exactBytes(size)}`,
    h('p', { class: 'what' }, hit < 0 ? 'smaller allocations' : blockTitle(hit)),
    h('table', {}, h('tbody', {}, ...facts.map(([name, value]) => h('tr', {}, h('td', { class: 'name' }, name), h('td', {}, value))))),
  ];
}
