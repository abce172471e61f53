// A page whose cells run: loaded at the first press. One namespace, one Python, one cell at a time.
/** @import { Output, Written } from "./types.js" */
import { button } from "./buttons.js";
import { Cell } from "./cell.js";
import { Python, Stopped } from "./python.js";
import { Store } from "./store.js";

/** @param {string} folder @param {string} name */
export async function open(folder, name) {
  const answer = await fetch(`${folder}cells/${name}.json`, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${answer.status} for ${name}.json`);
  return new LivePage(folder, name, await answer.json());
}

export class LivePage {
  /** @param {string} folder @param {string} name @param {Written[]} written @param {Python} [python] */
  constructor(folder, name, written, python = new Python({ folder })) {
    this.folder = folder;
    this.python = python;
    this.store = new Store(name, written.map((cell) => cell.source).join("\n\n"));
    this.cells = written.map((cell) => {
      const element = document.getElementById(cell.id);
      const made = new Cell(cell, element, (source) => this.keep(cell.id, source));
      element?.addEventListener("click", (event) => this.clicked(made, event));
      return made;
    });
    /** What is to run, the first of them now. @type {Cell[]} */
    this.queue = [];
    this.working = false;
    /** @type {Promise<any> | undefined} */
    this.editors = undefined;
    this.top = document.querySelector(".live-top .live-bar");
    this.news = document.createElement("div");
    this.news.className = "live-news visually-hidden";
    this.news.setAttribute("role", "status");
    document.body.append(this.news);
    for (const cell of this.cells) {
      const typed = this.store.get(cell.id);
      if (typed !== undefined) this.put(cell, typed);
    }
    this.takeFromLink();
    addEventListener("hashchange", () => this.takeFromLink());
  }

  /** @param {string} id @param {string | undefined} source */
  keep(id, source) {
    const worked = this.store.works;
    this.store.set(id, source);
    if (worked && !this.store.works) this.say("What you type cannot be kept on this device: its storage is full, or forbidden.");
  }

  /** @param {Cell} cell @param {string} source */
  put(cell, source) {
    if (cell.element?.classList.contains("live-own")) this.edit(cell, false).then(() => cell.replace(source));
    else cell.replace(source);
  }

  /** Show code that came with the link. It runs at a press, and never before. */
  takeFromLink() {
    const found = /^#([\w-]+)\?code=([\w-]*)$/.exec(location.hash);
    const cell = found && this.cells.find((each) => each.id === found[1]);
    if (!found || !cell) return;
    try {
      const bytes = Uint8Array.from(atob(found[2].replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
      this.put(cell, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      return this.say("The code of this link cannot be read.");
    }
    cell.show("rest", "This code came with the link: read it before you run it.");
    cell.element?.scrollIntoView();
  }

  /** @param {Cell} cell */
  async link(cell) {
    const bytes = new TextEncoder().encode(cell.source);
    const code = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    history.replaceState(null, "", `#${cell.id}?code=${code}`);
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    cell.show("rest", copied ? "The link is copied." : "The link is in the address bar.");
  }

  /** What a button asks for. @param {string} verb @param {string | undefined} id */
  act(verb, id) {
    const cell = this.cells.find((each) => each.id === id);
    if (verb === "run-all") this.run(this.cells.filter((each) => each.runs));
    if (verb === "reset-all") this.reset();
    if (verb === "stop") this.stop();
    if (!cell) return;
    if (verb === "run") this.runWithAbove(cell);
    if (verb === "edit") this.edit(cell);
    if (verb === "reset") cell.reset();
    if (verb === "link") this.link(cell);
  }

  /** A click into code edits it, there. @param {Cell} cell @param {MouseEvent} event */
  clicked(cell, event) {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest(".cell_input pre") || String(getSelection())) return;
    this.edit(cell).then(() => cell.editor.focusAt(event.clientX, event.clientY));
  }

  /** @param {Cell} cell */
  async edit(cell, focus = true) {
    try {
      this.editors ??= import(`${this.folder}editor.js`);
      const { openEditor } = await this.editors;
      cell.edit(openEditor, (advance) => {
        this.runWithAbove(cell);
        if (advance) this.next(cell)?.focus();
      });
      if (focus) cell.editor.focus();
    } catch {
      this.editors = undefined;
      cell.show("rest", "The editor could not be loaded: is there a network?");
    }
  }

  /** The button of the cell below. @param {Cell} cell */
  next(cell) {
    const below = this.cells.slice(this.cells.indexOf(cell) + 1).find((each) => each.bar);
    return /** @type {HTMLElement | null | undefined} */ (below?.bar?.querySelector("button"));
  }

  /** Run a cell, and before it those above that have not run. @param {Cell} cell */
  runWithAbove(cell) {
    if (cell.lacks.length) return cell.show("rest", lacking(cell.lacks));
    if (!cell.runs) return cell.show("rest", "There is nothing to run yet.");
    const above = this.cells.slice(0, this.cells.indexOf(cell));
    this.run([...above.filter((each) => each.runs && !this.hasRun(each)), cell]);
  }

  /** @param {Cell} cell */
  hasRun(cell) {
    return cell.ranIn === this.python.life && this.python.worker !== null;
  }

  /** @param {Cell[]} cells */
  run(cells) {
    const added = cells.filter((cell) => !this.queue.includes(cell));
    for (const cell of added) cell.show("waiting", "waits");
    this.queue.push(...added);
    if (!this.working) this.work();
  }

  async work() {
    this.showTop(true);
    while (this.queue.length) {
      const cell = this.queue[0];
      const fine = await this.runOne(cell);
      this.queue.shift();
      if (!fine) this.drop(cell);
    }
    this.showTop(false);
  }

  /** @param {boolean} working */
  showTop(working) {
    this.working = working;
    /** @type {[string, string][]} */
    const verbs = working ? [["stop", "Stop"]] : [["run-all", "Run all"], ["reset-all", "Reset page"]];
    this.top?.replaceChildren(...verbs.map(([verb, label]) => button(verb, label)));
  }

  /** What waited for a cell that failed does not run. @param {Cell} failed */
  drop(failed) {
    for (const cell of this.queue) cell.show("rest", "Not run: a cell above ended with an error.");
    if (this.queue.length) failed.element?.scrollIntoView({ block: "nearest" });
    this.queue = [];
  }

  /** @param {Cell} cell */
  async runOne(cell) {
    cell.show("running");
    cell.mark([]);
    cell.output?.begin();
    this.python.loading = (bytes, total, what) => cell.progress(bytes, total, what);
    /** @type {Output[]} */
    const outputs = [];
    try {
      if (!this.python.starting) this.say("Loading Python.");
      await this.python.start();
      cell.show("running", "runs");
      const ended = await this.python.run(cell.id, cell.source, (output) => {
        outputs.push(output);
        cell.output?.add(output);
        this.markLines(output);
      });
      cell.output?.end();
      cell.ranIn = this.python.life;
      cell.show("rest");
      this.say(ended ? `Done. ${spoken(outputs)}` : `Error. ${spoken(outputs)}`);
      cell.element?.dispatchEvent(new CustomEvent("live-ran", { bubbles: true, detail: { ended, outputs } }));
      return ended;
    } catch (why) {
      const stopped = why instanceof Stopped;
      const words = stopped ? "Stopped. The cells above run again when they are needed." : /** @type {Error} */ (why).message;
      cell.show("rest", words);
      this.say(words);
      cell.element?.dispatchEvent(new CustomEvent("live-ran", { bubbles: true, detail: { ended: false, outputs, words } }));
      return false;
    }
  }

  /** @param {Output} output */
  markLines(output) {
    for (const cell of this.cells) {
      const lines = (output.marks ?? []).filter((mark) => mark.cell === cell.id).map((mark) => mark.line);
      if (lines.length) cell.mark(lines);
    }
  }

  stop() {
    this.python.stop();
  }

  reset() {
    this.python.stop();
    for (const cell of this.cells) cell.reset();
    this.store.clear();
    this.say("The page is as it was. What you typed is deleted from this device.");
  }

  /** Tell a screen reader. @param {string} words */
  say(words) {
    this.news.textContent = words;
  }
}

/** @param {string[]} modules */
function lacking(modules) {
  return `This cell needs ${modules.join(" and ")}, which works in Jupyter only: open the chapter on Binder.`;
}

/** @param {Output[]} outputs */
function spoken(outputs) {
  const last = outputs.at(-1);
  if (!last) return "";
  if (last.output_type === "error") return `${last.ename}: ${last.evalue}`;
  return (last.text ?? last.data?.["text/plain"] ?? "").slice(-200);
}
