// A page whose cells run: loaded at the first press. One namespace, one Python, one cell at a time.
/** @import { Output, Written } from "./types.js" */
import { KEYS, tell } from "./buttons.js";
import { Cell, setButtons, setSaid } from "./cell.js";
import { decode, encode } from "./link.js";
import { Python, Stopped } from "./python.js";
import { Store, keepLayers, keepRight, layers } from "./store.js";

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
    this.name = name;
    this.python = python;
    python.layers = layers;
    python.keepLayers = (text) => this.warnUnless(keepLayers(text));
    this.store = new Store(name, written.map((cell) => cell.source).join("\n\n"));
    this.cells = written.map((cell) => new Cell(cell, document.getElementById(cell.id), (source) => this.keep(cell.id, source)));
    /** What is to run, the first of them now. @type {Cell[]} */
    this.queue = [];
    /** Those of them whose Run was pressed; where it is empty, that of the page. @type {Set<Cell>} */
    this.wanted = new Set();
    this.working = false;
    this.count = "";
    this.hinted = this.warned = false;
    /** @type {Promise<any> | undefined} */
    this.editors = undefined;
    this.top = document.querySelector(".live-top");
    this.news = addUnseen({ className: "visually-hidden live-news" });
    this.news.setAttribute("role", "status");
    addUnseen({ id: "live-keys", textContent: KEYS, hidden: true }); // what describes each editor
    addEventListener("hashchange", () => this.takeFromLink());
    document.addEventListener("pointerdown", (event) => {
      if (!this.top?.contains(/** @type {Node} */ (event.target))) this.tellTop();
    });
    this.restore(name);
    this.takeFromLink();
  }

  /** Show what was typed on an earlier visit. @param {string} name */
  restore(name) {
    const old = this.store.takeOver(this.cells.filter((cell) => cell.isOwn).map((cell) => cell.id));
    for (const cell of this.cells) {
      const typed = this.store.get(cell.id);
      if (typed !== undefined) this.put(cell, typed);
    }
    if (!old.length) return;
    const file = Object.assign(document.createElement("a"), { textContent: "Save it as a file", download: `${name}.py` });
    file.href = `data:text/x-python;charset=utf-8,${encodeURIComponent(old.join("\n\n"))}`;
    this.tellTop("You changed code in an earlier version of this page, and its cells are others now. ", file, ", or delete it with Reset page.");
  }

  /** @param {string} id @param {string | undefined} source */
  keep(id, source) {
    this.store.set(id, source);
    this.warnUnless(this.store.works);
  }

  /** Say once that nothing is kept. @param {boolean} kept */
  warnUnless(kept) {
    if (kept || this.warned) return;
    this.warned = true;
    this.tellTop("What you type cannot be kept on this device: its storage is full, or forbidden.");
  }

  /** @param {string | undefined} id */
  cell(id) {
    return this.cells.find((each) => each.id === id);
  }

  /** Open a cell's editor with other code, which is not kept before the reader changes it. @param {Cell} cell @param {string} source */
  async put(cell, source) {
    await this.edit(cell, null);
    cell.editor?.replace(source);
  }

  /** Show code that came with the link. It runs at a press, and never before. */
  async takeFromLink() {
    const [id, code] = location.hash.slice(1).split("?code=");
    if (code === undefined) return;
    const cell = this.cell(id);
    if (!cell?.element) return this.tellTop("The link leads to a cell that this page does not have.");
    let source;
    try {
      source = decode(code);
    } catch {
      return this.tellTop("The code of this link cannot be read.");
    }
    await this.put(cell, source);
    cell.foreign = cell.edited;
    if (cell.foreign) this.tell(cell, "This code came with the link: read it before you run it.");
    reveal(cell.element);
  }

  /** @param {Cell} cell */
  async link(cell) {
    const code = encode(cell.source);
    if (!code) return this.tell(cell, "This code is too long for a link.");
    history.replaceState(null, "", `#${cell.id}?code=${code}`);
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    const words = copied ? "The link is copied." : "The link is in the address bar.";
    cell.show(cell.state, words);
    this.say(words);
  }

  /** What a button asks for, or a press into code. @param {string} verb @param {string} [id] @param {MouseEvent} [point] */
  act(verb, id, point) {
    const cell = this.cell(id);
    this.tellTop();
    if (verb === "run-all") this.run(this.cells.filter((each) => each.runs));
    if (verb === "reset-all") this.reset();
    if (verb === "stop") this.python.stop();
    if (!cell) return;
    if (verb === "run") this.runWithAbove(cell);
    if (verb === "edit" || verb === "try") this.edit(cell, point);
    if (verb === "reset") this.resetCell(cell);
    if (verb === "undo") this.undo(cell);
    if (verb === "link") this.link(cell);
    if (verb === "why") this.tell(cell, ...lacking(cell.lacks));
  }

  /** Open the editor of a cell. @param {Cell} cell @param {MouseEvent | null} [point]  where the caret goes; `null`: nowhere */
  async edit(cell, point) {
    try {
      if (!this.editors) cell.show(cell.state, "The editor is loading.");
      this.editors ??= import(`${this.folder}editor.js`);
      const { openEditor } = await this.editors;
      if (point && String(getSelection())) return cell.show(cell.state);
      cell.edit(openEditor, (advance) => {
        this.runWithAbove(cell);
        if (advance) this.next(cell)?.focus();
      });
    } catch {
      this.editors = undefined;
      cell.show(cell.state);
      return this.tell(cell, "The editor could not be loaded: is there a network?");
    }
    if (point) cell.editor.focusAt(point.clientX, point.clientY);
    else if (point !== null) cell.editor.focus();
    if (point !== null && !this.hinted) {
      this.hinted = true;
      cell.hint();
    }
  }

  /** Where Shift+Enter leads: the editor of the cell below, or its first button. @param {Cell} cell */
  next(cell) {
    const below = this.cells.slice(this.cells.indexOf(cell) + 1).find((each) => each.bar?.checkVisibility({ visibilityProperty: true }));
    return /** @type {{ focus: () => void } | null | undefined} */ (below?.editor ?? below?.bar?.querySelector("button"));
  }

  /** @param {Cell} cell */
  resetCell(cell) {
    cell.reset();
    this.say(`${cell.name} is as it was.`);
  }

  /** @param {Cell} cell */
  async undo(cell) {
    const source = String(cell.lost);
    await this.edit(cell);
    cell.editor?.replace(source);
    cell.change(source, true);
  }

  /** Run a cell, and before it those above that have not run. @param {Cell} cell */
  runWithAbove(cell) {
    if (!cell.runs) return this.tell(cell, "There is nothing to run yet.");
    const above = this.cells.slice(0, this.cells.indexOf(cell)).filter((each) => each.runs && !this.hasRun(each));
    const unread = above.find((each) => each.foreign);
    if (unread) return this.tell(cell, "The code of ", linkTo(unread), " came with the link: read it, and run it first.");
    this.wanted.add(cell);
    this.run([...above, cell]);
    const before = this.queue.indexOf(cell);
    if (before > 0) cell.show("waiting", before === 1 ? "runs the cell above first" : `runs the ${before} cells above first`);
  }

  /** @param {Cell} cell */
  hasRun(cell) {
    return cell.ranIn === this.python.life && this.python.worker !== null;
  }

  /** @param {Cell[]} cells */
  run(cells) {
    const added = cells.filter((cell) => !this.queue.includes(cell));
    for (const cell of added) {
      cell.lost = undefined;
      cell.foreign = false;
      cell.tell();
      cell.show("waiting", "waits");
    }
    this.queue.push(...added);
    if (!this.working && this.queue.length) this.work();
  }

  async work() {
    this.working = true;
    let ran = 0;
    while (this.queue.length) {
      const cell = this.queue[0];
      this.count = `${ran + 1} of ${ran + this.queue.length}`;
      this.showTop();
      const fine = await this.runOne(cell);
      ran += 1;
      if (this.queue[0] === cell) this.queue.shift();
      if (!fine) this.drop(cell, fine === false);
    }
    this.working = false;
    this.wanted.clear();
    this.showTop();
  }

  showTop() {
    const bar = this.top?.querySelector(".live-bar");
    if (!bar) return;
    setSaid(bar, this.working ? this.count : "");
    setButtons(bar, this.working ? ["stop"] : ["run-all", "reset-all"]);
  }

  /** What waited for a cell that did not come to its end does not run. @param {Cell} failed @param {boolean} byError */
  drop(failed, byError) {
    const waiting = this.queue;
    this.queue = [];
    for (const cell of waiting) {
      cell.show("rest", byError ? "not run: an error above" : "");
      if (byError && this.wanted.has(cell)) this.tell(cell, "Not run: ", linkTo(failed), " ended with an error.");
    }
    if (byError && !waiting.some((cell) => this.wanted.has(cell)) && waiting.length) {
      this.tellTop("The run ended at ", linkTo(failed), ", with an error. The cells below it have not run.");
    }
  }

  /** Run one cell. Say whether it came to its end; nothing, if Python did not. @param {Cell} cell */
  async runOne(cell) {
    cell.mark([]);
    /** @type {Output[]} */
    const outputs = [];
    try {
      await this.start(cell);
      cell.show("running", "runs");
      cell.output?.begin();
      const { source } = cell;
      const ended = await this.python.run(cell.id, source, (output) => {
        outputs.push(output);
        cell.output?.add(output);
        this.markLines(output);
      });
      cell.output?.end();
      if (cell.source === source) cell.ranIn = this.python.life;
      if (cell.foundRight) this.warnUnless(keepRight(this.name, cell.judges));
      cell.show("rest");
      if (!ended || this.queue.length === 1) this.say(`${ended ? "Done" : `Error in ${cell.name}`}. ${spoken(outputs)}`);
      this.tellEnd(cell, { ended, outputs });
      return ended;
    } catch (why) {
      const words = why instanceof Stopped ? stopped(cell) : /** @type {Error} */ (why).message;
      cell.show("rest");
      if (this.queue.includes(cell)) { // and not if the whole page was reset
        const wanted = this.queue.filter((each) => this.wanted.has(each));
        for (const place of wanted.length ? wanted : [cell]) this.tell(place, words);
      }
      this.tellEnd(cell, { ended: false, outputs, words });
      return undefined;
    }
  }

  /** Start Python, unless it runs, and show in a cell and at the top how much of it has arrived. @param {Cell} cell */
  async start(cell) {
    const starts = !this.python.starting;
    if (starts) this.say("Loading Python.");
    if (starts) cell.show("loading", "Python is loading");
    this.python.loading = (bytes, total, what) => {
      for (const place of [cell.bar, this.top]) if (place) progress(place, bytes, total, what);
      if (bytes < total || cell.state === "loading") return;
      cell.show("running", "runs");
      this.showTop();
    };
    await this.python.start();
    this.showTop();
    if (starts) this.say("Python is ready.");
  }

  /** Tell who listens, a test for one. @param {Cell} cell @param {object} detail */
  tellEnd(cell, detail) {
    cell.element?.dispatchEvent(new CustomEvent("live-ran", { bubbles: true, detail }));
  }

  /** @param {Output} output */
  markLines(output) {
    for (const cell of this.cells) {
      const lines = (output.marks ?? []).filter((mark) => mark.cell === cell.id).map((mark) => mark.line);
      if (lines.length) cell.mark(lines);
    }
  }

  reset() {
    this.queue = [];
    this.python.stop();
    for (const cell of this.cells) {
      cell.tell();
      cell.reset();
    }
    this.store.clear();
    const stays = layers() ? " Your my_layers.py stays: the first page of the course can delete it." : "";
    this.tellTop(`The page is as it was. What you typed here is deleted from this device.${stays}`);
  }

  /** Tell a screen reader. @param {string} words */
  say(words) {
    this.news.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
  }

  /** Say something below the code of a cell. @param {Cell} cell @param {...(Node | string)} words */
  tell(cell, ...words) {
    cell.tell(...words);
    this.say(cell.element?.querySelector(".live-words")?.textContent ?? "");
  }

  /** Say something below the bar at the top, until the next press. @param {...(Node | string)} words */
  tellTop(...words) {
    const told = this.top && tell(this.top, ...words);
    if (told) this.say(told.textContent ?? "");
  }
}

/** @param {object} properties */
function addUnseen(properties) {
  const made = Object.assign(document.createElement("div"), properties);
  document.body.append(made);
  return made;
}

/** @param {Cell} cell */
function linkTo(cell) {
  return Object.assign(document.createElement("a"), { href: `#${cell.id}`, textContent: cell.name });
}

/** Unfold what a cell stands in, and go there. @param {Element} element */
function reveal(element) {
  for (const folded of element.querySelectorAll("details")) folded.open = true;
  /** @type {HTMLElement | null | undefined} */ (element.closest(".toggle-hidden")?.querySelector("button.toggle-button"))?.click();
  element.scrollIntoView();
}

/** Say how much of Python, or of a package, has arrived. @param {Element} place @param {number} bytes @param {number} total @param {string} what */
function progress(place, bytes, total, what) {
  const said = place.querySelector(".live-said");
  if (!said) return;
  let meter = said.querySelector("progress");
  if (!meter) {
    meter = document.createElement("progress");
    said.replaceChildren("", meter);
  }
  meter.setAttribute("aria-label", `Loading ${what}`);
  meter.max = total;
  meter.value = bytes;
  const mb = (/** @type {number} */ count) => (count / 1e6).toFixed(1);
  const words = bytes < total ? `${what}: ${mb(bytes)} of ${mb(total)} MB ` : `Starting ${what} `;
  if (said.firstChild) said.firstChild.textContent = words;
}

/** @param {Cell} cell */
function stopped(cell) {
  if (cell.state === "loading") return "Loading was cancelled. Nothing has run.";
  return "Stopped. The cells above run again when they are needed.";
}

/** @param {string[]} modules @returns {(Node | string)[]} */
function lacking(modules) {
  const words = `This cell needs ${modules.join(" and ")}, which works in Jupyter only`;
  const binder = /** @type {HTMLAnchorElement | null} */ (document.querySelector('a[href*="mybinder.org"]'));
  if (!binder) return [`${words}.`];
  return [`${words}: `, Object.assign(document.createElement("a"), { href: binder.href, textContent: "open the chapter on Binder" }), "."];
}

/** What a run ends with: its error, or the end of its text. @param {Output[]} outputs */
function spoken(outputs) {
  const last = outputs.at(-1);
  if (last?.output_type === "error") return `${last.ename}: ${last.evalue}`;
  return outputs.map((output) => output.text ?? output.data?.["text/plain"] ?? "").join("").trim().slice(-200);
}
