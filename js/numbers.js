// How a number is written: the same rule as that of the figures, convlib/figures/_numbers.py. What is rounded is the exact
// value, and a half goes away from zero, as toFixed does. tests/data/numbers.json holds cases for both languages.

/** Characters that a cell has room for. */
const FITS = 6;

/** Write a number as it fits a cell: with two decimals, with fewer, or as a power of ten. @param {number} value */
export function digits(value) {
  if (!Number.isFinite(value)) return typeset(String(value));
  const size = Math.abs(value);
  const places = Number.isInteger(value) ? [0] : [2, 1, 0];
  const forms = size === 0 || (size >= 0.01 && size < 1e6) ? places.map((n) => value.toFixed(n)) : [];
  forms.push(plain(value.toExponential(1)), plain(value.toExponential(0)));
  return typeset(forms.find((text) => text.length <= FITS) ?? forms[forms.length - 1]);
}

/** Write a number with all that it holds: integers as they are, others with ten digits. @param {number} value */
export function inFull(value) {
  return typeset(Number.isSafeInteger(value) || !Number.isFinite(value) ? String(value) : plain(value.toPrecision(10)));
}

/** Drop zeros at the end of decimals, and the plus of a power. @param {string} text */
const plain = (text) => text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "").replace("e+", "e");

/** Write a number's own signs. @param {string} text */
const typeset = (text) => text.replace(/-/g, "−").replace("Infinity", "∞");
