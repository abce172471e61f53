// Products as arrows: backwards, from dy to dx.
/** @import { Arrow } from "./types.js" */
import { svg } from "./dom.js";

/** @typedef {{ x: number, y: number, side: number }} Place  the middle of a cell, and its side */

/** The paths of an arrow from the middle of a cell to the border of another. Arrows between the same rows, or the same
 * columns, would lie on each other: so each is bent, the more the farther out its free end lies.
 * @param {Place} start @param {Place} end @param {number[]} bend  in rows and columns */
export function paths(start, end, bend) {
  const [right, down] = [start.x - end.x, start.y - end.y];
  const length = Math.hypot(right, down);
  const aside = (16 * (bend[0] * Math.abs(down) + bend[1] * Math.abs(right))) / length;
  const via = {
    x: end.x + right / 2 + (aside * Math.abs(down)) / length,
    y: end.y + down / 2 + (aside * Math.abs(right)) / length,
  };
  const edge = (end.side / 2 + 1) / Math.max(Math.abs(via.x - end.x), Math.abs(via.y - end.y));
  const tip = { x: end.x + (via.x - end.x) * edge, y: end.y + (via.y - end.y) * edge };
  const angle = Math.atan2(tip.y - via.y, tip.x - via.x);
  const back = (/** @type {number} */ by, turn = 0) => `${tip.x - by * Math.cos(angle + turn)} ${tip.y - by * Math.sin(angle + turn)}`;
  return {
    shaft: `M${start.x} ${start.y}Q${via.x} ${via.y} ${back(6)}`,
    head: `M${tip.x} ${tip.y}L${back(9, 0.4)}L${back(9, -0.4)}Z`,
  };
}

/** @param {Arrow} arrow @param {Place} start @param {Place} end */
export function drawArrow({ from, to, weight, bend }, start, end) {
  const { shaft, head } = paths(start, end, bend);
  const data = { "data-from": String(from), "data-to": String(to), "data-weight": weight };
  return svg("g", data, svg("path", { d: shaft }), svg("path", { class: "cl-head", d: head }));
}
