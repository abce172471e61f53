// Numbers, names and formulas, as text: what is read, and what a screen reader says.
/** @import { Axis, Cell, Explanation, Layer, Line, Product } from "./types.js" */
import { inFull } from "./numbers.js";
import { productsOf } from "./rule.js";

/** Write a number behind a sign. @param {number} value */
export const afterSign = (value) => (value < 0 ? `(${inFull(value)})` : inFull(value));

/** Write a number with its noun. @param {number} n @param {string} one @param {string} many */
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** The name of an entry, counted from 0 as in NumPy. @param {string} name @param {...number} at */
export const entry = (name, ...at) => `${name}[${at}]`;

/** @param {string} start @param {string[]} [terms] @param {string} [end] @param {string} [joint] @returns {Line} */
export const line = (start, terms = [], end = "", joint = " + ") => ({ start, terms, end, joint });

/** A line as one text, as it is shown. @param {Line} line */
export function textOf({ start, terms, end, joint }) {
  return `${start}${terms.join(joint)} ${end}`.replace(/\s+/g, " ").trim();
}

/** An entry that takes part in a product: its name and number.
 * @param {Layer} now @param {string} name @param {Product} product @param {typeof entry} called */
function part({ values, arrays }, name, product, called) {
  const [r, c] = product[arrays[name].index];
  return { name: called(name, r, c), value: values[name][r][c] };
}

/** A cell as a sum of products. Those with a zero of the padding are counted, and not written.
 * @param {Layer} now @param {Cell} cell
 * @param {{ rule?: string, called?: typeof entry, alone?: string }} [words]  the rule stands for the names of all products
 * @returns {Explanation} */
export function explainSum(now, cell, { rule, called = entry, alone = "no window reads this pixel" } = {}) {
  const [name, r, c] = cell;
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const terms = real.map((product) => now.arrays[name].factors.map((factor) => part(now, factor, product, called)));
  const me = called(name, r, c);
  const value = inFull(now.values[name][r][c]);
  const zeros = `${count(all.length - real.length, "product", "products")} with a zero of the padding`;
  if (!real.length) {
    const why = all.length ? `nothing but ${zeros}` : alone;
    return { lines: [line(`${me} = ${value}: ${why}`)], words: `${me} is ${value}: ${why}.` };
  }
  const names = terms.map(([a, b]) => `${a.name}·${b.name}`);
  const numbers = terms.map(([a, b], n) => `${(n ? afterSign : inFull)(a.value)}·${afterSign(b.value)}`);
  const lines = [line(`${me} = `, rule ? [rule] : names), line("= ", numbers, `= ${value}`)];
  const more = all.length > real.length ? `and ${zeros}` : "";
  if (more) lines.push(line(more));
  const spoken = terms.map(([a, b]) => `${a.name} times ${b.name}, ${inFull(a.value)} times ${inFull(b.value)}`);
  const sum = spoken.length > 9 ? `${spoken.length} products` : spoken.join("; ");
  return { lines, words: `${me} is ${value}. It adds up ${sum}${more && `, ${more}`}.` };
}

/** A cell, and what it sends to each entry of another array.
 * @param {Layer} now @param {Cell} cell @param {string} to
 * @param {{ one: string, many: string, outside: string, called?: typeof entry }} words @returns {Explanation} */
export function explainScatter(now, cell, to, { one, many, outside, called = entry }) {
  const [name, r, c] = cell;
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const me = called(name, r, c);
  const value = now.values[name][r][c];
  const sent = real.map((product) => {
    const [target, weight] = [part(now, to, product, called), part(now, "w", product, called)];
    return {
      term: `${target.name} += ${inFull(value)}·${afterSign(weight.value)}`,
      words: `${inFull(value * weight.value)} to ${target.name}, through ${weight.name}`,
    };
  });
  const head = `${me} = ${inFull(value)} goes to ${count(real.length, one, many)}, each time with another weight:`;
  const lost = all.length - real.length;
  const dropped = `${count(lost, "product falls", "products fall")} on ${outside}, and ${lost === 1 ? "is" : "are"} dropped`;
  const lines = [line(real.length ? head : `${me} = ${inFull(value)}`)];
  if (real.length) lines.push(line("", sent.map(({ term }) => term), "", ", "));
  if (lost) lines.push(line(dropped));
  const spoken = sent.map(({ words }) => words).join("; ") || `nothing to ${to}`;
  return { lines, words: `${me} is ${inFull(value)}. It sends ${spoken}${lost ? `; ${dropped}` : ""}.` };
}

/** The input that a weight meets, as a function of the output: S·o + D·k − P.
 * @param {Axis} axis @param {number} k @param {string} letter */
export function inputMet({ stride, dilation, padding }, k, letter) {
  const rest = dilation * k - padding;
  const sign = rest < 0 ? "−" : "+";
  return (stride > 1 ? stride : "") + letter + (rest ? sign + Math.abs(rest) : "");
}

/** Why there is no output. @param {Layer} now */
export function reason({ rows, cols }) {
  const { size, extent, padded, padding, kernel, dilation } = rows.fits ? cols : rows;
  if (!size) return `The padding cuts everything off: an output of ${padded} is no longer than its two ends.`;
  if (padded >= extent) return `The padding does not fit: ${padding} is more than half of the kernel, ${Math.min(rows.kernel, kernel)}.`;
  const span = dilation > 1 && kernel > 1 ? ` and dilation ${dilation} spans ${extent}` : "";
  const along = !rows.fits && padded !== cols.padded ? " rows" : "";
  return `The kernel does not fit: size ${kernel}${span}, but the padded input has only ${padded}${along}.`;
}

/** The keyword arguments of a convolution, in Python. @param {Axis} axis */
export const keywords = ({ stride, padding, dilation }) => `stride=${stride}, padding=${padding}, dilation=${dilation}`;

/** The index of a cell in an array of shape (1, 1, rows, columns), in Python. @param {Cell | null} cell */
export const indexed = (cell) => (cell ? `[0, 0, ${cell[1]}, ${cell[2]}]` : "");
