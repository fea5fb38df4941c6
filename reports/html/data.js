// What the page was given: the summary (what `--json` writes; its phases came in columns) and the columns of the chart.

const summary = JSON.parse(byId('summary-data').textContent);
summary.phases = rowsOf(summary.phases);
const chartData = JSON.parse(byId('chart-data').textContent);

/** From the bottom of the stack to its top: what stays first, what comes and goes above it. */
const STACK = ['weights', 'weight_copies', 'optimizer_state', 'gradients', 'inputs', 'activations', 'logits', 'workspace', 'temporary', 'unknown'];

const labels = new Map(chartData.categories);
const categories = STACK.map((key) => ({ key, label: labels.get(key), number: chartData.categories.findIndex((c) => c[0] === key) }));
const categoryByNumber = new Map(categories.map((c) => [c.number, c]));

/** Instants of the timeline: event number, time, bytes by number of the category (those that ever appear), total. */
const timeline = (() => {
  const event = runningSum(unpacked(chartData.timeline.event));
  const time = runningSum(unpacked(chartData.timeline.time_ns));
  const total = new Float64Array(event.length);
  const layers = new Map();
  for (const [category, differences] of Object.entries(chartData.timeline.bytes)) {
    const values = runningSum(unpacked(differences));
    layers.set(Number(category), values);
    for (let i = 0; i < total.length; i++) total[i] += values[i];
  }
  return { event, time, total, layers, length: event.length };
})();

const allocations = (() => {
  const columns = { strings: chartData.allocations.strings };
  for (const name of ['lifetime', 'bytes', 'category', 'part', 'phase', 'module', 'op', 'name', 'type']) columns[name] = Float64Array.from(unpacked(chartData.allocations[name]));
  const born = runningSum(unpacked(chartData.allocations.born));
  const died = new Float64Array(born.length);
  for (let i = 0; i < died.length; i++) died[i] = columns.lifetime[i] < 0 ? Infinity : born[i] + columns.lifetime[i];
  return { ...columns, born, died, length: born.length };
})();

/** What is not listed one by one, by instant of the timeline: number, bytes, and bytes by group; null when everything is listed. */
const smaller = chartData.smaller && (() => {
  const groups = (columns) => new Map(Object.entries(columns).map(([number, differences]) => [Number(number), runningSum(unpacked(differences))]));
  const { count: counted, category, part, phase } = chartData.smaller;
  const bytes = new Float64Array(timeline.length);
  const by = { category: groups(category), part: groups(part), phase: groups(phase) };
  for (const column of by.category.values()) for (let i = 0; i < bytes.length; i++) bytes[i] += column[i];
  return { count: groups(counted).get(0) || new Float64Array(timeline.length), bytes, by };
})();

/** "optimizer_step" → "optimizer step" */
function words(key) {
  return key.replaceAll('_', ' ');
}

const phases = summary.phases.map((phase) => ({
  name: words(phase.name), step: phase.step, first: phase.first_event, last: phase.last_event, startNs: phase.start_ns, endNs: phase.end_ns,
}));
const steps = summary.steps.map((step, i) => ({
  step: step.step, first: step.first_event, last: step.last_event, startNs: chartData.step_ns[i][0], endNs: chartData.step_ns[i][1], peakEvent: step.peak.event,
}));

const phaseStarts = phases.map((phase) => phase.first);

function phaseAt(event) {
  const i = lastNotAbove(phaseStarts, event);
  return i >= 0 && event <= phases[i].last ? phases[i] : null;
}

function whereText(event) {
  const phase = phaseAt(event);
  if (!phase) return 'outside every phase';
  return phase.step > 0 ? `step ${phase.step} · ${phase.name}` : phase.name;
}

/** The instant of the timeline that shows the state after an event. */
function pointOfEvent(event) {
  return Math.max(0, lastNotAbove(timeline.event, event));
}

const peakPoint = pointOfEvent(summary.peak.event);

/** Positions of the listed allocations that are live right after the event of an instant. */
function liveAt(point) {
  const event = timeline.event[point];
  const live = [];
  for (let i = 0; i < allocations.length && allocations.born[i] <= event; i++) {
    if (allocations.died[i] > event) live.push(i);
  }
  return live;
}

function text(column, i) {
  return allocations.strings[allocations[column][i]];
}

/** All that can be searched for in an allocation, in small letters. */
const searchTexts = [];

function searchText(i) {
  searchTexts[i] ??= [text('name', i), text('type', i), text('module', i), text('op', i), categoryByNumber.get(allocations.category[i]).label].join(' ').toLowerCase();
  return searchTexts[i];
}

/** Words of a search; an allocation that has them all matches. */
function searchWords(wanted) {
  return wanted.trim().toLowerCase().split(/\s+/).filter(Boolean);
}
