// One cell: its code, as written or as the reader changed it, its buttons and its output.
/** @import { Written } from "./types.js" */
import { KEYS, button, tell } from "./buttons.js";
import { OutputPlace } from "./output.js";

export class Cell {
  /** @param {Written} written @param {HTMLElement | null} element  not there where a cell stands on no page
   * @param {(source: string | undefined) => void} typed */
  constructor(written, element, typed) {
    this.id = written.id;
    this.name = element?.dataset.name ?? written.id;
    this.written = written.source;
    this.lacks = written.lacks ?? [];
    this.judges = written.judges ?? [];
    this.source = written.source;
    this.element = element;
    this.typed = typed;
    /** The life of Python in which it last ran, and has not changed since. */
    this.ranIn = 0;
    /** Its code came with a link, and the reader has not run it yet. */
    this.foreign = false;
    /** What the last reset took away. @type {string | undefined} */
    this.lost = undefined;
    this.input = /** @type {HTMLElement | null} */ (element?.querySelector(".cell_input") ?? null);
    this.bar = /** @type {HTMLElement | null} */ (element?.querySelector(".live-bar") ?? null);
    this.output = element && new OutputPlace(element);
    /** @type {any} */
    this.editor = null;
    this.state = "rest";
  }

  get edited() {
    return this.source !== this.written;
  }

  /** An empty cell of the reader's own, in an exercise. */
  get isOwn() {
    return Boolean(this.element?.classList.contains("live-own"));
  }

  /** Has the checker found right what this cell judges? */
  get foundRight() {
    return this.judges.length > 0 && Boolean(this.element?.querySelector('.live-output [data-ok="true"]'));
  }

  /** Is there anything to run? */
  get runs() {
    return this.source.trim() !== "" && this.lacks.length === 0;
  }

  /** The buttons that fit. */
  verbs() {
    if (this.lacks.length) return ["why"];
    if (this.state !== "rest") return ["stop"];
    if (this.isOwn && !this.editor) return this.lost ? ["try", "undo"] : ["try"];
    const verbs = ["run"];
    if (!this.editor) verbs.push("edit");
    if (this.edited) verbs.push("link");
    if (this.edited || this.editor || this.output?.live) verbs.push("reset");
    if (this.lost !== undefined) verbs.push("undo");
    return verbs;
  }

  /** @param {string} state  rest, waiting, loading or running @param {string} [words]  a few, beside the buttons */
  show(state, words = "") {
    this.state = state;
    this.element?.setAttribute("aria-busy", String(state !== "rest"));
    const { bar } = this;
    if (!bar) return;
    setSaid(bar, words || (state === "rest" && this.edited && !this.isOwn ? "edited" : ""));
    setButtons(bar, this.verbs(), this.name);
  }

  /** Show a sentence below the code until the cell runs or changes. @param {...(Node | string)} words */
  tell(...words) {
    if (this.element) tell(this.element, ...words);
  }

  /** The text changed: by hand, if it is to be kept. @param {string} source @param {boolean} byHand */
  change(source, byHand) {
    this.source = source;
    this.ranIn = 0;
    this.mark([]);
    if (byHand) {
      this.foreign = false;
      this.lost = undefined;
      this.tell();
      this.typed(this.edited ? source : undefined);
    }
    if (this.state === "rest") this.show("rest");
  }

  /** Turn the code into an editor. @param {(given: any) => any} openEditor @param {(advance: boolean) => void} run */
  edit(openEditor, run) {
    if (this.editor || !this.element) return;
    this.input ??= this.makeInput(this.element);
    this.still = /** @type {HTMLElement | null} */ (this.input.querySelector('[class*="highlight-"]'));
    const place = document.createElement("div");
    place.className = "live-editor highlight";
    place.addEventListener("keydown", (event) => event.stopPropagation()); // "/" would open the page's search
    // Both at once would move the page for a moment, and a browser that keeps the place then scrolls.
    this.still?.setAttribute("hidden", "");
    this.input.prepend(place);
    const label = `Code of ${this.name}`;
    this.editor = openEditor({ parent: place, source: this.source, label, run, changed: this.change.bind(this) });
    this.show(this.state);
  }

  /** An own cell has no place for code before it is wanted. @param {HTMLElement} element */
  makeInput(element) {
    const input = document.createElement("div");
    input.className = "cell_input docutils container";
    element.prepend(input);
    if (this.bar) input.append(this.bar);
    return input;
  }

  /** Say in the bar what the keys do, until the first of them, where there are keys. */
  hint() {
    if (this.state === "rest" && matchMedia("(hover: hover)").matches) this.show("rest", KEYS);
  }

  /** Mark lines that an error went through. @param {number[]} lines */
  mark(lines) {
    this.editor?.mark(lines);
    const pre = this.input?.querySelector("pre");
    const band = "linear-gradient(var(--live-mark), var(--live-mark)) no-repeat";
    const top = (/** @type {number} */ line) => `calc(var(--cl-code-top) + ${line - 1} * var(--cl-code-line))`;
    if (pre) pre.style.background = lines.map((line) => `${band} 0 ${top(line)} / 100% var(--cl-code-line)`).join(", ");
  }

  /** Bring back the code as written, and its stored output. */
  reset() {
    const lost = this.edited ? this.source : undefined;
    const inside = this.element?.contains(document.activeElement);
    this.editor?.close();
    this.editor = null;
    this.input?.querySelector(".live-editor")?.remove();
    this.still?.removeAttribute("hidden");
    if (this.isOwn) this.dropInput();
    this.change(this.written, true);
    this.lost = lost;
    this.output?.reset();
    this.show("rest");
    if (inside) this.bar?.querySelector("button")?.focus({ preventScroll: true });
  }

  dropInput() {
    if (this.bar) this.element?.prepend(this.bar);
    this.input?.remove();
    this.input = null;
  }
}

/** Say a few words in a bar, before its buttons. @param {Element} bar @param {string} words */
export function setSaid(bar, words) {
  const said = bar.querySelector(".live-said") ?? Object.assign(document.createElement("span"), { className: "live-said" });
  said.textContent = words;
  bar.prepend(said);
}

/** Give a bar its buttons; those that stay are kept, and the focus stays in the bar.
 * @param {Element} bar @param {string[]} verbs @param {string} [name] */
export function setButtons(bar, verbs, name) {
  const old = /** @type {HTMLElement[]} */ ([...bar.querySelectorAll("button")]);
  if (String(old.map((each) => each.dataset.verb)) === String(verbs)) return;
  const focused = document.activeElement;
  const had = bar.contains(focused);
  const made = verbs.map((verb) => old.find((each) => each.dataset.verb === verb) ?? button(verb, name));
  for (const each of old) if (!made.includes(/** @type {any} */ (each))) each.remove();
  bar.append(...made);
  if (had) (made.find((each) => each === focused) ?? made[0])?.focus({ preventScroll: true });
}
