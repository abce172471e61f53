// What several tests of the script share.
import { pairs } from "./rule.js";

/** All states of the controls, in the order of the digests. @param {Record<string, [number, number]>} limits */
export function everySetting(limits) {
  const ranges = Object.values(limits).map(([low, high]) => pairs(1, high - low + 1).map(([, n]) => low + n));
  const all = ranges.reduce((found, range) => found.flatMap((values) => range.map((value) => [...values, value])), [[]]);
  return all.map((values) => Object.fromEntries(Object.keys(limits).map((name, n) => [name, values[n]])));
}
