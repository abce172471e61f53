// What the views of matrices have in common: two large grids side by side, a small one below, beside the formula.
/** @import { Cell, FieldPlan, Layer, Layout, Line, Pair, Product, ShownCell, State } from "./types.js" */
import { digits, inFull } from "./numbers.js";
import { axes, capacity, productsOf } from "./rule.js";
import { entry, explainSum } from "./words.js";

export const matrices = {
  axes,
  capacity,

  /** @param {State} state @returns {Layout} */
  layout(state) {
    const [left, right, low] = state.catalogue.views[state.view].arrays.map((name) => field(state, name, this.capacity(state, name)));
    return { stage: [left, right], lower: low };
  },

  /** @param {Layer} now @param {string} name */
  size({ rows, cols, fits, read, arrays }, name) {
    /** @param {"size" | "kernel" | "out" | "padded"} of */
    const by = (of) => `${rows[of]} × ${cols[of]}`;
    const { index } = arrays[name];
    if (index === "k") return by("kernel");
    if (index === "o") return fits ? by("out") : "does not exist";
    const padded = cols.padding ? `, padded ${by("padded")}` : "";
    return by("size") + padded + (fits && read.size < rows.padded * cols.padded ? " (hatched: not read)" : "");
  },

  /** The cells stand in the middle of the place that they can ever fill.
   * @param {State} state @param {Layer} now @param {string} name @returns {ShownCell[]} */
  cells(state, now, name) {
    const { top, left, height, width, values } = extent(now, name);
    const [most, wide] = this.capacity(state, name);
    return Array.from({ length: height * width }, (_, n) => {
      const [r, c] = [top + Math.floor(n / width), left + (n % width)];
      const place = { at: /** @type {Pair} */ ([r, c]), x: c - left + (wide - width) / 2, y: r - top + (most - height) / 2 };
      return { ...place, ...content(now, name, values[r]?.[c], r, c) };
    });
  },

  /** @param {State} state @param {Layer} now @param {Cell} cell @param {string} name */
  lit(state, now, cell, name) {
    const { over } = state.catalogue.views[state.view];
    /** @param {Product} product */
    const number = (product) => {
      const [r, c] = product[now.arrays[over].index];
      return name === over ? "" : digits(now.values[over][r][c]);
    };
    return new Map(productsOf(now, cell).map((product) => [String(product[now.arrays[name].index]), number(product)]));
  },

  /** @param {State} state @param {Layer} now @param {Cell} cell */
  frame(state, { rows, cols, arrays }, [name, r, c]) {
    if (arrays[name].index !== "o") return null;
    const [height, width] = this.capacity(state, state.catalogue.views[state.view].arrays[0]);
    return {
      x: cols.stride * c + (width - cols.padded) / 2,
      y: rows.stride * r + (height - rows.padded) / 2,
      width: cols.extent,
      height: rows.extent,
    };
  },

  arrows: () => [],

  /** @returns {Line[]} */
  preamble: () => [],

  /** @param {Layer} now @param {Cell} cell */
  explain: (now, cell) => explainSum(now, cell),

  /** @param {Pair} direction */
  move: (direction) => direction,
};

/** A field for one grid. @param {State} state @param {string} name @param {Pair} most @returns {FieldPlan} */
function field(state, name, [rows, cols]) {
  const first = state.catalogue.arrays[name].index === "i" ? -state.limits.padding[1] : 0;
  return { rows, cols, grids: [{ name, shape: [rows, cols], first: [first, first] }] };
}

/** The rows and columns that a grid shows now, its border of padding among them. @param {Layer} now @param {string} name */
function extent({ rows, cols, fits, values, arrays }, name) {
  const { index } = arrays[name];
  if (index === "i") {
    const size = { height: rows.padded, width: cols.padded };
    return { top: -rows.padding, left: -cols.padding, ...size, values: values[name] };
  }
  const [height, width] = index === "k" ? [rows.kernel, cols.kernel] : fits ? [rows.out, cols.out] : [0, 0];
  return { top: 0, left: 0, height, width, values: values[name] };
}

/** What a cell shows. @param {Layer} now @param {string} name @param {number | undefined} value @param {number} r @param {number} c */
function content({ fits, read, arrays }, name, value, r, c) {
  const unread = arrays[name].index === "i" && fits && !read.has(`${r},${c}`);
  const known = fits || !arrays[name].factors.length; // without outputs there are no gradients
  const zero = arrays[name].factors.length ? "" : "0"; // the padding of x; dx has none
  const text = value === undefined ? zero : known ? digits(value) : "";
  const kinds = [value === undefined ? "pad" : "", unread ? "unread" : ""];
  const label = value === undefined ? "padding" : `${entry(name, r, c)} = ${known ? inFull(value) : ""}`;
  return { text, kind: kinds.join(" ").trim(), label: unread ? `${label}, not read` : label };
}
