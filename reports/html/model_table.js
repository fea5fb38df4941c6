// The formula everyone quotes beside what was seen, term by term.

const STATED_TOLERANCE = 0.01;  // a stated value further off than this share of what was observed is marked

const MODEL_COLUMNS = [
  ['stated_bytes', 'Stated formula'],
  ['corrected_bytes', 'Corrected'],
  ['exact_bytes', 'Exact'],
  ['simulated_bytes', 'Simulated'],
  ['observed_bytes', 'Observed'],
];

function known(value) {
  return value !== null && value !== undefined;
}

function modelInstants() {
  const model = summary.model || {};
  return [
    ['spike', 'Logits spike', model.spike, (model.spike && model.spike.terms) || model.terms],
    ['peak', 'Steady-state peak', model.peak, model.peak && model.peak.terms],
    ['first_step_peak', 'Peak of step 1', model.first_step_peak, model.first_step_peak && model.first_step_peak.terms],
  ].filter(([, , totals, terms]) => totals && (known(totals.observed_bytes) || known(totals.exact_bytes)) && terms);
}

/** How far off, as a share; as bytes where the share would read as nothing. */
function missText(off, observed) {
  if (off === 0) return 'exact to the byte';
  if (Math.abs(off) < 0.0005 * Math.abs(observed)) return signedBytes(off);
  return `${off > 0 ? '+' : ''}${share(off, observed)}`;
}

/** A stated value that misses: by how much, in words under the number. */
function statedCell(stated, observed) {
  if (!known(stated)) return h('td', { class: 'n' }, known(observed) && observed > 0 ? h('span', { class: 'said' }, 'not in it') : '–');
  const cell = bothCell(stated);
  if (!known(observed)) return cell;
  const off = stated - observed;
  if (Math.abs(off) <= STATED_TOLERANCE * Math.abs(observed)) return cell;
  cell.classList.add('off-cell');
  const miss = observed === 0 ? 'nothing was observed' : missText(off, observed);
  cell.append(h('span', { class: 'sub' }, miss));
  return cell;
}

function residualCell(residual) {
  if (!known(residual)) return h('td', { class: 'n' }, '–');
  if (residual === 0) return h('td', { class: 'n fits', 'data-bytes': 0 }, '0 B');
  const exact = Math.abs(residual) < 1024 ? null : h('span', { class: 'sub mono' }, exactBytes(residual));
  return h('td', { class: 'n', 'data-bytes': residual }, signedBytes(residual), exact);
}

function modelRow(name, row, columns, note) {
  const cells = columns.map(([key]) => (key === 'stated_bytes' ? statedCell(row[key], row.observed_bytes) : bothCell(row[key])));
  cells.forEach((cell, i) => { cell.dataset.column = columns[i][0]; });
  const residual = residualCell(row.residual_bytes);
  residual.dataset.column = 'residual_bytes';
  return h('tr', { 'data-term': name },
    h('th', { scope: 'row' }, name, row.formula ? h('span', { class: 'sub mono' }, row.formula) : null, note ? h('span', { class: 'sub' }, note) : null),
    ...cells, residual);
}

function modelTotals(totals) {
  const shown = MODEL_COLUMNS.filter(([key]) => known(totals[key]));
  const highest = Math.max(...shown.map(([key]) => totals[key]));
  return h('div', { class: 'totals' }, ...shown.map(([key, title]) => {
    const fill = h('span', { class: 'fill' });
    fill.style.width = `${(100 * totals[key]) / highest}%`;
    const track = h('div', { class: 'track' }, fill);
    if (known(totals.observed_bytes)) track.style.setProperty('--observed', `${(100 * totals.observed_bytes) / highest}%`);
    const off = totals[key] - totals.observed_bytes;
    const against = key === 'observed_bytes' || !known(totals.observed_bytes) ? '' : ` · ${missText(off, totals.observed_bytes)}`;
    return h('div', { class: `total-row is-${key.replace('_bytes', '')}` },
      h('span', {}, title.split(' ')[0]), track, h('span', { class: 'value' }, h('b', {}, bytes(totals[key])), ` ${exactBytes(totals[key])}${against}`));
  }));
}

function showModel([key, title, totals, terms]) {
  const columns = MODEL_COLUMNS.filter(([column]) => column !== 'simulated_bytes' || terms.some((term) => known(term[column])));
  const heads = [['Term', false], ...columns.map(([, name]) => [name, true]), ['Residual', true]];
  const shown = table(`Memory model and observation: ${title}`, heads, []);
  shown.tBodies[0].append(...terms.map((term) => modelRow(term.name, term, columns, term.note)));
  shown.append(h('tfoot', {}, modelRow('sum', totals, columns)));
  shown.id = 'model-table';
  const place = [totals.where, totals.step > 0 ? `step ${totals.step}` : '', known(totals.observed_phase) ? `seen in ${words(totals.observed_phase)}` : ''].filter(Boolean).join(' · ');
  byId('model-body').replaceChildren(
    h('h3', { class: 'only-paper' }, title),
    h('p', { class: 'help' }, place ? `${place}. ` : '', 'Residual is observed minus exact. Red: the stated formula is more than 1 % off.'),
    modelTotals(totals), h('div', { class: 'wide' }, shown));
  for (const tab of byId('model-tabs').children) tab.setAttribute('aria-pressed', String(tab.dataset.instant === key));
}

function fillModel() {
  const instants = modelInstants();
  if (instants.length === 0) {
    byId('model-body').replaceChildren(h('p', {}, `No comparison with the memory model: ${(summary.model && summary.model.why_not) || 'the run did not say what the model needs'}.`));
    return;
  }
  byId('model-tabs').replaceChildren(...instants.map((instant) => {
    const tab = h('button', { type: 'button', 'data-instant': instant[0], 'aria-pressed': 'false' }, instant[1]);
    tab.addEventListener('click', () => showModel(instant));
    return tab;
  }));
  showModel(instants[0]);
}
