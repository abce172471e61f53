// A page and its cells, with a Python and an editor of the test's own.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Window } from "happy-dom";
import { decode, encode } from "./link.js";
import { LivePage } from "./page.js";
import { Stopped } from "./python.js";

const WRITTEN = [
  { id: "cell-1", source: "x = 1" },
  { id: "cell-3", source: "x + 1" },
  { id: "try-one", source: "" },
  { id: "cell-5", source: "import ipywidgets", lacks: ["ipywidgets"] },
  { id: "cell-7", source: "x + 2", judges: ["forward"] },
];
const bar = (...verbs) => `<div class="live-bar">${verbs.map((verb) => `<button data-verb="${verb}">${verb}</button>`).join("")}</div>`;
const cell = (id) => `<div class="cell" id="${id}" data-name="${id.replace("-", " ")}"><div class="cell_input">
  <div class="highlight-ipython3"><div class="highlight"><pre>code of ${id}</pre></div></div>${bar("run", "edit")}</div>
  <div class="cell_output">stored of ${id}</div></div>`;
const PAGE = `<div class="live-top">${bar("run-all", "reset-all")}</div>${cell("cell-1")}${cell("cell-3")}
  <div class="cell live-own" id="try-one" data-name="your own cell 1">${bar("try")}</div>${cell("cell-5")}${cell("cell-7")}`;

/** Python that answers what the test says: outputs and whether the cell ended, or an error to throw. */
class FakePython {
  life = 0;
  worker = null;
  starting = null;
  ran = [];
  answers = {};
  start() {
    this.loading(1, 2, "Python");
    this.life += this.worker ? 0 : 1;
    this.worker = {};
    return (this.starting ??= Promise.resolve());
  }
  async run(id, source, output) {
    this.ran.push(id);
    const answer = this.answers[source] ?? { ended: true };
    if (answer.waits) await new Promise((_, reject) => (this.reject = reject));
    for (const each of answer.outputs ?? []) output(each);
    return answer.ended;
  }
  stop() {
    this.worker = this.starting = null;
    this.reject?.(new Stopped());
  }
}

/** Whose editor.js is that of the test. */
const FOLDER = "data:text/javascript,export const openEditor = (given) => globalThis.openEditor(given); //";

let page, python, editors;
const element = (id) => document.getElementById(id);
const words = (id) => element(id).querySelector(".live-words")?.textContent;
const said = (id) => element(id).querySelector(".live-said")?.textContent;
const verbs = (id) => [...element(id).querySelectorAll(".live-bar button")].map((each) => each.dataset.verb);
const top = () => document.querySelector(".live-top");
const settled = () => new Promise((done) => setTimeout(done, 20));
const press = async (verb, id) => {
  page.act(verb, id);
  await settled();
};
/** Change the code of a cell as a reader does. */
const type = async (id, source) => {
  await press(id.startsWith("try") ? "try" : "edit", id);
  editors[id].changed(source, true);
};

function openEditor({ parent, source, changed, run }) {
  const { id } = parent.closest(".cell");
  const replace = (text) => changed(text, false);
  return (editors[id] = { source, changed, run, replace, focused: false, marks: [], mark: (lines) => (editors[id].marks = lines), focus: () => (editors[id].focused = true), close() {} });
}

function open(hash = "", kept) {
  const window = new Window({ url: `https://a.test/page.html${hash}` });
  for (const name of ["document", "CustomEvent", "localStorage", "location", "history", "getSelection", "matchMedia", "addEventListener"]) {
    const value = typeof window[name] === "function" && !/^[A-Z]/.test(name) ? window[name].bind(window) : window[name];
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  window.Element.prototype.checkVisibility = () => true;
  window.Element.prototype.scrollIntoView = () => {};
  document.body.innerHTML = PAGE;
  for (const [key, value] of Object.entries(kept ?? {})) localStorage.setItem(key, value);
  editors = {};
  python = new FakePython();
  page = new LivePage(FOLDER, "page", WRITTEN, python);
}
globalThis.openEditor = openEditor;
beforeEach(() => open());

test("a cell runs after those above that have not run, and alone the next time", async () => {
  page.act("run", "cell-7");
  assert.equal(said("cell-7"), "runs the 2 cells above first");
  assert.equal(element("cell-7").getAttribute("aria-busy"), "true");
  await settled();
  assert.deepEqual(python.ran, ["cell-1", "cell-3", "cell-7"]);
  assert.equal(element("cell-7").getAttribute("aria-busy"), "false");
  await press("run", "cell-7");
  assert.deepEqual(python.ran.slice(3), ["cell-7"]);
});

test("a cell above that was changed, or ran in an earlier Python, runs again", async () => {
  await press("run", "cell-3");
  await type("cell-1", "x = 2");
  await press("run", "cell-7");
  assert.deepEqual(python.ran.slice(2), ["cell-1", "cell-7"]);
  python.stop();
  await press("run", "cell-3");
  assert.deepEqual(python.ran.slice(4), ["cell-1", "cell-3"]);
});

test("an error above ends it: the cell that was wanted says which, with a link; lines are marked until they change", async () => {
  const error = { output_type: "error", ename: "E", evalue: "why", traceback: ["E: why"], marks: [{ cell: "cell-1", line: 1 }] };
  python.answers["x = 1"] = { ended: false, outputs: [error] };
  await press("run", "cell-7");
  assert.deepEqual(python.ran, ["cell-1"]);
  assert.equal(words("cell-7"), "Not run: cell 1 ended with an error.");
  assert.equal(element("cell-7").querySelector(".live-words a").getAttribute("href"), "#cell-1");
  assert.equal(words("cell-3"), undefined);
  assert.match(said("cell-3"), /error/);
  await press("edit", "cell-1");
  await press("run-all");
  assert.deepEqual(editors["cell-1"].marks, [1]);
  assert.match(top().querySelector(".live-words").textContent, /ended at cell 1/);
  editors["cell-1"].changed("x = 3", true);
  assert.deepEqual(editors["cell-1"].marks, []);
});

test("Run all leaves out what cannot run, and an empty own cell; Stop stands at the top meanwhile", async () => {
  page.act("run-all");
  assert.deepEqual([...top().querySelectorAll("button")].map((each) => each.dataset.verb), ["stop"]);
  await settled();
  assert.deepEqual(python.ran, ["cell-1", "cell-3", "cell-7"]);
  assert.deepEqual([...top().querySelectorAll("button")].map((each) => each.dataset.verb), ["run-all", "reset-all"]);
});

test("what was stopped says so, where Run was pressed, and what waited does not run", async () => {
  python.answers["x = 1"] = { waits: true };
  await press("run", "cell-3");
  await press("stop", "cell-1");
  assert.deepEqual(python.ran, ["cell-1"]);
  assert.match(words("cell-3"), /^Stopped\. The cells above run again/);
  assert.deepEqual(verbs("cell-3"), ["run", "edit"]);
  assert.equal(element("cell-1").querySelectorAll(".cell_output.live-old").length, 1);
});

test("resetting the page while a cell runs leaves it as it was", async () => {
  python.answers["x = 1"] = { waits: true };
  await type("cell-3", "x = 5");
  await press("run-all");
  await press("reset-all");
  assert.equal(words("cell-1"), undefined);
  assert.equal(element("cell-1").querySelector(".cell_output").textContent, "stored of cell-1");
  assert.equal(element("cell-1").querySelectorAll(".live-old").length, 0);
  assert.equal(localStorage.length, 0);
  delete python.answers["x = 1"];
  await press("run", "cell-3");
  assert.deepEqual(python.ran, ["cell-1", "cell-1", "cell-3"]);
});

test("an edited cell says so, is kept, and a reset brings back its code, which can be undone", async () => {
  await type("cell-3", "x + 10");
  assert.equal(said("cell-3"), "edited");
  assert.deepEqual(verbs("cell-3"), ["run", "link", "reset"]);
  assert.match(Object.values(localStorage).join(), /x \+ 10/);
  await press("reset", "cell-3");
  assert.deepEqual(verbs("cell-3"), ["run", "edit", "undo"]);
  assert.equal(localStorage.length, 0);
  await press("undo", "cell-3");
  assert.equal(page.cell("cell-3").source, "x + 10");
  assert.match(Object.values(localStorage).join(), /x \+ 10/);
});

test("an own cell opens, runs and is restored", async () => {
  await press("try", "try-one");
  await press("run", "try-one");
  assert.equal(words("try-one"), "There is nothing to run yet.");
  editors["try-one"].changed("mine", true);
  await press("run", "try-one");
  assert.deepEqual(python.ran, ["cell-1", "cell-3", "try-one"]);
  open("", { ...localStorage });
  await settled();
  assert.equal(page.cell("try-one").source, "mine");
  await press("reset", "try-one");
  assert.deepEqual(verbs("try-one"), ["try", "undo"]);
  assert.ok(!element("try-one").querySelector(".cell_input"));
});

test("a cell that lacks a module says why, and does not run", async () => {
  await press("why", "cell-5");
  assert.match(words("cell-5"), /needs ipywidgets, which works in Jupyter only\.$/);
  document.body.insertAdjacentHTML("beforeend", '<a href="https://mybinder.org/v2/x">Binder</a>');
  await press("why", "cell-5");
  assert.equal(element("cell-5").querySelector(".live-words a").href, "https://mybinder.org/v2/x");
});

test("code of a link is shown with a sentence, is not kept, and runs at its own press only", async () => {
  open(`#cell-1?code=${encode("stolen()")}`);
  await settled();
  assert.equal(page.cell("cell-1").source, "stolen()");
  assert.match(words("cell-1"), /came with the link/);
  assert.equal(localStorage.length, 0);
  await press("run", "cell-3");
  assert.deepEqual(python.ran, []);
  assert.match(words("cell-3"), /cell 1 came with the link/);
  await press("run", "cell-1");
  await press("run", "cell-3");
  assert.deepEqual(python.ran, ["cell-1", "cell-3"]);
  assert.equal(localStorage.length, 0);
});

for (const [hash, sentence] of [
  ["#cell-1?code=%%%", /cannot be read/],
  ["#cell-1?code=__8", /cannot be read/],
  [`#cell-1?code=${"A".repeat(50_000)}`, /cannot be read/],
  ["#cell-2?code=eA", /does not have/],
]) {
  test(`a broken link says so: ${hash.slice(0, 24)}`, async () => {
    open(hash);
    await settled();
    assert.match(top().querySelector(".live-words").textContent, sentence);
    assert.equal(page.cell("cell-1").edited, false);
  });
}

test("code comes back from its link as it was, and is refused where it is too long", () => {
  for (const source of ["", "x = '∂𝔵'\n\tπ", "a?b/c+d"]) assert.equal(decode(encode(source)), source);
  assert.equal(encode("x".repeat(20_001)), "");
});

test("the focus stays with a cell whose buttons change, and Shift+Enter leads to the next", async () => {
  element("cell-1").querySelector("button").focus();
  page.act("run", "cell-1");
  assert.equal(document.activeElement.dataset.verb, "stop");
  await settled();
  assert.equal(document.activeElement.dataset.verb, "run");
  assert.ok(element("cell-1").contains(document.activeElement));
  await press("edit", "cell-1");
  editors["cell-1"].run(true);
  assert.ok(element("cell-3").contains(document.activeElement));
  await settled();
});

test("code for an earlier version of the page is offered as a file, and goes with a reset of the page", async () => {
  open("", { "live:page:old": '{"cell-3": "old()", "try-one": "mine"}', "live:other:old": "{}" });
  await settled();
  assert.equal(page.cell("try-one").source, "mine");
  assert.equal(page.cell("cell-3").edited, false);
  assert.match(top().querySelector(".live-words a").href, /old\(\)$/);
  await press("reset-all");
  assert.deepEqual(Object.keys(localStorage), ["live:other:old"]);
});

test("a storage that keeps nothing is mentioned once, at the first change", async () => {
  const setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  Object.defineProperty(globalThis, "localStorage", { value: { getItem: () => null, setItem } });
  await type("cell-1", "a");
  assert.match(top().querySelector(".live-words").textContent, /cannot be kept/);
  page.tellTop();
  editors["cell-1"].changed("ab", true);
  assert.ok(!top().querySelector(".live-words"));
});

const report = (ok) => ({ output_type: "execute_result", data: { "text/html": `<section data-ok="${ok}"></section>`, "text/plain": "" } });
const foundRight = () => localStorage.getItem("live-kept:right");

test("a cell that judges a function right is noted, and no other report or cell is", async () => {
  python.answers = { "x + 1": { ended: true, outputs: [report(true)] }, "x + 2": { ended: true, outputs: [report(false)] } };
  await press("run", "cell-7");
  assert.equal(foundRight(), null);
  python.answers["x + 2"] = { ended: true, outputs: [report(true)] };
  await press("run", "cell-7");
  assert.equal(foundRight(), '{"page":["forward"]}');
  python.answers["x + 2"] = { ended: false, outputs: [report(false)] };
  await press("run", "cell-7");
  assert.equal(foundRight(), '{"page":["forward"]}');
});

test("what a cell keeps is stored, given to the next run, and stays when the page is reset", async () => {
  python.keepLayers("def forward(): ...");
  assert.equal(python.layers(), "def forward(): ...");
  await press("reset-all");
  assert.equal(python.layers(), "def forward(): ...");
  assert.match(top().querySelector(".live-words").textContent, /my_layers.py stays/);
});
