// Products as arrows: backwards, from dy to dx, in the gaps between the cells, so that no number is crossed.
/** @import { Arrow, Box } from "./types.js" */
import { svg } from "./dom.js";

/** @typedef {{ x: number, y: number }} Point */

/** Where a line leaves the row above a cell, and how deep it reaches into the cell, in pixels from its corner. */
const [ASIDE, DEEP] = [7, 10];

/** Where lines go up and down: between two grids that stand side by side, else to the right of both.
 * @param {Box} dx @param {Box} dy */
export function between(dx, dy) {
  const right = dx.x + dx.width;
  return dy.x >= right ? (right + dy.x) / 2 : Math.max(right, dy.x + dy.width) + 6;
}

/** The corners of the way from one cell to another: out of it at its upper edge, along the gap above its row into the
 * channel, to the gap above the other's row, and there in from above. Arrows that come from the same row, or that lead
 * into it, share their way, as the products that they stand for are added up.
 * @param {Point} from @param {Point} to  the upper left corners of the cells @param {number} channel @returns {Point[]} */
export function route(from, to, channel) {
  const [out, into] = [from.x + ASIDE, to.x + ASIDE];
  return [
    { x: out, y: from.y + DEEP - 2 },
    { x: out, y: from.y },
    { x: channel, y: from.y },
    { x: channel, y: to.y },
    { x: into, y: to.y },
    { x: into, y: to.y + DEEP },
  ];
}

/** @param {Arrow} arrow @param {Point} start @param {Point} end @param {number} channel */
export function drawArrow({ from, to, weight }, start, end, channel) {
  const way = route(start, end, channel);
  const { x, y } = way[way.length - 1];
  const shaft = `M${way.map((point) => `${point.x} ${point.y}`).join("L")}`;
  const data = { "data-from": String(from), "data-to": String(to), "data-weight": weight };
  const head = svg("path", { class: "cl-head", d: `M${x} ${y}l-4 -7.5h8Z` });
  return svg("g", data, svg("path", { d: shaft }), head);
}
