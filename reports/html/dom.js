// Elements without innerHTML: every string of a trace reaches the page as text, never as markup.

function byId(id) {
  return document.getElementById(id);
}

/** h('td', { class: 'n', colspan: 2 }, 'text', otherElement) */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

/** paint: a class of the style sheet, "c-weights" of a category or "g-3" of another group */
function swatch(paint) {
  return h('i', { class: `swatch ${paint}`, 'aria-hidden': 'true' });
}

function categoryTag(category) {
  return h('span', { class: 'tag' }, swatch(`c-${category.key}`), category.label);
}

function groupTag(group) {
  const label = group.label.includes('.') ? h('span', {}, ...breakable(group.label)) : group.label;
  return h('span', { class: 'tag' }, swatch(group.paint), label);
}

function sizeCell(value) {
  return h('td', { class: 'n' }, bytes(value));
}

function exactCell(value) {
  return h('td', { class: 'n bytes', 'data-bytes': value }, exactBytes(value));
}

/** Size with the exact bytes below it, or a dash for what is not known. */
function bothCell(value) {
  if (value === null || value === undefined) return h('td', { class: 'n' }, '–');
  return h('td', { class: 'n', 'data-bytes': value }, bytes(value), h('span', { class: 'sub mono' }, exactBytes(value)));
}

/** A long name with places where a line may end: behind its dots, colons and underscores. */
function breakable(name) {
  return name.split(/(?<=[.:_])(?=[^.:_])/).flatMap((part) => [part, h('wbr')]);
}

function codeCell(name) {
  return h('td', { class: 'code' }, ...breakable(name || '–'));
}

function tableRow(columns, cells) {
  return h('tr', {}, ...cells.map((cell, i) => {
    if (cell instanceof Node && (cell.tagName === 'TD' || cell.tagName === 'TH')) return cell;
    const numeric = columns[i][1] ? 'n' : null;
    return i === 0 ? h('th', { scope: 'row', class: numeric }, cell) : h('td', { class: numeric }, cell);
  }));
}

/** columns: [title, isNumber]; rows: arrays of cells (elements or text). The first cell of a row names it. */
function table(caption, columns, rows) {
  const head = columns.map(([title, numeric]) => h('th', { scope: 'col', class: numeric ? 'n' : null }, title));
  const body = rows.map((cells) => tableRow(columns, cells));
  return h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...body));
}

function fill(sectionId, ...children) {
  byId(sectionId).querySelector('.body').replaceChildren(...children);
}

/** The first rows of a long table, and a button that makes the rest: a run of many steps has thousands. */
function shortened(caption, columns, all, cellsOf, shown, noun) {
  const first = all.length <= shown + 3 ? all : all.slice(0, shown);
  const element = table(caption, columns, first.map(cellsOf));
  if (first.length === all.length) return [element];
  const more = h('button', { type: 'button', class: 'button' }, `Show all ${count(all.length)} ${noun}`);
  const left = h('p', { class: 'only-paper' }, `The first ${count(shown)} of ${count(all.length)} ${noun}; report.json has all.`);
  more.addEventListener('click', () => {
    element.tBodies[0].append(...all.slice(shown).map((one, i) => tableRow(columns, cellsOf(one, shown + i))));
    more.remove();
    left.remove();
  });
  return [element, more, left];
}
