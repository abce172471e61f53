// @ts-check
// The explorer of a convolution: one script, for Jupyter (through anywidget) and for a page without a kernel.
//
// Python sends three tables of numbers (x, w, dy) and the settings. All else follows here from one rule: output o
// reads, with weight k, the input i = S·o + D·k − P. Each such triple is one product. The forward pass adds products
// up by o, dx adds them up by i, dw by k. The tests compare every number with convlib.

/**
 * @typedef {number[][]} Matrix
 * @typedef {[number, number]} Pair  row and column, counted from 0
 * @typedef {"forward" | "dx" | "dw" | "shape"} View
 * @typedef {"x" | "w" | "y" | "dy" | "dx" | "dw"} Name
 * @typedef {[Name, number, number]} Cell
 * @typedef {"size" | "kernel" | "stride" | "padding" | "dilation"} Setting
 * @typedef {Record<Setting, number>} Settings
 * @typedef {{ x: Matrix, w: Matrix, dy: Matrix }} Tables
 * @typedef {{ get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *   on(names: string, call: () => void): void, off(names: string, call: () => void): void,
 *   share?(): Promise<string> }} Model  share: copy a link, and say so; on a page only
 * @typedef {{ o: Pair, i: Pair, k: Pair, inside: boolean }} Product  inside: i is a pixel, not a zero of the padding
 * @typedef {ReturnType<typeof axis>} Axis
 * @typedef {ReturnType<typeof layer>} Layer
 * @typedef {{ text: string, look?: string, label?: string }} Face  what a cell shows
 */

// --- The rule -----------------------------------------------------------------------------------------------------

/** What the cells of a grid are counted by. @type {Record<Name, "o" | "i" | "k">} */
const INDEX = { y: "o", dy: "o", x: "i", dx: "i", w: "k", dw: "k" };

/** Sizes along one axis.
 * @param {number} size @param {number} kernel @param {number} stride @param {number} padding @param {number} dilation */
function axis(size, kernel, stride, padding, dilation) {
  const extent = dilation * (kernel - 1) + 1;
  const padded = size + 2 * padding;
  const spare = padded - extent;
  const fits = spare >= 0;
  const out = fits ? Math.floor(spare / stride) + 1 : 0;
  return { size, kernel, stride, padding, dilation, extent, padded, fits, out, rest: fits ? spare % stride : 0 };
}

/** All products of one layer, and what they add up to.
 * @param {Tables} tables @param {Axis} rows @param {Axis} cols */
function layer(tables, rows, cols) {
  /** @param {Matrix} table @param {number} r @param {number} c */
  const crop = (table, r, c) => table.slice(0, r).map((row) => row.slice(0, c));
  /** @param {number} r @param {number} c @returns {Matrix} */
  const zeros = (r, c) => Array.from({ length: r }, () => Array(c).fill(0));
  const fits = rows.fits && cols.fits;
  const [height, width] = fits ? [rows.out, cols.out] : [0, 0];
  /** @type {Record<Name, Matrix>} */
  const values = {
    x: crop(tables.x, rows.size, cols.size),
    w: crop(tables.w, rows.kernel, cols.kernel),
    dy: crop(tables.dy, height, width),
    y: zeros(height, width),
    dx: zeros(rows.size, cols.size),
    dw: zeros(rows.kernel, cols.kernel),
  };
  /** @type {Product[]} */
  const products = [];
  for (const [r, c] of pairs(height, width)) {
    for (const [p, q] of pairs(rows.kernel, cols.kernel)) {
      const i = rows.stride * r + rows.dilation * p - rows.padding;
      const j = cols.stride * c + cols.dilation * q - cols.padding;
      const inside = i >= 0 && i < rows.size && j >= 0 && j < cols.size;
      products.push({ o: [r, c], i: [i, j], k: [p, q], inside });
      if (!inside) continue;
      values.y[r][c] += values.x[i][j] * values.w[p][q];
      values.dx[i][j] += values.dy[r][c] * values.w[p][q];
      values.dw[p][q] += values.dy[r][c] * values.x[i][j];
    }
  }
  const read = new Set(products.map(({ i }) => String(i)));
  return { rows, cols, fits, products, values, read };
}

/** Count through rows and columns. @param {number} rows @param {number} cols @returns {Pair[]} */
function pairs(rows, cols) {
  return Array.from({ length: rows * cols }, (_, n) => [Math.floor(n / cols), n % cols]);
}

/** Write a number: a true minus sign; two digits where it is not an integer. @param {number} value */
function digits(value) {
  const short = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return short.replace("-", "−");
}

/** Write a second factor. @param {number} value */
const second = (value) => (value < 0 ? `(${digits(value)})` : digits(value));

/** Say a number with its noun. @param {number} n @param {string} one @param {string} many */
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

// --- The views ----------------------------------------------------------------------------------------------------

/** @type {Record<Name, string>} */
const ROLE = { x: "input", w: "kernel", y: "output", dy: "upstream", dx: "downstream", dw: "downstream" };

/** What each view shows: two large grids, a small one, and which of them can be chosen from. `over` says whose numbers
 * are laid over the cells that a choice lights up.
 * @type {Record<View, { title: string, left: Name, right?: Name, low?: Name, picks: Name[], over: Name }>} */
const VIEWS = {
  forward: { title: "Forward", left: "x", right: "y", low: "w", picks: ["y"], over: "w" },
  dx: { title: "dx", left: "dx", right: "dy", low: "w", picks: ["dx", "dy"], over: "w" },
  dw: { title: "dw", left: "x", right: "dy", low: "dw", picks: ["dw"], over: "dy" },
  shape: { title: "Sizes", left: "x", picks: ["y"], over: "w" },
};

/** @type {Record<Setting, string>} */
const LABELS = { size: "Input size", kernel: "Kernel size", stride: "Stride", padding: "Padding", dilation: "Dilation" };
/** @type {Setting[]} */
const SETTINGS = ["size", "kernel", "stride", "padding", "dilation"];
/** Milliseconds that play stays at a cell. */
const BEAT = 1000;

/** The lines of Python that compute what a view shows, for x, w and dy of shape (1, 1, rows, columns).
 * @param {View} view @param {Layer} now @param {Cell | null} cell @returns {[string, string][]} */
function code(view, now, cell) {
  const { stride, padding, dilation } = now.cols;
  const set = `stride=${stride}, padding=${padding}, dilation=${dilation}`;
  const at = cell && cell[0] !== "dy" ? `[0, 0, ${cell[1]}, ${cell[2]}]` : "";
  const lines = {
    forward: [`convlib.conv2d(x, w, ${set})${at}`, `torch.nn.functional.conv2d(x, w, ${set})${at}`],
    dx: [
      `convlib.conv2d_backward(dy, x, w, ${set}).dx${at}`,
      `torch.nn.grad.conv2d_input(x.shape, w, dy, ${set})${at}`,
    ],
    dw: [
      `convlib.conv2d_backward(dy, x, w, ${set}).dw${at}`,
      `torch.nn.grad.conv2d_weight(x, w.shape, dy, ${set})${at}`,
    ],
    shape: [
      `convlib.output_size(${now.cols.size}, ${now.cols.kernel}, ${set})`,
      `torch.nn.functional.conv2d(x, w, ${set}).shape[-1]`,
    ],
  }[view];
  return [
    ["NumPy", lines[0]],
    ["PyTorch", lines[1]],
  ];
}

/** Why there is no output. @param {Layer} now */
function reason({ rows, cols }) {
  const { extent, padded, kernel, dilation } = rows.fits ? cols : rows;
  const span = dilation > 1 && kernel > 1 ? ` and dilation ${dilation} spans ${extent}` : "";
  return `The kernel does not fit: size ${kernel}${span}, but the padded input has only ${padded}.`;
}

// --- Words and formulas --------------------------------------------------------------------------------------------

/** Make an element. @param {string} tag @param {Record<string, string | number | boolean>} [given]
 * @param {...(Node | string)} inside @returns {HTMLElement} */
function h(tag, given = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) element.setAttribute(name, String(value));
  element.append(...inside);
  return element;
}

/** The name of an entry, counted from 0 as in NumPy. @param {Cell} cell @param {boolean} flat */
const entry = ([name, r, c], flat) => (flat ? `${name}[${c}]` : `${name}[${r},${c}]`);

/** Write names in the colour of their role: each `name[…]` of a text becomes a span. @param {string} text */
function coloured(text) {
  return text.split(/(\b(?:dx|dy|dw|x|y|w)(?:\[[^\]]*\])?(?![\w[]))/).map((part, n) =>
    n % 2 ? h("span", { class: `cl-${ROLE[/** @type {Name} */ (part.split("[")[0])]}` }, part) : part,
  );
}

/** One line of a formula; each term stays whole where the line breaks.
 * @param {string} start @param {string[]} terms @param {string} [end] @param {string} [joint] */
function line(start, terms, end = "", joint = " + ") {
  const whole = terms.flatMap((term, n) => [
    h("span", { class: "cl-term" }, ...coloured(term + (n < terms.length - 1 ? joint.trimEnd() : ""))),
    " ",
  ]);
  return h("p", {}, ...coloured(start), ...whole, h("span", { class: "cl-term cl-value" }, end));
}

/** The products that a cell adds up, or hands out. @param {Layer} now @param {Cell} cell */
function productsOf({ products }, [name, r, c]) {
  return products.filter((product) => String(product[INDEX[name]]) === `${r},${c}`);
}

/** The input that a weight meets, as a function of the output: S·i + D·k − P.
 * @param {Axis} axis @param {number} k @param {string} letter */
function meets({ stride, dilation, padding }, k, letter) {
  const rest = dilation * k - padding;
  const sign = rest < 0 ? "−" : "+";
  return (stride > 1 ? stride : "") + letter + (rest ? sign + Math.abs(rest) : "");
}

/** What is shown and said of one cell: lines to read, and words for a screen reader.
 * @param {View} view @param {Layer} now @param {Cell} cell @returns {{ lines: HTMLElement[], words: string }} */
function explain(view, now, cell) {
  if (view === "shape") return explainPosition(now, cell);
  return view === "dx" && cell[0] === "dy" ? explainScatter(now, cell) : explainSum(now, cell);
}

/** An entry's name and number. @param {Layer} now @param {Name} name @param {Product} product */
function part({ values }, name, product) {
  const [r, c] = product[INDEX[name]];
  return { name: entry([name, r, c], false), value: values[name][r][c] };
}

/** A cell as a sum of products. Those with a zero of the padding are counted, and not written.
 * @param {Layer} now @param {Cell} cell */
function explainSum(now, cell) {
  const [name, r, c] = cell;
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  /** @type {[Name, Name]} */
  const factors = name === "y" ? ["x", "w"] : name === "dx" ? ["dy", "w"] : ["dy", "x"];
  const terms = real.map((product) => factors.map((factor) => part(now, factor, product)));
  const names = terms.map(([a, b]) => `${a.name}·${b.name}`);
  const numbers = terms.map(([a, b]) => `${digits(a.value)}·${second(b.value)}`);
  const me = entry(cell, false);
  const value = digits(now.values[name][r][c]);
  const rule = `Σ dy[i,j]·x[${meets(now.rows, r, "i")},${meets(now.cols, c, "j")}]`;
  const zeros = count(all.length - real.length, "product", "products") + " with a zero of the padding";
  if (!real.length) {
    const why = all.length ? `nothing but ${zeros}` : "no window reads this pixel";
    return { lines: [line(`${me} = ${value}: ${why}`, [])], words: `${me} is ${value}: ${why}.` };
  }
  const lines = [line(`${me} = `, name === "dw" ? [rule] : names), line("= ", numbers, `= ${value}`)];
  const more = all.length > real.length ? `, and ${zeros}` : "";
  if (more) lines.push(line(more.slice(2), []));
  const told = terms.map(([a, b]) => `${a.name} times ${b.name}, ${digits(a.value)} times ${digits(b.value)}`);
  const sum = told.length > 9 ? `${told.length} products` : told.join("; ");
  return { lines, words: `${me} is ${value}. It adds up ${sum}${more}.` };
}

/** An entry of dy, and what it sends to each pixel. @param {Layer} now @param {Cell} cell */
function explainScatter(now, cell) {
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const me = entry(cell, false);
  const value = now.values.dy[cell[1]][cell[2]];
  const sent = real.map((product) => {
    const [pixel, weight] = [part(now, "dx", product), part(now, "w", product)];
    const amount = digits(value * weight.value);
    return {
      line: `${pixel.name} += ${digits(value)}·${second(weight.value)}`,
      words: `${amount} to ${pixel.name}, through ${weight.name}`,
    };
  });
  const head = `${me} = ${digits(value)} goes to ${count(real.length, "pixel", "pixels")}, each time with another weight:`;
  const lost = all.length - real.length;
  const drop = `${count(lost, "product falls", "products fall")} on the padding, and ${lost === 1 ? "is" : "are"} dropped`;
  const lines = [line(real.length ? head : `${me} = ${digits(value)}`, [])];
  if (real.length) lines.push(line("", sent.map((s) => s.line), "", ","));
  if (lost) lines.push(line(drop, []));
  const told = sent.map((s) => s.words).join("; ") || "nothing to dx";
  return { lines, words: `${me} is ${digits(value)}. It sends ${told}${lost ? `; ${drop}` : ""}.` };
}

/** One position of the kernel along a row. @param {Layer} now @param {Cell} cell */
function explainPosition(now, cell) {
  const all = productsOf(now, cell);
  const names = all.map(({ i, inside }) => (inside ? entry(["x", ...i], true) : "0"));
  const me = entry(cell, true);
  const said = names.map((name) => (name === "0" ? "a zero of the padding" : name)).join(", ");
  return { lines: [line(`${me} reads `, names, "", ",")], words: `${me} reads ${said}.` };
}

/** The sizes of one axis, as formulas with their numbers. @param {Axis} axis */
function explainSizes({ size, kernel, stride, padding, dilation, extent, padded, fits, out, rest }) {
  const spare = `${size} + 2·${padding} − ${extent}`;
  const lines = [line("Kₑ = D·(K − 1) + 1 ", [`= ${dilation}·(${kernel} − 1) + 1`], `= ${extent}`)];
  if (!fits) return lines;
  lines.push(line("output = ⌊(H + 2P − Kₑ) / S⌋ + 1 ", [`= ⌊(${spare}) / ${stride}⌋ + 1`], `= ${out}`));
  lines.push(line("remainder = (H + 2P − Kₑ) mod S ", [`= ${padded - extent} mod ${stride}`], `= ${rest}`));
  return lines;
}

// --- A grid of cells -----------------------------------------------------------------------------------------------

/** A pool of cells, each of which stays the same element while settings change, so that it can move smoothly. */
class Grid {
  /** @param {Name} name @param {Pair} shape @param {Pair} first  row and column of the first cell @param {boolean} picks */
  constructor(name, [rows, cols], [top, left], picks) {
    this.name = name;
    this.picks = picks;
    this.element = h("div", { class: `cl-grid cl-${ROLE[name]}`, role: picks ? "grid" : "table", "data-grid": name });
    /** @type {Map<string, HTMLElement>} */
    this.cells = new Map();
    /** @type {HTMLElement[]} */
    this.marked = [];
    /** @type {HTMLElement | undefined} */
    this.stop = undefined;
    for (let r = top; r < top + rows; r++) {
      const row = h("div", { role: "row" });
      for (let c = left; c < left + cols; c++) {
        const cell = h("div", { class: "cl-cell", role: picks ? "gridcell" : "cell", "data-at": `${r},${c}`, hidden: "" }, h("span"));
        if (picks) {
          cell.setAttribute("tabindex", "-1");
          cell.setAttribute("aria-selected", "false");
          cell.dataset.lmSuppressShortcuts = "true"; // or JupyterLab takes the arrow keys
        }
        this.cells.set(`${r},${c}`, cell);
        row.append(cell);
      }
      this.element.append(row);
    }
  }

  /** Let every cell show its face, or hide. @param {(r: number, c: number) => (Face & { x: number, y: number }) | null} face */
  draw(face) {
    const rows = new Set();
    for (const [at, cell] of this.cells) {
      const [r, c] = at.split(",").map(Number);
      const shown = face(r, c);
      cell.hidden = !shown;
      if (!shown) continue;
      rows.add(cell.parentElement);
      cell.style.setProperty("--x", String(shown.x));
      cell.style.setProperty("--y", String(shown.y));
      const words = /** @type {HTMLElement} */ (cell.firstChild);
      if (words.textContent !== shown.text) words.textContent = shown.text;
      words.classList.toggle("cl-long", shown.text.length > 3);
      cell.dataset.look = shown.look ?? "";
      if (shown.label) cell.setAttribute("aria-label", shown.label);
    }
    for (const row of this.element.children) /** @type {HTMLElement} */ (row).hidden = !rows.has(row);
    if (this.picks && (!this.stop || this.stop.hidden)) this.lead("0,0");
  }

  /** Mark the chosen cell, those that it uses, and what is laid over them. Only what changes is touched.
   * @param {string | null} chosen @param {Map<string, string>} lit */
  mark(chosen, lit) {
    for (const cell of this.marked) {
      cell.classList.remove("cl-chosen", "cl-lit");
      delete /** @type {HTMLElement} */ (cell.firstChild).dataset.over;
      if (this.picks) cell.ariaSelected = "false";
    }
    this.marked = [];
    for (const [at, over] of lit) {
      const cell = this.find(at);
      cell.classList.add("cl-lit");
      if (over) /** @type {HTMLElement} */ (cell.firstChild).dataset.over = over;
      this.marked.push(cell);
    }
    if (chosen === null) return;
    const cell = this.find(chosen);
    cell.classList.add("cl-chosen");
    cell.ariaSelected = "true";
    this.marked.push(cell);
    this.lead(chosen);
  }

  /** Let the Tab key lead to this cell. @param {string} at */
  lead(at) {
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = this.find(at);
    this.stop.tabIndex = 0;
  }

  /** @param {string} at @returns {HTMLElement} */
  find(at) {
    return /** @type {HTMLElement} */ (this.cells.get(at));
  }
}

// --- The explorer --------------------------------------------------------------------------------------------------

/** Every explorer of a page has its own ids. */
let made = 0;

/** @type {Record<string, Pair>} */
const ARROW_KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Where the rows of the shape view begin, in cells. */
const STEPS = { left: 1.6, top: 1.5 };
const SVG = "http://www.w3.org/2000/svg";

class Explorer {
  /** @param {Model} model @param {HTMLElement} host */
  constructor(model, host) {
    this.model = model;
    this.id = `cl-${++made}`;
    this.tables = /** @type {Tables} */ (model.get("tables"));
    this.initial = Object.fromEntries(["view", "cell", ...SETTINGS].map((name) => [name, model.get(name)]));
    /** The cell under the pointer or with the focus. @type {Cell | null} */
    this.preview = null;
    this.timer = 0;
    this.queued = false;
    this.built = "";
    this.now = this.work();
    /** @type {Map<Name, Grid>} */
    this.grids = new Map();
    /** @type {Map<Name, HTMLElement>} */
    this.titles = new Map();
    /** @type {Map<Setting, { input: HTMLInputElement, output: HTMLElement }>} */
    this.sliders = new Map();
    this.root = h("div", { class: "cl-live", role: "group", "aria-label": "Explorer of a convolution" });
    this.stage = h("div", { class: "cl-stage" });
    this.arrows = document.createElementNS(SVG, "svg");
    this.arrows.setAttribute("class", "cl-arrows");
    this.arrows.setAttribute("aria-hidden", "true");
    this.frame = h("div", { class: "cl-frame" });
    this.formula = h("div", { class: "cl-formula" });
    this.code = h("div", { class: "cl-code" });
    this.status = h("p", { class: "cl-status", role: "status" });
    this.play = this.button("Play", () => (this.timer ? this.stop() : this.start()));
    host.append(this.root);
    /** @type {Map<Name, { left: number, top: number, side: number }>} */
    this.boxes = new Map();
    this.resized = new ResizeObserver(() => {
      this.boxes.clear();
      this.drawArrows();
    });
    this.resized.observe(this.stage);
    this.changed = () => this.schedule();
    this.moved = () => {
      this.preview = null;
      this.schedule();
    };
    for (const name of SETTINGS) model.on(`change:${name}`, this.changed);
    for (const name of ["view", "cell"]) model.on(`change:${name}`, this.moved);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  dispose() {
    this.stop();
    this.resized.disconnect();
    for (const name of SETTINGS) this.model.off(`change:${name}`, this.changed);
    for (const name of ["view", "cell"]) this.model.off(`change:${name}`, this.moved);
    this.root.remove();
  }

  /** @returns {View} */
  get view() {
    return this.model.get("view");
  }

  /** Draw once, however many settings change together. */
  schedule() {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.draw();
    });
  }

  /** Set traits of the model. @param {Record<string, any>} values */
  put(values) {
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
  }

  // Building: once for each view

  build() {
    this.stop();
    this.built = this.view;
    const { left, right, low } = VIEWS[this.view];
    this.root.dataset.view = this.view;
    this.grids.clear();
    this.titles.clear();
    this.boxes.clear();
    const wide = [left, ...(right ? [right] : [])].map((name) => this.room(name)[1]);
    this.root.style.setProperty("--across", String(wide.reduce((a, b) => a + b)));
    this.root.style.setProperty("--wide", String(Math.max(...wide)));
    this.stage.replaceChildren(this.arrows, this.field(this.view === "shape" ? ["x", "y", "w"] : [left]));
    if (right) this.stage.append(this.field([right]));
    const lower = low ? [h("div", { class: "cl-lower" }, this.field([low]), this.formula)] : [];
    if (!low) this.stage.append(this.formula);
    this.root.replaceChildren(this.controls(), this.stage, ...lower, this.code, this.status);
    for (const grid of this.grids.values()) if (grid.picks) this.listen(grid.element);
  }

  /** The most rows and columns that a grid can have with these controls. @param {Name} name @returns {Pair} */
  room(name) {
    const { x, w } = this.tables;
    const { padding, kernel } = this.model.get("limits");
    const ownKernel = this.model.get("fixed").includes("kernel");
    /** @param {number} size @param {number} taps */
    const most = (size, taps) => {
      const padded = size + 2 * padding[1];
      return { i: padded, k: taps, o: padded - (ownKernel ? taps : kernel[0]) + 1 }[INDEX[name]];
    };
    return [most(x.length, w.length), most(x[0].length, w[0].length)];
  }

  /** A place for grids, as large as they can become, so that what lies below never moves.
   * @param {Name[]} names  three for the shape view, which draws single rows @returns {HTMLElement} */
  field(names) {
    const flat = names.length > 1;
    const field = h("div", { class: "cl-field" });
    const title = h("p", { class: "cl-title" });
    const out = this.room("y")[1];
    const pad = this.model.get("limits").padding[1];
    for (const name of names) {
      const [rows, cols] = this.room(name);
      const first = INDEX[name] === "i" ? -pad : 0;
      const shape = /** @type {Pair} */ (flat ? [name === "w" ? out : 1, cols] : [rows, cols]);
      const grid = new Grid(name, shape, [flat ? 0 : first, first], VIEWS[this.view].picks.includes(name));
      this.grids.set(name, grid);
      field.append(grid.element);
    }
    const [rows, cols] = this.room(names[0]);
    field.style.setProperty("--rows", String(flat ? STEPS.top + out : rows));
    field.style.setProperty("--cols", String(flat ? STEPS.left + cols : cols));
    if (!flat && INDEX[names[0]] === "i") field.append(this.frame);
    this.titles.set(names[0], title);
    return h("div", { class: `cl-slot cl-slot-${names[0]}` }, title, field);
  }

  controls() {
    const box = h("div", { class: "cl-controls" });
    const views = /** @type {View[]} */ (this.model.get("views"));
    if (views.length > 1) {
      const tabs = views.map((view) => this.button(VIEWS[view].title, () => this.put({ view, cell: [] }), view === this.view));
      box.append(h("div", { class: "cl-views", role: "group", "aria-label": "View" }, ...tabs));
    }
    const sliders = h("div", { class: "cl-sliders" });
    this.sliders.clear();
    for (const name of SETTINGS.filter((name) => !this.model.get("fixed").includes(name))) {
      const [min, max] = this.model.get("limits")[name];
      const id = `${this.id}-${name}`;
      const given = { type: "range", id, min, max, step: 1, "data-lm-suppress-shortcuts": "true" };
      const input = /** @type {HTMLInputElement} */ (h("input", given));
      input.addEventListener("input", () => this.put({ [name]: Number(input.value) }));
      const output = h("output", { for: id });
      this.sliders.set(name, { input, output });
      sliders.append(h("div", { class: "cl-slider" }, h("label", { for: id }, LABELS[name]), output, input));
    }
    const buttons = h("div", { class: "cl-buttons" }, this.button("Step", () => this.walk(1)), this.play);
    buttons.append(this.button("Reset", () => this.put(this.initial)));
    const { share } = this.model;
    if (share) buttons.append(this.button("Copy link", async () => this.say(await share.call(this.model))));
    box.append(sliders, buttons);
    return box;
  }

  /** @param {string} text @param {() => void} act @param {boolean} [pressed] */
  button(text, act, pressed) {
    const button = h("button", { type: "button", "data-lm-suppress-shortcuts": "true" }, text);
    if (pressed !== undefined) button.ariaPressed = String(pressed);
    button.addEventListener("click", act);
    return button;
  }

  // Choosing

  /** @param {HTMLElement} grid */
  listen(grid) {
    // Not pointerover: what moves under a resting pointer would undo a step of the keyboard.
    grid.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.look(this.cellAt(event.target));
    });
    grid.addEventListener("pointerleave", () => this.look(null));
    grid.addEventListener("focusin", (event) => this.look(this.cellAt(event.target)));
    grid.addEventListener("focusout", () => this.look(null));
    grid.addEventListener("click", (event) => {
      const cell = this.cellAt(event.target);
      if (cell) this.pin(cell);
    });
  }

  /** @param {EventTarget | null} target @returns {Cell | null} */
  cellAt(target) {
    const element = target instanceof Element ? target.closest(".cl-cell") : null;
    const grid = element?.closest(".cl-grid");
    if (!(element instanceof HTMLElement) || !(grid instanceof HTMLElement)) return null;
    const [r, c] = String(element.dataset.at).split(",").map(Number);
    const cell = /** @type {Cell} */ ([grid.dataset.grid, r, c]);
    return this.exists(cell) ? cell : null;
  }

  /** @param {Cell | [] | null} cell @returns {cell is Cell} */
  exists(cell) {
    if (!cell?.length || !this.now.fits || !VIEWS[this.view].picks.includes(cell[0])) return false;
    return this.now.values[cell[0]][cell[1]]?.[cell[2]] !== undefined;
  }

  /** The cell that is shown now. */
  get cell() {
    const pinned = this.model.get("cell");
    return this.exists(this.preview) ? this.preview : this.exists(pinned) ? pinned : null;
  }

  /** Show a cell for as long as the pointer or the focus is on it. @param {Cell | null} cell */
  look(cell) {
    if (String(cell) === String(this.preview)) return;
    this.preview = cell;
    this.choose();
  }

  /** Keep a cell. @param {Cell} cell */
  pin(cell) {
    this.stop();
    this.put({ cell });
    this.grid(cell[0]).find(`${cell[1]},${cell[2]}`).focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") {
      this.stop();
      this.put({ cell: [] });
      this.look(null);
    }
    const cell = this.cellAt(event.target);
    const move = ARROW_KEYS[event.key];
    if (!cell || !(move || event.key === "Enter" || event.key === " ")) return;
    event.preventDefault();
    const [name, r, c] = cell;
    // The positions of the shape view stand one below the other.
    const [down, right] = this.view === "shape" ? [0, (move ?? [0, 0])[0] + (move ?? [0, 0])[1]] : (move ?? [0, 0]);
    /** @type {Cell} */
    const next = [name, r + down, c + right];
    this.pin(this.exists(next) ? next : cell);
  }

  /** Go some cells on, row by row, and round at the end. @param {number} by */
  walk(by) {
    const name = this.cell?.[0] ?? VIEWS[this.view].picks[0];
    const values = this.now.values[name];
    const cells = pairs(values.length, values[0]?.length ?? 0);
    if (!cells.length) return this.stop();
    const here = cells.findIndex(([r, c]) => String([name, r, c]) === String(this.cell));
    this.put({ cell: [name, ...cells[(here + by) % cells.length]] });
  }

  start() {
    this.walk(1);
    this.timer = window.setInterval(() => (document.hidden ? this.stop() : this.walk(1)), BEAT);
    this.play.textContent = "Pause";
    this.status.setAttribute("aria-live", "off"); // else a screen reader would never come to an end
  }

  stop() {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "Play";
    this.status.removeAttribute("aria-live");
  }

  /** @param {string} words */
  say(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  // Drawing: after each change

  draw() {
    this.now = this.work();
    if (this.built !== this.view) this.build();
    for (const [name, { input, output }] of this.sliders) {
      output.textContent = input.value = String(this.model.get(name));
    }
    for (const grid of this.grids.values()) {
      const room = this.room(grid.name);
      grid.draw((r, c) => (this.view === "shape" ? this.stepFace(grid.name, r, c) : this.face(grid.name, r, c, room)));
      grid.element.setAttribute("aria-label", `${grid.name}, ${this.sizes(grid.name)}`);
    }
    for (const [name, title] of this.titles) title.replaceChildren(...coloured(name), ` ${this.sizes(name)}`);
    this.choose();
  }

  /** All numbers of the current settings. */
  work() {
    const { x, w } = this.tables;
    const fixed = this.model.get("fixed");
    const [size, kernel, stride, padding, dilation] = SETTINGS.map((name) => this.model.get(name));
    /** @param {number} ownSize @param {number} ownKernel */
    const along = (ownSize, ownKernel) => {
      const taps = fixed.includes("kernel") ? ownKernel : kernel;
      return axis(fixed.includes("size") ? ownSize : size, taps, stride, padding, dilation);
    };
    const rows = this.view === "shape" ? axis(1, 1, 1, 0, 1) : along(x.length, w.length);
    return layer(this.tables, rows, along(x[0].length, w[0].length));
  }

  /** What is said of a grid's size. @param {Name} name */
  sizes(name) {
    const { rows, cols, fits, read } = this.now;
    const flat = this.view === "shape";
    /** @param {"size" | "kernel" | "out" | "padded"} of */
    const by = (of) => (flat ? String(cols[of]) : `${rows[of]} × ${cols[of]}`);
    if (INDEX[name] === "k") return by("kernel");
    if (INDEX[name] === "o") return fits ? by("out") : "does not exist";
    const all = rows.padded * cols.padded;
    return by("size") + (cols.padding ? `, padded ${by("padded")}` : "") + (fits && read.size < all ? " (hatched: not read)" : "");
  }

  /** What a cell shows and where, in cells from the corner of its field.
   * @param {Name} name @param {number} r @param {number} c @param {Pair} room */
  face(name, r, c, room) {
    const { rows, cols, values, fits, read } = this.now;
    const kind = INDEX[name];
    const [height, width] = { i: [rows.padded, cols.padded], k: [rows.kernel, cols.kernel], o: fits ? [rows.out, cols.out] : [0, 0] }[kind];
    const [top, left] = kind === "i" ? [rows.padding + r, cols.padding + c] : [r, c];
    if (top < 0 || left < 0 || top >= height || left >= width) return null;
    const value = values[name][r]?.[c];
    const outside = value === undefined;
    const unread = kind === "i" && fits && !read.has(`${r},${c}`);
    const known = !outside && (fits || name === "x" || name === "w"); // without outputs there are no gradients
    const text = known ? digits(value) : name === "x" ? "0" : "";
    const label = outside ? "padding" : `${entry([name, r, c], false)} = ${text}`;
    return {
      x: left + (room[1] - width) / 2,
      y: top + (room[0] - height) / 2,
      text,
      look: `${outside ? "pad" : ""} ${unread ? "unread" : ""}`.trim(),
      label: unread ? `${label}, not read` : label,
    };
  }

  /** The same for the shape view: a row of x, and below it the kernel at each of its positions.
   * @param {Name} name @param {number} r @param {number} c */
  stepFace(name, r, c) {
    const { stride, dilation, padding, size, padded, kernel, out } = this.now.cols;
    const left = STEPS.left + (this.room("x")[1] - padded) / 2;
    if (name === "y") return c < out ? { x: 0, y: STEPS.top + c, text: `y[${c}]`, label: `y[${c}]` } : null;
    if (name === "w") {
      if (r >= out || c >= kernel) return null;
      return { x: left + stride * r + dilation * c, y: STEPS.top + r, text: `w[${c}]`, look: c ? `gap${dilation}` : "" };
    }
    if (c < -padding || c >= size + padding) return null;
    const outside = c < 0 || c >= size;
    const unread = this.now.fits && !this.now.read.has(`0,${c}`);
    const text = outside ? "0" : `x[${c}]`;
    return { x: left + padding + c, y: 0, text, look: `${outside ? "pad" : ""} ${unread ? "unread" : ""}`.trim(), label: unread ? `${text}, not read` : text };
  }

  /** Show the chosen cell: what it uses, the numbers laid over it, the formula. */
  choose() {
    const { now, cell, view } = this;
    const products = cell ? productsOf(now, cell) : [];
    const { over, low } = VIEWS[view];
    for (const grid of this.grids.values()) {
      /** @type {Map<string, string>} */
      const lit = new Map();
      const covered = view !== "shape" && grid.name !== over && grid.name !== low;
      for (const product of grid.name === cell?.[0] ? [] : products) {
        const [r, c] = product[INDEX[over]];
        const at = view === "shape" && grid.name === "w" ? [product.o[1], product.k[1]] : product[INDEX[grid.name]];
        lit.set(String(at), covered ? digits(now.values[over][r][c]) : "");
      }
      grid.mark(cell?.[0] === grid.name ? `${cell[1]},${cell[2]}` : null, lit);
    }
    this.root.classList.toggle("cl-has-choice", !!cell);
    this.drawFrame(cell);
    this.drawArrows();
    this.tell(cell);
  }

  /** Outline the window of the chosen output. @param {Cell | null} cell */
  drawFrame(cell) {
    const { rows, cols } = this.now;
    const name = VIEWS[this.view].left;
    const shown = cell && INDEX[cell[0]] === "o" && this.view !== "shape";
    this.frame.classList.toggle("cl-shown", !!shown);
    if (!shown) return;
    const [height, width] = this.room(name);
    const [, r, c] = cell;
    const place = {
      x: cols.stride * c + (width - cols.padded) / 2,
      y: rows.stride * r + (height - rows.padded) / 2,
      w: cols.extent,
      h: rows.extent,
    };
    for (const [key, value] of Object.entries(place)) this.frame.style.setProperty(`--${key}`, String(value));
  }

  /** Draw each product of the chosen cell as an arrow: backwards, from dy to dx. */
  drawArrows() {
    const { cell } = this;
    this.arrows.replaceChildren();
    if (!cell || this.view !== "dx") return;
    // Jupyter renders before it shows: then there is nothing to measure yet, and the observer comes back.
    if (!(this.boxes.get("dx") ?? this.measure("dx")).side) return;
    for (const { o, i, k } of productsOf(this.now, cell)) {
      const [start, end] = [this.middle("dy", o), this.middle("dx", i)];
      const [right, down] = [start.x - end.x, start.y - end.y];
      const edge = (end.side / 2 + 1) / Math.max(Math.abs(right), Math.abs(down));
      const tip = { x: end.x + right * edge, y: end.y + down * edge };
      this.arrows.append(arrow(start, tip, { from: o, to: i, weight: this.now.values.w[k[0]][k[1]] }));
    }
  }

  /** The middle of a cell, in pixels of the stage. @param {Name} name @param {Pair} at */
  middle(name, at) {
    const box = this.boxes.get(name) ?? this.measure(name);
    const { style } = this.grid(name).find(String(at));
    const [x, y] = ["--x", "--y"].map((key) => (Number(style.getPropertyValue(key)) + 0.5) * box.side);
    return { x: box.left + x, y: box.top + y, side: box.side };
  }

  /** Where a grid stands. Asked once for each width of the page: to ask for it makes the browser lay out the page.
   * @param {Name} name */
  measure(name) {
    const [stage, place] = [this.stage, this.grid(name).element].map((element) => element.getBoundingClientRect());
    const box = { left: place.left - stage.left, top: place.top - stage.top, side: place.width / this.room(name)[1] };
    if (box.side) this.boxes.set(name, box);
    return box;
  }

  /** @param {Name} name @returns {Grid} */
  grid(name) {
    return /** @type {Grid} */ (this.grids.get(name));
  }

  /** Write the formula of a cell, the code, and what a screen reader says. @param {Cell | null} cell */
  tell(cell) {
    const { now, view } = this;
    const sizes = view === "shape" ? explainSizes(now.cols) : [];
    if (!now.fits) {
      this.formula.replaceChildren(...sizes, line(reason(now), []));
      this.code.replaceChildren();
      return this.say(reason(now));
    }
    const picks = VIEWS[view].picks.join(" or of ");
    const ask = line(`Choose a cell of ${picks}: point at it, tap it, or walk with the arrow keys.`, []);
    const { lines, words } = cell ? explain(view, now, cell) : { lines: [ask], words: "" };
    this.formula.replaceChildren(...sizes, ...lines);
    this.code.replaceChildren(...code(view, now, cell).map(([name, text]) => h("p", {}, h("span", {}, name), h("code", {}, text))));
    this.say(words);
  }
}

/** An arrow with a head of its own. @param {{ x: number, y: number }} start @param {{ x: number, y: number }} end
 * @param {{ from: Pair, to: Pair, weight: number }} product */
function arrow(start, end, product) {
  const group = document.createElementNS(SVG, "g");
  const angle = Math.atan2(end.y - start.y, end.x - start.x);
  const wing = (/** @type {number} */ turn) => `${end.x - 9 * Math.cos(angle + turn)} ${end.y - 9 * Math.sin(angle + turn)}`;
  const shaft = document.createElementNS(SVG, "path");
  shaft.setAttribute("d", `M${start.x} ${start.y}L${end.x - 6 * Math.cos(angle)} ${end.y - 6 * Math.sin(angle)}`);
  const head = document.createElementNS(SVG, "path");
  head.setAttribute("class", "cl-head");
  head.setAttribute("d", `M${end.x} ${end.y}L${wing(0.4)}L${wing(-0.4)}Z`);
  group.append(shaft, head);
  for (const [key, value] of Object.entries(product)) group.setAttribute(`data-${key}`, String(value));
  return group;
}

/** What anywidget calls. @param {{ model: Model, el: HTMLElement }} place */
function render({ model, el }) {
  const explorer = new Explorer(model, el);
  return () => explorer.dispose();
}

export default { render };
