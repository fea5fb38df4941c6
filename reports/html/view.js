// What part of the run the chart shows, and along which axis. Everyone who draws listens to `changed`.

const view = {
  axis: 'order',
  from: 0,
  to: 1,
  selected: peakPoint,
  hovered: -1,
  listeners: [],

  /** Position of an instant on the axis. */
  column() {
    return this.axis === 'order' ? timeline.event : timeline.time;
  },
  end() {
    const last = timeline.length - 1;
    if (last < 0) return 1;
    const lastPhase = phases.length ? phases[phases.length - 1] : null;
    if (this.axis === 'order') return Math.max(timeline.event[last] + 1, lastPhase ? lastPhase.last : 0);
    return Math.max(timeline.time[last] * 1.0005, lastPhase ? lastPhase.endNs : 0);
  },
  whole() {
    return this.from === 0 && this.to === this.end();
  },
  show(from, to) {
    const end = this.end();
    const smallest = Math.min(end, this.axis === 'order' ? 12 : 1000);
    const width = Math.min(end, Math.max(smallest, to - from));
    this.from = Math.min(Math.max(0, from), end - width);
    this.to = this.from + width;
    this.changed('range');
  },
  zoom(factor, around) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  },
  pan(distance) {
    this.show(this.from + distance, this.to + distance);
  },
  reset() {
    this.show(0, this.end());
  },
  setAxis(axis) {
    if (axis === this.axis) return;
    const before = this.column();
    const [first, last] = [pointAt(this.from), pointAt(this.to)];
    const whole = this.whole();
    this.axis = axis;
    const after = this.column();
    if (whole || before.length === 0) this.reset();
    else this.show(after[first], after[Math.max(last, first)]);
  },
  select(point) {
    this.selected = Math.min(Math.max(0, point), timeline.length - 1);
    const x = this.column()[this.selected];
    const width = this.to - this.from;
    if (x < this.from || x > this.to) this.show(x - width / 2, x + width / 2);
    this.changed('selected');
  },
  hover(point) {
    if (point === this.hovered) return;
    this.hovered = point;
    this.changed('hovered');
  },
  changed(what) {
    for (const listener of this.listeners) listener(what);
  },
};

/** The instant whose state holds at a position of the axis. */
function pointAt(x) {
  return Math.max(0, lastNotAbove(view.column(), x));
}
