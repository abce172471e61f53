// Which channels meet: x and dx have a column for each channel, y and dy a row for each filter, and w stands where they meet.
/** @import { GridPlan, Layer, Product, State, View } from "../types.js" */
import { range, row } from "../row.js";
import { axes, axis, choices, narrowed, pairs, productsOf } from "../rule.js";
import { count, entry, line } from "../words.js";

/** In cells: where w begins, right of y and below x; and, from its size on, where dy and dx stand. */
const BEGIN = 1.1;
const END = 1.2;

/** @type {View} */
export default {
  ...row,

  /** A product stands for the convolution of a channel with a kernel. @param {State} state @returns {Layer} */
  layer(state) {
    const { channels, filters, catalogue } = state;
    const { kernel } = axes(state)[1];
    const groups = narrowed(state, "groups");
    const products = pairs(filters, channels)
      .filter(([f, c]) => groupOf(f, filters, groups) === groupOf(c, channels, groups))
      .map(([f, c]) => /** @type {Product} */ ({ o: [f, 0], i: [0, c], k: [f, c], inside: true }));
    const values = { y: range(filters).map(() => [0]), dx: [range(channels)] };
    const [rows, cols] = [filters, channels].map((size) => axis(size, kernel, 1, 0, 1));
    const divisors = choices(state, "groups");
    return { rows, cols, fits: true, products, values, read: new Set(), arrays: catalogue.arrays, groups, divisors };
  },

  layout({ limits }) {
    const [channels, filters] = [limits.channels[1], limits.filters[1]];
    /** @type {[string, number, number][]} */
    const plans = [["x", 1, channels], ["y", filters, 1], ["w", filters, channels], ["dy", filters, 1], ["dx", 1, channels]];
    /** @type {GridPlan[]} */
    const grids = plans.map(([name, high, wide]) => ({ name, shape: [high, wide], first: [0, 0] }));
    return { stage: [{ rows: filters + END + 1, cols: channels + END + 1, grids }], lower: null };
  },

  size({ rows, cols, groups }, name) {
    const [channels, filters] = [count(cols.size, "channel", "channels"), count(rows.size, "filter", "filters")];
    if (name === "x") return `${channels} in ${count(Number(groups), "group", "groups")}`;
    return name === "w" ? `${filters}, ${channels}` : name === "dx" ? channels : filters;
  },

  cells(_, now, name) {
    const [filters, channels] = [now.rows.size, now.cols.size];
    if (name === "w") {
      return pairs(filters, channels).map(([f, c]) => {
        const met = now.products.some(({ k }) => k[0] === f && k[1] === c);
        const text = met ? weight(now, f, c) : "";
        const label = met ? text : `${entry("y", f)} never reads ${entry("x", c)}`;
        return { at: [f, c], x: BEGIN + c, y: BEGIN + f, text, kind: met ? "" : "pad", label };
      });
    }
    if (now.arrays[name].index === "i") {
      const y = name === "x" ? 0 : filters + END;
      return range(channels).map((c) => ({ at: [0, c], x: BEGIN + c, y, text: entry(name, c), kind: "", label: entry(name, c) }));
    }
    const x = name === "y" ? 0 : channels + END;
    return range(filters).map((f) => ({ at: [f, 0], x, y: BEGIN + f, text: entry(name, f), kind: "", label: entry(name, f) }));
  },

  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    const used = now.arrays[cell[0]].factors.some((factor) => factor === name);
    return new Map(used ? productsOf(now, cell).map((product) => [String(product[index]), ""]) : []);
  },

  preamble({ rows, cols, groups, divisors }) {
    const [filters, channels, kernel, G] = [rows.size, cols.size, cols.kernel, Number(groups)];
    const each = count(filters / G, "filter", "filters");
    const kind = G === 1 ? "One group: every filter reads every channel" : `A dense layer has ${G} times as many`;
    return [
      line("w has shape (F, C/G, K, K) ", [`= (${filters}, ${channels / G}, ${kernel}, ${kernel})`]),
      line("weights = K²·C/G·F ", [`= ${kernel}²·${channels}/${G}·${filters}`], `= ${kernel ** 2 * (channels / G) * filters}`),
      line(G > 1 && G === channels ? `${kind}. Depthwise: ${each} to each channel` : kind),
      line(`G divides C = ${channels} and F = ${filters}: `, (divisors ?? []).map(String), "", ", "),
    ];
  },

  explain(now, cell) {
    const [filters, channels, groups] = [now.rows.size, now.cols.size, Number(now.groups)];
    const met = productsOf(now, cell);
    const forward = cell[0] === "y";
    const terms = met.map(({ k: [f, c] }) =>
      forward ? `${entry("x", c)} with ${weight(now, f, c)}` : `${entry("dy", f)} through ${weight(now, f, c)}`,
    );
    const start = forward ? `${entry("y", cell[1])} reads ` : `${entry("dx", cell[2])} comes from `;
    const mine = groupOf(met[0].k[0], filters, groups);
    /** @param {number} size */
    const members = (size) => range(size).filter((n) => groupOf(n, size, groups) === mine).join(", ");
    const group = `Group ${mine}: channels ${members(channels)}; filters ${members(filters)}`;
    return { lines: [line(start, terms, "", ", "), line(group)], words: `${start}${terms.join(", ")}. ${group}.` };
  },

  code({ groups }, cell) {
    const forward = cell?.[0] !== "dx";
    const at = cell ? `[0, ${forward ? cell[1] : cell[2]}]` : "";
    return forward
      ? [`convlib.conv2d(x, w, groups=${groups})${at}`, `torch.nn.functional.conv2d(x, w, groups=${groups})${at}`]
      : [`convlib.conv2d_backward(dy, x, w, groups=${groups}).dx${at}`, `torch.nn.grad.conv2d_input(x.shape, w, dy, groups=${groups})${at}`];
  },

  move: (direction) => direction,
};

/** The group of a channel or of a filter: groups are neighbours. @param {number} n @param {number} size @param {number} groups */
const groupOf = (n, size, groups) => Math.floor(n / (size / groups));

/** A kernel by its filter and, as in w, by the channel's place in its group. @param {Layer} now @param {number} f @param {number} c */
const weight = ({ cols, groups }, f, c) => entry("w", f, c % (cols.size / Number(groups)));
