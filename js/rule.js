// All arithmetic. Python sends tables of numbers (x, w, dy) and the settings; everything else follows from one rule:
// output o reads, with weight k, the input i = S·o + D·k − P. Each such triple is one product. An array with factors
// adds up the products of its two factors by its own index: y by o, dx by i, dw by k.
/** @import { ArrayEntry, Axis, Cell, Layer, Matrix, Pair, Product, Setting, State } from "./types.js" */

/** Sizes along one axis.
 * @param {number} size @param {number} kernel @param {number} stride @param {number} padding @param {number} dilation
 * @returns {Axis} */
export function axis(size, kernel, stride, padding, dilation) {
  const extent = dilation * (kernel - 1) + 1;
  const padded = size + 2 * padding;
  const spare = padded - extent;
  const fits = spare >= 0;
  const out = fits ? Math.floor(spare / stride) + 1 : 0;
  return { size, kernel, stride, padding, dilation, extent, padded, fits, out, rest: fits ? spare % stride : 0 };
}

/** All products of one layer, and what they add up to.
 * @param {Record<string, ArrayEntry>} arrays @param {Record<string, Matrix>} tables
 * @param {Axis} rows @param {Axis} cols @returns {Layer} */
export function layer(arrays, tables, rows, cols) {
  const fits = rows.fits && cols.fits;
  const shapes = {
    o: fits ? [rows.out, cols.out] : [0, 0],
    i: [rows.size, cols.size],
    k: [rows.kernel, cols.kernel],
  };
  /** @type {Record<string, Matrix>} */
  const values = {};
  for (const [name, { index, factors }] of Object.entries(arrays)) {
    const [height, width] = shapes[index];
    values[name] = factors.length
      ? Array.from({ length: height }, () => Array(width).fill(0))
      : tables[name].slice(0, height).map((row) => row.slice(0, width));
  }
  const products = fits ? allProducts(rows, cols) : [];
  for (const product of products) if (product.inside) addUp(arrays, values, product);
  return { rows, cols, fits, products, values, read: new Set(products.map(({ i }) => String(i))), arrays };
}

/** @param {Axis} rows @param {Axis} cols @returns {Product[]} */
function allProducts(rows, cols) {
  return pairs(rows.out, cols.out).flatMap((o) =>
    pairs(rows.kernel, cols.kernel).map((k) => {
      /** @type {Pair} */
      const i = [read(rows, o[0], k[0]), read(cols, o[1], k[1])];
      const inside = i[0] >= 0 && i[0] < rows.size && i[1] >= 0 && i[1] < cols.size;
      return { o, i, k, inside };
    }),
  );
}

/** The input that an output reads with a weight. @param {Axis} axis @param {number} o @param {number} k */
const read = ({ stride, dilation, padding }, o, k) => stride * o + dilation * k - padding;

/** @param {Record<string, ArrayEntry>} arrays @param {Record<string, Matrix>} values @param {Product} product */
function addUp(arrays, values, product) {
  for (const [name, { index, factors }] of Object.entries(arrays)) {
    if (!factors.length) continue;
    const [a, b] = factors.map((factor) => valueAt(values[factor], product[arrays[factor].index]));
    const [r, c] = product[index];
    values[name][r][c] += a * b;
  }
}

/** @param {Matrix} matrix @param {Pair} at */
const valueAt = (matrix, [r, c]) => matrix[r][c];

/** Count through rows and columns. @param {number} rows @param {number} cols @returns {Pair[]} */
export function pairs(rows, cols) {
  return Array.from({ length: rows * cols }, (_, n) => [Math.floor(n / cols), n % cols]);
}

/** The products that a cell adds up, or hands out. @param {Layer} now @param {Cell} cell */
export function productsOf({ products, arrays }, [name, r, c]) {
  const { index } = arrays[name];
  return products.filter(({ [index]: at }) => at[0] === r && at[1] === c);
}

/** The most rows and columns that an array can have with these controls. @param {State} state @param {string} name @returns {Pair} */
export function capacity({ tables: { x, w }, limits, fixed, catalogue }, name) {
  const leastKernel = fixed.includes("kernel") ? null : limits.kernel[0];
  /** @param {number} size @param {number} kernel */
  const most = (size, kernel) => {
    const padded = size + 2 * limits.padding[1];
    return { i: padded, k: kernel, o: Math.max(0, padded - (leastKernel ?? kernel) + 1) }[catalogue.arrays[name].index];
  };
  return [most(x.length, w.length), most(x[0].length, w[0].length)];
}

/** The controls of a view. @param {State} state @param {string} view @returns {Setting[]} */
export const controlsOf = ({ catalogue }, view) => catalogue.views[view].controls ?? ["size", "kernel", "stride", "padding", "dilation"];

/** What a control can be set to where other controls narrow its range. @type {{ [name: string]: (state: State) => number[] }} */
const NARROWED = {
  output_padding: ({ stride, dilation }) => Array.from({ length: Math.max(stride, dilation) }, (_, n) => n),
  groups: ({ channels, filters }) => pairs(1, channels).map(([, n]) => n + 1).filter((n) => !(channels % n || filters % n)),
};

/** The values of a control, if others narrow its range. @param {State} state @param {string} name */
export const choices = (state, name) => NARROWED[name]?.(state);

/** What a narrowed control says: the largest of its values that is not larger than what it was set to.
 * @param {State} state @param {Setting} name */
export const narrowed = (state, name) => Math.max(...NARROWED[name](state).filter((value, n) => !n || value <= state[name]));

/** The axes as the controls are set; the reader's own arrays are shown whole. @param {State} state @returns {[Axis, Axis]} */
export function axes({ tables: { x, w }, fixed, size, kernel, stride, padding, dilation }) {
  /** @param {number} ownSize @param {number} ownKernel */
  const along = (ownSize, ownKernel) =>
    axis(
      fixed.includes("size") ? ownSize : size,
      fixed.includes("kernel") ? ownKernel : kernel,
      stride,
      padding,
      dilation,
    );
  return [along(x.length, w.length), along(x[0].length, w[0].length)];
}
