// A pixel and the outputs that read it; or an output and the pixels to which it sends its gradient.
/** @import { Cell, Explanation, Layer, View } from "../types.js" */
import { matrices } from "../matrices.js";
import { inFull } from "../numbers.js";
import { productsOf } from "../rule.js";
import { afterSign, count, entry, explainSum, indexed, keywords, line, part } from "../words.js";

/** @type {View} */
export default {
  ...matrices,

  arrows: (now, cell) => productsOf(now, cell).map(({ o, i, k }) => ({ from: o, to: i, weight: now.values.w[k[0]][k[1]] })),

  explain: (now, cell) => (cell[0] === "dy" ? explainScatter(now, cell) : explainSum(now, cell)),

  code({ cols }, cell) {
    const at = indexed(cell?.[0] === "dx" ? cell : null);
    const set = keywords(cols);
    return [`convlib.conv2d_backward(dy, x, w, ${set}).dx${at}`, `torch.nn.grad.conv2d_input(x.shape, w, dy, ${set})${at}`];
  },
};

/** An entry of dy, and what it sends to each pixel. @param {Layer} now @param {Cell} cell @returns {Explanation} */
function explainScatter(now, cell) {
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const me = entry(...cell);
  const value = now.values.dy[cell[1]][cell[2]];
  const sent = real.map((product) => {
    const [pixel, weight] = [part(now, "dx", product), part(now, "w", product)];
    return {
      term: `${pixel.name} += ${inFull(value)}·${afterSign(weight.value)}`,
      words: `${inFull(value * weight.value)} to ${pixel.name}, through ${weight.name}`,
    };
  });
  const head = `${me} = ${inFull(value)} goes to ${count(real.length, "pixel", "pixels")}, each time with another weight:`;
  const lost = all.length - real.length;
  const dropped = `${count(lost, "product falls", "products fall")} on the padding, and ${lost === 1 ? "is" : "are"} dropped`;
  const lines = [line(real.length ? head : `${me} = ${inFull(value)}`)];
  if (real.length) lines.push(line("", sent.map(({ term }) => term), "", ", "));
  if (lost) lines.push(line(dropped));
  const spoken = sent.map(({ words }) => words).join("; ") || "nothing to dx";
  return { lines, words: `${me} is ${inFull(value)}. It sends ${spoken}${lost ? `; ${dropped}` : ""}.` };
}
