// What the page was given: the summary (the same JSON that `--json` writes) and the columns of the chart.

const summary = JSON.parse(byId('summary-data').textContent);
const chartData = JSON.parse(byId('chart-data').textContent);

/** From the bottom of the stack to its top: what stays first, what comes and goes above it. */
const STACK = ['weights', 'weight_copies', 'optimizer_state', 'gradients', 'inputs', 'activations', 'logits', 'workspace', 'temporary', 'unknown'];

const labels = new Map(chartData.categories);
const categories = STACK.map((key) => ({ key, label: labels.get(key), number: chartData.categories.findIndex((c) => c[0] === key), shown: true }));
const categoryByNumber = new Map(categories.map((c) => [c.number, c]));

function runningSum(differences) {
  const values = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < differences.length; i++) {
    sum += differences[i];
    values[i] = sum;
  }
  return values;
}

/** Instants of the timeline: event number, time, bytes by category (null where a category never appears), total. */
const timeline = (() => {
  const event = runningSum(chartData.timeline.event);
  const time = runningSum(chartData.timeline.time_ns);
  const total = new Float64Array(event.length);
  const layers = new Map();
  for (const [key, differences] of Object.entries(chartData.timeline.bytes)) {
    const values = runningSum(differences);
    layers.set(key, values);
    for (let i = 0; i < total.length; i++) total[i] += values[i];
  }
  return { event, time, total, layers, length: event.length };
})();

const usedCategories = categories.filter((c) => timeline.layers.has(c.key));

const allocations = (() => {
  const columns = chartData.allocations;
  const born = runningSum(columns.born);
  const died = new Float64Array(born.length);
  for (let i = 0; i < died.length; i++) died[i] = columns.lifetime[i] < 0 ? Infinity : born[i] + columns.lifetime[i];
  return { ...columns, born, died, length: born.length };
})();

/** What is not listed one by one, by instant of the timeline; null when everything is listed. */
const smaller = chartData.smaller && {
  count: runningSum(chartData.smaller.count),
  bytes: new Map(Object.entries(chartData.smaller.bytes).map(([key, differences]) => [key, runningSum(differences)])),
};

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

/** Last position in a sorted column whose value is not above x; −1 if there is none. */
function lastNotAbove(column, x, length = column.length) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

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

function bytesAt(point) {
  return new Map(categories.map((c) => [c.key, timeline.layers.has(c.key) ? timeline.layers.get(c.key)[point] : 0]));
}

/** Positions of the listed allocations that are live right after the event of an instant. */
function liveAt(point) {
  const event = timeline.event[point];
  const live = [];
  for (let i = 0; i < allocations.length && allocations.born[i] <= event; i++) {
    if (allocations.died[i] > event) live.push(i);
  }
  return live;
}
