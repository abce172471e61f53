// The explorer of a convolution, for Jupyter (through anywidget) and for a page without a kernel.
/** @import { Cell, Layer, Model, Pair, State, View } from "./types.js" */
import { Controls, SETTINGS } from "./controls.js";
import { giveUp, h, paragraph } from "./dom.js";
import { layer, pairs } from "./rule.js";
import { Stage } from "./stage.js";
import { VIEWS } from "./views/index.js";
import { line, reason } from "./words.js";

/** Milliseconds that play stays at a cell. */
const BEAT = 1000;

/** @type {Record<string, Pair>} */
const ARROW_KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** What can change of what the model holds. */
const CHANGING = ["view", "cell", ...SETTINGS];
const NAMES = [...CHANGING, "views", "tables", "fixed", "limits", "catalogue"];

/** @param {Model} model @returns {State} */
export function readState(model) {
  return /** @type {any} */ (Object.fromEntries(NAMES.map((name) => [name, model.get(name)])));
}

/** Everything that follows from a state. @param {State} state */
export function compute(state) {
  const view = VIEWS[state.view];
  const { arrays, views } = state.catalogue;
  const now = view.layer?.(state) ?? layer({ ...arrays, ...views[state.view].own }, state.tables, ...view.axes(state));
  return { view, now: view.finish?.(now) ?? now };
}

class Explorer {
  /** @param {Model} model @param {HTMLElement} host */
  constructor(model, host) {
    this.model = model;
    this.host = host;
    this.state = readState(model);
    this.initial = Object.fromEntries(CHANGING.map((name) => [name, model.get(name)]));
    this.view = VIEWS[this.state.view];
    this.now = compute(this.state).now;
    /** The cell under the pointer or with the focus. @type {Cell | null} */
    this.previewed = null;
    this.timer = 0;
    this.queued = false;
    this.built = "";
    const share = model.share && (async () => this.announce(await /** @type {any} */ (model).share()));
    this.controls = new Controls(this.state, {
      change: (values) => this.change(values),
      step: () => this.step(),
      play: () => (this.timer ? this.pause() : this.play()),
      reset: () => this.change(this.initial),
      share,
    });
    this.stage = new Stage();
    this.code = h("div", { class: "cl-code" });
    this.status = h("p", { class: "cl-status", role: "status" });
    this.root = h("div", { class: "cl-live", role: "group", "aria-label": "Explorer of a layer" });
    this.root.append(this.controls.element, this.stage.element, this.stage.lower, this.code, this.status);
    host.append(this.root);
    this.listenToModel();
    this.root.addEventListener("keydown", (event) => this.handleKey(event));
    this.attempt(() => this.draw());
  }

  listenToModel() {
    const moved = () => {
      this.previewed = null;
      this.schedule();
    };
    const changed = () => this.schedule();
    const calls = CHANGING.map((name) => ({ event: `change:${name}`, call: SETTINGS.some((s) => s === name) ? changed : moved }));
    for (const { event, call } of calls) this.model.on(event, call);
    this.stopListening = () => calls.forEach(({ event, call }) => this.model.off(event, call));
  }

  /** @param {HTMLElement} grid */
  listenToGrid(grid) {
    // Not pointerover: what moves under a resting pointer would undo a step of the keyboard.
    grid.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.preview(this.cellAt(event.target));
    });
    grid.addEventListener("pointerleave", () => this.preview(null));
    grid.addEventListener("focusin", (event) => this.preview(this.cellAt(event.target)));
    grid.addEventListener("focusout", () => this.preview(null));
    grid.addEventListener("click", (event) => {
      const cell = this.cellAt(event.target);
      if (cell) this.choose(cell);
    });
  }

  /** Draw; if that fails, give up. @param {() => void} draw */
  attempt(draw) {
    try {
      draw();
    } catch (error) {
      this.dispose();
      giveUp(this.host, error);
    }
  }

  dispose() {
    this.pause();
    this.stage.dispose();
    this.stopListening?.();
    this.root.remove();
  }

  /** Draw once, however many settings change together. */
  schedule() {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.attempt(() => this.draw());
    });
  }

  /** Set traits of the model. @param {Record<string, any>} values */
  change(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
  }

  // Choosing

  /** @param {EventTarget | null} target @returns {Cell | null} */
  cellAt(target) {
    const element = target instanceof Element ? target.closest(".cl-cell") : null;
    const name = element?.closest(".cl-grid")?.getAttribute("data-grid");
    const [r, c] = String(element?.getAttribute("data-at")).split(",").map(Number);
    return this.existing(name ? [name, r, c] : null);
  }

  /** A cell if it can be chosen now. @param {Cell | [] | null} cell @returns {Cell | null} */
  existing(cell) {
    if (!cell?.length || !this.now.fits) return null;
    const [name, r, c] = cell;
    const choosable = this.state.catalogue.views[this.state.view].choose.includes(name);
    return choosable && this.now.values[name][r]?.[c] !== undefined ? cell : null;
  }

  /** The cell that is shown now. */
  get cell() {
    return this.existing(this.previewed) ?? this.existing(this.model.get("cell"));
  }

  /** Show a cell for as long as the pointer or the focus is on it. @param {Cell | null} cell */
  preview(cell) {
    if (String(cell) === String(this.previewed)) return;
    this.previewed = cell;
    this.attempt(() => this.showChoice());
  }

  /** Keep a cell. @param {Cell} cell */
  choose(cell) {
    this.pause();
    this.change({ cell });
    this.stage.grid(cell[0]).find(cell.slice(1)).focus();
  }

  /** @param {KeyboardEvent} event */
  handleKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's: Alt and an arrow goes back
    if (event.key === "Escape") {
      this.pause();
      this.change({ cell: [] });
      this.preview(null);
    }
    const cell = this.cellAt(event.target);
    const direction = ARROW_KEYS[event.key];
    if (!cell || !(direction || event.key === "Enter" || event.key === " ")) return;
    event.preventDefault();
    const [down, right] = direction ? this.view.move(direction) : [0, 0];
    const [name, r, c] = cell;
    this.choose(this.existing([name, r + down, c + right]) ?? cell);
  }

  /** Go to the next cell, row by row, and from the last to the first. */
  step() {
    const name = this.cell?.[0] ?? this.state.catalogue.views[this.state.view].choose[0];
    const values = this.now.values[name];
    const cells = pairs(values.length, values[0]?.length ?? 0);
    if (!cells.length) return this.pause();
    const here = cells.findIndex(([r, c]) => String([name, r, c]) === String(this.cell));
    this.change({ cell: [name, ...cells[(here + 1) % cells.length]] });
  }

  play() {
    this.step();
    this.timer = window.setInterval(() => (document.hidden ? this.pause() : this.step()), BEAT);
    this.controls.play.textContent = "Pause";
    this.status.setAttribute("aria-live", "off"); // else a screen reader would never come to an end
  }

  pause() {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.controls.play.textContent = "Play";
    this.status.removeAttribute("aria-live");
  }

  /** @param {string} words */
  announce(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // Drawing: after each change

  draw() {
    this.state = readState(this.model);
    ({ view: this.view, now: this.now } = compute(this.state));
    const focused = this.focusedCell();
    if (this.built !== this.state.view) this.build();
    this.controls.draw(this.state);
    const longest = this.stage.draw(this.view, this.state, this.now);
    this.root.style.setProperty("--chars", String(longest > 3 ? longest : 0)); // three fit every cell
    this.showChoice();
    if (focused && (focused.hidden || !focused.isConnected)) this.keepFocus();
  }

  /** Once for each view. */
  build() {
    this.pause();
    this.built = this.state.view;
    this.root.dataset.view = this.state.view;
    const layout = this.view.layout(this.state);
    const wide = layout.stage.map(({ cols }) => cols);
    this.root.style.setProperty("--across", String(wide.reduce((a, b) => a + b)));
    this.root.style.setProperty("--wide", String(Math.max(...wide)));
    const { arrays, views } = this.state.catalogue;
    this.root.style.setProperty("--over", `var(--cl-${arrays[views[this.built].over].role}-line)`);
    this.stage.build(layout, this.state);
    for (const grid of this.stage.grids.values()) if (grid.choosable) this.listenToGrid(grid.element);
  }

  focusedCell() {
    const active = /** @type {Document | ShadowRoot} */ (this.root.getRootNode()).activeElement;
    return active instanceof HTMLElement && this.root.contains(active) && active.matches(".cl-cell") ? active : null;
  }

  /** The cell with the focus is gone: go to the one to which the Tab key leads now, or to the controls. */
  keepFocus() {
    const grids = [...this.stage.grids.values()];
    const stop = grids.map(({ tabStop }) => tabStop).find((cell) => cell && !cell.hidden);
    (stop ?? this.controls.tabs.get(this.state.view) ?? this.controls.play).focus();
  }

  /** Show the chosen cell: what it uses, its formula, the code, and what a screen reader says. */
  showChoice() {
    const { cell, now, state, view } = this;
    this.root.classList.toggle("cl-has-choice", !!cell);
    this.stage.mark(view, state, now, cell);
    const { lines, words } = describe(this.view, state, now, cell);
    this.stage.formula.replaceChildren(...lines.map((one) => paragraph(one, now.arrays)));
    const code = now.fits ? view.code(now, cell) : [];
    const names = ["NumPy", "PyTorch"];
    this.code.replaceChildren(...code.map((text, n) => h("p", {}, h("span", {}, names[n]), h("code", { translate: "no" }, text))));
    this.announce(words);
  }
}

/** The lines below the grids, and what a screen reader says. @param {View} view @param {State} state @param {Layer} now
 * @param {Cell | null} cell */
export function describe(view, state, now, cell) {
  const before = view.preamble(now);
  if (!now.fits) return { lines: [...before, line(reason(now))], words: reason(now) };
  const { lines, words } = cell ? view.explain(now, cell) : { lines: [ask(state)], words: "" };
  return { lines: [...before, ...lines], words };
}

/** @param {State} state */
function ask({ catalogue, view }) {
  const arrays = catalogue.views[view].choose.join(" or of ");
  return line(`Choose a cell of ${arrays}: point at it, tap it, or walk with the arrow keys.`);
}

/** What anywidget calls. @param {{ model: Model, el: HTMLElement }} place */
export function render({ model, el }) {
  try {
    const explorer = new Explorer(model, el);
    return () => explorer.dispose();
  } catch (error) {
    giveUp(el, error);
    return () => {};
  }
}

export default { render };
