// The chart's rectangle: canvas in device pixels, plot in CSS pixels, and the way between bytes or events and pixels.

const BANDS = { stepTop: 0, stepHeight: 17, phaseTop: 18, phaseHeight: 19, bottom: 40 };

const frame = {
  left: 74,
  right: 12,
  top: BANDS.bottom + 4,
  bottom: 26,
  width: 0,
  height: 0,
  ratio: 1,  // pixels of the device to one of CSS
  highest: 1,
  drawn: { points: [], edges: [0] },  // instants as they stand on the screen, see instantsToDraw()

  measure() {
    const box = byId('chart').getBoundingClientRect();
    this.resize(box.width, box.height, window.devicePixelRatio || 1);
  },
  resize(width, height, ratio) {
    Object.assign(this, { width, height, ratio });
    this.left = width < 620 ? 58 : 74;
    this.highest = this.shown().highest * 1.13;
    this.drawn = instantsToDraw();
  },
  /** Totals of the groups that are shown; summed anew only when those change, not at every frame of a zoom. */
  shown() {
    const shown = grouping.shown();
    const keys = shown.map((group) => group.key).join();
    if (this.counted && this.counted.keys === keys) return this.counted;
    const totals = new Float64Array(timeline.length);
    const layers = shown.map((group) => group.layer);
    let highest = 1;
    for (let i = 0; i < timeline.length; i++) {
      let sum = 0;
      for (const layer of layers) sum += layer[i];
      totals[i] = sum;
      if (sum > highest) highest = sum;
    }
    this.counted = { keys, totals, highest };
    return this.counted;
  },
  plotWidth() {
    return Math.max(1, this.width - this.left - this.right);
  },
  plotHeight() {
    return Math.max(1, this.height - this.top - this.bottom);
  },
  x(position) {
    return this.left + ((position - view.from) / (view.to - view.from)) * this.plotWidth();
  },
  positionAt(x) {
    return view.from + ((x - this.left) / this.plotWidth()) * (view.to - view.from);
  },
  y(value) {
    return this.top + this.plotHeight() * (1 - value / this.highest);
  },
  /** Which of the drawn instants stands at x. */
  slotAt(x) {
    return Math.min(Math.max(0, lastNotAbove(this.drawn.edges, x)), this.drawn.points.length - 1);
  },
};

/** A canvas cleared and scaled to device pixels; draws in CSS pixels from then on. */
function prepared(canvas, width, height) {
  const { ratio } = frame;
  const [w, ht] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== ht) {
    canvas.width = w;
    canvas.height = ht;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Ticks at 1, 2 or 5 times a power of `base` units; memory ticks are binary. */
function memoryTicks(highest, wanted) {
  let unit = 1;
  while (highest / unit >= 1024) unit *= 1024;
  const rough = highest / unit / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((s) => s * power >= rough) * power * unit;
  const ticks = [];
  for (let value = 0; value <= highest; value += step) ticks.push(value);
  return ticks;
}

function plainTicks(from, to, wanted, whole) {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 5, 10].find((s) => s * power >= rough) * power;
  if (whole) step = Math.max(1, step);
  const ticks = [];
  for (let value = Math.ceil(from / step) * step; value <= to; value += step) ticks.push(value);
  return ticks;
}

function tickText(value, highest) {
  if (value === 0) return '0';
  let unit = 0;
  while (highest >= 1024 && unit + 1 < UNITS.length) {
    highest /= 1024;
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString('en-US', { maximumFractionDigits: 3 })} ${UNITS[unit]}`;
}
