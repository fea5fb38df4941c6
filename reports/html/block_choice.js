// What people do with blocks: point at one, choose one, step through the stack, search.

/** "event 1,234 · step 1 · forward · 2.1 ms"; the time of an instant that thinning left out is that of the one before. */
function eventText(event) {
  const point = pointOfEvent(event);
  const about = timeline.event[point] === event ? '' : '≈ ';
  return `event ${count(event)} · ${whereText(event)} · ${about}${seconds(timeline.time[point] / 1e9)}`;
}

function blockTitle(i) {
  return text('name', i) || text('type', i) || 'a storage that no tensor described';
}

function allocationFacts(i) {
  const [born, died] = [allocations.born[i], allocations.died[i]];
  const ends = died === Infinity ? chartData.events : died;
  return [
    ['Category', categoryTag(categoryByNumber.get(allocations.category[i]))],
    ['Shape', text('name', i) && text('type', i)],
    ['Module', text('module', i)],
    ['Operator', text('op', i)],
    ['Born', eventText(born)],
    ['Died', died === Infinity ? 'alive when the trace ends' : eventText(died)],
    ['Alive for', plural(ends - born, 'event')],
  ].filter(([, value]) => value);
}

function bandFacts(point) {
  return [
    ['Number', smaller ? plural(smaller.count[point], 'allocation') : '0'],
    ['At', eventText(timeline.event[point])],
  ];
}

/** A block along the drawn instants: [left, right, bytes below it], as long as it lives. */
function stretchesOf(i) {
  const { born, died, bytes: sizes } = allocations;
  const { points, edges } = frame.drawn;
  const isShown = shownAllocations();
  const stretches = [];
  if (!isShown(i)) return stretches;
  const below = [];
  let floor = 0;
  for (let j = 0; j < i; j++) {
    if (died[j] <= born[i] || !isShown(j)) continue;
    below.push(j);
    floor += sizes[j];
  }
  below.sort((a, b) => died[a] - died[b]);
  let gone = 0;
  for (let k = 0; k < points.length; k++) {
    const event = timeline.event[points[k]];
    if (event < born[i]) continue;
    if (event >= died[i]) break;
    for (; gone < below.length && died[below[gone]] <= event; gone++) floor -= sizes[below[gone]];
    const previous = stretches[stretches.length - 1];
    if (previous && previous[2] === floor) previous[1] = edges[k + 1];
    else stretches.push([edges[k], edges[k + 1], floor]);
  }
  return stretches;
}

function outlineBlock(context, i, width) {
  const stretches = stretchesOf(i);
  if (stretches.length === 0) return;
  const path = new Path2D();
  for (const [left, right, floor] of stretches) {
    const y = frame.y(floor + allocations.bytes[i]);
    path.lineTo(left, y);
    path.lineTo(right, y);
  }
  for (const [left, right, floor] of stretches.reverse()) {
    path.lineTo(right, frame.y(floor));
    path.lineTo(left, frame.y(floor));
  }
  path.closePath();
  context.lineJoin = 'round';
  context.strokeStyle = theme.color('--card');
  context.lineWidth = width + 2;
  context.stroke(path);
  context.strokeStyle = theme.color('--ink');
  context.lineWidth = width;
  context.stroke(path);
}

const blocks = {
  chosen: null,  // an allocation; −1: the smaller ones; null: none
  hovered: null,
  wanted: [],

  start() {
    byId('block-search').addEventListener('input', () => {
      this.wanted = searchWords(byId('block-search').value);
      chart.redraw();
      this.told();
    });
    view.listeners.push((what) => {
      if (what === 'selected') this.told();
    });
    grouping.listeners.push(() => this.told());
    this.told();
  },
  matches(i) {
    return this.wanted.every((word) => searchText(i).includes(word));
  },
  /** Live allocations of the groups that are shown, from the bottom of the stack to its top. */
  stackAt(point) {
    const isShown = shownAllocations();
    return liveAt(point).filter((i) => isShown(i));
  },
  /** What stands at a height of an instant. */
  at(point, y) {
    const value = ((frame.top + frame.plotHeight() - y) / frame.plotHeight()) * frame.highest;
    if (value < 0 || value > frame.shown().totals[point]) return null;
    let sum = 0;
    for (const i of this.stackAt(point)) {
      sum += allocations.bytes[i];
      if (value < sum) return i;
    }
    return -1;
  },
  hover(hit) {
    if (hit === this.hovered) return;
    this.hovered = hit;
    chart.redrawMarks();
  },
  choose(hit) {
    this.chosen = hit;
    chart.redrawMarks();
    instant.mark();
    this.told();
  },
  /** To the next block above or below that is high enough to be seen; from none to the lowest or the highest. */
  step(direction) {
    const seen = this.stackAt(view.selected).filter((i) => (allocations.bytes[i] / frame.highest) * frame.plotHeight() >= 1);
    if (seen.length === 0) return;
    const at = seen.indexOf(this.chosen);
    const next = at < 0 ? (direction > 0 ? 0 : seen.length - 1) : Math.min(Math.max(0, at + direction), seen.length - 1);
    this.choose(seen[next]);
  },
  outline(context) {
    context.save();
    context.beginPath();
    context.rect(frame.left, BANDS.bottom, frame.plotWidth(), frame.top + frame.plotHeight() - BANDS.bottom);
    context.clip();
    if (this.hovered !== null && this.hovered >= 0 && this.hovered !== this.chosen) outlineBlock(context, this.hovered, 1.25);
    if (this.chosen !== null && this.chosen >= 0) outlineBlock(context, this.chosen, 2);
    context.restore();
  },
  /** Says in words what is chosen, what the search found, and how much of the instant stands in blocks. */
  told() {
    if (chart.mode !== 'blocks' || timeline.length === 0) return;
    const point = view.selected;
    const stack = this.stackAt(point);
    let sum = 0;
    let found = 0;
    let foundBytes = 0;
    for (const i of stack) {
      sum += allocations.bytes[i];
      if (this.wanted.length === 0 || !this.matches(i)) continue;
      found += 1;
      foundBytes += allocations.bytes[i];
    }
    const band = grouping.smallerAt(point);
    const note = byId('block-note');
    Object.assign(note.dataset, { blocks: sum, band, total: frame.shown().totals[point], number: stack.length });
    note.textContent = `At ${whereText(timeline.event[point])}, event ${count(timeline.event[point])}: ${plural(stack.length, 'block')} hold ${bytes(sum)} (${exactBytes(sum)})${
      smaller ? `, the grey band above them ${bytes(band)} (${exactBytes(band)}) in smaller allocations` : ''}.`;
    byId('block-found').textContent = this.wanted.length === 0 ? '' : `${plural(found, 'block')} of this instant, ${bytes(foundBytes)}`;
    this.details(point);
  },
  details(point) {
    const box = byId('block-details');
    box.dataset.allocation = this.chosen === null ? '' : this.chosen;
    if (this.chosen === null) {
      box.replaceChildren(h('p', {}, 'Choose a block to see what it is.'));
      return;
    }
    const band = this.chosen < 0;
    const live = band || (allocations.born[this.chosen] <= timeline.event[point] && allocations.died[this.chosen] > timeline.event[point]);
    const title = band ? 'Smaller allocations' : blockTitle(this.chosen);
    const size = band ? grouping.smallerAt(point) : allocations.bytes[this.chosen];
    box.replaceChildren(
      h('p', { class: 'block-title' }, h('b', {}, ...breakable(title)), ` ${bytes(size)} (${exactBytes(size)})`, live ? '' : h('span', { class: 'sub' }, 'not live at the chosen instant')),
      facts(band ? bandFacts(point) : allocationFacts(this.chosen)));
  },
};
