// Fills the page and starts its parts.

function chartNote() {
  const drawn = timeline.length < chartData.changes
    ? `${count(timeline.length)} of ${count(chartData.changes)} changes of memory are drawn: of each stretch the highest instant is kept`
    : `all ${count(chartData.changes)} changes of memory are drawn`;
  const parts = [`${plural(chartData.events, 'event')}; ${drawn}.`];
  if (smaller) parts.push(`${count(allocations.length)} of ${count(chartData.allocations_in_trace)} allocations are listed one by one: those live at the peak, then the largest. The rest is summed as “smaller allocations”: ${bandText()}. Every total is exact.`);
  else parts.push(`All ${count(chartData.allocations_in_trace)} allocations are listed.`);
  return parts.join(' ');
}

/** How much of the run is in what is not listed. */
function bandText() {
  let [band, all, most] = [0, 0, 0];
  for (let i = 0; i < timeline.length; i++) {
    band += smaller.bytes[i];
    all += timeline.total[i];
    most = Math.max(most, smaller.bytes[i]);
  }
  return `${share(band, all)} of the bytes on average, ${bytes(most)} at most`;
}

function setAxis(axis) {
  view.setAxis(axis);
  byId('axis-order').setAttribute('aria-pressed', String(axis === 'order'));
  byId('axis-time').setAttribute('aria-pressed', String(axis === 'time'));
}

theme.start();
view.to = view.end();
fillBanners();
fillHeadline();
startGrouping();
grouping.listeners.push(fillLegend);
fillLegend();
chart.start();
startOverview();
instant.start();
blocks.start();
startPrint();
fillModel();
fillSteps();
fillLadder();
fillPhases();
fillTop();
flame.start();
fillAttribution('modules', 'Memory by module', summary.modules);
fillAttribution('operators', 'Memory by operator', summary.operators);
fillGrowth();
fillTrust();
fillRun();
byId('chart-note').textContent = chartNote();
byId('axis-order').addEventListener('click', () => setAxis('order'));
byId('axis-time').addEventListener('click', () => setAxis('time'));
const middle = () => view.column()[view.selected];
byId('zoom-in').addEventListener('click', () => view.zoom(0.6, middle()));
byId('zoom-out').addEventListener('click', () => view.zoom(1 / 0.6, middle()));
byId('zoom-reset').addEventListener('click', () => view.reset());
byId('go-peak').addEventListener('click', goToPeak);

// For the curious at the console, and for the tests: where an instant is on the screen.
window.profileTrainReport = {
  summary,
  view,
  points: timeline.length,
  eventOf: (point) => timeline.event[point],
  pointOfEvent,
  peakPoint,
  allocations,
  blocks,
  grouping,
  stretchesOf,
  /** Middle of a block at an instant, in page coordinates; null where it is not drawn. */
  screenOfBlock: (i, point) => {
    const box = byId('chart').getBoundingClientRect();
    const slot = frame.drawn.points.indexOf(point);
    const x = (frame.drawn.edges[slot] + frame.drawn.edges[slot + 1]) / 2;
    const stretch = stretchesOf(i).find(([left, right]) => left <= x && x < right);
    return stretch && { x: box.left + x, y: box.top + frame.y(stretch[2] + allocations.bytes[i] / 2) };
  },
  /** Middle of an instant's stretch in page coordinates, inside the plot. */
  screenOf: (point) => {
    const box = byId('chart').getBoundingClientRect();
    const column = view.column();
    const next = point + 1 < timeline.length ? column[point + 1] : view.end();
    return { x: box.left + frame.x((column[point] + next) / 2), y: box.top + frame.top + frame.plotHeight() / 2 };
  },
};
