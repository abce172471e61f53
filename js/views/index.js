// Written by js/build.mjs from the files of this folder.
/** @import { View } from "../types.js" */
import avgpool from "./avgpool.js";
import dw from "./dw.js";
import dx from "./dx.js";
import forward from "./forward.js";
import groups from "./groups.js";
import maxpool from "./maxpool.js";
import shape from "./shape.js";
import spread from "./spread.js";
import stamp from "./stamp.js";

/** @type {Record<string, View>} */
export const VIEWS = { avgpool, dw, dx, forward, groups, maxpool, shape, spread, stamp };
