// The chart put together: what is drawn when, and what pointer, wheel and keys do.

const chart = {
  drag: null,
  waiting: false,
  stale: true,

  start() {
    const box = byId('chart');
    new ResizeObserver(() => this.redraw()).observe(box);
    theme.listeners.push(() => this.redraw());
    view.listeners.push((what) => (what === 'range' ? this.redraw() : this.redrawMarks()));
    box.addEventListener('pointermove', (event) => this.onMove(event));
    box.addEventListener('pointerdown', (event) => this.onDown(event));
    box.addEventListener('pointerup', (event) => this.onUp(event));
    box.addEventListener('pointercancel', () => this.endDrag());
    box.addEventListener('pointerleave', () => {
      if (!this.drag) this.hoverAt(-1, 0);
    });
    box.addEventListener('dblclick', () => view.reset());
    box.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    box.addEventListener('keydown', (event) => this.onKey(event));
    document.addEventListener('keydown', (event) => {
      const typing = event.target instanceof HTMLInputElement;
      if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === 'p') goToPeak();
    });
  },
  redraw() {
    this.stale = true;
    this.redrawMarks();
  },
  redrawMarks() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  },
  draw() {
    if (this.stale) {
      this.stale = false;
      frame.measure();
      const areas = prepared(byId('chart-areas'), frame.width, frame.height);
      drawAxes(areas);
      drawBands(areas);
      drawAreas(areas);
      drawOverview();
    }
    const marks = prepared(byId('chart-marks'), frame.width, frame.height);
    drawPeak(marks);
    drawSelected(marks);
    drawCrosshair(marks);
    if (this.drag && this.drag.moved && !this.drag.pan) drawDrag(marks, this.drag.from, this.drag.to);
  },
  pointerX(event) {
    const box = byId('chart').getBoundingClientRect();
    return Math.min(Math.max(event.clientX - box.left, frame.left), frame.left + frame.plotWidth());
  },
  /** The instant under the pointer; the peak or another instant wins over a gap of three pixels. */
  pointUnder(x) {
    const column = view.column();
    const under = pointAt(frame.positionAt(x));
    if (Math.abs(frame.x(column[peakPoint]) - x) <= 3) return peakPoint;
    return under;
  },
  hoverAt(point, x) {
    view.hover(point);
    showTooltip(point, x);
  },
  onMove(event) {
    const x = this.pointerX(event);
    if (this.drag) {
      this.drag.to = x;
      this.drag.moved = this.drag.moved || Math.abs(x - this.drag.from) > 4;
      if (this.drag.pan && this.drag.moved) {
        view.pan(frame.positionAt(this.drag.last) - frame.positionAt(x));
        this.drag.last = x;
      }
      if (this.drag.moved) this.hoverAt(-1, x);
      this.redrawMarks();
      return;
    }
    this.hoverAt(timeline.length ? this.pointUnder(x) : -1, x);
  },
  onDown(event) {
    if (event.button !== 0 || timeline.length === 0) return;
    const x = this.pointerX(event);
    this.drag = { from: x, to: x, last: x, moved: false, pan: event.shiftKey };
    if (event.pointerType !== 'touch') byId('chart').setPointerCapture(event.pointerId);
  },
  onUp(event) {
    const drag = this.drag;
    this.endDrag();
    if (!drag) return;
    if (!drag.moved) view.select(this.pointUnder(this.pointerX(event)));
    else if (!drag.pan) view.show(frame.positionAt(Math.min(drag.from, drag.to)), frame.positionAt(Math.max(drag.from, drag.to)));
  },
  endDrag() {
    this.drag = null;
    this.redrawMarks();
  },
  onWheel(event) {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      view.pan((event.deltaX / frame.plotWidth()) * (view.to - view.from));
      return;
    }
    if (event.deltaY > 0 && view.whole()) return;  // nothing left to zoom out of: let the page scroll
    event.preventDefault();
    view.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) / 400), frame.positionAt(this.pointerX(event)));
    this.hoverAt(this.pointUnder(this.pointerX(event)), this.pointerX(event));
  },
  onKey(event) {
    const center = view.column()[view.selected];
    const stride = event.shiftKey ? 50 : 1;
    const actions = {
      ArrowLeft: () => view.select(view.selected - stride),
      ArrowRight: () => view.select(view.selected + stride),
      Home: () => view.select(0),
      End: () => view.select(timeline.length - 1),
      '+': () => view.zoom(0.6, center),
      '=': () => view.zoom(0.6, center),
      '-': () => view.zoom(1 / 0.6, center),
      0: () => view.reset(),
      Escape: () => this.hoverAt(-1, 0),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey || timeline.length === 0) return;
    event.preventDefault();
    actions[event.key]();
  },
};

function goToPeak() {
  if (timeline.length) view.select(peakPoint);
}
