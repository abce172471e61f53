// The explorer as a reader meets it, on a document without a browser: what is drawn, keys, focus, buttons, links.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Window } from "happy-dom";
import { compute, describe, render } from "./explorer.js";
import { PageModel, mountAll } from "./mount.js";
import { textOf } from "./words.js";

const { state: DEFAULT } = JSON.parse(readFileSync(new URL("../tests/data/explorer_states.json", import.meta.url), "utf8"));
const VIEWS = Object.keys(DEFAULT.catalogue.views);
const SHARED = ["document", "window", "HTMLElement", "Element", "ResizeObserver", "IntersectionObserver", "location", "history"];
let window, model, root;

beforeEach(() => {
  window = new Window({ url: "https://a.test/page.html" });
  // A reflected property that only newer browsers have would hide that nothing is written.
  for (const name of ["ariaPressed", "ariaSelected", "ariaLabel", "ariaLive", "ariaHidden"]) {
    Object.defineProperty(window.Element.prototype, name, { set: () => {}, get: () => null, configurable: true });
  }
  // Cells of 10 pixels.
  window.Element.prototype.getBoundingClientRect = function () {
    const [width, height] = ["--cols", "--rows"].map((key) => 10 * Number(this.parentElement?.style.getPropertyValue(key) || 0));
    return { left: 0, top: 0, width, height };
  };
  for (const name of SHARED) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  globalThis.addEventListener = window.addEventListener.bind(window);
});
afterEach(() => {
  mock.timers.reset();
  window.close();
});

/** Show an explorer on an empty page. */
function show(settings = {}, id = "explore-dx") {
  model = new PageModel({ ...structuredClone(DEFAULT), views: VIEWS, ...settings }, id);
  const dispose = render({ model, el: window.document.body });
  root = window.document.querySelector(".cl-live");
  return dispose;
}

const settle = () => new Promise((done) => queueMicrotask(done));
const cell = (name, r, c) => root.querySelector(`[data-grid="${name}"] [data-at="${r},${c}"]`);
const controls = () => [...root.querySelectorAll(".cl-slider:not([hidden]) input")].map(({ id }) => id.split("-").pop());
const slider = (name) => root.querySelector(`input[id$="-${name}"]`);
const press = (text) => [...root.querySelectorAll("button")].find((button) => button.textContent === text).click();
const chosen = () => [...root.querySelectorAll(".cl-chosen")].map(named);
const words = (element) => element.textContent.replace(/\s+/g, " ").trim();
/** A cell by its name, any other element by its text: to print an element is endless. */
const named = (one) => (one.matches(".cl-cell") ? `${one.closest(".cl-grid")?.dataset.grid} ${one.dataset.at}` : one.textContent);
const focused = () => named(window.document.activeElement);
const status = () => root.querySelector(".cl-status").textContent;

/** Press a key on an element, by default the one with the focus; say whether the explorer took it. */
function key(name, init = {}, target = window.document.activeElement) {
  const event = new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

/** Drag a slider. */
async function slide(name, value) {
  slider(name).value = String(value);
  slider(name).dispatchEvent(new window.Event("input", { bubbles: true }));
  await settle();
}

/** What the document shows must be what the views say. */
function expectDrawn() {
  const state = model.state;
  const { view, now } = compute(state);
  for (const grid of root.querySelectorAll(".cl-grid")) {
    const { grid: name } = grid.dataset;
    const seen = [...grid.querySelectorAll(".cl-cell")].filter((one) => !one.hidden).map((one) => [
      one.dataset.at, one.style.getPropertyValue("--x"), one.style.getPropertyValue("--y"), one.textContent, one.dataset.kind,
      one.getAttribute("aria-label"),
    ]);
    const told = view.cells(state, now, name).map(({ at, x, y, text, kind, label }) => [String(at), String(x), String(y), text, kind, label]);
    assert.deepEqual(seen, told);
    assert.equal(grid.getAttribute("aria-label"), `${name}, ${view.size(now, name)}`);
    const rows = [...grid.children].filter((row) => !row.hidden);
    assert.ok(rows.every((row) => [...row.children].some((one) => !one.hidden)));
  }
  const mine = state.cell.length && chosen().length ? state.cell : null;
  const { lines, words: spoken } = describe(view, state, now, mine);
  assert.deepEqual([...root.querySelectorAll(".cl-formula p")].map(words), lines.map(textOf));
  assert.equal(status(), spoken);
  const lit = [...root.querySelectorAll(".cl-lit")].map((one) => [one.closest(".cl-grid").dataset.grid, one.dataset.at, one.firstChild.dataset.over ?? ""]);
  const used = mine ? state.catalogue.views[state.view].arrays.filter((name) => name !== mine[0]) : [];
  assert.deepEqual(lit.sort(), used.flatMap((name) => [...view.lit(state, now, mine, name)].map(([at, over]) => [name, at, over])).sort());
  const code = now.fits ? view.code(now, mine) : [];
  assert.deepEqual([...root.querySelectorAll(".cl-code code")].map(words), [...code]);
  assert.equal(root.querySelectorAll(".cl-arrows g").length, mine ? view.arrows(now, mine).length : 0);
  const frame = mine && view.frame(state, now, mine);
  assert.equal(root.querySelector(".cl-frame").classList.contains("cl-shown"), !!frame);
}

test("what is drawn is what the views say, however one came there", async () => {
  show();
  for (const view of VIEWS) {
    press(DEFAULT.catalogue.views[view].title);
    await settle();
    const role = DEFAULT.catalogue.arrays[DEFAULT.catalogue.views[view].over].role;
    assert.equal(root.style.getPropertyValue("--over"), `var(--cl-${role}-line)`);
    const [name] = DEFAULT.catalogue.views[view].choose;
    for (const values of [[6, 3, 2, 2, 1], [3, 4, 1, 0, 2], [4, 2, 3, 1, 2], [5, 3, 1, 1, 1]]) {
      for (const [n, setting] of ["size", "kernel", "stride", "padding", "dilation"].entries()) await slide(setting, values[n]);
      cell(name, 0, 0)?.hidden === false && cell(name, 0, 0).click();
      await settle();
      expectDrawn();
    }
  }
});

test("names have the colour of their role", () => {
  show({ cell: ["dx", 1, 2] });
  const spans = [...root.querySelectorAll(".cl-formula p:first-child span span, .cl-formula p:first-child > .cl-downstream")];
  const seen = spans.map((span) => `${span.textContent} ${span.className}`);
  assert.deepEqual(seen.slice(0, 3), ["dx[1,2] cl-downstream", "dy[0,1] cl-upstream", "w[2,2] cl-kernel"]);
});

test("arrows stand where their cells are", () => {
  show({ cell: ["dx", 1, 1], padding: 0 });
  const corner = (name, at) => ["--x", "--y"].map((key) => Number(cell(name, ...at.split(",")).style.getPropertyValue(key)) * 10);
  const groups = [...root.querySelectorAll(".cl-arrows g")];
  assert.equal(groups.length, 4);
  for (const { dataset: { from, to }, firstChild, lastChild } of groups) {
    const points = firstChild.getAttribute("d").match(/[-\d.]+/g).map(Number);
    const tip = lastChild.getAttribute("d").match(/[-\d.]+/g).slice(0, 2).map(Number);
    for (const [[x, y], [left, top]] of [[points, corner("dy", from)], [tip, corner("dx", to)]]) {
      assert.ok(x > left && x < left + 10 && y > top && y <= top + 10, `${from} to ${to}: ${x} ${y}, ${left} ${top}`);
    }
  }
});

// --- Keys and focus

test("arrow keys walk, and stop at the edge", async () => {
  show({ cell: ["dx", 1, 1] });
  cell("dx", 1, 1).focus();
  for (const [name, at] of [["ArrowRight", "1,2"], ["ArrowDown", "2,2"], ["ArrowLeft", "2,1"], ["ArrowUp", "1,1"], ["ArrowUp", "0,1"], ["ArrowUp", "0,1"]]) {
    assert.ok(key(name));
    await settle();
    assert.deepEqual(chosen(), [`dx ${at}`]);
    assert.equal(focused(), `dx ${at}`);
  }
});

test("x of a transposed convolution is walked with all arrows, and y is a stop of its own", async () => {
  show({ view: "stamp", cell: ["x", 0, 1], stride: 2 });
  cell("x", 0, 1).focus();
  for (const [name, at] of [["ArrowDown", "0,2"], ["ArrowRight", "0,3"], ["ArrowUp", "0,2"], ["ArrowLeft", "0,1"], ["ArrowLeft", "0,0"], ["ArrowUp", "0,0"]]) {
    key(name);
    await settle();
    assert.deepEqual([chosen(), focused()], [[`x ${at}`], `x ${at}`]);
  }
  assert.deepEqual([...root.querySelectorAll('.cl-cell[tabindex="0"]')].map(named), ["x 0,0", "y 0,0"]);
  cell("y", 0, 0).focus();
  assert.equal(status(), "y[0] is 2. It adds up x[0] times w[1], 1 times 2.");
  key("ArrowRight");
  await settle();
  assert.equal(status(), "y[1] is −1. It adds up x[0] times w[2], 1 times −1; x[1] times w[0], 0 times 1.");
  assert.deepEqual([...root.querySelectorAll(".cl-lit")].map(named), ["x 0,0", "x 0,1", "w 0,2", "w 1,0"]);
});

test("in the view of the sizes, up and down lead along the row as left and right do", async () => {
  show({ view: "shape", cell: ["y", 0, 1] });
  cell("y", 0, 1).focus();
  key("ArrowDown");
  await settle();
  assert.deepEqual(chosen(), ["y 0,2"]);
  key("ArrowLeft");
  await settle();
  assert.deepEqual(chosen(), ["y 0,1"]);
});

for (const modifier of ["altKey", "ctrlKey", "metaKey"]) {
  test(`keys with ${modifier} are the browser's`, async () => {
    show({ cell: ["dx", 1, 1] });
    cell("dx", 1, 1).focus();
    for (const name of ["ArrowLeft", "ArrowRight", "Enter", " ", "Escape"]) {
      assert.equal(key(name, { [modifier]: true }), false, name);
      await settle();
      assert.deepEqual(chosen(), ["dx 1,1"], name);
    }
  });
}

test("keys that are not the explorer's are left alone", () => {
  show();
  cell("dx", 1, 1).focus();
  for (const name of ["Tab", "a", "PageDown", "Home"]) assert.equal(key(name), false, name);
  slider("stride").focus();
  assert.equal(key("ArrowRight"), false, "the slider's own");
});

test("Enter keeps the cell with the focus, and Escape lets it go", async () => {
  show({ cell: [] });
  cell("dy", 0, 0).focus();
  assert.deepEqual(chosen(), ["dy 0,0"], "shown as long as the focus is on it");
  key("Enter");
  window.document.activeElement.blur();
  await settle();
  assert.deepEqual(chosen(), ["dy 0,0"]);
  key("Escape", {}, root);
  await settle();
  assert.deepEqual(chosen(), []);
  assert.equal(root.querySelectorAll('[aria-selected="true"]').length, 0);
});

test("switching views leaves the focus on the button, which says that it is pressed", async () => {
  show();
  const tabs = [...root.querySelectorAll(".cl-views button")];
  for (const tab of tabs.reverse()) {
    tab.focus();
    tab.click();
    await settle();
    assert.equal(focused(), tab.textContent);
    assert.deepEqual(tabs.filter((one) => one.getAttribute("aria-pressed") === "true").map(named), [tab.textContent]);
  }
});

test("a chosen cell comes back with the setting that has it", async () => {
  show({ size: 6, cell: ["dx", 5, 5] });
  await slide("size", 5);
  assert.deepEqual(chosen(), []);
  await slide("size", 6);
  assert.deepEqual(chosen(), ["dx 5,5"]);
});

test("where the cell with the focus goes, the focus goes to one that is there", async () => {
  show({ cell: ["dx", 4, 4] });
  cell("dx", 4, 4).focus();
  model.set("size", 3);
  await settle();
  assert.equal(focused(), "dx 0,0");
  model.set("view", "dw");
  await settle();
  assert.equal(focused(), "dw 0,0");
  model.set("kernel", 4);
  model.set("padding", 0);
  await settle();
  assert.ok(root.contains(window.document.activeElement));
  assert.ok(!window.document.activeElement.hidden);
});

test("one cell of each grid is a stop of the Tab key, and it is there", async () => {
  show({ cell: ["dy", 1, 2] });
  for (const stride of [1, 3]) {
    await slide("stride", stride);
    const stops = [...root.querySelectorAll('.cl-cell[tabindex="0"]')];
    assert.deepEqual(stops.map((one) => one.closest(".cl-grid").dataset.grid), ["dx", "dy"]);
    assert.ok(stops.every((one) => !one.hidden));
  }
});

test("the chosen cell is selected, and only that", async () => {
  show({ cell: ["dx", 1, 1] });
  cell("dx", 2, 2).click();
  await settle();
  assert.deepEqual([...root.querySelectorAll('[aria-selected="true"]')].map(named), ["dx 2,2"]);
  assert.equal(cell("w", 0, 0).getAttribute("aria-selected"), null, "not to be chosen");
});

test("JupyterLab is told to leave every control its keys", () => {
  show();
  const own = [...root.querySelectorAll("input, button, [tabindex]")];
  assert.ok(own.length > 50);
  assert.ok(own.every((one) => one.getAttribute("data-lm-suppress-shortcuts") === "true"));
});

test("every control has a name", () => {
  show();
  for (const input of root.querySelectorAll("input")) {
    assert.ok(root.querySelector(`label[for="${input.id}"]`).textContent);
    assert.equal(root.querySelector(`output[for="${input.id}"]`).textContent, input.getAttribute("aria-valuetext") ?? input.value);
  }
});

test("two explorers of a page have different ids", () => {
  show();
  render({ model, el: window.document.body });
  const ids = [...window.document.querySelectorAll("[id]")].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

// --- Pointer

test("hover shows and leaves; a click keeps", async () => {
  show({ cell: ["dx", 1, 1] });
  const move = (target, pointerType = "mouse") =>
    target.dispatchEvent(new window.PointerEvent("pointermove", { bubbles: true, pointerType }));
  move(cell("dx", 2, 3), "touch");
  assert.deepEqual(chosen(), ["dx 1,1"], "a finger that scrolls chooses nothing");
  move(cell("dx", 2, 3));
  assert.deepEqual(chosen(), ["dx 2,3"]);
  move(cell("dx", -1, -1));
  assert.deepEqual(chosen(), ["dx 1,1"], "the padding is no cell to choose");
  move(cell("dx", 2, 3));
  cell("dx", 2, 3).closest(".cl-grid").dispatchEvent(new window.PointerEvent("pointerleave"));
  assert.deepEqual(chosen(), ["dx 1,1"]);
  cell("dy", 1, 1).click();
  await settle();
  assert.deepEqual(chosen(), ["dy 1,1"]);
});

// --- Step, play, reset

test("step goes through all cells and starts again", async () => {
  show({ view: "forward", cell: ["y", 0, 0], size: 4, padding: 0 });
  const seen = chosen();
  for (let n = 0; n < 4; n++) {
    press("Step");
    await settle();
    seen.push(...chosen());
  }
  assert.deepEqual(seen, ["y 0,0", "y 0,1", "y 1,0", "y 1,1", "y 0,0"]);
});

test("play walks until pause, and is not read aloud", async () => {
  show({ view: "forward", cell: ["y", 1, 1] });
  const timers = [];
  window.setInterval = (call) => timers.push(call);
  window.clearInterval = (id) => id && timers.splice(id - 1, 1);
  press("Play");
  timers[0]();
  await settle();
  assert.deepEqual(chosen(), ["y 1,3"]);
  assert.equal(root.querySelector(".cl-status").getAttribute("aria-live"), "off");
  press("Pause");
  assert.equal(timers.length, 0);
  assert.equal(root.querySelector(".cl-status").getAttribute("aria-live"), null);
});

test("where nothing fits, step and play do no harm", async () => {
  show({ size: 3, kernel: 4, padding: 0, view: "forward" });
  press("Step");
  press("Play");
  await settle();
  assert.deepEqual(chosen(), []);
  assert.match(status(), /^The kernel does not fit/);
});

test("reset brings the first state back", async () => {
  show({ cell: ["dx", 1, 1], stride: 2 });
  const before = root.innerHTML;
  await slide("stride", 3);
  press("Sizes");
  await settle();
  press("Reset");
  await settle();
  assert.equal(root.innerHTML, before);
});

test("an explorer that is taken away hears nothing any more", async () => {
  const dispose = show();
  dispose();
  assert.equal(window.document.body.children.length, 0);
  assert.ok([...model.calls.values()].every((calls) => calls.size === 0));
});

test("the reader's own arrays hide their controls and are shown whole", () => {
  show({ tables: { ...DEFAULT.tables, x: [[1, 2.5, -3], [4, 5, 6]], w: [[1, 0]] }, fixed: ["size", "kernel"], padding: 0, cell: [] });
  assert.deepEqual(controls(), ["stride", "padding", "dilation"]);
  assert.match(words(root.querySelector(".cl-title")), /^dx 2 × 3/);
  assert.equal(root.querySelector('[data-grid="w"]').textContent, "10");
  expectDrawn();
});

// --- Pooling

test("pooling has no control of the dilation, and other views have it again", async () => {
  show({ view: "dx", views: ["dx", "maxpool", "avgpool", "shape"] });
  const hidden = () => [...root.querySelectorAll(".cl-slider")].filter((one) => one.hidden).map((one) => one.firstChild.textContent);
  for (const [title, none] of [["Max pooling", ["Dilation"]], ["dx", []], ["Average pooling", ["Dilation"]], ["Sizes", []]]) {
    press(title);
    await settle();
    assert.deepEqual(hidden(), none, title);
  }
});

test("of equal maxima the first wins, and the second is marked as a tie", () => {
  show({ ...own([[1, 7, 0], [7, 2, 7]], table(2, 3)), view: "maxpool", padding: 0, cell: ["dy", 0, 0] });
  assert.deepEqual([...root.querySelectorAll('[data-kind="won"]')].map(named), ["x 0,1"]);
  assert.equal(words(root.querySelector(".cl-formula p:last-child")), "x[0,1] and x[1,0] and x[1,2] tie: the first wins, row by row");
  assert.equal(words(root.querySelector(".cl-code code")), "convlib.max_pool2d(x, (2, 3), stride=1, padding=0)[0, 0, 0, 0]");
  expectDrawn();
});

test("a window that is not square has as many parts as entries", () => {
  show({ ...own(table(4, 4), table(2, 3)), view: "avgpool", padding: 0, cell: ["dy", 0, 0] });
  assert.match(words(root.querySelector(".cl-slot-dx .cl-title")), /^dx in 1\/6, 4 × 4/);
  assert.equal(words(root.querySelector(".cl-formula p:nth-child(2)")), "y[0,0] = (1 + 1 + 1 + 1 + 1 + 1) / 6 = 1");
});

// --- Any legal input

/** Own tables, shown whole. */
const own = (x, w) => ({ tables: { ...DEFAULT.tables, ...(x && { x }), ...(w && { w }) }, fixed: [...(x ? ["size"] : []), ...(w ? ["kernel"] : [])] });
const table = (rows, cols) => Array.from({ length: rows }, () => Array(cols).fill(1));

// convnet-calculator#2: a kernel larger than the input. A transposed convolution has room for any, and so have
// channels.
for (const view of VIEWS.filter((name) => !["stamp", "groups"].includes(name))) {
  for (const [rows, cols] of [[11, 11], [1, 16], [16, 1]]) {
    test(`a kernel of ${rows} × ${cols} that never fits is said not to fit in the view ${view}`, async () => {
      show({ ...own(null, table(rows, cols)), view });
      for (const stride of [1, 3]) {
        await slide("stride", stride);
        press("Step");
        await settle();
        assert.match(status(), /^The kernel does not fit: size 1[16]/);
        expectDrawn();
      }
      press("Play");
      press("Pause");
    });
  }

  test(`a control that leads to what does not fit, and back, in the view ${view}`, async () => {
    const dilated = ["dilation", 2, 1, "The kernel does not fit: size 3 and dilation 2 spans 5, but the padded input has only 3 rows."];
    const padded = ["padding", 2, 0, "The padding does not fit: 2 is more than half of the kernel, 3."];
    const [control, off, on, said] = DEFAULT.catalogue.views[view].controls ? padded : dilated;
    show({ ...own(table(3, 4), table(3, 3)), view, padding: 0 });
    const before = root.querySelectorAll(".cl-cell:not([hidden])").length;
    await slide(control, off);
    assert.equal(status(), said);
    assert.equal(root.querySelectorAll(".cl-code code").length, 0);
    expectDrawn();
    await slide(control, on);
    assert.equal(root.querySelectorAll(".cl-cell:not([hidden])").length, before);
    expectDrawn();
  });
}

test("a padding that cuts everything off is said to, and leads back", async () => {
  show({ ...own([[3]], [[2]]), view: "stamp", padding: 0, cell: ["x", 0, 0] });
  assert.equal(status(), "x[0] is 3. It sends 6 to y[0], through w[0].");
  await slide("padding", 1);
  assert.equal(status(), "The padding cuts everything off: an output of 1 is no longer than its two ends.");
  assert.deepEqual(chosen(), []);
  expectDrawn();
  await slide("padding", 0);
  assert.deepEqual(chosen(), ["x 0,0"]);
  expectDrawn();
});

test("a view has its own controls, and what a switch hides comes back as it was", async () => {
  show({ view: "stamp", cell: ["y", 0, 1], stride: 3 });
  const all = ["size", "kernel", "stride", "padding", "dilation", "output_padding"];
  assert.deepEqual(controls(), all);
  await slide("output_padding", 2);
  press("dx");
  await settle();
  assert.deepEqual(controls(), all.slice(0, 5));
  press("Transposed");
  await settle();
  assert.equal(slider("output_padding").value, "2");
});

test("output padding goes as far as stride and dilation allow, and comes back with them", async () => {
  show({ view: "stamp", cell: [], stride: 3, padding: 0, output_padding: 2 });
  const seen = async (name, value) => {
    await slide(name, value);
    const { value: now, max } = slider("output_padding");
    expectDrawn();
    return [now, max, root.querySelector("output[for$=output_padding]").textContent, root.querySelectorAll('[data-grid="y"] .cl-cell:not([hidden])').length];
  };
  assert.deepEqual(await seen("stride", 2), ["1", "1", "1", 12]);
  assert.deepEqual(await seen("stride", 1), ["0", "0", "0", 7]);
  assert.deepEqual(await seen("dilation", 2), ["1", "1", "1", 10]);
  assert.deepEqual(await seen("stride", 3), ["2", "2", "2", 19]);
});

test("groups go from divisor to divisor, and come back with what they divide", async () => {
  show({ view: "groups", views: ["groups"], cell: [], channels: 6, filters: 6, groups: 1 });
  assert.deepEqual(controls(), ["channels", "filters", "groups", "kernel"]);
  const seen = () => [slider("groups").getAttribute("aria-valuetext"), slider("groups").value, slider("groups").max].join(" of ");
  const through = [];
  for (const place of [0, 1, 2, 3]) {
    await slide("groups", place);
    expectDrawn();
    through.push(seen());
  }
  assert.deepEqual(through, ["1 of 0 of 3", "2 of 1 of 3", "3 of 2 of 3", "6 of 3 of 3"]);
  await slide("filters", 4);
  assert.equal(seen(), "2 of 1 of 1");
  await slide("channels", 5);
  assert.equal(seen(), "1 of 0 of 0");
  expectDrawn();
  await slide("channels", 6);
  await slide("filters", 6);
  assert.equal(seen(), "6 of 3 of 3");
  assert.equal(root.querySelectorAll('[data-grid="w"] .cl-cell:not([hidden], [data-kind="pad"])').length, 6);
});

test("filters are walked up and down, channels from side to side", async () => {
  show({ view: "groups", cell: ["y", 2, 0] });
  assert.deepEqual([...root.querySelectorAll(".cl-lit")].map(named), ["x 0,2", "x 0,3", "w 2,2", "w 2,3"]);
  assert.deepEqual([...root.querySelectorAll('.cl-cell[tabindex="0"]')].map(named), ["y 2,0", "dx 0,0"]);
  cell("y", 2, 0).focus();
  for (const [name, at] of [["ArrowUp", "1,0"], ["ArrowLeft", "1,0"], ["ArrowRight", "1,0"], ["ArrowDown", "2,0"], ["ArrowDown", "3,0"], ["ArrowDown", "3,0"]]) {
    key(name);
    await settle();
    assert.deepEqual([chosen(), focused()], [[`y ${at}`], `y ${at}`]);
  }
  cell("dx", 0, 0).focus();
  key("ArrowRight");
  await settle();
  assert.equal(status(), "dx[1] comes from dy[0] through w[0,1], dy[1] through w[1,1]. Group 0: channels 0, 1; filters 0, 1.");
  assert.deepEqual([...root.querySelectorAll(".cl-lit")].map(named), ["w 0,1", "w 1,1", "dy 0,0", "dy 1,0"]);
});

test("a long number makes its column wider, and is told in full in words", () => {
  show({ ...own([[200, 255], [128, 123456.789]], [[0.25, 0.25], [0.25, 0.25]]), view: "forward", padding: 0, cell: ["y", 0, 0] });
  assert.equal(root.style.getPropertyValue("--chars"), "6");
  assert.deepEqual([cell("x", 1, 1).textContent, cell("x", 1, 1).title], ["123457", "x[1,1] = 123456.789"]);
  assert.equal(cell("x", 1, 1).getAttribute("aria-label"), "x[1,1] = 123456.789");
  assert.match(status(), /x\[1,1\] times w\[1,1\], 123456\.789 times 0\.25/);
  assert.match(words(root.querySelector(".cl-formula p:last-child")), /123456\.789·0\.25 = 31009\.94725$/);
});

test("short numbers leave the cells as they are", () => {
  for (const view of VIEWS) {
    show({ view });
    assert.equal(root.style.getPropertyValue("--chars"), "0", view);
  }
});

test("zero has no sign, and half a hundredth goes up", () => {
  show({ ...own([[0.125, -0], [1, 2]], [[1]]), view: "forward", padding: 0, cell: ["y", 0, 0] });
  assert.deepEqual(["0,0", "0,1"].map((at) => cell("y", ...at.split(",")).textContent), ["0.13", "0"]);
  assert.equal(words(root.querySelector(".cl-formula p:last-child")), "= 0.125·1 = 0.125");
});

// --- On a page

/** Put explorers on a page, as the build does. */
function page(...views) {
  window.document.body.innerHTML = views.map((one) => {
    const [view, spoil = (text) => text] = [one].flat();
    const state = spoil(JSON.stringify({ ...DEFAULT, view, views: [view] }));
    const picture = '<figure class="cl-figure"><svg></svg></figure>';
    return `<div class="cl-explorer" data-view="${view}"><script type="application/json">${state}</script>${picture}</div>`;
  }).join("");
  const near = [];
  globalThis.IntersectionObserver = class {
    constructor(call) { near.push(() => call([{ isIntersecting: true }])); }
    observe() {}
    disconnect() {}
  };
  window.Element.prototype.scrollIntoView = function () { window.scrolledTo = this.id; };
  mountAll();
  return near;
}

test("an explorer starts when the reader comes near, once", () => {
  const near = page("dx", "dw", "dx");
  assert.deepEqual([...window.document.querySelectorAll(".cl-explorer")].map(({ id }) => id), ["explore-dx", "explore-dw", "explore-dx-2"]);
  assert.equal(window.document.querySelectorAll(".cl-live").length, 0);
  near[1]();
  near[1]();
  assert.equal(window.document.querySelectorAll("#explore-dw .cl-live").length, 1);
  assert.equal(window.document.querySelectorAll(".cl-live").length, 1);
});

// ipywidgets#3252: one state that cannot be read, and no explorer below it starts
test("a broken explorer says so, keeps its picture and stops no other", () => {
  const broken = {
    "no JSON": (text) => text.replace('"stride":1', '"stride":NaN'),
    "no table": (text) => text.replace('"tables":', '"tablets":'),
    "no such view": (text) => text.replace('"view":"dw"', '"view":"up"'),
    "no state": () => "",
  };
  for (const [what, spoil] of Object.entries(broken)) {
    const log = mock.method(console, "error", () => {});
    const starts = page(["dx"], ["dw", spoil], ["forward"]);
    for (const start of starts) start();
    window.location.hash = "#explore-dw?stride=2"; // a link to it does not try again
    window.dispatchEvent(new window.Event("hashchange"));
    const [first, second, third] = window.document.querySelectorAll(".cl-explorer");
    assert.ok(first.querySelector(".cl-live") && third.querySelector(".cl-live"), what);
    assert.equal(second.querySelector(".cl-live"), null, what);
    assert.ok(!second.classList.contains("cl-mounted"), what);
    const said = [...second.querySelectorAll("p")].map(({ textContent }) => textContent);
    assert.deepEqual(said, ["This explorer cannot run here. Its picture stands in its place."], what);
    assert.ok(second.querySelector("figure.cl-figure"));
    assert.equal(log.mock.callCount(), 1, what);
    log.mock.restore();
  }
});

test("an explorer that breaks later gives its place back to its picture", async () => {
  const log = mock.method(console, "error", () => {});
  show();
  const host = window.document.body;
  host.classList.add("cl-mounted");
  model.state.tables = {};
  await slide("stride", 3);
  log.mock.restore();
  assert.equal(host.textContent, "This explorer cannot run here.");
  assert.ok(!host.classList.contains("cl-mounted"));
  await slide("stride", 2); // it hears nothing any more
});

test("a link brings its explorer and its state back", () => {
  window.location.hash = "#explore-dx-2?view=dx&size=6&stride=3&cell=dy.0.1";
  page("dx", "dx");
  root = window.document.querySelector("#explore-dx-2 .cl-live");
  assert.equal(window.scrolledTo, "explore-dx-2");
  assert.deepEqual(chosen(), ["dy 0,1"]);
  assert.equal(slider("stride").value, "3");
  assert.equal(window.document.querySelectorAll(".cl-live").length, 1);
});

for (const query of ["stride=9&cell=dx.99.1", "stride=-1&size=abc", "stride=0&padding=3", "view=shape&cell=x", "a=1&stride=2.5"]) {
  test(`a broken link does no harm: ${query}`, () => {
    window.location.hash = `#explore-dx?${query}`;
    page("dx");
    root = window.document.querySelector(".cl-live");
    assert.equal(slider("stride").value, "1");
    assert.equal(root.dataset.view, "dx");
    assert.deepEqual(chosen(), query.includes("cell") ? [] : ["dx 1,1"]);
  });
}

test("copy link writes what restores the state", async () => {
  show({ stride: 2, cell: ["dy", 1, 0] });
  const written = [];
  Object.defineProperty(globalThis, "navigator", { value: { clipboard: { writeText: async (text) => written.push(text) } }, configurable: true });
  press("Copy link");
  await new Promise((done) => setTimeout(done));
  assert.equal(status(), "The link is copied.");
  assert.equal(written[0], "https://a.test/page.html#explore-dx?view=dx&size=5&kernel=3&stride=2&padding=1&dilation=1&cell=dy.1.0");
  const again = new PageModel(structuredClone({ ...DEFAULT, views: VIEWS }), "explore-dx");
  assert.ok(again.restore());
  assert.deepEqual([again.get("stride"), again.get("cell")], [2, ["dy", 1, 0]]);
});
