// Light or dark: what the system prefers until the reader chooses. Paper is always light.

const theme = {
  chosen: null,
  listeners: [],
  preferred: window.matchMedia('(prefers-color-scheme: dark)'),

  current() {
    return this.chosen || (this.preferred.matches ? 'dark' : 'light');
  },
  apply(name) {
    document.documentElement.dataset.theme = name;
    const button = byId('theme');
    button.textContent = name === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', name === 'dark' ? 'Switch to the light theme' : 'Switch to the dark theme');
    button.setAttribute('aria-pressed', String(name === 'dark'));
    for (const listener of this.listeners) listener();
  },
  start() {
    byId('theme').addEventListener('click', () => {
      this.chosen = this.current() === 'dark' ? 'light' : 'dark';
      this.apply(this.chosen);
    });
    this.preferred.addEventListener('change', () => this.apply(this.current()));
    window.addEventListener('beforeprint', () => this.apply('light'));
    window.addEventListener('afterprint', () => this.apply(this.current()));
    this.apply(this.current());
  },
  /** A colour of the style sheet, for the canvas. */
  color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  },
};
