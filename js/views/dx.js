// A pixel and the outputs that read it; or an output and the pixels to which it sends its gradient.
/** @import { View } from "../types.js" */
import { matrices } from "../matrices.js";
import { productsOf } from "../rule.js";
import { explainScatter, explainSum, indexed, keywords } from "../words.js";

/** @type {View} */
export default {
  ...matrices,

  arrows: (now, cell) => productsOf(now, cell).map(({ o, i, k }) => ({ from: o, to: i, weight: now.values.w[k[0]][k[1]] })),

  explain: (now, cell) =>
    cell[0] === "dy" ? explainScatter(now, cell, "dx", { one: "pixel", many: "pixels", outside: "the padding" }) : explainSum(now, cell),

  code({ cols }, cell) {
    const at = indexed(cell?.[0] === "dx" ? cell : null);
    const set = keywords(cols);
    return [`convlib.conv2d_backward(dy, x, w, ${set}).dx${at}`, `torch.nn.grad.conv2d_input(x.shape, w, dy, ${set})${at}`];
  },
};
