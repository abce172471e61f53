// The sizes along one row: x, and below it the kernel at each of its positions.
/** @import { Axis, GridPlan, Line, Product, View } from "../types.js" */
import { BEGIN, range, row } from "../row.js";
import { capacity, productsOf } from "../rule.js";
import { entry, keywords, line } from "../words.js";

/** @type {View} */
export default {
  ...row,

  layout(state) {
    const [wide, outputs, taps] = ["x", "y", "w"].map((name) => capacity(state, name)[1]);
    const pad = state.limits.padding[1];
    /** @type {GridPlan[]} */
    const grids = [
      { name: "x", shape: [1, wide], first: [0, -pad] },
      { name: "y", shape: [1, outputs], first: [0, 0] },
      { name: "w", shape: [outputs, taps], first: [0, 0] },
    ];
    return { stage: [{ rows: BEGIN.top + outputs, cols: BEGIN.left + wide, grids }], lower: null };
  },

  size({ cols, fits, read, arrays }, name) {
    const { index } = arrays[name];
    if (index === "k") return String(cols.kernel);
    if (index === "o") return fits ? String(cols.out) : "does not exist";
    const padded = cols.padding ? `, padded ${cols.padded}` : "";
    return cols.size + padded + (fits && read.size < cols.padded ? " (hatched: not read)" : "");
  },

  cells(state, now, name) {
    const { stride, dilation, padding, size, padded, kernel } = now.cols;
    const out = now.fits ? now.cols.out : 0;
    const left = BEGIN.left + (capacity(state, "x")[1] - padded) / 2;
    if (name === "y") {
      return range(out).map((o) => ({ at: [0, o], x: 0, y: BEGIN.top + o, text: `y[${o}]`, kind: "", label: `y[${o}]` }));
    }
    if (name === "w") {
      return range(out).flatMap((o) =>
        range(kernel).map((k) => {
          const place = { x: left + stride * o + dilation * k, y: BEGIN.top + o };
          return { at: [o, k], ...place, text: `w[${k}]`, kind: k ? `gap${dilation}` : "", label: `w[${k}]` };
        }),
      );
    }
    return range(padded).map((n) => {
      const c = n - padding;
      const outside = c < 0 || c >= size;
      const unread = now.fits && !now.read.has(`0,${c}`);
      const text = outside ? "0" : `x[${c}]`;
      const kind = [outside ? "pad" : "", unread ? "unread" : ""].join(" ").trim();
      return { at: [0, c], x: left + n, y: 0, text, kind, label: unread ? `${text}, not read` : text };
    });
  },

  lit(_, now, cell, name) {
    /** @param {Product} product */
    const at = ({ o, i, k }) => (name === "w" ? [o[1], k[1]] : i);
    return new Map(productsOf(now, cell).map((product) => [String(at(product)), ""]));
  },

  preamble: ({ cols, fits }) => explainSizes({ ...cols, fits }),

  explain(now, cell) {
    const names = productsOf(now, cell).map(({ i, inside }) => (inside ? entry("x", i[1]) : "0"));
    const me = entry("y", cell[2]);
    const spoken = names.map((name) => (name === "0" ? "a zero of the padding" : name)).join(", ");
    return { lines: [line(`${me} reads `, names, "", ", ")], words: `${me} reads ${spoken}.` };
  },

  code({ cols }) {
    const set = keywords(cols);
    return [`convlib.output_size(${cols.size}, ${cols.kernel}, ${set})`, `torch.nn.functional.conv2d(x, w, ${set}).shape[-1]`];
  },
};

/** The sizes of one axis, as formulas with their numbers. @param {Axis} axis @returns {Line[]} */
function explainSizes({ size, kernel, stride, padding, dilation, extent, padded, fits, out, rest }) {
  const spare = `${size} + 2·${padding} − ${extent}`;
  const lines = [line("Kₑ = D·(K − 1) + 1 ", [`= ${dilation}·(${kernel} − 1) + 1`], `= ${extent}`)];
  if (!fits) return lines;
  lines.push(line("output = ⌊(H + 2P − Kₑ) / S⌋ + 1 ", [`= ⌊(${spare}) / ${stride}⌋ + 1`], `= ${out}`));
  lines.push(line("remainder = (H + 2P − Kₑ) mod S ", [`= ${padded - extent} mod ${stride}`], `= ${rest}`));
  return lines;
}
