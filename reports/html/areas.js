// The stacked areas. Each instant's bytes hold until the next one, so edges are steps, never slopes.

/**
 * Instants to draw, with the left edge of each in pixels of the device and the right edge of the last behind them.
 *
 * A spike may be thinner than a pixel, and a canvas would draw it pale and low. So edges lie on pixels: of the instants that
 * begin in one pixel the highest has it whole, and what holds after them goes on in the next.
 */
function instantsToDraw() {
  if (timeline.length === 0) return { points: [], edges: [0] };
  const column = view.column();
  const { ratio } = frame;
  const [left, right] = [Math.round(frame.left * ratio), Math.round((frame.left + frame.plotWidth()) * ratio)];
  const first = pointAt(view.from);
  const last = pointAt(view.to);
  const scale = (right - left) / (view.to - view.from);
  const pixelOf = (i) => Math.min(right - 1, Math.max(left, Math.floor(left + (column[i] - view.from) * scale)));
  const { totals } = frame.shown();
  const points = [];
  const edges = [];
  const put = (point, edge) => {
    points.push(point);
    edges.push(edge / ratio);
  };
  for (let i = first; i <= last;) {
    const pixel = pixelOf(i);
    let highest = i;
    let next = i + 1;
    for (; next <= last && pixelOf(next) === pixel; next++) if (totals[next] > totals[highest]) highest = next;
    put(highest, pixel);
    const end = next <= last ? pixelOf(next) : right;
    if (highest !== next - 1 && end > pixel + 1) put(next - 1, pixel + 1);
    i = next;
  }
  edges.push(right / ratio);
  return { points, edges };
}

const HATCH = '#77777a';

function hatch(context, color, line) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const t = tile.getContext('2d');
  t.fillStyle = color;
  t.fillRect(0, 0, 6, 6);
  t.strokeStyle = line;
  t.lineWidth = 1.5;
  t.beginPath();
  t.moveTo(-1, 7);
  t.lineTo(7, -1);
  t.stroke();
  return context.createPattern(tile, 'repeat');
}

function drawAreas(context) {
  if (timeline.length === 0) return;
  const { points, edges } = frame.drawn;
  const shown = grouping.shown();
  const tops = shown.map(() => new Float64Array(points.length));
  const sum = new Float64Array(points.length);
  shown.forEach((group, layer) => {
    points.forEach((point, k) => {
      sum[k] += group.layer[point];
      tops[layer][k] = sum[k];
    });
  });
  context.save();
  context.beginPath();
  context.rect(frame.left, 0, frame.plotWidth(), frame.top + frame.plotHeight());
  context.clip();
  const roomy = points.length < frame.plotWidth() / 2.5;
  // From the top of the stack down, each filled to the baseline: neighbours share an edge and no seam shows.
  for (let layer = shown.length - 1; layer >= 0; layer--) {
    const color = theme.color(`--${shown[layer].paint}`);
    const path = new Path2D();
    points.forEach((_, k) => {
      const y = frame.y(tops[layer][k]);
      path.lineTo(edges[k], y);
      path.lineTo(edges[k + 1], y);
    });
    const area = new Path2D(path);
    area.lineTo(edges[points.length], frame.y(0));
    area.lineTo(edges[0], frame.y(0));
    area.closePath();
    context.fillStyle = shown[layer].paint === 'c-unknown' ? hatch(context, color, HATCH) : color;
    context.fill(area);
    if (roomy) {
      context.strokeStyle = theme.color('--card');
      context.lineWidth = 0.6;
      context.stroke(path);
    }
  }
  drawAreaNames(context, shown, tops, edges);
  context.restore();
}

/** The name of a group inside its area, where the area is wide and thick enough for it. */
function drawAreaNames(context, shown, tops, edges) {
  const pitch = 6;
  const columns = Math.floor(frame.plotWidth() / pitch);
  const instantOf = new Int32Array(columns);
  for (let c = 0, k = 0; c < columns; c++) {
    const x = frame.left + (c + 0.5) * pitch;
    while (k + 2 < edges.length && edges[k + 1] <= x) k++;
    instantOf[c] = k;
  }
  context.font = `600 13px ${theme.color('--sans')}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  shown.forEach((group, layer) => {
    const needed = Math.ceil((context.measureText(group.label).width + 18) / pitch);
    let best = { score: -Infinity, x: 0, y: 0 };
    for (let start = 0; start + needed <= columns; start++) {
      let [ceiling, floor] = [-Infinity, Infinity];
      for (let c = start; c < start + needed; c++) {
        const k = instantOf[c];
        ceiling = Math.max(ceiling, frame.y(tops[layer][k]));
        floor = Math.min(floor, frame.y(layer > 0 ? tops[layer - 1][k] : 0));
        if (floor - ceiling <= 20) break;
      }
      if (floor - ceiling <= 20) continue;
      // The thickest place, and of places about equally thick the one nearest to the middle.
      const score = floor - ceiling - Math.abs(start + needed / 2 - columns / 2) * 0.3;
      if (score > best.score) best = { score, x: frame.left + (start + needed / 2) * pitch, y: (floor + ceiling) / 2 };
    }
    if (best.score === -Infinity) return;
    context.fillStyle = inkOn(theme.color(`--${group.paint}`));
    context.fillText(group.label, best.x, best.y + 0.5);
  });
}

function inkOn(color) {
  return isDark(color) ? 'rgba(255,255,255,0.95)' : 'rgba(20,18,14,0.88)';
}

function isDark(color) {
  const channel = (at) => parseInt(color.slice(at, at + 2), 16) / 255;
  return 0.299 * channel(1) + 0.587 * channel(3) + 0.114 * channel(5) < 0.425;
}
