// Columns of numbers, packed by reports/packed_column.cpp.

const DIGIT_VALUES = (() => {
  const values = new Uint8Array(128);
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].forEach((digit, value) => { values[digit.charCodeAt(0)] = value; });
  return values;
})();

/** "CDegB" → [1, −1, 15, 16]; see the comment in packed_column.h. Sums, not shifts: values need more than 32 bits. */
function unpacked(text) {
  const values = [];
  let at = 0;
  const next = () => {
    let [value, weight, digit] = [0, 1, 32];
    while (digit & 32) {
      digit = DIGIT_VALUES[text.charCodeAt(at++)];
      value += (digit & 31) * weight;
      weight *= 32;
    }
    const size = Math.floor(value / 2);
    return value % 2 === 1 ? -size : size;
  };
  while (at < text.length) {
    const value = next();
    values.push(value);
    if (value === 0) for (let zeros = next(); zeros > 0; zeros--) values.push(0);
  }
  return values;
}

function runningSum(differences) {
  const values = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < differences.length; i++) {
    sum += differences[i];
    values[i] = sum;
  }
  return values;
}

/** Rows from columns, see reports/html_summary.h: [{ name: 'forward', step: 1, end_by_category: { weights: 4 } }, …] */
function rowsOf({ paths, texts, columns, strings }) {
  const values = columns.map((column, c) => Array.from(runningSum(unpacked(column)), (value) => (texts[c] ? strings[value] : value)));
  return (values[0] || []).map((_, r) => {
    const row = {};
    paths.forEach(([key, inner], c) => {
      if (inner === undefined) row[key] = values[c][r];
      else (row[key] ??= {})[inner] = values[c][r];
    });
    return row;
  });
}

/** Last position in a sorted column whose value is not above x; −1 if there is none. */
function lastNotAbove(column, x, length = column.length) {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
