// The first screen: which run, how high, where, and made of what.

function runLine() {
  const run = summary.run;
  const setup = run.setup || {};
  const parts = [];
  if (run.config) parts.push(h('b', {}, run.config));
  const n = summary.parameters && summary.parameters.count;
  if (n) parts.push(`${chartData.words.model || ''} ${count(n)} parameters`.trim());
  if (run.precision) parts.push(run.precision);
  if (setup.batch) parts.push(`B ${count(setup.batch)}`);
  if (setup.sequence) parts.push(`S ${count(setup.sequence)}`);
  if (chartData.words.optimizer) parts.push(chartData.words.optimizer);
  if (run.device) parts.push(run.device);
  return parts.map((part) => h('span', {}, part));
}

function fillHeadline() {
  const peak = summary.peak;
  byId('run-line').replaceChildren(...runLine());
  const [digits, unit] = sizeParts(peak.requested_bytes);
  const bound = isLowerBound() ? '≥ ' : '';
  byId('peak-size').textContent = bound + digits;
  byId('peak-unit').textContent = unit;
  byId('peak-exact').textContent = bound + exactBytes(peak.requested_bytes);
  byId('peak-exact').dataset.bytes = peak.requested_bytes;
  const facts = [
    ['Step', peak.step > 0 ? `${peak.step} of ${summary.run.steps}` : 'outside every step'],
    ['Phase', words(peak.phase)],
    ['Operator', peak.operator && h('code', {}, peak.operator)],
    ['Module', peak.module && h('code', {}, peak.module)],
  ];
  byId('peak-where').replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
  fillPeakCategories(peak);
}

function fillPeakCategories(peak) {
  const of = (c) => peak.by_category[c.key] || 0;
  const present = categories.filter((c) => of(c) > 0).sort((a, b) => of(b) - of(a));
  byId('peak-bar').replaceChildren(...present.map((c) => {
    const part = h('i', { class: `c-${c.key}`, title: `${c.label} ${bytes(of(c))}` });
    part.style.flexGrow = of(c) / peak.requested_bytes;
    return part;
  }));
  byId('peak-bar').setAttribute('aria-label', `Peak by category: ${present.map((c) => `${c.label} ${share(of(c), peak.requested_bytes)}`).join(', ')}`);
  const unknown = categories.find((c) => c.key === 'unknown');
  const listed = present.includes(unknown) ? present : [...present, unknown];
  const row = (c) => h('tr', { class: of(c) === 0 ? 'zero' : null, 'data-group': c.key },
    h('th', { scope: 'row' }, categoryTag(c)), sizeCell(of(c)), exactCell(of(c)), h('td', { class: 'n' }, share(of(c), peak.requested_bytes)));
  const body = byId('peak-categories');
  body.tBodies[0].replaceChildren(...listed.map(row));
  const residual = peak.residual_bytes || 0;
  body.tFoot.replaceChildren(h('tr', {}, h('th', { scope: 'row' }, 'sum'), sizeCell(peak.requested_bytes - residual), exactCell(peak.requested_bytes - residual),
    h('td', { class: 'n' }, residual === 0 ? '0 B left over' : `${exactBytes(residual)} left over`)));
}

function isLowerBound() {
  return summary.peak.is_lower_bound;
}

function fillBanners() {
  const losses = summary.losses || {};
  const lines = [];
  if (losses.dropped_events > 0) lines.push(`${plural(losses.dropped_events, 'event')} could not be recorded: the peak is a lower bound.`);
  if (losses.cut) lines.push(`The trace is cut${losses.cut_reason ? ` (${losses.cut_reason})` : ''}: it is shown up to its last complete chunk, and the peak is a lower bound.`);
  // A warning that only says again what a banner says already is left out.
  const repeats = (warning) => lines.length > 0 && /lower bound/.test(warning);
  const notes = (summary.warnings || []).filter((warning) => !repeats(warning));
  byId('banners').replaceChildren(
    ...lines.map((line) => h('p', { class: 'banner', role: 'alert' }, line)),
    ...notes.map((line) => h('p', { class: 'note' }, line)));
}
