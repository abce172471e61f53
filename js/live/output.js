// Draw the outputs of a cell as the build drew the stored ones.
/** @import { Output } from "./types.js" */

/** @param {string} kind @param {string} text */
function text(kind, text) {
  const box = document.createElement("div");
  box.className = `output ${kind} highlight-myst-ansi notranslate`;
  box.translate = false;
  const inner = document.createElement("div");
  inner.className = "highlight";
  const pre = document.createElement("pre");
  pre.textContent = text;
  inner.append(pre);
  box.append(inner);
  return box;
}

/** @param {string} markup */
function rich(markup) {
  const box = document.createElement("div");
  box.className = "output text_html";
  box.innerHTML = markup;
  return box;
}

/** A picture, with what Python says of it as its words. @param {string} kind @param {string} content  in base64 @param {string} words */
function picture(kind, content, words) {
  const box = document.createElement("div");
  box.className = `output ${kind.replace("/", "_")}`;
  box.append(Object.assign(document.createElement("img"), { src: `data:${kind};base64,${content}`, alt: words }));
  return box;
}

/** The richest form that a page can show. @param {Record<string, string>} data */
function shown(data) {
  if (data["text/html"]) return rich(data["text/html"]);
  if (data["image/svg+xml"]) return rich(data["image/svg+xml"]);
  for (const kind of ["image/png", "image/jpeg"]) {
    if (data[kind]) return picture(kind, data[kind], data["text/plain"]);
  }
  return text("text_plain", data["text/plain"]);
}

/** Tell the page's other scripts of a new figure or explorer. A page that had no explorer has not loaded theirs, which starts
 * all that it finds. @param {Element} box */
function announce(box) {
  box.dispatchEvent(new CustomEvent("cl-added", { bubbles: true }));
  if (!box.querySelector(".cl-explorer") || document.querySelector('script[src*="explorer.js"]')) return;
  document.head.append(Object.assign(document.createElement("script"), { src: new URL("../explorer.js", import.meta.url).href }));
}

export class OutputPlace {
  /** @param {Element} cell */
  constructor(cell) {
    this.cell = cell;
    /** What the build stored: `null` where the cell had no output. @type {Element | null} */
    this.stored = cell.querySelector(".cell_output");
    this.before = this.stored;
  }

  /** Is what stands here no longer what the build stored? */
  get live() {
    return this.before !== this.stored;
  }

  /** Make room for a new run. What stands here stays until there is something new, so that nothing jumps; it is
   * dimmed, and stays so where the run is stopped before it shows anything. */
  begin() {
    this.before?.classList.add("live-old");
    this.fresh = document.createElement("div");
    this.fresh.className = "cell_output docutils container live-output";
    /** @type {HTMLPreElement | null} */
    this.open = null;
    this.stream = "";
  }

  /** @param {Output} output */
  add(output) {
    if (!this.fresh) return;
    if (output.output_type === "stream" && this.open && this.stream === output.name) {
      this.open.append(output.text ?? "");
      return;
    }
    const box = this.made(output);
    this.fresh.append(box);
    this.stream = output.output_type === "stream" ? String(output.name) : "";
    this.open = this.stream ? box.querySelector("pre") : null;
    this.replace(this.fresh);
    if (box.querySelector(".cl-figure, .cl-explorer")) announce(box);
  }

  /** @param {Output} output */
  made(output) {
    if (output.output_type === "stream") return text(output.name === "stderr" ? "stderr" : "stream", output.text ?? "");
    if (output.output_type === "error") return text("traceback", (output.traceback ?? []).join("\n"));
    return shown(output.data ?? {});
  }

  /** The run ended: where it showed nothing, nothing is shown. */
  end() {
    if (this.fresh && !this.fresh.hasChildNodes()) this.replace(null);
  }

  /** Bring back what the build stored. */
  reset() {
    this.stored?.classList.remove("live-old");
    this.replace(this.stored);
  }

  /** @param {Element | null} element */
  replace(element) {
    if (element === this.before) return;
    if (this.before && element) this.before.replaceWith(element);
    else if (element) this.cell.append(element);
    else this.before?.remove();
    this.before = element;
  }
}
