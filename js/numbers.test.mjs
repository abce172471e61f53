// Numbers are written as the figures write them: tests/unit/test_field_explorer.py reads the same table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { digits, inFull } from "./numbers.js";

const cases = JSON.parse(readFileSync(new URL("../tests/data/numbers.json", import.meta.url), "utf8"));

test("numbers are written by the rule of the figures", () => {
  assert.deepEqual(cases.map(([value]) => [value, digits(value), inFull(value)]), cases);
});

test("what no table holds can still be a sum", () => {
  for (const write of [digits, inFull]) assert.deepEqual([NaN, Infinity, -Infinity].map(write), ["NaN", "∞", "−∞"]);
});
