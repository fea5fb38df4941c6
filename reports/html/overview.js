// The whole run in one thin strip, with the part that the chart shows.

/** Heights by pixel: they change with the width and the axis, not with what the chart shows. */
const overviewHeights = { made: '', heights: null };

function heightsOfOverview(left, right) {
  const made = `${view.axis} ${left} ${right} ${view.end()}`;
  if (overviewHeights.made === made) return overviewHeights.heights;
  const column = view.column();
  const end = view.end();
  const highest = timeline.total.reduce((a, b) => Math.max(a, b), 1);
  const pixels = Math.ceil(right - left);
  const heights = new Float64Array(pixels);
  const pixelOf = (position) => Math.floor((position / end) * (right - left));
  for (let i = 0; i < timeline.length; i++) {
    const from = Math.max(0, pixelOf(column[i]));
    const to = Math.min(pixels - 1, pixelOf(i + 1 < timeline.length ? column[i + 1] : end));
    for (let p = from; p <= to; p++) heights[p] = Math.max(heights[p], timeline.total[i] / highest);
  }
  Object.assign(overviewHeights, { made, heights });
  return heights;
}

function drawOverview() {
  const canvas = byId('overview');
  const { width, height } = canvas.getBoundingClientRect();
  const context = prepared(canvas, width, height);  // at the ratio of the chart
  if (timeline.length === 0 || width === 0) return;
  const end = view.end();
  const [left, right] = [frame.left, width - frame.right];
  const x = (position) => left + (position / end) * (right - left);
  context.fillStyle = theme.color('--faint');
  heightsOfOverview(left, right).forEach((part, p) => context.fillRect(left + p, height - 2 - part * (height - 6), 1, part * (height - 6)));
  context.fillStyle = theme.color('--card');
  context.globalAlpha = 0.72;
  context.fillRect(left, 0, x(view.from) - left, height);
  context.fillRect(x(view.to), 0, right - x(view.to), height);
  context.globalAlpha = 1;
  context.strokeStyle = theme.color('--ink');
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(x(view.from) + 0.75, 1, Math.max(3, x(view.to) - x(view.from) - 1.5), height - 2, 4);
  context.stroke();
}

function startOverview() {
  const canvas = byId('overview');
  const centre = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (event.clientX - box.left - frame.left) / (box.width - frame.left - frame.right);
    const width = view.to - view.from;
    view.show(inside * view.end() - width / 2, inside * view.end() + width / 2);
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    centre(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons & 1) centre(event);
  });
}
