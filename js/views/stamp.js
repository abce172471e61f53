// A transposed convolution of one row: each entry of x lays the kernel down, times itself, and y adds up what lies above it.
/** @import { Axis, GridPlan, Layer, Product, State, View } from "../types.js" */
import { digits, inFull } from "../numbers.js";
import { range, row } from "../row.js";
import { axes, axis, narrowed, productsOf } from "../rule.js";
import { entry, explainScatter, explainSum, keywords, line } from "../words.js";

/** In cells: where the stamps begin, right of x; and from the last stamp to y. */
const LEFT = 1.1;
const GAP = 0.5;

/** @param {string} name @param {...number} at */
const called = (name, ...at) => entry(name, at[1]);

/** @type {View} */
export default {
  ...row,

  /** The sizes are those of the convolution that goes the other way, from y to x. @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const { size, kernel, stride, padding, dilation } = axes(state)[1];
    const rest = narrowed(state, "output_padding");
    const padded = stride * (size - 1) + dilation * (kernel - 1) + 1 + rest;
    const left = Math.max(0, padded - 2 * padding);
    return [axis(1, 1, 1, 0, 1), { ...axis(left, kernel, stride, padding, dilation), padded, fits: left > 0, out: size, rest }];
  },

  layout({ tables: { x, w }, limits }) {
    const [size, kernel] = [x[0].length, w[0].length];
    const [stride, padding, dilation, rest] = [limits.stride, limits.padding, limits.dilation, limits.output_padding].map(([, most]) => most);
    const wide = stride * (size - 1) + dilation * (kernel - 1) + 1 + rest;
    /** @type {GridPlan[]} */
    const grids = [
      { name: "x", shape: [1, size], first: [0, 0] },
      { name: "w", shape: [size, kernel], first: [0, 0] },
      { name: "y", shape: [1, wide + padding], first: [0, -padding], label: [-1, 0] },
    ];
    return { stage: [{ rows: size + GAP + 1, cols: LEFT + wide, grids }], lower: null };
  },

  size({ cols, fits }, name) {
    if (name === "x") return String(cols.out);
    if (name === "w") return String(cols.kernel);
    return fits ? cols.size + (cols.padding ? `, cut from ${cols.padded}` : "") : "does not exist";
  },

  cells({ tables }, now, name) {
    const { values, fits, read, cols } = now;
    if (name === "x") {
      return range(cols.out).map((i) => {
        const value = tables.x[0][i];
        return { at: [0, i], x: 0, y: i, text: digits(value), kind: "", label: `${entry("x", i)} = ${inFull(value)}` };
      });
    }
    if (!fits) return [];
    if (name === "w") {
      return now.products.map(({ o: [, i], k: [, k], i: [, o], inside }) => {
        const value = values.x[0][i] * values.w[0][k];
        const place = { x: LEFT + o + cols.padding, y: i };
        const label = `${entry("x", i)}·${entry("w", k)} = ${inFull(value)}${inside ? "" : ", cut off"}`;
        const kind = [inside ? "" : "pad", k ? `gap${cols.dilation}` : ""].join(" ").trim();
        return { at: [i, k], ...place, text: digits(value), kind, label };
      });
    }
    return range(cols.padded).map((n) => {
      const o = n - cols.padding;
      const inside = o >= 0 && o < cols.size;
      const unread = !read.has(`0,${o}`);
      const value = total(now, o);
      const label = `${inside ? entry("y", o) : "cut off"} = ${inFull(value)}${unread ? ", no stamp" : ""}`;
      const kind = [inside ? "" : "pad", unread ? "unread" : ""].join(" ").trim();
      return { at: [0, o], x: LEFT + n, y: cols.out + GAP, text: digits(value), kind, label };
    });
  },

  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    /** @param {Product} product @returns {[string, string]} */
    const mark = (product) => {
      const { o, k } = product;
      return name === "w" ? [String([o[1], k[1]]), digits(now.values.w[0][k[1]])] : [String(product[index]), ""];
    };
    return new Map(productsOf(now, cell).map(mark));
  },

  preamble({ cols, fits, values, read }) {
    if (!fits) return [];
    const { size, out, stride, padding, extent, padded, rest } = cols;
    const numbers = `= ${stride}·(${out} − 1) + ${extent} − 2·${padding} + ${rest}`;
    const kinds = [...(padding ? ["dashed is cut off"] : []), ...(read.size < padded ? ["hatched has no stamp"] : [])];
    const lines = [
      line("w = ", values.w[0].map(inFull), "", ", "),
      line("output = S·(H − 1) + Kₑ − 2P + output_padding ", [numbers], `= ${size}`),
    ];
    const same = range(stride).map((more) => size - rest + more).filter((one) => one > 0);
    const either = same.join(", ").replace(/, (\d+)$/, " or $1");
    if (stride > 1) lines.push(line(`output_padding chooses the size that stride ${stride} turns into ${out}: `, [either]));
    if (kinds.length) lines.push(line("In y ", kinds, "", ", "));
    return lines;
  },

  explain: (now, cell) =>
    cell[0] === "x"
      ? explainScatter(now, cell, "y", { one: "entry of y", many: "entries of y", outside: "what is cut off", called })
      : explainSum(now, cell, { called, alone: "no stamp reaches it" }),

  code({ cols }, cell) {
    const at = cell?.[0] === "y" ? `[0, 0, ${cell[2]}]` : "";
    const call = `conv_transpose1d(x, w, ${keywords(cols)}, output_padding=${cols.rest})${at}`;
    return [`convlib.${call}`, `torch.nn.functional.${call}`];
  },
};

/** What the stamps add up to at a place, cut off or not. @param {Layer} now @param {number} o */
function total(now, o) {
  const terms = productsOf(now, ["y", 0, o]).map(({ o: [, i], k: [, k] }) => now.values.x[0][i] * now.values.w[0][k]);
  return terms.reduce((sum, term) => sum + term, 0);
}
