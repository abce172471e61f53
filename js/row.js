// What the views of one row have in common: an array along the top, and the kernel below it, once for each position.
/** @import { Axis, Pair, State } from "./types.js" */
import { axes, axis } from "./rule.js";

/** Where the positions begin, in cells: below the array, and right of their names. */
export const BEGIN = { left: 1.6, top: 1.5 };

/** @param {number} end */
export const range = (end) => Array.from({ length: end }, (_, n) => n);

export const row = {
  /** One row, but none where the kernel is too high. @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const [rows, cols] = axes(state);
    return [rows.fits ? axis(1, 1, 1, 0, 1) : rows, cols];
  },

  frame: () => null,

  arrows: () => [],

  /** The positions stand one below the other. @param {Pair} direction @returns {Pair} */
  move: ([down, right]) => [0, down + right],
};
