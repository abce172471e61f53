// dy of one row, spread by the stride and padded, and below it the rotated kernel where it gathers each entry of dx.
/** @import { Axis, GridPlan, View } from "../types.js" */
import { BEGIN, range, row } from "../row.js";
import { capacity } from "../rule.js";
import { entry, keywords, line } from "../words.js";

/** The kinds of zero: how each looks, and where it stands. */
const ZEROS = {
  between: { text: "0", kind: "zero", look: "0", words: "between entries" },
  border: { text: "·", kind: "pad", look: "·", words: "of the border" },
  remainder: { text: "0", kind: "pad unread", look: "hatched", words: "of the remainder" },
};
/** @typedef {keyof typeof ZEROS} Zero */
const KINDS = /** @type {Zero[]} */ (Object.keys(ZEROS));

/** @type {View} */
export default {
  ...row,

  layout(state) {
    const [height, taps] = ["dx", "w"].map((name) => capacity(state, name)[1]);
    const [pad, dilation] = [state.limits.padding[1], state.limits.dilation[1]];
    const wide = height + dilation * (taps - 1);
    /** @type {GridPlan[]} */
    const grids = [
      { name: "dy", shape: [1, wide], first: [0, 0] },
      { name: "dx", shape: [1, height], first: [0, -pad] },
      { name: "w", shape: [height, taps], first: [-pad, 0] },
    ];
    return { stage: [{ rows: BEGIN.top + height, cols: BEGIN.left + wide, grids }], lower: null };
  },

  size({ cols, fits }, name) {
    if (name === "w") return `${cols.kernel}, rotated`;
    if (name === "dx") return cols.size + (cols.padding ? `, padded ${cols.padded} (dashed: cut off)` : "");
    return fits ? `${cols.out}, spread and padded ${spread(cols).length}` : "does not exist";
  },

  cells(_, now, name) {
    if (!now.fits) return [];
    const { cols } = now;
    const below = range(cols.padded).map((n) => ({ i: n - cols.padding, y: BEGIN.top + n }));
    if (name === "dx") {
      return below.map(({ i, y }) => {
        const inside = i >= 0 && i < cols.size;
        const text = inside ? entry("dx", i) : "cut";
        return { at: [0, i], x: 0, y, text, kind: inside ? "" : "pad", label: inside ? text : "cut off" };
      });
    }
    if (name === "w") {
      return below.flatMap(({ i, y }) =>
        taps(cols, i).map(({ k, place, met }, n) => {
          const kinds = [typeof met === "number" ? "" : "zero", n ? `gap${cols.dilation}` : ""];
          const label = `${entry("w", k)} meets ${called(met)}`;
          return { at: [i, n], x: BEGIN.left + place, y, text: entry("w", k), kind: kinds.join(" ").trim(), label };
        }),
      );
    }
    return spread(cols).map((met, n) => {
      const { text, kind } = typeof met === "number" ? { text: called(met), kind: "" } : ZEROS[met];
      return { at: [0, n], x: BEGIN.left + n, y: 0, text, kind, label: called(met) };
    });
  },

  lit(_, { cols }, [, , i], name) {
    return new Map(taps(cols, i).map(({ place }, n) => [String(name === "w" ? [i, n] : [0, place]), ""]));
  },

  preamble({ cols, fits }) {
    if (!fits) return [];
    const { stride, out, extent, rest } = cols;
    const kinds = KINDS.filter((kind) => spread(cols).includes(kind)).map((kind) => `${ZEROS[kind].look} ${ZEROS[kind].words}`);
    return [
      line("Zeros: ", kinds.length ? kinds : ["none"], "", ", "),
      line("spread = S·(output − 1) + 1 ", [`= ${stride}·(${out} − 1) + 1`], `= ${stride * (out - 1) + 1}`),
      line("padded by Kₑ − 1 ", [`= ${extent - 1} in front,`, "Kₑ − 1 + R", `= ${extent - 1} + ${rest}`], `= ${extent - 1 + rest} behind`, " "),
    ];
  },

  explain({ cols }, [, , i]) {
    const all = taps(cols, i);
    const me = entry("dx", i);
    const real = all.filter(({ met }) => typeof met === "number").map(({ k, met }) => [called(met), entry("w", k)]);
    const zeros = KINDS.map((kind) => ({
      start: `Zeros ${ZEROS[kind].words} meet `,
      names: all.filter(({ met }) => met === kind).map(({ k }) => entry("w", k)),
    })).filter(({ names }) => names.length);
    const none = "0: every weight meets a zero";
    const sum = real.length ? line(`${me} = `, real.map((pair) => pair.join("·"))) : line(`${me} = ${none}`);
    const spoken = real.length ? `adds up ${real.map((pair) => pair.join(" times ")).join("; ")}` : `is ${none}`;
    return {
      lines: [sum, ...zeros.map(({ start, names }) => line(start, names, "", ", "))],
      words: [`${me} ${spoken}.`, ...zeros.map(({ start, names }) => `${start}${names.join(", ")}.`)].join(" "),
    };
  },

  code({ cols }, cell) {
    const set = keywords(cols);
    const at = cell ? `[0, 0, ${cell[2]}]` : "";
    return [
      `convlib.conv1d_backward(dy, x, w, ${set}).dx${at}`,
      `torch.nn.functional.conv_transpose1d(dy, w, ${set}, output_padding=${cols.rest})${at}`,
    ];
  },
};

/** What stands at each place of dy, spread and padded: the number of an entry, or a kind of zero. The border at the far end
 * comes last. @param {Axis} axis @returns {(number | Zero)[]} */
function spread({ stride, extent, padded, rest }) {
  const border = extent - 1;
  return range(padded + border).map((n) => {
    if (n < border || n >= padded) return "border";
    if (n >= padded - rest) return "remainder";
    return (n - border) % stride ? "between" : (n - border) / stride;
  });
}

/** The weights from left to right where the rotated kernel gathers dx[i]: where each stands, and what it meets there.
 * @param {Axis} axis @param {number} i */
function taps(axis, i) {
  const places = spread(axis);
  return range(axis.kernel).map((n) => {
    const place = i + axis.padding + axis.dilation * n;
    return { k: axis.kernel - 1 - n, place, met: places[place] };
  });
}

/** @param {number | Zero} met */
const called = (met) => (typeof met === "number" ? entry("dy", met) : `a zero ${ZEROS[met].words}`);
