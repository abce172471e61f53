// What the views of pooling have in common: x and dx side by side, and dy below. A window sends its gradient back through
// some of its products, or all of them, and no weights take part.
/** @import { Axis, Cell, Layer, Pair, Pooled, Product, State } from "./types.js" */
import { matrices } from "./matrices.js";
import { axes, capacity, productsOf } from "./rule.js";
import { indexed } from "./words.js";

export const pool = {
  ...matrices,

  /** Without dilation; and the padding is at most half of the kernel, or some window would have no entry.
   * @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const [rows, cols] = axes({ ...state, dilation: 1 });
    const wide = [rows, cols].some(({ kernel, padding }) => 2 * padding > kernel);
    return [rows, rows.fits && wide ? { ...cols, fits: false } : cols];
  },

  /** Of dx without the padding, so that the titles of both grids fit side by side. @param {Layer} now @param {string} name */
  size: (now, name) => matrices.size(name === "dx" ? { ...now, cols: { ...now.cols, padding: 0 } } : now, name),

  /** With such a padding, there is never more than one window more than there are entries.
   * @param {State} state @param {string} name @returns {Pair} */
  capacity: (state, name) => (name === "dy" ? [state.tables.x.length + 1, state.tables.x[0].length + 1] : capacity(state, name)),
};

/** A layer whose gradient goes through these products only.
 * @param {Layer} now @param {Product[]} products @returns {Pooled} */
export function pooled(now, products) {
  const { x, dy } = now.values;
  const [y, dx] = [dy, x].map((like) => like.map((row) => row.map(() => 0)));
  for (const { o, i, inside } of products) {
    if (!inside) continue;
    y[o[0]][o[1]] += x[i[0]][i[1]];
    dx[i[0]][i[1]] += dy[o[0]][o[1]];
  }
  return { ...now, products, windows: now.products, values: { ...now.values, y, dx } };
}

/** All products of a window, or all that read an entry. @param {Pooled} now @param {Cell} cell */
export const windowsOf = (now, cell) => productsOf({ ...now, products: now.windows }, cell);

/** The lines of code: forward where an output is chosen, else backward.
 * @param {string} name @param {Layer} now @param {Cell | null} cell @returns {[string, string]} */
export function codeOf(name, { rows, cols }, cell) {
  const kernel = rows.kernel === cols.kernel ? rows.kernel : `(${rows.kernel}, ${cols.kernel})`;
  const given = `${kernel}, stride=${rows.stride}, padding=${rows.padding})`;
  const [at, forward] = [indexed(cell), `torch.nn.functional.${name}(x, ${given}`];
  if (cell?.[0] === "dy") return [`convlib.${name}(x, ${given}${at}`, forward + at];
  return [`convlib.${name}_backward(dy, x, ${given}${at}`, `torch.autograd.grad(${forward}, x, dy)[0]${at}`];
}
