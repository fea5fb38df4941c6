// Everything live at the chosen instant: totals by category, and the allocations one by one.

const COLUMNS = [
  { key: 'bytes', title: 'Bytes', numeric: true, value: (i) => allocations.bytes[i] },
  { key: 'category', title: 'Category', value: (i) => categoryByNumber.get(allocations.category[i]).label },
  { key: 'tensor', title: 'Tensor', value: (i) => `${text('name', i)} ${text('type', i)}` },
  { key: 'module', title: 'Module', value: (i) => text('module', i) },
  { key: 'op', title: 'Operator', value: (i) => text('op', i) },
  { key: 'born', title: 'Born', numeric: true, value: (i) => allocations.born[i] },
];
const PAGE = 200;

/** What an allocation is called: its name with its type below, or the type alone. */
function tensorCell(i) {
  const [name, type] = [text('name', i), text('type', i)];
  return h('td', { class: 'code' }, ...breakable(name || type || '–'), name && type ? h('span', { class: 'sub' }, type) : null);
}

const instant = {
  live: [],
  sort: { key: 'bytes', descending: true },
  shown: PAGE,
  waiting: false,

  start() {
    const heads = COLUMNS.map((column) => {
      const button = h('button', { type: 'button' }, column.title);
      button.addEventListener('click', () => this.sortBy(column));
      return h('th', { scope: 'col', class: column.numeric ? 'n' : null, 'data-column': column.key }, button);
    });
    byId('live').tHead.replaceChildren(h('tr', {}, ...heads));
    byId('search').addEventListener('input', () => {
      this.shown = PAGE;
      this.list();
    });
    byId('live-more').addEventListener('click', () => {
      this.shown += 5 * PAGE;
      this.list();
    });
    view.listeners.push((what) => {
      if (what === 'selected') this.later();
    });
    grouping.listeners.push(() => this.later());
    this.update();
  },
  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.update();
    });
  },
  sortBy(column) {
    const again = this.sort.key === column.key;
    this.sort = { key: column.key, descending: again ? !this.sort.descending : Boolean(column.numeric) };
    this.list();
  },
  update() {
    if (timeline.length === 0) {
      byId('instant-where').textContent = 'The trace has no event that changed memory.';
      return;
    }
    const point = view.selected;
    this.live = liveAt(point);
    this.shown = PAGE;
    byId('instant-where').replaceChildren(
      h('b', {}, bytes(timeline.total[point])), ` · ${whereText(timeline.event[point])} · event ${count(timeline.event[point])} · ${seconds(timeline.time[point] / 1e9)}`,
      point === peakPoint ? ' · the peak' : '');
    byId('instant').dataset.event = timeline.event[point];
    this.totals(point);
    this.list();
  },
  totals(point) {
    const rows = [...grouping.groups()].reverse().map((group) => {
      const held = group.layer[point];
      return h('tr', { class: held === 0 ? 'zero' : null, 'data-group': group.key }, h('th', { scope: 'row' }, groupTag(group)), sizeCell(held), exactCell(held));
    });
    const body = byId('instant-categories');
    body.tHead.rows[0].cells[0].textContent = grouping.title();
    body.caption.textContent = `Bytes live at the chosen instant by ${grouping.title().toLowerCase()}`;
    body.tBodies[0].replaceChildren(...rows);
    body.tFoot.replaceChildren(h('tr', {}, h('th', { scope: 'row' }, 'total'), sizeCell(timeline.total[point]), exactCell(timeline.total[point])));
    this.closure(point);
  },
  /** The list is made from births and deaths, the total from the ledger: they must agree to the byte, and the page says whether they do. */
  closure(point) {
    let sum = 0;
    for (const i of this.live) sum += allocations.bytes[i];
    if (smaller) sum += smaller.bytes[point];
    const left = timeline.total[point] - sum;
    const line = byId('instant-closure');
    line.dataset.left = left;
    line.classList.toggle('off', left !== 0);
    const number = this.live.length + (smaller ? smaller.count[point] : 0);
    line.textContent = left === 0
      ? `${plural(number, 'live allocation')} sum to the total, 0 B left over.`
      : `The live allocations sum to ${exactBytes(sum)}: ${exactBytes(left)} are unexplained.`;
  },
  list() {
    const wanted = searchWords(byId('search').value);
    const matches = this.live.filter((i) => wanted.every((word) => searchText(i).includes(word)));
    const column = COLUMNS.find((c) => c.key === this.sort.key);
    const direction = this.sort.descending ? -1 : 1;
    const keys = new Map(matches.map((i) => [i, column.value(i)]));
    matches.sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      const order = column.numeric ? x - y : x.localeCompare(y);
      return order !== 0 ? direction * order : allocations.bytes[b] - allocations.bytes[a] || a - b;
    });
    for (const head of byId('live').tHead.rows[0].cells) {
      const sorted = head.dataset.column === this.sort.key;
      head.setAttribute('aria-sort', sorted ? (this.sort.descending ? 'descending' : 'ascending') : 'none');
    }
    const rows = matches.slice(0, this.shown).map((i) => this.row(i));
    if (wanted.length === 0 && matches.length <= this.shown && smaller && smaller.count[view.selected] > 0) rows.push(this.smallerRow());
    byId('live').tBodies[0].replaceChildren(...rows);
    let sum = 0;
    for (const i of matches) sum += allocations.bytes[i];
    byId('instant-count').textContent = wanted.length === 0
      ? plural(matches.length, 'allocation')
      : `${count(matches.length)} of ${count(this.live.length)} · ${bytes(sum)}`;
    const more = byId('live-more');
    more.hidden = matches.length <= this.shown;
    more.textContent = `Show more (${count(matches.length - this.shown)} below)`;
  },
  /** Marks the allocation that is chosen in the chart, and brings it into sight inside the list. */
  mark() {
    for (const row of byId('live').tBodies[0].rows) {
      if (Number(row.dataset.allocation) !== blocks.chosen) row.removeAttribute('aria-current');
      else {
        row.setAttribute('aria-current', 'true');
        const box = row.closest('.scroll');
        box.scrollTop = row.offsetTop - box.clientHeight / 2;
      }
    }
  },
  row(i) {
    const category = categoryByNumber.get(allocations.category[i]);
    return h('tr', { 'data-allocation': i, 'aria-current': i === blocks.chosen ? 'true' : null },
      bothCell(allocations.bytes[i]),
      h('td', {}, categoryTag(category)),
      tensorCell(i),
      codeCell(text('module', i)),
      codeCell(text('op', i)),
      h('td', { class: 'n' }, `event ${count(allocations.born[i])}`, h('span', { class: 'sub' }, whereText(allocations.born[i]))));
  },
  smallerRow() {
    const n = smaller.count[view.selected];
    return h('tr', { class: 'smaller' }, bothCell(smaller.bytes[view.selected]), h('td', { colspan: 5 }, `${plural(n, 'smaller allocation')}, not listed one by one`));
  },
};
