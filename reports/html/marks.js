// Everything on the chart that is not an area: axes, steps and phases above, the peak, the chosen instant, the crosshair.

/** Strength of a phase's band: the order in which people read a training step, not a colour that could mean a category. */
const PHASE_STRENGTH = { init: 0.1, data: 0.08, forward: 0.16, loss: 0.36, backward: 0.24, recompute: 0.2, 'optimizer step': 0.46, 'zero grad': 0.12, other: 0.04 };
const PHASE_SHORT = { forward: 'fwd', backward: 'bwd', recompute: 're', 'optimizer step': 'opt', 'zero grad': 'zero' };

function drawAxes(context) {
  const ink = theme.color('--soft');
  context.font = `12px ${theme.color('--sans')}`;
  context.fillStyle = ink;
  context.strokeStyle = theme.color('--line');
  context.lineWidth = 1;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const value of memoryTicks(frame.highest, 6)) {
    const y = Math.round(frame.y(value)) + 0.5;
    context.beginPath();
    context.moveTo(frame.left, y);
    context.lineTo(frame.left + frame.plotWidth(), y);
    context.stroke();
    context.fillText(tickText(value, frame.highest), frame.left - 8, y);
  }
  context.textBaseline = 'top';
  const order = view.axis === 'order';
  const base = frame.top + frame.plotHeight();
  const wanted = Math.max(2, frame.plotWidth() / 130);
  for (const value of plainTicks(view.from, view.to, wanted, order)) {
    const x = frame.x(value);
    context.textAlign = x > frame.width - 60 ? 'right' : x < frame.left + 12 ? 'left' : 'center';
    context.fillText(order ? (value === 0 ? 'event 0' : count(value)) : seconds(value / 1e9), Math.min(x, frame.width - frame.right), base + 8);
  }
}

function drawBands(context) {
  const order = view.axis === 'order';
  const [left, right] = [frame.left, frame.left + frame.plotWidth()];
  const span = (band) => {
    const from = frame.x(order ? band.first : band.startNs);
    const to = frame.x(order ? band.last + 1 : band.endNs);
    return [Math.max(left, from), Math.min(right, to)];
  };
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const ink = theme.color('--ink');
  context.font = `11.5px ${theme.color('--sans')}`;
  let drawnTo = -Infinity;
  for (const phase of phases) {
    const [from, to] = span(phase);
    if (to <= from || (to - from < 0.75 && to < drawnTo)) continue;  // thousands of steps share a few hundred pixels
    const width = Math.max(to - from, 0.75);
    drawnTo = from + width;
    context.globalAlpha = PHASE_STRENGTH[phase.name] || 0.1;
    context.fillStyle = ink;
    context.fillRect(from, BANDS.phaseTop, Math.max(0.75, width - (width > 4 ? 1 : 0)), BANDS.phaseHeight);
    context.globalAlpha = 1;
    if (width < 12) continue;
    const label = [phase.name, PHASE_SHORT[phase.name] || phase.name].find((text) => context.measureText(text).width + 3 < width);
    if (label) {
      context.fillText(label, from + width / 2, BANDS.phaseTop + BANDS.phaseHeight / 2 + 0.5);
    }
  }
  context.font = `600 11.5px ${theme.color('--sans')}`;
  for (const step of steps) {
    const [from, to] = span(step);
    if (to <= from) continue;
    const width = to - from;
    if (width < 6) continue;
    if (width > 6) {
      context.strokeStyle = theme.color('--line-strong');
      context.setLineDash([3, 3]);
      context.beginPath();
      context.moveTo(Math.round(from) + 0.5, BANDS.stepTop);
      context.lineTo(Math.round(from) + 0.5, frame.top + frame.plotHeight());
      context.stroke();
      context.setLineDash([]);
    }
    context.fillStyle = theme.color('--soft');
    const label = [`step ${step.step}`, String(step.step)].find((text) => context.measureText(text).width + 8 < width);
    if (label) context.fillText(label, from + width / 2, BANDS.stepTop + BANDS.stepHeight / 2);
  }
}

function verticalLine(context, x, color, width, dash = []) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, BANDS.bottom);
  context.lineTo(x, frame.top + frame.plotHeight());
  context.stroke();
  context.setLineDash([]);
}

function shownTotal(point) {
  return frame.shown().totals[point];
}

function drawPeak(context) {
  const x = frame.x(view.column()[peakPoint]);
  if (timeline.length === 0 || x < frame.left - 1 || x > frame.left + frame.plotWidth() + 1) return;
  const accent = theme.color('--accent');
  const y = frame.y(shownTotal(peakPoint));
  verticalLine(context, x, accent, 1.5);
  context.fillStyle = accent;
  context.beginPath();
  context.arc(x, y, 4.5, 0, 2 * Math.PI);
  context.fill();
  context.font = `650 13px ${theme.color('--sans')}`;
  const text = `peak ${bytes(timeline.total[peakPoint])} · ${whereText(summary.peak.event)}`;
  const width = context.measureText(text).width + 18;
  const fits = x + 8 + width < frame.left + frame.plotWidth();
  const boxX = fits ? x + 8 : Math.max(frame.left, x - 8 - width);
  const boxY = Math.max(frame.top + 1, y - 30);
  context.beginPath();
  context.roundRect(boxX, boxY, width, 23, 6);
  context.fill();
  context.fillStyle = theme.color('--accent-ink');
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, boxX + 9, boxY + 12);
}

function drawSelected(context) {
  const x = frame.x(view.column()[view.selected]);
  if (timeline.length === 0 || x < frame.left - 1 || x > frame.left + frame.plotWidth() + 1) return;
  const ink = theme.color('--ink');
  if (view.selected !== peakPoint) verticalLine(context, x, ink, 1.5);
  const base = frame.top + frame.plotHeight();
  context.fillStyle = view.selected === peakPoint ? theme.color('--accent') : ink;
  context.beginPath();
  context.moveTo(x, base - 1);
  context.lineTo(x - 6, base + 8);
  context.lineTo(x + 6, base + 8);
  context.fill();
}

function drawCrosshair(context) {
  if (view.hovered < 0) return;
  const x = frame.x(view.column()[view.hovered]);
  const y = frame.y(shownTotal(view.hovered));
  const ink = theme.color('--ink');
  verticalLine(context, Math.max(frame.left, x), ink, 1, [2, 3]);
  if (chart.mode === 'blocks') return;  // what is pointed at there is a block, not a height
  context.strokeStyle = ink;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(frame.left, y);
  context.lineTo(frame.left + frame.plotWidth(), y);
  context.stroke();
  context.setLineDash([]);
}

function drawDrag(context, from, to) {
  context.globalAlpha = 0.16;
  context.fillStyle = theme.color('--ink');
  context.fillRect(Math.min(from, to), frame.top, Math.abs(to - from), frame.plotHeight());
  context.globalAlpha = 1;
}
