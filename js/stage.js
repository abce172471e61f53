// The grids of a view, their titles, the outlined window and the arrows.
/** @import { Arrow, Box, Cell, FieldPlan, Layer, Layout, Pair, State, View } from "./types.js" */
import { between, drawArrow } from "./arrows.js";
import { coloured, h, svg } from "./dom.js";
import { Grid } from "./grid.js";

export class Stage {
  constructor() {
    this.element = h("div", { class: "cl-stage" });
    this.lower = h("div", { class: "cl-lower" });
    this.formula = h("div", { class: "cl-formula" });
    this.frame = h("div", { class: "cl-frame" });
    this.arrows = svg("svg", { class: "cl-arrows", "aria-hidden": "true" });
    /** @type {Arrow[]} */
    this.shownArrows = [];
    /** @type {Map<string, Grid>} */
    this.grids = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.titles = new Map();
    /** Where grids stand, in pixels of the stage, and the size of their cells. @type {Map<string, Box & { cols: number, rows: number }>} */
    this.boxes = new Map();
    this.resized = new ResizeObserver(() => {
      this.boxes.clear();
      this.drawArrows(this.shownArrows);
    });
    this.resized.observe(this.element);
  }

  /** Make the grids of a view. @param {Layout} layout @param {State} state */
  build({ stage, lower }, { catalogue, view }) {
    this.grids.clear();
    this.titles.clear();
    this.boxes.clear();
    this.shownArrows = [];
    const { choose } = catalogue.views[view];
    /** @param {FieldPlan} plan */
    const slot = (plan) => this.buildSlot(plan, (name) => catalogue.arrays[name].role, choose);
    this.element.replaceChildren(this.arrows, ...stage.map(slot));
    this.lower.replaceChildren(...(lower ? [slot(lower)] : []));
    (lower ? this.lower : this.element).append(this.formula);
    this.lower.hidden = !lower;
    const first = this.grids.get(stage[0].grids[0].name);
    first?.element.after(this.frame);
    this.frame.classList.remove("cl-shown");
  }

  /** @param {FieldPlan} plan @param {(name: string) => string} role @param {string[]} choose */
  buildSlot({ rows, cols, grids }, role, choose) {
    const field = h("div", { class: "cl-field", style: `--rows: ${rows}; --cols: ${cols}` });
    for (const plan of grids) {
      const grid = new Grid(plan, role(plan.name), choose.includes(plan.name));
      this.grids.set(plan.name, grid);
      field.append(grid.element, ...(grid.label ? [grid.label.element] : []));
    }
    const title = h("p", { class: "cl-title" });
    this.titles.set(grids[0].name, title);
    return h("div", { class: `cl-slot cl-slot-${grids[0].name}` }, title, field);
  }

  /** Show the cells of the current settings, and return for how many characters each must have room.
   * @param {View} view @param {State} state @param {Layer} now */
  draw(view, state, now) {
    let longest = 0;
    for (const [name, grid] of this.grids) {
      const size = view.size(now, name);
      const cells = view.cells(state, now, name);
      grid.draw(cells);
      for (const { text } of cells) longest = Math.max(longest, text.length - Number(text.endsWith("]"))); // brackets are narrow
      grid.element.setAttribute("aria-label", `${name}, ${size}`);
      this.titles.get(name)?.replaceChildren(...coloured(name, now.arrays), ` ${size}`);
    }
    return longest;
  }

  /** Show the chosen cell: what it uses, and the numbers laid over it.
   * @param {View} view @param {State} state @param {Layer} now @param {Cell | null} cell */
  mark(view, state, now, cell) {
    for (const [name, grid] of this.grids) {
      const own = cell?.[0] === name;
      grid.mark(own ? cell : null, cell && !own ? view.lit(state, now, cell, name) : new Map());
    }
    this.drawFrame(cell && view.frame(state, now, cell));
    this.drawArrows(cell ? view.arrows(now, cell) : []);
  }

  /** @param {Box | null} box */
  drawFrame(box) {
    this.frame.classList.toggle("cl-shown", !!box);
    if (!box) return;
    const { x, y, width, height } = box;
    for (const [key, value] of Object.entries({ x, y, w: width, h: height })) this.frame.style.setProperty(`--${key}`, String(value));
  }

  /** @param {Arrow[]} arrows */
  drawArrows(arrows) {
    this.shownArrows = arrows;
    // Jupyter renders before it shows: then there is nothing to measure yet, and the observer comes back.
    const visible = arrows.length && this.box("dx").width;
    const channel = visible ? between(this.box("dx"), this.box("dy")) : 0;
    this.arrows.replaceChildren(
      ...(visible ? arrows.map((arrow) => drawArrow(arrow, this.corner("dy", arrow.from), this.corner("dx", arrow.to), channel)) : []),
    );
  }

  /** The upper left corner of a cell, in pixels of the stage. @param {string} name @param {Pair} at */
  corner(name, at) {
    const { x, y, width, height, cols, rows } = this.box(name);
    const { style } = this.grid(name).find(at);
    const [right, down] = ["--x", "--y"].map((key) => Number(style.getPropertyValue(key)));
    return { x: x + (right * width) / cols, y: y + (down * height) / rows };
  }

  /** Where a grid stands. Asked once for each width of the page: to ask for it makes the browser lay out the page.
   * @param {string} name */
  box(name) {
    const known = this.boxes.get(name);
    if (known) return known;
    const { element } = this.grid(name);
    const [stage, place] = [this.element, element].map((one) => one.getBoundingClientRect());
    const [cols, rows] = ["--cols", "--rows"].map((key) => Number(element.parentElement?.style.getPropertyValue(key)));
    const { scrollLeft } = this.element;
    const box = { x: place.left - stage.left + scrollLeft, y: place.top - stage.top, width: place.width, height: place.height, cols, rows };
    if (box.width) this.boxes.set(name, box);
    return box;
  }

  /** @param {string} name */
  grid(name) {
    return /** @type {Grid} */ (this.grids.get(name));
  }

  dispose() {
    this.resized.disconnect();
  }
}
