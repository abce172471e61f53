// What several tests of the script share.
import { choices, controlsOf, pairs } from "./rule.js";

/** All states of a view's controls, in the order of the digests. @param {import("./types.js").State} state */
export function everySetting(state) {
  const { limits } = state;
  const names = controlsOf(state, state.view);
  const ranges = names.map((name) => pairs(1, limits[name][1] - limits[name][0] + 1).map(([, n]) => limits[name][0] + n));
  const all = ranges.reduce((found, range) => found.flatMap((values) => range.map((value) => [...values, value])), [[]]);
  const settings = all.map((values) => Object.fromEntries(names.map((name, n) => [name, values[n]])));
  return settings.filter((values) => names.every((name) => choices({ ...state, ...values }, name)?.includes(values[name]) ?? true));
}
