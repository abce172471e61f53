// What a reader typed: kept for one version of one page, and no harm where it cannot be kept.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Window } from "happy-dom";
import { Store, forget, hasTyped, keepLayers, keepRight, layers, right } from "./store.js";

const put = (/** @type {any} */ storage) => Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true, writable: true });
const full = () => {
  throw new DOMException("full", "QuotaExceededError");
};

beforeEach(() => put(new Window({ url: "https://a.test/" }).localStorage));

test("what was typed is there at the next visit, and for this page and text alone", () => {
  new Store("page", "text").set("cell-1", "x = '∂'");
  assert.equal(new Store("page", "text").get("cell-1"), "x = '∂'");
  assert.equal(new Store("other", "text").get("cell-1"), undefined);
  assert.equal(new Store("page", "other text").get("cell-1"), undefined);
});

test("forgetting the last cell, or all, leaves nothing behind", () => {
  const store = new Store("page", "text");
  store.set("cell-1", "a");
  store.set("cell-1", undefined);
  assert.equal(localStorage.length, 0);
  store.set("cell-1", "a");
  store.set("cell-2", "b");
  store.clear();
  assert.equal(localStorage.length, 0);
  assert.equal(store.get("cell-2"), undefined);
});

test("a storage that is full or forbidden says so, and what was typed stands while the page is open", () => {
  const store = new Store("page", "text");
  put({ getItem: () => null, setItem: full, removeItem: full });
  store.set("cell-1", "a");
  assert.equal(store.works, false);
  assert.equal(store.get("cell-1"), "a");
  assert.doesNotThrow(() => store.clear());
  Object.defineProperty(globalThis, "localStorage", { get: full, configurable: true });
  const other = new Store("page", "text");
  assert.equal(other.works, false);
  assert.doesNotThrow(() => other.set("cell-1", "a"));
});

for (const damaged of ["{", "null", "[1]", "3", '{"cell-1": 5}']) {
  test(`what another program left there is no code: ${damaged}`, () => {
    const store = new Store("page", "text");
    localStorage.setItem(store.key, damaged);
    const read = new Store("page", "text");
    assert.equal(read.get("cell-1"), undefined);
    read.set("cell-1", "a");
    assert.equal(new Store("page", "text").get("cell-1"), "a");
  });
}

test("two tabs keep what both typed", () => {
  const [one, other] = [new Store("page", "text"), new Store("page", "text")];
  one.set("cell-1", "a");
  other.set("cell-3", "b");
  const read = new Store("page", "text");
  assert.deepEqual([read.get("cell-1"), read.get("cell-3")], ["a", "b"]);
});

test("own cells outlive a new version of the page; what stands in others is handed over, and deleted by a reset", () => {
  const old = new Store("page", "old text");
  old.set("try-one", "mine");
  old.set("cell-3", "changed");
  const now = new Store("page", "text");
  assert.deepEqual(now.takeOver(["try-one"]), ["changed"]);
  assert.deepEqual([now.get("try-one"), now.get("cell-3")], ["mine", undefined]);
  now.set("try-one", undefined);
  assert.deepEqual(now.takeOver(["try-one"]), ["changed"]);
  assert.equal(now.get("try-one"), undefined);
  new Store("other page", "text").set("cell-1", "stays");
  now.clear();
  assert.equal(localStorage.length, 1);
});

test("my_layers.py and what was found right are there at the next visit, and go with all the rest", () => {
  assert.deepEqual([layers(), right(), hasTyped("page")], ["", {}, false]);
  assert.ok(keepLayers("def forward(): ...") && keepRight("page", ["forward"]));
  assert.ok(keepRight("page", ["dx", "forward"]) && keepRight("other", ["dw"]));
  new Store("page", "text").set("cell-1", "a");
  localStorage.setItem("theme", "dark");
  assert.deepEqual([layers(), right()], ["def forward(): ...", { page: ["forward", "dx"], other: ["dw"] }]);
  assert.deepEqual([hasTyped("page"), hasTyped("pag")], [true, false]);
  forget();
  assert.deepEqual([layers(), right(), hasTyped("page")], ["", {}, false]);
  assert.deepEqual(Object.keys(localStorage), ["theme"]);
});

test("a file that is deleted leaves nothing behind", () => {
  keepLayers("a");
  keepLayers("");
  assert.equal(localStorage.length, 0);
});

test("a storage that keeps nothing says so, of the file and of what was found right", () => {
  for (const storage of [{ get: full }, { value: { getItem: full, setItem: full, removeItem: full } }]) {
    Object.defineProperty(globalThis, "localStorage", { ...storage, configurable: true });
    assert.deepEqual([layers(), right(), hasTyped("page"), keepLayers("a"), keepRight("page", ["dx"])], ["", {}, false, false, false]);
    assert.doesNotThrow(forget);
  }
});

for (const damaged of ["{", "null", "[1]", "3", '{"page": 5}', '{"page": "dx"}']) {
  test(`what another program left in the place of what was found right is nothing: ${damaged}`, () => {
    localStorage.setItem("live-kept:right", damaged);
    assert.equal(right().page, undefined);
    keepRight("page", ["dx"]);
    assert.deepEqual(right().page, ["dx"]);
  });
}
