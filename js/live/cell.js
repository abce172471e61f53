// One cell: its code, as written or as the reader changed it, its buttons and its output.
/** @import { Written } from "./types.js" */
import { button } from "./buttons.js";
import { OutputPlace } from "./output.js";

/** What a cell is doing, and the buttons that fit. @type {Record<string, [verb: string, label: string][]>} */
const BUTTONS = {
  rest: [["run", "Run"], ["edit", "Edit"]],
  edited: [["run", "Run"], ["link", "Copy link"], ["reset", "Reset"]],
  waiting: [["stop", "Cancel"]],
  running: [["stop", "Stop"]],
};

export class Cell {
  /** @param {Written} written @param {HTMLElement | null} element  not there where a cell stands on no page
   * @param {(source: string | undefined) => void} typed */
  constructor(written, element, typed) {
    this.id = written.id;
    this.written = written.source;
    this.lacks = written.lacks ?? [];
    this.source = written.source;
    this.element = element;
    this.typed = typed;
    /** The life of Python in which it ran to its end. */
    this.ranIn = 0;
    this.input = /** @type {HTMLElement | null} */ (element?.querySelector(".cell_input") ?? null);
    this.output = element && new OutputPlace(element);
    /** @type {any} */
    this.editor = null;
    this.state = "rest";
  }

  get edited() {
    return this.source !== this.written;
  }

  get bar() {
    return this.element?.querySelector(".live-bar");
  }

  /** Is there anything to run? */
  get runs() {
    return this.source.trim() !== "" && this.lacks.length === 0;
  }

  /** @param {string} state @param {string} [words]  that stand beside the buttons */
  show(state, words = "") {
    this.state = state;
    const { bar } = this;
    if (!bar) return;
    const kind = state === "rest" && this.edited ? "edited" : state;
    const had = bar.contains(document.activeElement);
    const said = document.createElement("span");
    said.className = "live-said";
    said.textContent = words || (kind === "edited" ? "edited" : "");
    bar.replaceChildren(said, ...BUTTONS[kind].map(([verb, label]) => button(verb, label)));
    if (had) /** @type {HTMLElement} */ (bar.querySelector("button")).focus({ preventScroll: true });
    this.element?.classList.toggle("live-busy", state === "running" || state === "waiting");
  }

  /** Say how much of Python has arrived. @param {number} bytes @param {number} total @param {string} what */
  progress(bytes, total, what) {
    const said = this.bar?.querySelector(".live-said");
    if (!said) return;
    const mb = (/** @type {number} */ count) => (count / 1e6).toFixed(1);
    let meter = said.querySelector("progress");
    if (!meter) {
      meter = document.createElement("progress");
      said.replaceChildren("", meter);
    }
    meter.setAttribute("aria-label", `Loading ${what}`);
    meter.max = total;
    meter.value = bytes;
    said.firstChild && (said.firstChild.textContent = bytes < total ? `${what}: ${mb(bytes)} of ${mb(total)} MB ` : `Starting ${what} `);
  }

  /** The text changed, by hand or from a link. @param {string} source */
  change(source) {
    this.source = source;
    this.ranIn = 0;
    this.mark([]);
    this.typed(this.edited ? source : undefined);
    if (this.state === "rest") this.show("rest");
  }

  /** Put other code into the cell. @param {string} source */
  replace(source) {
    if (this.editor) this.editor.replace(source);
    else {
      const pre = this.input?.querySelector("pre");
      if (pre) pre.textContent = source;
      this.change(source);
    }
  }

  /** Turn the code into an editor. @param {(given: any) => any} openEditor @param {(advance: boolean) => void} run */
  edit(openEditor, run) {
    if (this.editor || !this.element) return;
    if (!this.input) {
      this.input = document.createElement("div");
      this.input.className = "cell_input docutils container";
      this.element.prepend(this.input);
      const { bar } = this;
      if (bar) this.input.append(bar);
    }
    this.still = /** @type {HTMLElement | null} */ (this.input.querySelector('[class*="highlight-"]'));
    const place = document.createElement("div");
    place.className = "live-editor highlight";
    this.input.prepend(place);
    this.still?.setAttribute("hidden", "");
    const label = this.written ? `Code of cell ${this.id.replace("cell-", "")}` : "Your own code";
    this.editor = openEditor({ parent: place, source: this.source, label, changed: (/** @type {string} */ source) => this.change(source), run });
    this.show(this.state);
  }

  /** Mark lines that an error went through. @param {number[]} lines */
  mark(lines) {
    if (this.editor) this.editor.mark(lines);
    else this.markStill(lines);
  }

  /** @param {number[]} lines */
  markStill(lines) {
    const pre = this.input?.querySelector("pre");
    if (!pre) return;
    pre.querySelectorAll(".live-mark").forEach((mark) => mark.remove());
    for (const line of lines) {
      const mark = document.createElement("span");
      mark.className = "live-mark";
      mark.style.setProperty("--line", String(line - 1));
      pre.append(mark);
    }
  }

  /** Bring back the code as written, and its stored output. */
  reset() {
    this.editor?.close();
    this.editor = null;
    this.input?.querySelector(".live-editor")?.remove();
    this.still?.removeAttribute("hidden");
    this.source = this.written;
    this.ranIn = 0;
    this.mark([]);
    this.output?.reset();
    this.typed(undefined);
    this.show("rest");
  }
}
