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

function swatch(key) {
  return h('i', { class: `swatch c-${key}`, 'aria-hidden': 'true' });
}

function categoryTag(category) {
  return h('span', { class: 'tag' }, swatch(category.key), category.label);
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

/** columns: [title, isNumber]; rows: arrays of cells (elements or text). The first cell of a row names it. */
function table(caption, columns, rows) {
  const head = columns.map(([title, numeric]) => h('th', { scope: 'col', class: numeric ? 'n' : null }, title));
  const body = rows.map((cells) =>
    h('tr', {}, ...cells.map((cell, i) => {
      if (cell instanceof Node && (cell.tagName === 'TD' || cell.tagName === 'TH')) return cell;
      const numeric = columns[i][1] ? 'n' : null;
      return i === 0 ? h('th', { scope: 'row', class: numeric }, cell) : h('td', { class: numeric }, cell);
    })));
  return h('table', {}, h('caption', { class: 'hidden' }, caption), h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...body));
}

function fill(sectionId, ...children) {
  byId(sectionId).querySelector('.body').replaceChildren(...children);
}

/** The first rows of a long table, and a button for the rest. */
function shortened(element, shown, noun) {
  const rows = [...element.tBodies[0].rows];
  if (rows.length <= shown + 3) return [element];
  const rest = rows.slice(shown);
  for (const row of rest) row.hidden = true;
  const more = h('button', { type: 'button', class: 'button' }, `Show all ${count(rows.length)} ${noun}`);
  more.addEventListener('click', () => {
    for (const row of rest) row.hidden = false;
    more.remove();
  });
  return [element, more];
}
