// Where arrows run: in every state of every view, and for the reader's own arrays, none enters a cell but the two it joins.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { between, route } from "./arrows.js";
import { compute } from "./explorer.js";
import { everySetting } from "./states.mjs";

const { state: DEFAULT } = JSON.parse(readFileSync(new URL("../tests/data/explorer_states.json", import.meta.url), "utf8"));
const CELL = 28;
/** A cell's face begins so far from its corner; half of a line's width, rounded up, is less. */
const [GAP, LINE] = [2, 1];

/** The boxes of the two large grids, side by side or one below the other, with columns of this width. */
function boxes(view, state, column, stacked) {
  const [dx, dy] = view.layout(state).stage.map(({ rows, cols }) => ({ rows, cols, width: cols * column, height: rows * CELL }));
  const wide = Math.max(dx.width, dy.width);
  Object.assign(dx, { x: stacked ? (wide - dx.width) / 2 : 0, y: 22 });
  Object.assign(dy, stacked ? { x: (wide - dy.width) / 2, y: dx.height + 60 } : { x: dx.width + 56, y: 22 });
  return { dx, dy };
}

/** The faces of the cells of a grid. */
const faces = (view, state, now, name, box, column) =>
  view.cells(state, now, name).map(({ at, x, y }) => ({ key: `${name} ${at}`, x: box.x + x * column, y: box.y + y * CELL }));

/** Whether a line along an axis enters a face. */
const enters = (a, b, { x, y }, column) =>
  Math.min(a.x, b.x) - LINE < x + column - GAP && Math.max(a.x, b.x) + LINE > x + GAP &&
  Math.min(a.y, b.y) - LINE < y + CELL - GAP && Math.max(a.y, b.y) + LINE > y + GAP;

/** The cells that the arrows of a state cross, by the way that `lead` finds for them. */
function crossed(state, column, stacked, lead) {
  const { view, now } = compute(state);
  if (!now.fits) return [];
  const box = boxes(view, state, column, stacked);
  const shown = ["dx", "dy"].flatMap((name) => faces(view, state, now, name, box[name], column));
  const corner = new Map(shown.map((face) => [face.key, face]));
  const joined = new Map();
  for (const name of state.catalogue.views[state.view].choose) {
    now.values[name].forEach((row, r) => row.forEach((_, c) => {
      for (const { from, to } of view.arrows(now, [name, r, c])) joined.set(`dy ${from}>dx ${to}`, [`dy ${from}`, `dx ${to}`]);
    }));
  }
  return [...joined.values()].flatMap(([from, to]) => {
    const way = lead(corner.get(from), corner.get(to), between(box.dx, box.dy));
    return shown.filter((face) => face.key !== from && face.key !== to &&
      way.some((point, n) => n && enters(way[n - 1], point, face, column))).map(({ key }) => `${from} > ${to} crosses ${key}`);
  });
}

const states = everySetting({ ...DEFAULT, view: "dx" }).map((values) => ({ ...DEFAULT, ...values, view: "dx" }));

for (const stacked of [false, true]) {
  test(`no arrow crosses a number where the grids stand ${stacked ? "one below the other" : "side by side"}`, () => {
    assert.deepEqual(states.flatMap((state) => crossed(state, CELL, stacked, route)), []);
  });
}

test("no arrow crosses a number between wide cells, or with a kernel that is not square", () => {
  const tables = { ...DEFAULT.tables, x: DEFAULT.tables.x.slice(0, 3), w: [[1, 2, 0.5, 1]] };
  for (const stride of [1, 2]) {
    const state = { ...DEFAULT, tables, fixed: ["size", "kernel"], stride, padding: 2, view: "dx" };
    for (const stacked of [false, true]) assert.deepEqual(crossed(state, 60, stacked, route), []);
  }
});

test("a way straight along the row of a number would be seen", () => {
  const straight = (from, to) => {
    const y = Math.max(from.y, to.y) + CELL / 2;
    return [{ x: from.x + CELL / 2, y }, { x: to.x + CELL / 2, y }];
  };
  assert.match(crossed({ ...DEFAULT, view: "dx" }, CELL, false, straight).join(), /dy 1,1 > dx 1,1 crosses dx 1,2/);
});
