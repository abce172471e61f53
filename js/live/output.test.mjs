// Outputs of a live cell have the form and the place of the stored ones.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Window } from "happy-dom";
import { OutputPlace } from "./output.js";

const STORED = '<div class="cell_output docutils container">stored</div>';
let cell, place;

beforeEach(() => {
  const window = new Window({ url: "https://a.test/" });
  for (const name of ["document", "CustomEvent"]) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  set(STORED);
});

function set(output) {
  document.body.innerHTML = `<div class="cell"><div class="cell_input">code</div>${output}</div>`;
  cell = document.querySelector(".cell");
  place = new OutputPlace(cell);
}

const stream = (text, name = "stdout") => ({ output_type: "stream", name, text });
const value = (data) => ({ output_type: "execute_result", data });
const shown = () => cell.querySelector(".cell_output");

test("the stored output stays until there is something new, in its place", () => {
  place.begin();
  assert.equal(shown().textContent, "stored");
  place.add(stream("new"));
  assert.equal(cell.querySelectorAll(".cell_output").length, 1);
  assert.equal(shown().textContent, "new");
  place.end();
  assert.equal(shown().textContent, "new");
});

test("a run without output ends without one, and a reset brings the stored one back", () => {
  place.begin();
  place.end();
  assert.equal(shown(), null);
  place.begin();
  place.add(stream("a"));
  place.reset();
  assert.equal(cell.innerHTML.includes("stored"), true);
  assert.equal(cell.querySelectorAll(".cell_output").length, 1);
});

test("a cell that had no output gets one, and loses it", () => {
  set("");
  place.begin();
  place.add(stream("a"));
  assert.equal(shown().textContent, "a");
  place.reset();
  assert.equal(shown(), null);
});

test("pieces of one stream are one block; another stream, or a value between, begins a new one", () => {
  place.begin();
  for (const output of [stream("a"), stream("b"), stream("e", "stderr"), stream("c"), value({ "text/plain": "1" }), stream("d")]) place.add(output);
  assert.deepEqual([...shown().children].map((box) => [box.classList[1], box.textContent]), [
    ["stream", "ab"],
    ["stderr", "e"],
    ["stream", "c"],
    ["text_plain", "1"],
    ["stream", "d"],
  ]);
});

test("text is text, never markup", () => {
  place.begin();
  const markup = "<img src=x onerror=alert(1)>";
  for (const output of [stream(markup), value({ "text/plain": markup }), { output_type: "error", traceback: [markup] }]) place.add(output);
  assert.equal(shown().querySelector("img"), null);
  assert.equal(shown().textContent, markup.repeat(3));
});

test("the richest form is shown: HTML, a drawing, a picture, text", () => {
  const data = { "text/html": "<b>h</b>", "image/svg+xml": "<svg></svg>", "image/png": "cG5n", "text/plain": "p" };
  for (const [kind, selector] of [["text/html", "b"], ["image/svg+xml", "svg"], ["image/png", 'img[src="data:image/png;base64,cG5n"][alt="p"]'], ["text/plain", "pre"]]) {
    place.begin();
    place.add(value(data));
    assert.ok(shown().querySelector(selector), kind);
    delete data[kind];
  }
});

test("a figure and an explorer say that they came; the first explorer of a page brings its script, once", () => {
  let came = 0;
  document.body.addEventListener("cl-added", () => came++);
  const scripts = () => document.querySelectorAll('script[src$="explorer.js"]').length;
  place.begin();
  place.add(value({ "text/html": "<b>none</b>" }));
  assert.equal(came, 0);
  place.add(value({ "text/html": '<figure class="cl-figure"></figure>' }));
  assert.deepEqual([came, scripts()], [1, 0]);
  place.add(value({ "text/html": '<div class="cl-explorer"></div>' }));
  place.add(value({ "text/html": '<div class="cl-explorer"></div>' }));
  assert.deepEqual([came, scripts()], [3, 1]);
});

test("what is of an earlier run is dimmed until there is something new, and not after a reset", () => {
  const old = () => cell.querySelectorAll(".live-old").length;
  place.begin();
  assert.equal(old(), 1);
  assert.equal(place.live, false);
  place.add(stream("new"));
  assert.equal(old(), 0);
  assert.equal(place.live, true);
  place.begin();
  assert.equal(old(), 1);
  place.reset();
  assert.deepEqual([old(), place.live, shown().textContent], [0, false, "stored"]);
});
