// What is live at the peak as a flame graph: a bar is as wide as its bytes, modules by their path, operators on top of them.

const FLAME_ROW = 22;
const FLAME_SMALLEST = 0.002;  // of the width; narrower bars could be neither read nor clicked

function flameNode(name) {
  return { name, bytes: 0, byCategory: new Map(), children: new Map() };
}

/** Modules, then the operator; a tensor of the model that was made outside every module stands where its name begins. */
function flamePath(i) {
  const name = text('name', i);
  const module = text('module', i) || name.slice(0, Math.max(0, name.lastIndexOf('.')));
  return [...(module ? module.split('.') : ['outside every module']), text('op', i) || 'no operator'];
}

function flameAdd(root, path, category, size) {
  let node = root;
  for (let depth = 0; ; depth++) {
    node.bytes += size;
    node.byCategory.set(category, (node.byCategory.get(category) || 0) + size);
    if (depth === path.length) return;
    if (!node.children.has(path[depth])) node.children.set(path[depth], flameNode(path[depth]));
    node = node.children.get(path[depth]);
  }
}

function flameTree() {
  const root = flameNode('all at the peak');
  for (const i of liveAt(peakPoint)) flameAdd(root, flamePath(i), categoryByNumber.get(allocations.category[i]).key, allocations.bytes[i]);
  if (smaller) for (const [number, column] of smaller.by.category) if (column[peakPoint] > 0) flameAdd(root, ['smaller allocations'], categoryByNumber.get(number).key, column[peakPoint]);
  return root;
}

const flame = {
  root: null,
  trail: [],  // from the root to the bar that fills the width

  start() {
    if (timeline.length === 0) return fill('flame', h('p', {}, 'Nothing was recorded.'));
    this.root = flameTree();
    this.trail = [this.root];
    theme.listeners.push(() => this.draw());
    this.draw();
  },
  show(trail) {
    this.trail = trail;
    this.draw();
    byId('flame').querySelector('.flame button').focus({ preventScroll: true });
  },
  draw() {
    const bars = [];
    const shown = this.trail[this.trail.length - 1];
    this.trail.forEach((node, depth) => bars.push(this.bar(node, this.trail.slice(0, depth + 1), depth, 0, 1)));
    let deepest = this.trail.length - 1;
    const place = (node, trail, depth, from) => {
      let left = from;
      for (const child of [...node.children.values()].sort((a, b) => b.bytes - a.bytes)) {
        const width = child.bytes / shown.bytes;
        if (width < FLAME_SMALLEST) break;
        deepest = Math.max(deepest, depth);
        bars.push(this.bar(child, [...trail, child], depth, left, width));
        place(child, [...trail, child], depth + 1, left);
        left += width;
      }
    };
    place(shown, this.trail, this.trail.length, 0);
    const box = h('div', { class: 'flame' }, ...bars);
    box.style.height = `${(deepest + 1) * FLAME_ROW}px`;
    fill('flame', box);
  },
  inkOn(most) {
    return most && isDark(theme.color(`--c-${most[0]}`)) ? '#ffffff' : '#14120e';
  },
  bar(node, trail, depth, left, width) {
    const most = [...node.byCategory].sort((a, b) => b[1] - a[1])[0];
    const label = `${node.name} ${bytes(node.bytes)}`;
    const title = `${trail.slice(1).map((one) => one.name).join(' › ') || node.name}: ${exactBytes(node.bytes)}, ${share(node.bytes, this.root.bytes)}, mostly ${words(most ? most[0] : 'unknown')}`;
    const button = h('button', { type: 'button', class: most ? `c-${most[0]}` : null, title, 'data-bytes': node.bytes, 'data-depth': depth }, label);
    Object.assign(button.style, { left: `${left * 100}%`, width: `${width * 100}%`, top: `${depth * FLAME_ROW}px`, color: this.inkOn(most) });
    button.addEventListener('click', () => this.show(trail));
    return button;
  },
};
