// What the bytes are divided by: category, part of the model, or phase of birth. At every instant each division sums to the total.

/** Colours of the phases among those of the groups, always the same ones; from the bottom of the stack to its top. */
const PHASE_PAINTS = [['init', 'g-1'], ['data', 'g-7'], ['forward', 'g-3'], ['recompute', 'g-6'], ['loss', 'g-4'], ['backward', 'g-5'],
  ['optimizer_step', 'g-2'], ['zero_grad', 'g-9'], ['other', 'g-none']];

/** Bytes by group at every instant, from births and deaths: the category's come from the ledger, these must sum to the same. */
function layersOf(column) {
  const layers = new Map();
  const layerOf = (number) => {
    if (!layers.has(number)) layers.set(number, new Float64Array(timeline.length));
    return layers.get(number);
  };
  const firstPointFrom = (event) => lastNotAbove(timeline.event, event - 1) + 1;
  for (let i = 0; i < allocations.length; i++) {
    const layer = layerOf(allocations[column][i]);
    const [from, to] = [firstPointFrom(allocations.born[i]), firstPointFrom(allocations.died[i])];
    if (from < timeline.length) layer[from] += allocations.bytes[i];
    if (to < timeline.length) layer[to] -= allocations.bytes[i];
  }
  for (const [number, layer] of layers) layers.set(number, runningSum(layer));
  if (smaller) {
    for (const [number, bytesOf] of smaller.by[column]) {
      const layer = layerOf(number);
      for (let p = 0; p < layer.length; p++) layer[p] += bytesOf[p];
    }
  }
  return layers;
}

const GROUPINGS = {
  category: {
    column: 'category',
    title: 'Category',
    groups: () => categories.map(({ key, label, number }) => ({ key, label, number, paint: `c-${key}` })),
    layers: () => timeline.layers,
  },
  module: {
    column: 'part',
    title: 'Module',
    groups: () => chartData.parts.map((label, number) => {
      const behind = number - (chartData.parts.length - 2);  // the last two are what has no part of its own
      return { key: `part-${number}`, label, number, paint: behind < 0 ? `g-${number}` : ['g-other', 'g-none'][behind] };
    }),
    layers: () => layersOf('part'),
  },
  phase: {
    column: 'phase',
    title: 'Phase of birth',
    groups: () => PHASE_PAINTS.map(([key, paint]) => ({ key, label: key === 'other' ? 'outside every phase' : words(key), number: chartData.phases.indexOf(key), paint })),
    layers: () => layersOf('phase'),
  },
};

const grouping = {
  current: 'category',
  made: {},
  listeners: [],

  /** Groups that ever hold a byte, from the bottom of the stack to its top. */
  groups() {
    const { groups, layers } = GROUPINGS[this.current];
    this.made[this.current] ??= (() => {
      const all = layers();
      return groups().filter((group) => all.has(group.number)).map((group) => ({ ...group, shown: true, layer: all.get(group.number) }));
    })();
    return this.made[this.current];
  },
  shown() {
    return this.groups().filter((group) => group.shown);
  },
  title() {
    return GROUPINGS[this.current].title;
  },
  /** Numbers of the groups by allocation. */
  column() {
    return allocations[GROUPINGS[this.current].column];
  },
  /** Bytes that are not listed one by one at an instant, in the groups that are shown. */
  smallerAt(point) {
    if (!smaller) return 0;
    const by = smaller.by[GROUPINGS[this.current].column];
    let sum = 0;
    for (const group of this.shown()) if (by.has(group.number)) sum += by.get(group.number)[point];
    return sum;
  },
  by(name) {
    this.current = name;
    this.changed();
  },
  changed() {
    for (const listener of this.listeners) listener();
  },
};

function startGrouping() {
  const buttons = Object.keys(GROUPINGS).map((name) => byId(`by-${name}`));
  for (const button of buttons) {
    button.addEventListener('click', () => {
      for (const one of buttons) one.setAttribute('aria-pressed', String(one === button));
      grouping.by(button.id.replace('by-', ''));
    });
  }
}
