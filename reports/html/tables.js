// The sections below the chart: one function a section, each a table of the summary.

function goToEventButton(label, event) {
  const button = h('button', { type: 'button', class: 'button', title: 'Show this instant in the chart' }, label);
  button.addEventListener('click', () => {
    view.select(pointOfEvent(event));
    byId('timeline').scrollIntoView({ behavior: 'smooth' });
  });
  return button;
}

function fillSteps() {
  const cellsOf = (step, i) => [
    String(known(step.step) ? step.step : i + 1),
    known(step.loss) ? number(step.loss, 4) : '–',
    known(step.seconds) ? seconds(step.seconds) : '–',
    bothCell(step.peak_requested_bytes),
    steps[i] ? h('td', { class: 'n' }, goToEventButton('show', steps[i].peakEvent)) : '',
  ];
  if (!summary.steps || summary.steps.length === 0) return fill('steps', h('p', {}, 'The program marked no steps.'));
  const columns = [['Step', false], ['Loss', true], ['Time', true], ['Peak', true], ['', true]];
  fill('steps', ...shortened('Training steps', columns, summary.steps, cellsOf, 12, 'steps'));
}

// What the step up to this rung consists of, as far as it is known, and what is left of it.
function partsOf(rung) {
  return known(rung.residual_bytes) ? [...rung.parts, { what: 'residual', bytes: rung.residual_bytes }] : [];
}

function fillLadder() {
  const rungs = summary.ladder || [];
  const highest = Math.max(1, ...rungs.map((rung) => rung.bytes || 0));
  const rows = rungs.map((rung) => {
    const meter = known(rung.bytes) ? h('i', { class: 'meter', 'aria-hidden': 'true' }) : null;
    if (meter) meter.style.width = `${(100 * rung.bytes) / highest}%`;
    return [
      h('th', { scope: 'row' }, rung.rung, rung.explanation ? h('span', { class: 'sub' }, rung.explanation) : null,
        ...partsOf(rung).map((part) => h('span', { class: 'sub' }, `+ ${part.what}: ${exactBytes(part.bytes)}`)),
        known(rung.bytes) ? null : h('span', { class: 'sub' }, `not measured: ${rung.why_not_measured}`), meter),
      known(rung.bytes) ? bothCell(rung.bytes) : h('td', { class: 'n quiet' }, 'not measured'),
    ];
  });
  fill('ladder', table('From requested bytes to the device', [['Rung', false], ['Bytes', true]], rows));
}

function fillPhases() {
  const all = summary.phases || [];
  const highest = all.reduce((most, phase) => Math.max(most, phase.peak_bytes), 1);
  const cellsOf = (phase) => {
    const meter = h('i', { class: 'meter', 'aria-hidden': 'true' });
    meter.style.width = `${(100 * phase.peak_bytes) / highest}%`;
    return [phase.step > 0 ? String(phase.step) : '–', words(phase.name), bothCell(phase.start_bytes), bothCell(phase.peak_bytes), bothCell(phase.end_bytes),
      signedBytes(phase.end_bytes - phase.start_bytes), count(phase.events), h('td', {}, meter)];
  };
  const columns = [['Step', false], ['Phase', false], ['Start', true], ['Peak', true], ['End', true], ['Change', true], ['Events', true], ['Peak, to scale', false]];
  fill('phases', ...shortened('Phases', columns, all, cellsOf, 14, 'phases'));
}

/** The listed allocations that are live at the peak, largest first. */
function fillTop() {
  const live = timeline.length ? liveAt(peakPoint).sort((a, b) => allocations.bytes[b] - allocations.bytes[a]).slice(0, 20) : [];
  const rows = live.map((i, rank) => [
    String(rank + 1),
    bothCell(allocations.bytes[i]),
    h('td', { class: 'n' }, share(allocations.bytes[i], summary.peak.requested_bytes)),
    h('td', {}, categoryTag(categoryByNumber.get(allocations.category[i]))),
    tensorCell(i),
    codeCell(text('module', i)),
    codeCell(text('op', i)),
    h('td', { class: 'n' }, `${count(summary.peak.event - allocations.born[i])} events`, h('span', { class: 'sub' }, whereText(allocations.born[i]))),
  ]);
  const columns = [['#', false], ['Bytes', true], ['Share', true], ['Category', false], ['Tensor', false], ['Module', false], ['Operator', false], ['Age', true]];
  fill('top', h('div', { class: 'wide' }, table('Largest allocations at the peak', columns, rows)));
}

function fillAttribution(sectionId, caption, all) {
  if (!all || all.length === 0) return fill(sectionId, h('p', {}, 'Nothing was recorded.'));
  const cellsOf = (row) => [h('th', { scope: 'row', class: 'code' }, ...breakable(row.name)), bothCell(row.at_peak_bytes), bothCell(row.allocated_bytes), count(row.allocations)];
  const columns = [['Name', false], ['At the peak', true], ['Allocated in all', true], ['Allocations', true]];
  fill(sectionId, ...shortened(caption, columns, all, cellsOf, 10, 'rows'));
}

function fillGrowth() {
  const all = summary.growth || [];
  const cellsOf = (row) => [
    row.operator || '(none)', row.module || '–', words(row.phase), words(row.category), signedBytes(row.bytes_per_step), count(row.steps), bothCell(row.total_bytes)];
  if (all.length === 0) return fill('growth', h('p', {}, 'Nothing grew from step to step.'));
  const columns = [['Operator', false], ['Module', false], ['Phase', false], ['Category', false], ['A step', true], ['Steps', true], ['In all', true]];
  fill('growth', ...shortened('Growth from step to step', columns, all, cellsOf, 10, 'rows'));
}

function facts(pairs) {
  return h('dl', { class: 'facts' }, ...pairs.filter(([, value]) => known(value) && value !== '').flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function fillTrust() {
  const overhead = summary.overhead || {};
  const losses = summary.losses || {};
  const run = summary.run;
  const orNot = (key, shown) => (known(overhead[key]) ? shown(overhead[key]) : `not measured: ${overhead[`${key}_why_not`]}`);
  fill('trust', facts([
    ['Events recorded', count(overhead.events || 0)],
    ['Cost of an event', orNot('ns_per_event', (ns) => `${number(ns, 1)} ns`)],
    ['Share of the step time', orNot('step_time_share', (part) => share(part, 1))],
    ['Memory of the profiler', orNot('profiler_bytes', (b) => `${bytes(b)} (${exactBytes(b)})`)],
    ['Alive when the trace ends', `${bytes(summary.alive_at_end_bytes)} (${exactBytes(summary.alive_at_end_bytes)})`],
    ['Alive before the session', `${bytes(summary.carried_in.bytes)} in ${plural(summary.carried_in.allocations, 'allocation')}`],
    ['Events dropped', count(losses.dropped_events || 0)],
    ['Program interrupted', run.interrupted ? 'yes' : null],
    ['Program failed', run.failed ? run.failure || 'yes' : null],
    ['Trace cut', losses.cut ? losses.cut_reason || 'yes' : 'no'],
    ...['dropped_scopes', 'unmatched_frees', 'implied_frees', 'data_dependent_reads', 'unimplemented_calls'].map((key) => [LOSS_NAMES[key], known(losses[key]) ? count(losses[key]) : null]),
  ]));
}

const LOSS_NAMES = {
  dropped_scopes: 'Names dropped', unmatched_frees: 'Releases of unknown addresses', implied_frees: 'Releases not seen',
  data_dependent_reads: 'Data-dependent reads', unimplemented_calls: 'Calls not implemented',
};

function fillRun() {
  const run = summary.run;
  byId('paper-line').textContent = [run.command, run.started_at, run.versions.libtorch && `LibTorch ${run.versions.libtorch}`].filter(Boolean).join(' · ');
  const versions = Object.entries(run.versions).filter(([name, version]) => version && !name.endsWith('_why_not')).map(([name, version]) => `${words(name)} ${version}`).join(' · ');
  const numbers = summary.parameters || {};
  fill('run', facts([
    ['Command', run.command && h('span', { class: 'code' }, run.command)],
    ['Started', run.started_at],
    ['Attention', chartData.words.attention],
    ['Device', run.device],
    ['Versions', versions],
    ['Parameters', known(numbers.count) ? `${count(numbers.count)} in ${plural(numbers.tensors, 'tensor')}, ${bytes(numbers.bytes)} (${exactBytes(numbers.bytes)})` : null],
  ]), run.config_text ? h('pre', { tabindex: 0, 'aria-label': 'Configuration' }, run.config_text) : '');
}
