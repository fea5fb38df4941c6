// The block view. Each listed allocation is a block, as wide as its life and as high as its bytes: it stands on those that were born
// before it and still live, and moves down when one of them ends. On top, in grey, stands the sum of what is not listed.

const BLOCK_LABEL = { height: 15, width: 34, most: 90 };  // CSS pixels; what is smaller has no name written into it

function channels(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

function mixed(color, other, part) {
  const to = channels(other);
  return `#${channels(color).map((c, k) => Math.round(c + (to[k] - c) * part).toString(16).padStart(2, '0')).join('')}`;
}

/** A colour as the four bytes of a canvas. */
function pixelOf(color) {
  const [r, g, b] = channels(color);
  return (255 << 24 | b << 16 | g << 8 | r) >>> 0;
}

/** Fill and edge of every listed allocation: its group's colour in one of three close tints, pale where a search does not match. */
const blockInks = {
  made: '',
  fill: null,
  edge: null,

  refresh() {
    const made = [document.documentElement.dataset.theme, grouping.current, ...blocks.wanted].join(' ');
    if (this.made === made) return;
    this.made = made;
    const card = theme.color('--card');
    const inks = new Map(grouping.groups().map((group) => {
      const color = theme.color(`--${group.paint}`);
      const tints = [0, 0.1, 0.2].map((part) => mixed(color, isDark(color) ? '#ffffff' : '#000000', isDark(color) ? part : part * 0.7));
      const pair = (tint, pale) => [pixelOf(mixed(tint, card, pale ? 0.84 : 0)), pixelOf(mixed(tint, card, pale ? 0.7 : 0.55))];
      return [group.number, [tints.map((tint) => pair(tint, false)), tints.map((tint) => pair(tint, true))]];
    }));
    const column = grouping.column();
    this.fill = new Uint32Array(allocations.length);
    this.edge = new Uint32Array(allocations.length);
    for (let i = 0; i < allocations.length; i++) {
      const pale = blocks.wanted.length > 0 && !blocks.matches(i) ? 1 : 0;
      [this.fill[i], this.edge[i]] = inks.get(column[i])[pale][(Math.imul(i, 2654435761) >>> 0) % 3];
    }
    this.band = pixelOf(theme.color('--band'));
    this.bandLine = pixelOf(theme.color('--band-line'));
  },
};

/** By allocation whether its group is shown. */
function shownAllocations() {
  const numbers = new Set(grouping.shown().map((group) => group.number));
  const column = grouping.column();
  return (i) => numbers.has(column[i]);
}

/** A picture of whole pixels: spikes keep their height, and no seam shows between neighbours. */
class BlockPicture {
  constructor(width, height) {
    this.canvas = Object.assign(document.createElement('canvas'), { width, height });
    this.context = this.canvas.getContext('2d');
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    [this.width, this.height] = [width, height];
  }
  fill(color, left, right, top, bottom) {
    for (let row = top * this.width; row < bottom * this.width; row += this.width) {
      if (right - left > 8) this.pixels.fill(color, row + left, row + right);
      else for (let x = row + left; x < row + right; x++) this.pixels[x] = color;
    }
  }
  /** fresh: the block begins here, so its left edge is drawn too */
  block(i, left, right, top, bottom, fresh) {
    this.fill(blockInks.fill[i], left, right, top, bottom);
    if (bottom - top < 4) return;
    this.fill(blockInks.edge[i], left, right, top, top + 1);
    if (fresh && right - left > 3) this.fill(blockInks.edge[i], left, left + 1, top, bottom);
  }
  band(left, right, top, bottom) {
    this.fill(blockInks.band, left, right, top, bottom);
    for (let y = top + (top & 1); y < bottom; y++) if (y % 4 === 0) this.fill(blockInks.bandLine, left, right, y, y + 1);
  }
  onto(context, left, top) {
    this.context.putImageData(this.image, 0, 0);
    context.drawImage(this.canvas, left, top, this.width / frame.ratio, this.height / frame.ratio);
  }
}

/** The longest stretch of each tall block at one height: where its name could stand. */
class LongestRuns {
  constructor(length) {
    this.left = new Int32Array(length);
    this.right = new Int32Array(length).fill(-1);
    this.top = new Int32Array(length);
    this.bottom = new Int32Array(length);
    this.longest = new Map();
    this.shortest = BLOCK_LABEL.width * frame.ratio;
  }
  add(i, left, right, top, bottom) {
    if (this.right[i] === left && this.top[i] === top && this.bottom[i] === bottom) {
      this.right[i] = right;
    } else {
      this.end(i);
      [this.left[i], this.right[i], this.top[i], this.bottom[i]] = [left, right, top, bottom];
    }
  }
  end(i) {
    const width = this.right[i] - this.left[i];
    if (this.right[i] < 0 || width < this.shortest || width <= (this.longest.get(i) || { width: 0 }).width) return;
    this.longest.set(i, { i, width, left: this.left[i], top: this.top[i], height: this.bottom[i] - this.top[i] });
  }
  /** The largest first, in CSS pixels from the picture's corner. */
  take() {
    for (let i = 0; i < this.right.length; i++) this.end(i);
    const runs = [...this.longest.values()].sort((a, b) => b.width * b.height - a.width * a.height).slice(0, BLOCK_LABEL.most);
    return runs.map((run) => ({ i: run.i, left: run.left / frame.ratio, top: run.top / frame.ratio, width: run.width / frame.ratio, height: run.height / frame.ratio }));
  }
}

const blockPicture = { picture: null };

function pictureOf(width, height) {
  const made = blockPicture.picture;
  if (!made || made.width !== width || made.height !== height) blockPicture.picture = new BlockPicture(width, height);
  else made.pixels.fill(0);
  return blockPicture.picture;
}

function drawBlocks(context) {
  const { points, edges } = frame.drawn;
  if (points.length === 0) return;
  blockInks.refresh();
  const left = Math.round(edges[0] * frame.ratio);
  const picture = pictureOf(Math.max(1, Math.round(edges[points.length] * frame.ratio) - left), Math.max(1, Math.round(frame.plotHeight() * frame.ratio)));
  const runs = new LongestRuns(allocations.length);
  paintBlocks(picture, runs, points, edges.map((edge) => Math.round(edge * frame.ratio) - left));
  picture.onto(context, left / frame.ratio, frame.top);
  for (const run of runs.take()) drawBlockName(context, run, left / frame.ratio + run.left, frame.top + run.top);
}

function paintBlocks(picture, runs, points, edges) {
  const { born, died, bytes: sizes, length } = allocations;
  const isShown = shownAllocations();
  const { totals } = frame.shown();
  const tall = BLOCK_LABEL.height * frame.ratio;
  const yOf = (sum) => picture.height - Math.round((sum / frame.highest) * picture.height);
  const [first, last] = [timeline.event[points[0]], timeline.event[points[points.length - 1]]];

  let next = 0;
  let live = [];
  for (; next < length && born[next] <= first; next++) if (died[next] > first && isShown(next)) live.push(next);

  // The lowest blocks that outlive what is shown never move.
  let fixed = 0;
  let floor = 0;
  let ground = picture.height;
  for (; fixed < live.length && died[live[fixed]] > last; fixed++) {
    floor += sizes[live[fixed]];
    const top = yOf(floor);
    if (top === ground) continue;
    picture.block(live[fixed], 0, picture.width, top, ground, false);
    if (ground - top >= tall) runs.add(live[fixed], 0, picture.width, top, ground);
    ground = top;
  }
  live = live.slice(fixed);

  let before = first;
  for (let k = 0; k < points.length; k++) {
    const event = timeline.event[points[k]];
    let kept = 0;
    for (let j = 0; j < live.length; j++) if (died[live[j]] > event) live[kept++] = live[j];
    live.length = kept;
    for (; next < length && born[next] <= event; next++) if (died[next] > event && isShown(next)) live.push(next);

    const [from, to] = [edges[k], edges[k + 1]];
    let sum = floor;
    let bottom = ground;
    for (let j = 0; j < live.length; j++) {
      const i = live[j];
      sum += sizes[i];
      const top = yOf(sum);
      if (top === bottom) continue;  // thinner than a pixel
      picture.block(i, from, to, top, bottom, born[i] > before);
      if (bottom - top >= tall) runs.add(i, from, to, top, bottom);
      bottom = top;
    }
    if (totals[points[k]] > sum) picture.band(from, to, yOf(totals[points[k]]), bottom);
    before = event;
  }
}

function tail(path, parts) {
  return path.split('.').slice(-parts).join('.');
}

/** What could be written into a block, the longest first. */
function blockNames(i) {
  const [name, module, op] = [text('name', i), text('module', i), text('op', i)];
  if (name) return [name, tail(name, 3)];
  const short = op.replace('aten::', '');
  return module ? [`${module} · ${op}`, `${tail(module, 2)} · ${short}`, `${tail(module, 1)} · ${short}`, short || module] : [op, short];
}

function drawBlockName(context, run, left, top) {
  const room = run.width - 10;
  context.font = `${run.height > 26 ? 12.5 : 11}px ${theme.color('--sans')}`;
  const names = blockNames(run.i).filter(Boolean);
  let label = names.find((name) => context.measureText(name).width <= room);
  if (!label && names.length > 0) {
    const last = names[names.length - 1];
    const letters = Math.floor((last.length * room) / context.measureText(last).width) - 1;
    if (letters >= 3) label = `${last.slice(0, letters)}…`;
  }
  if (!label) return;
  const group = grouping.groups().find((one) => one.number === grouping.column()[run.i]);
  const pale = blocks.wanted.length > 0 && !blocks.matches(run.i);
  context.fillStyle = pale ? theme.color('--faint') : inkOn(theme.color(`--${group.paint}`));
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(label, left + run.width / 2, top + run.height / 2 + 0.5);
}
