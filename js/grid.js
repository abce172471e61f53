// A grid of cells, each of which stays the same element while settings change, so that it can move smoothly.
/** @import { Cell, GridPlan, ShownCell } from "./types.js" */
import { h } from "./dom.js";

export class Grid {
  /** @param {GridPlan} plan @param {string} role @param {boolean} choosable */
  constructor({ name, shape: [rows, cols], first: [top, left], label }, role, choosable) {
    this.name = name;
    this.choosable = choosable;
    this.element = h("div", { class: `cl-grid cl-${role}`, role: choosable ? "grid" : "table", "data-grid": name });
    /** The array's name, so far from its first cell. */
    this.label = label && { element: h("span", { class: `cl-name cl-${role}`, "aria-hidden": "true", translate: "no" }, name), away: label };
    /** @type {Map<string, HTMLElement>} */
    this.cells = new Map();
    /** Those with a mark. @type {HTMLElement[]} */
    this.marked = [];
    /** Where the Tab key leads. @type {HTMLElement | undefined} */
    this.tabStop = undefined;
    for (let r = top; r < top + rows; r++) {
      const row = h("div", { role: "row" });
      for (let c = left; c < left + cols; c++) row.append(this.makeCell(`${r},${c}`));
      this.element.append(row);
    }
  }

  /** @param {string} at */
  makeCell(at) {
    const cell = h("div", { class: "cl-cell", role: this.choosable ? "gridcell" : "cell", "data-at": at, hidden: "" }, h("span", { translate: "no" }));
    if (this.choosable) {
      cell.setAttribute("tabindex", "-1");
      cell.setAttribute("aria-selected", "false");
      cell.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the arrow keys
    }
    this.cells.set(at, cell);
    return cell;
  }

  /** Show these cells, and hide the others. @param {ShownCell[]} shown */
  draw(shown) {
    const hidden = new Set(this.cells.values());
    for (const { at, x, y, text, kind, label } of shown) {
      const cell = this.find(at);
      hidden.delete(cell);
      cell.hidden = false;
      cell.style.setProperty("--x", String(x));
      cell.style.setProperty("--y", String(y));
      const words = /** @type {HTMLElement} */ (cell.firstChild);
      if (words.textContent !== text) words.textContent = text;
      words.classList.toggle("cl-long", text.length > 2);
      cell.dataset.kind = kind;
      cell.setAttribute("aria-label", label);
      cell.title = text.length > 3 && !label.endsWith(text) ? label : ""; // a number that was shortened
    }
    for (const cell of hidden) cell.hidden = true;
    if (this.label) {
      const { element, away } = this.label;
      element.hidden = !shown.length;
      if (shown.length) {
        element.style.setProperty("--x", String(shown[0].x + away[0]));
        element.style.setProperty("--y", String(shown[0].y + away[1]));
      }
    }
    for (const row of /** @type {Iterable<HTMLElement>} */ (this.element.children)) {
      row.hidden = [.../** @type {Iterable<HTMLElement>} */ (row.children)].every((cell) => cell.hidden);
    }
    // Where no kernel fits, at no setting, there is no cell.
    if (this.choosable && this.cells.size && (!this.tabStop || this.tabStop.hidden)) this.setTabStop("0,0");
  }

  /** Mark the chosen cell, those that it uses, and what is laid over them. Only what changes is touched.
   * @param {Cell | null} chosen @param {Map<string, string>} lit */
  mark(chosen, lit) {
    for (const cell of this.marked) {
      cell.classList.remove("cl-chosen", "cl-lit");
      cell.firstElementChild?.removeAttribute("data-over");
      if (this.choosable) cell.setAttribute("aria-selected", "false");
    }
    this.marked = [];
    for (const [at, over] of lit) {
      const cell = this.find(at);
      cell.classList.add("cl-lit");
      if (over) cell.firstElementChild?.setAttribute("data-over", over);
      this.marked.push(cell);
    }
    if (!chosen) return;
    const cell = this.find(chosen.slice(1));
    cell.classList.add("cl-chosen");
    cell.setAttribute("aria-selected", "true");
    this.marked.push(cell);
    this.setTabStop(chosen.slice(1));
  }

  /** Let the Tab key lead to this cell. @param {unknown} at */
  setTabStop(at) {
    if (this.tabStop) this.tabStop.tabIndex = -1;
    this.tabStop = this.find(at);
    this.tabStop.tabIndex = 0;
  }

  /** @param {unknown} at  row and column @returns {HTMLElement} */
  find(at) {
    return /** @type {HTMLElement} */ (this.cells.get(String(at)));
  }
}
