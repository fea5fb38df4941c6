// The chart put together: what is drawn when, and what pointer, wheel and keys do.

const chart = {
  mode: 'totals',  // or 'blocks': every listed allocation a block
  drag: null,
  waiting: false,
  stale: true,

  start() {
    const box = byId('chart');
    new ResizeObserver(() => this.redraw()).observe(box);
    theme.listeners.push(() => this.redraw());
    grouping.listeners.push(() => this.redraw());
    for (const mode of ['totals', 'blocks']) byId(`view-${mode}`).addEventListener('click', () => this.show(mode));
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
  show(mode) {
    this.mode = mode;
    for (const one of ['totals', 'blocks']) byId(`view-${one}`).setAttribute('aria-pressed', String(one === mode));
    for (const element of document.querySelectorAll('[data-view]')) element.hidden = element.dataset.view !== mode;
    byId('chart').setAttribute('aria-describedby', `help-${mode}`);
    this.hoverAt(-1, 0);
    blocks.told();
    this.redraw();
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
      this.paint(byId('chart-areas'));
      drawOverview();
    }
    this.mark(byId('chart-marks'));
  },
  paint(canvas) {
    const context = prepared(canvas, frame.width, frame.height);
    drawAxes(context);
    drawBands(context);
    if (this.mode === 'blocks') drawBlocks(context);
    else drawAreas(context);
  },
  mark(canvas) {
    const context = prepared(canvas, frame.width, frame.height);
    if (this.mode === 'blocks') blocks.outline(context);
    drawPeak(context);
    drawSelected(context);
    drawCrosshair(context);
    if (this.drag && this.drag.moved && !this.drag.pan) drawDrag(context, this.drag.from, this.drag.to);
  },
  pointerY(event) {
    return event.clientY - byId('chart').getBoundingClientRect().top;
  },
  pointerX(event) {
    const box = byId('chart').getBoundingClientRect();
    return Math.min(Math.max(event.clientX - box.left, frame.left), frame.left + frame.plotWidth());
  },
  /** The instant under the pointer; blocks stand as in the instant that is drawn there, else the peak wins over three pixels. */
  pointUnder(x) {
    if (this.mode === 'blocks') return frame.drawn.points[frame.slotAt(x)];
    if (Math.abs(frame.x(view.column()[peakPoint]) - x) <= 3) return peakPoint;
    return pointAt(frame.positionAt(x));
  },
  hoverAt(point, x, y = 0) {
    const hit = this.mode === 'blocks' && point >= 0 ? blocks.at(point, y) : null;
    blocks.hover(hit);
    view.hover(point);
    if (point < 0) placeTooltip(null);
    else placeTooltip(hit === null ? instantTooltip(point) : blockTooltip(point, hit), x);
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
    this.hoverAt(timeline.length ? this.pointUnder(x) : -1, x, this.pointerY(event));
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
    if (!drag.moved) this.choose(this.pointUnder(this.pointerX(event)), this.pointerY(event));
    else if (!drag.pan) view.show(frame.positionAt(Math.min(drag.from, drag.to)), frame.positionAt(Math.max(drag.from, drag.to)));
  },
  choose(point, y) {
    if (this.mode === 'blocks') blocks.choose(blocks.at(point, y));
    view.select(point);
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
    if (this.mode === 'blocks') this.hoverAt(-1, 0);  // what is under the pointer is known when it is drawn
    else this.hoverAt(this.pointUnder(this.pointerX(event)), this.pointerX(event));
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
    if (this.mode === 'blocks') {
      actions.ArrowUp = () => blocks.step(1);
      actions.ArrowDown = () => blocks.step(-1);
      actions.Escape = () => blocks.choose(null);
    }
    if (!actions[event.key] || event.ctrlKey || event.metaKey || timeline.length === 0) return;
    event.preventDefault();
    actions[event.key]();
  },
};

function goToPeak() {
  if (timeline.length) view.select(peakPoint);
}
