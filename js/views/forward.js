// An output and its window.
/** @import { View } from "../types.js" */
import { matrices } from "../matrices.js";
import { indexed, keywords } from "../words.js";

/** @type {View} */
export default {
  ...matrices,

  code({ cols }, cell) {
    const call = `conv2d(x, w, ${keywords(cols)})${indexed(cell)}`;
    return [`convlib.${call}`, `torch.nn.functional.${call}`];
  },
};
