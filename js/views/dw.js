// A weight and all pairs of input and upstream gradient that it meets.
/** @import { View } from "../types.js" */
import { matrices } from "../matrices.js";
import { explainSum, indexed, inputMet, keywords } from "../words.js";

/** @type {View} */
export default {
  ...matrices,

  explain(now, cell) {
    const [, r, c] = cell;
    const rule = `Σ dy[o_h,o_w]·x[${inputMet(now.rows, r, "o_h")},${inputMet(now.cols, c, "o_w")}]`;
    return explainSum(now, cell, { rule });
  },

  code({ cols }, cell) {
    const set = keywords(cols);
    const at = indexed(cell);
    return [`convlib.conv2d_backward(dy, x, w, ${set}).dw${at}`, `torch.nn.grad.conv2d_weight(x, w.shape, dy, ${set})${at}`];
  },
};
