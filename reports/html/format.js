// Numbers become text here and nowhere else, by the same rules as reports/format.cpp.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function count(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function exactBytes(value) {
  return `${count(value)} B`;
}

/** 2290384904 → ["2.13", "GiB"] */
function sizeParts(value) {
  let size = Math.abs(value);
  let unit = 0;
  if (size < 1024) return [count(value), 'B'];
  while (size >= 1023.95 && unit + 1 < UNITS.length) {
    size /= 1024;
    unit += 1;
  }
  const decimals = size < 99.995 ? 2 : 1;
  const digits = size.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return [(value < 0 ? '-' : '') + digits, UNITS[unit]];
}

function bytes(value) {
  return sizeParts(value).join(' ');
}

function signedBytes(value) {
  return value > 0 ? `+${bytes(value)}` : bytes(value);
}

function number(value, decimals) {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function share(part, whole) {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  if (percent !== 0 && Math.abs(percent) < 0.05) return percent < 0 ? '> -0.1 %' : '< 0.1 %';
  return `${number(percent, 1)} %`;
}

function seconds(value) {
  if (value === 0) return '0 s';
  const size = Math.abs(value);
  if (size < 999.5e-9) return `${number(value * 1e9, 0)} ns`;
  if (size < 999.95e-6) return `${number(value * 1e6, 1)} µs`;
  if (size < 999.95e-3) return `${number(value * 1e3, 1)} ms`;
  if (size < 99.995) return `${number(value, 2)} s`;
  const whole = Math.round(size);
  return `${count(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
}

function plural(n, one, many) {
  return `${count(n)} ${n === 1 ? one : many || `${one}s`}`;
}
