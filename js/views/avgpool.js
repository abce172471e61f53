// A window of average pooling and the share of each of its entries; or an entry and the windows that give it one. What is
// shown of dx, and kept in its values, is a whole number of parts.
/** @import { Layer, View } from "../types.js" */
import { digits, inFull } from "../numbers.js";
import { codeOf, pool, pooled } from "../pool.js";
import { productsOf } from "../rule.js";
import { afterSign, count, entry, line } from "../words.js";

/** @type {View} */
export default {
  ...pool,

  finish: (now) => pooled(now, now.products),

  size: (now, name) => (name === "dx" && parts(now) > 1 ? `in 1/${parts(now)}, ` : "") + pool.size(now, name),

  cells(state, now, name) {
    const cells = pool.cells.call(this, state, now, name);
    if (name !== "dx" || parts(now) === 1) return cells;
    return cells.map((cell) => ({ ...cell, label: cell.label.replace(/ = [^,]+/, `$&/${parts(now)}`) }));
  },

  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    if (cell[0] !== "dy" && index === "i") return new Map([[String(cell.slice(1)), ""]]);
    const over = name === "dx" ? digits(now.values.dy[cell[1]][cell[2]]) : "";
    return new Map(productsOf(now, cell).map((product) => [String(product[index]), over]));
  },

  preamble(now) {
    return now.fits ? [line(`Each entry of a window gets ${parts(now) > 1 ? `1/${parts(now)}` : "all"} of its dy`)] : [];
  },

  explain(now, cell) {
    const [name, r, c] = cell;
    const [number, all] = [parts(now), productsOf(now, cell)];
    const me = `${entry(...cell)} is ${inFull(now.values[name][r][c] / (name === "dx" ? number : 1))}`;
    const array = name === "dy" ? "x" : "dy";
    const terms = all.filter(({ inside }) => inside).map((product) => {
      const [a, b] = product[now.arrays[array].index];
      return { name: entry(array, a, b), value: now.values[array][a][b] };
    });
    const values = terms.map(({ value }, n) => (n ? afterSign : inFull)(value));
    const result = name === "dy" ? "y" : "dx";
    const [it, sum] = [entry(result, r, c), `/ ${number} = ${inFull(now.values[result][r][c] / number)}`];
    if (!terms.length) {
      const none = "0: no window reads this pixel";
      return { lines: [line(`${it} = ${none}`)], words: `${name === "dx" ? "" : `${me}. `}${it} is ${none}.` };
    }
    if (name !== "dy") {
      const spoken = terms.map((term) => `${term.name}, ${inFull(term.value)}`).join("; ");
      const lines = [line(`${it} = `, bracketed(terms.map((term) => term.name)), `/ ${number}`), line("= ", bracketed(values), sum)];
      return { lines, words: `${me}. ${it} adds up ${spoken}, and divides by ${number}.` };
    }
    const dy = now.values.dy[r][c];
    const share = `${inFull(dy)} / ${number} = ${inFull(dy / number)}`;
    const lost = all.length - terms.length;
    const [are, add] = lost > 1 ? ["are", "they add"] : ["is", "it adds"];
    const cut = `${lost} of them ${are} padding: ${add} 0 to y, and ${are} cut off dx`;
    const lines = [line(`${it} = `, bracketed(values), sum), line("Each entry gets ", [`${entry(...cell)} / ${number}`, `= ${share}`], "", " ")];
    if (lost) lines.push(line(cut));
    return { lines, words: `${me}. Each of ${count(number, "entry", "entries")} gets ${share}${lost ? `; ${cut}` : ""}.` };
  },

  code: (now, cell) => codeOf("avg_pool2d", now, cell),
};

/** How many entries share the gradient of a window. @param {Layer} now */
const parts = ({ rows, cols }) => rows.kernel * cols.kernel;

/** @param {string[]} terms */
const bracketed = (terms) =>
  terms.length > 1 ? [`(${terms[0]}`, ...terms.slice(1, -1), `${terms[terms.length - 1]})`] : terms;
