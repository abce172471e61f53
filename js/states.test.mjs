// Every state of the controls in every view, with every cell chosen: what is shown is what convlib computes.
// tests/explorer_states.py works it out and stores a digest of each state.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compute, describe } from "./explorer.js";
import { everySetting } from "./states.mjs";
import { textOf } from "./words.js";

const stored = JSON.parse(readFileSync(new URL("../tests/data/explorer_states.json", import.meta.url), "utf8"));

/** Everything that a state shows, in the form of tests/explorer_states.py. */
function shown(state) {
  const { view, now } = compute(state);
  const { arrays, choose } = state.catalogue.views[state.view];
  const { stage, lower } = view.layout(state);
  const titles = [...stage, ...(lower ? [lower] : [])].map(({ grids: [{ name }] }) => `${name} ${view.size(now, name)}`);
  const cells = arrays.flatMap((name) =>
    view.cells(state, now, name).map(({ at, x, y, text, kind, label }) => [name, String(at), String(x), String(y), text, kind, label]),
  );
  const choices = now.fits
    ? choose.flatMap((name) => now.values[name].flatMap((row, r) => row.map((_, c) => choice(state, view, now, [name, r, c]))))
    : [describe(view, state, now, null).lines.map(textOf)];
  return { titles, cells, choices };
}

function choice(state, view, now, cell) {
  const { arrays } = state.catalogue.views[state.view];
  const lit = arrays
    .filter((name) => name !== cell[0])
    .flatMap((name) => [...view.lit(state, now, cell, name)].map(([at, over]) => [`${name} ${at}`, over]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const arrows = view.arrows(now, cell).map(({ from, to, weight }) => [String(from), String(to), String(weight)]);
  const box = view.frame(state, now, cell);
  const frame = box && [box.x, box.y, box.width, box.height].map(String);
  const { lines, words } = describe(view, state, now, cell);
  return [cell, lit, arrows, frame, lines.map(textOf), words, view.code(now, cell)];
}

for (const [view, digests] of Object.entries(stored.digests)) {
  test(`${view}: every state shows what convlib computes`, () => {
    const settings = everySetting({ ...stored.state, view });
    assert.equal(digests.length, settings.length);
    settings.forEach((values, n) => {
      const seen = JSON.stringify(shown({ ...stored.state, ...values, view }));
      const name = createHash("sha256").update(seen).digest("hex").slice(0, 12);
      const ask = `python -m tests.explorer_states ${view} ${Object.values(values).join(" ")}`;
      assert.equal(name, digests[n], `${ask}  prints what is expected. Shown is ${seen}`);
    });
  });
}
