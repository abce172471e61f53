// A window of max pooling and the entry that wins it; or an entry and the windows that it wins.
/** @import { Cell, Explanation, Layer, Pair, Pooled, Product, View } from "../types.js" */
import { digits, inFull } from "../numbers.js";
import { codeOf, pool, pooled, windowsOf } from "../pool.js";
import { productsOf } from "../rule.js";
import { afterSign, count, entry, line } from "../words.js";

const RULE = "the first wins, row by row";

/** @type {View} */
export default {
  ...pool,

  /** The first of equal maxima wins. */
  finish(now) {
    /** @type {Map<string, Product>} */
    const won = new Map();
    for (const product of now.products) {
      const best = won.get(String(product.o));
      if (product.inside && !(best && value(now, product) <= value(now, best))) won.set(String(product.o), product);
    }
    return pooled(now, [...won.values()]);
  },

  cells(state, now, name) {
    const cells = pool.cells.call(this, state, now, name);
    return cells.map((cell) => {
      if (name === "x" && cell.kind.includes("pad")) return { ...cell, text: "−∞" };
      if (name === "dy" || !now.fits || cell.kind.includes("pad")) return cell;
      const wins = productsOf(now, [name, ...cell.at]).length;
      if (name === "dx") return wins ? cell : { ...cell, kind: `${cell.kind} zero`.trim() };
      return wins ? { ...cell, kind: "won", label: `${cell.label}, wins ${count(wins, "window", "windows")}` } : cell;
    });
  },

  lit(_, layer, cell, name) {
    const now = /** @type {Pooled} */ (layer);
    const { index } = now.arrays[name];
    if (cell[0] !== "dy") return new Map(index === "i" ? [[String(cell.slice(1)), ""]] : productsOf(now, cell).map(({ o }) => [String(o), ""]));
    const [winner] = productsOf(now, cell);
    const tied = ties(now, cell);
    const sent = digits(now.values.dy[cell[1]][cell[2]]);
    const all = windowsOf(now, cell).filter(({ inside }) => inside || name === "x");
    return new Map(
      all.map((product) => {
        const mine = String(product.i) === String(winner.i);
        const over = name === "dx" ? (mine ? sent : "0") : mine ? "max" : tied.includes(product) ? "tie" : "";
        return [String(product.i), over];
      }),
    );
  },

  preamble(layer) {
    if (!layer.fits) return [];
    const now = /** @type {Pooled} */ (layer);
    const winners = new Set(now.products.map(({ i }) => String(i))).size;
    const tied = now.products.filter(({ o }) => ties(now, ["dy", ...o]).length > 1).length;
    const all = [count(now.products.length, "window", "windows"), `${count(winners, "winner", "winners")} (filled)`];
    return [line("", [...all, tied ? count(tied, "tie", "ties") : "no tie"], "", ", ")];
  },

  explain: (now, cell) => (cell[0] === "dy" ? explainWindow : explainEntry)(/** @type {Pooled} */ (now), cell),

  code: (now, cell) => codeOf("max_pool2d", now, cell),
};

/** @param {Layer} now @param {{ i: Pair }} product */
const value = ({ values }, { i: [r, c] }) => values.x[r][c];

/** The products of a window that equal its maximum. @param {Pooled} now @param {Cell} cell */
const ties = (now, cell) => windowsOf(now, cell).filter((product) => product.inside && value(now, product) === now.values.y[cell[1]][cell[2]]);

/** @param {Pooled} now @param {Cell} cell @returns {Explanation} */
function explainWindow(now, cell) {
  const [, r, c] = cell;
  const all = windowsOf(now, cell);
  const numbers = all.filter(({ inside }) => inside).map((product) => inFull(value(now, product)));
  const padding = all.length - numbers.length;
  const [winner] = productsOf(now, cell);
  const tied = ties(now, cell).map(({ i }) => entry("x", ...i));
  const [dx, most, sent] = [entry("dx", ...winner.i), inFull(now.values.y[r][c]), inFull(now.values.dy[r][c])];
  const won = entry("x", ...winner.i);
  const lines = [
    line(`${entry("y", r, c)} = max(`, [...numbers.slice(0, -1), `${numbers[numbers.length - 1]})`], `= ${most}`, ", "),
    line(`Won by ${won}: `, [`${dx} += ${entry("dy", r, c)} = ${sent},`, "all others += 0"], "", " "),
  ];
  const more = [];
  if (tied.length > 1) more.push(`${tied.join(" and ")} tie: ${RULE}`);
  if (padding) more.push(`${count(padding, "entry", "entries")} of the padding, −∞, cannot win`);
  lines.push(...more.map((text) => line(text)));
  const words = [`${entry(...cell)} is ${sent}`, `It goes to ${dx}, because ${won} wins the window with ${most}; all others get 0`, ...more];
  return { lines, words: words.map((text) => `${text}.`).join(" ") };
}

/** @param {Pooled} now @param {Cell} cell @returns {Explanation} */
function explainEntry(now, cell) {
  const [name, r, c] = cell;
  const [x, dx] = [entry("x", r, c), entry("dx", r, c)];
  const won = productsOf(now, cell).map(({ o }) => ({ dy: entry("dy", ...o), sent: now.values.dy[o[0]][o[1]] }));
  const read = windowsOf(now, cell);
  const sum = inFull(now.values.dx[r][c]);
  const lost = read.filter(({ o }) => ties(now, ["dy", ...o]).some(({ i }) => i[0] === r && i[1] === c)).length - won.length;
  const wins = `${x} = ${inFull(now.values.x[r][c])} wins ${won.length || "none"} of ${count(read.length, "window that reads it", "windows that read it")}`;
  const why = read.length ? wins : "no window reads this pixel";
  const names = won.map(({ dy }) => dy);
  const lines = [won.length ? line(`${dx} = `, names, won.length > 1 ? "" : `= ${sum}`) : line(`${dx} = ${sum}: ${why}`)];
  if (won.length > 1) lines.push(line("= ", won.map(({ sent }, n) => (n ? afterSign : inFull)(sent)), `= ${sum}`));
  const more = [...(won.length ? [why] : []), ...(lost ? [`${count(lost, "tie", "ties")} lost: ${RULE}`] : [])];
  lines.push(...more.map((text) => line(text)));
  const spoken = won.length ? `${dx} adds up ${won.map(({ dy, sent }) => `${dy}, ${inFull(sent)}`).join("; ")}` : `${dx} is 0: ${why}`;
  const me = `${entry(...cell)} is ${inFull(now.values[name][r][c])}`;
  const words = [...(spoken.startsWith(me) ? [] : [me]), spoken, ...more];
  return { lines, words: words.map((text) => `${text}.`).join(" ") };
}
