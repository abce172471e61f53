// Written by js/build.mjs: change js/, then run  make bundle

// js/dom.js
var SVG = "http://www.w3.org/2000/svg";
function h(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value2] of Object.entries(attributes)) element.setAttribute(name, String(value2));
  element.append(...inside);
  return element;
}
function svg(tag, attributes, ...inside) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value2] of Object.entries(attributes)) element.setAttribute(name, String(value2));
  element.append(...inside);
  return element;
}
function coloured(text, arrays) {
  const names = Object.keys(arrays).sort((a, b) => b.length - a.length);
  return text.split(RegExp(`(\\b(?:${names.join("|")})(?:\\[[^\\]]*\\])?(?![\\w[]))`)).map(
    (part2, n) => n % 2 ? h("span", { class: `cl-${arrays[part2.split("[")[0]].role}`, translate: "no" }, part2) : part2
  );
}
function paragraph({ start, terms, end, joint }, arrays) {
  const whole = terms.flatMap((term, n) => [
    h("span", { class: "cl-term", translate: "no" }, ...coloured(term + (n < terms.length - 1 ? joint.trimEnd() : ""), arrays)),
    " "
  ]);
  return h("p", {}, ...coloured(start, arrays), ...whole, h("span", { class: "cl-term cl-value", translate: "no" }, end));
}
function giveUp(host, error) {
  console.error(error);
  const instead = host.querySelector(".cl-figure") ? " Its picture stands in its place." : "";
  host.classList.remove("cl-mounted");
  host.classList.add("cl-broken");
  host.append(h("p", { class: "cl-live-note", role: "status" }, `This explorer cannot run here.${instead}`));
}
function button(text, act) {
  const element = h("button", { type: "button", "data-lm-suppress-shortcuts": "true" }, text);
  element.addEventListener("click", act);
  return element;
}

// js/rule.js
function axis(size, kernel, stride, padding, dilation) {
  const extent2 = dilation * (kernel - 1) + 1;
  const padded = size + 2 * padding;
  const spare = padded - extent2;
  const fits = spare >= 0;
  const out = fits ? Math.floor(spare / stride) + 1 : 0;
  return { size, kernel, stride, padding, dilation, extent: extent2, padded, fits, out, rest: fits ? spare % stride : 0 };
}
function layer(arrays, tables, rows, cols) {
  const fits = rows.fits && cols.fits;
  const shapes = {
    o: fits ? [rows.out, cols.out] : [0, 0],
    i: [rows.size, cols.size],
    k: [rows.kernel, cols.kernel]
  };
  const values = {};
  for (const [name, { index, factors }] of Object.entries(arrays)) {
    const [height, width] = shapes[index];
    values[name] = factors.length ? Array.from({ length: height }, () => Array(width).fill(0)) : tables[name].slice(0, height).map((row2) => row2.slice(0, width));
  }
  const products = fits ? allProducts(rows, cols) : [];
  for (const product of products) if (product.inside) addUp(arrays, values, product);
  return { rows, cols, fits, products, values, read: new Set(products.map(({ i }) => String(i))), arrays };
}
function allProducts(rows, cols) {
  return pairs(rows.out, cols.out).flatMap(
    (o) => pairs(rows.kernel, cols.kernel).map((k) => {
      const i = [read(rows, o[0], k[0]), read(cols, o[1], k[1])];
      const inside = i[0] >= 0 && i[0] < rows.size && i[1] >= 0 && i[1] < cols.size;
      return { o, i, k, inside };
    })
  );
}
var read = ({ stride, dilation, padding }, o, k) => stride * o + dilation * k - padding;
function addUp(arrays, values, product) {
  for (const [name, { index, factors }] of Object.entries(arrays)) {
    if (!factors.length) continue;
    const [a, b] = factors.map((factor) => valueAt(values[factor], product[arrays[factor].index]));
    const [r, c] = product[index];
    values[name][r][c] += a * b;
  }
}
var valueAt = (matrix, [r, c]) => matrix[r][c];
function pairs(rows, cols) {
  return Array.from({ length: rows * cols }, (_, n) => [Math.floor(n / cols), n % cols]);
}
function productsOf({ products, arrays }, [name, r, c]) {
  const { index } = arrays[name];
  return products.filter(({ [index]: at }) => at[0] === r && at[1] === c);
}
function capacity({ tables: { x, w }, limits, fixed, catalogue }, name) {
  const leastKernel = fixed.includes("kernel") ? null : limits.kernel[0];
  const most = (size, kernel) => {
    const padded = size + 2 * limits.padding[1];
    return { i: padded, k: kernel, o: Math.max(0, padded - (leastKernel ?? kernel) + 1) }[catalogue.arrays[name].index];
  };
  return [most(x.length, w.length), most(x[0].length, w[0].length)];
}
var controlsOf = ({ catalogue }, view) => catalogue.views[view].controls ?? ["size", "kernel", "stride", "padding", "dilation"];
var NARROWED = {
  output_padding: ({ stride, dilation }) => Array.from({ length: Math.max(stride, dilation) }, (_, n) => n),
  groups: ({ channels, filters }) => pairs(1, channels).map(([, n]) => n + 1).filter((n) => !(channels % n || filters % n))
};
var choices = (state, name) => NARROWED[name]?.(state);
var narrowed = (state, name) => Math.max(...NARROWED[name](state).filter((value2, n) => !n || value2 <= state[name]));
function axes({ tables: { x, w }, fixed, size, kernel, stride, padding, dilation }) {
  const along = (ownSize, ownKernel) => axis(
    fixed.includes("size") ? ownSize : size,
    fixed.includes("kernel") ? ownKernel : kernel,
    stride,
    padding,
    dilation
  );
  return [along(x.length, w.length), along(x[0].length, w[0].length)];
}

// js/controls.js
var LABELS = {
  size: "Input size",
  kernel: "Kernel size",
  stride: "Stride",
  padding: "Padding",
  dilation: "Dilation",
  output_padding: "Output padding",
  channels: "Channels",
  filters: "Filters",
  groups: "Groups"
};
var SETTINGS = (
  /** @type {Setting[]} */
  Object.keys(LABELS)
);
var made = 0;
var Controls = class {
  /** @param {State} state
   * @param {{ change: (values: Partial<State>) => void, step: () => void, play: () => void, reset: () => void, share?: () => void }} actions */
  constructor(state, { change, step, play, reset, share }) {
    this.state = state;
    const { views, catalogue, fixed, limits } = state;
    this.id = `cl-${++made}`;
    this.tabs = new Map(views.map((view) => [view, button(catalogue.views[view].title, () => change({ view, cell: [] }))]));
    this.sliders = /* @__PURE__ */ new Map();
    const sliders = h("div", { class: "cl-sliders" });
    for (const name of new Set(views.flatMap((view) => controlsOf(state, view)))) {
      if (!fixed.includes(name)) sliders.append(this.slider(name, limits[name], (value2) => change({ [name]: value2 })));
    }
    this.play = button("Play", play);
    const buttons = h("div", { class: "cl-buttons" }, button("Step", step), this.play, button("Reset", reset));
    if (share) buttons.append(button("Copy link", share));
    const tabs = h("div", { class: "cl-views", role: "group", "aria-label": "View" }, ...this.tabs.values());
    this.element = h("div", { class: "cl-controls" }, ...views.length > 1 ? [tabs] : [], sliders, buttons);
  }
  /** @param {Setting} name @param {[number, number]} limits @param {(value: number) => void} change */
  slider(name, [min, max], change) {
    const id = `${this.id}-${name}`;
    const attributes = { type: "range", id, min, max, step: 1, "data-lm-suppress-shortcuts": "true" };
    const input = (
      /** @type {HTMLInputElement} */
      h("input", attributes)
    );
    input.addEventListener("input", () => change(choices(this.state, name)?.[Number(input.value)] ?? Number(input.value)));
    const output = h("output", { for: id });
    this.sliders.set(name, { input, output });
    return h("div", { class: "cl-slider" }, h("label", { for: id }, LABELS[name]), output, input);
  }
  /** @param {State} state */
  draw(state) {
    this.state = state;
    for (const [view, tab] of this.tabs) tab.setAttribute("aria-pressed", String(view === state.view));
    const controls = controlsOf(state, state.view);
    for (const [name, { input, output }] of this.sliders) {
      input.parentElement.hidden = !controls.includes(name);
      const values = choices(state, name);
      const value2 = values ? narrowed(state, name) : state[name];
      if (values) {
        input.min = "0";
        input.max = String(values.length - 1);
        input.setAttribute("aria-valuetext", String(value2));
      }
      input.value = String(values ? values.indexOf(value2) : value2);
      output.textContent = String(value2);
    }
  }
};

// js/arrows.js
var [ASIDE, DEEP] = [7, 10];
function between(dx, dy) {
  const right = dx.x + dx.width;
  return dy.x >= right ? (right + dy.x) / 2 : Math.max(right, dy.x + dy.width) + 6;
}
function route(from, to, channel) {
  const [out, into] = [from.x + ASIDE, to.x + ASIDE];
  return [
    { x: out, y: from.y + DEEP - 2 },
    { x: out, y: from.y },
    { x: channel, y: from.y },
    { x: channel, y: to.y },
    { x: into, y: to.y },
    { x: into, y: to.y + DEEP }
  ];
}
function drawArrow({ from, to, weight: weight2 }, start, end, channel) {
  const way = route(start, end, channel);
  const { x, y } = way[way.length - 1];
  const shaft = `M${way.map((point) => `${point.x} ${point.y}`).join("L")}`;
  const data = { "data-from": String(from), "data-to": String(to), "data-weight": weight2 };
  const head = svg("path", { class: "cl-head", d: `M${x} ${y}l-4 -7.5h8Z` });
  return svg("g", data, svg("path", { d: shaft }), head);
}

// js/grid.js
var Grid = class {
  /** @param {GridPlan} plan @param {string} role @param {boolean} choosable */
  constructor({ name, shape: [rows, cols], first: [top, left], label }, role, choosable) {
    this.name = name;
    this.choosable = choosable;
    this.element = h("div", { class: `cl-grid cl-${role}`, role: choosable ? "grid" : "table", "data-grid": name });
    this.label = label && { element: h("span", { class: `cl-name cl-${role}`, "aria-hidden": "true", translate: "no" }, name), away: label };
    this.cells = /* @__PURE__ */ new Map();
    this.marked = [];
    this.tabStop = void 0;
    for (let r = top; r < top + rows; r++) {
      const row2 = h("div", { role: "row" });
      for (let c = left; c < left + cols; c++) row2.append(this.makeCell(`${r},${c}`));
      this.element.append(row2);
    }
  }
  /** @param {string} at */
  makeCell(at) {
    const cell = h("div", { class: "cl-cell", role: this.choosable ? "gridcell" : "cell", "data-at": at, hidden: "" }, h("span", { translate: "no" }));
    if (this.choosable) {
      cell.setAttribute("tabindex", "-1");
      cell.setAttribute("aria-selected", "false");
      cell.setAttribute("data-lm-suppress-shortcuts", "true");
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
      const words = (
        /** @type {HTMLElement} */
        cell.firstChild
      );
      if (words.textContent !== text) words.textContent = text;
      words.classList.toggle("cl-long", text.length > 2);
      cell.dataset.kind = kind;
      cell.setAttribute("aria-label", label);
      cell.title = text.length > 3 && !label.endsWith(text) ? label : "";
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
    for (
      const row2 of
      /** @type {Iterable<HTMLElement>} */
      this.element.children
    ) {
      row2.hidden = [.../** @type {Iterable<HTMLElement>} */
      row2.children].every((cell) => cell.hidden);
    }
    if (this.choosable && this.cells.size && (!this.tabStop || this.tabStop.hidden)) this.setTabStop("0,0");
  }
  /** Mark the chosen cell, those that it uses, and what is laid over them. Only what changes is touched.
   * @param {Cell | null} chosen @param {Map<string, string>} lit */
  mark(chosen, lit) {
    for (const cell2 of this.marked) {
      cell2.classList.remove("cl-chosen", "cl-lit");
      cell2.firstElementChild?.removeAttribute("data-over");
      if (this.choosable) cell2.setAttribute("aria-selected", "false");
    }
    this.marked = [];
    for (const [at, over] of lit) {
      const cell2 = this.find(at);
      cell2.classList.add("cl-lit");
      if (over) cell2.firstElementChild?.setAttribute("data-over", over);
      this.marked.push(cell2);
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
    return (
      /** @type {HTMLElement} */
      this.cells.get(String(at))
    );
  }
};

// js/stage.js
var Stage = class {
  constructor() {
    this.element = h("div", { class: "cl-stage" });
    this.lower = h("div", { class: "cl-lower" });
    this.formula = h("div", { class: "cl-formula" });
    this.frame = h("div", { class: "cl-frame" });
    this.arrows = svg("svg", { class: "cl-arrows", "aria-hidden": "true" });
    this.shownArrows = [];
    this.grids = /* @__PURE__ */ new Map();
    this.titles = /* @__PURE__ */ new Map();
    this.boxes = /* @__PURE__ */ new Map();
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
    const slot = (plan) => this.buildSlot(plan, (name) => catalogue.arrays[name].role, choose);
    this.element.replaceChildren(this.arrows, ...stage.map(slot));
    this.lower.replaceChildren(...lower ? [slot(lower)] : []);
    (lower ? this.lower : this.element).append(this.formula);
    this.lower.hidden = !lower;
    const first = this.grids.get(stage[0].grids[0].name);
    first?.element.after(this.frame);
    this.frame.classList.remove("cl-shown");
  }
  /** @param {FieldPlan} plan @param {(name: string) => string} role @param {string[]} choose */
  buildSlot({ rows, cols, grids }, role, choose) {
    const field2 = h("div", { class: "cl-field", style: `--rows: ${rows}; --cols: ${cols}` });
    for (const plan of grids) {
      const grid = new Grid(plan, role(plan.name), choose.includes(plan.name));
      this.grids.set(plan.name, grid);
      field2.append(grid.element, ...grid.label ? [grid.label.element] : []);
    }
    const title = h("p", { class: "cl-title" });
    this.titles.set(grids[0].name, title);
    return h("div", { class: `cl-slot cl-slot-${grids[0].name}` }, title, field2);
  }
  /** Show the cells of the current settings, and return for how many characters each must have room.
   * @param {View} view @param {State} state @param {Layer} now */
  draw(view, state, now) {
    let longest = 0;
    for (const [name, grid] of this.grids) {
      const size = view.size(now, name);
      const cells = view.cells(state, now, name);
      grid.draw(cells);
      for (const { text } of cells) longest = Math.max(longest, text.length - Number(text.endsWith("]")));
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
      grid.mark(own ? cell : null, cell && !own ? view.lit(state, now, cell, name) : /* @__PURE__ */ new Map());
    }
    this.drawFrame(cell && view.frame(state, now, cell));
    this.drawArrows(cell ? view.arrows(now, cell) : []);
  }
  /** @param {Box | null} box */
  drawFrame(box) {
    this.frame.classList.toggle("cl-shown", !!box);
    if (!box) return;
    const { x, y, width, height } = box;
    for (const [key, value2] of Object.entries({ x, y, w: width, h: height })) this.frame.style.setProperty(`--${key}`, String(value2));
  }
  /** @param {Arrow[]} arrows */
  drawArrows(arrows) {
    this.shownArrows = arrows;
    const visible = arrows.length && this.box("dx").width;
    const channel = visible ? between(this.box("dx"), this.box("dy")) : 0;
    this.arrows.replaceChildren(
      ...visible ? arrows.map((arrow) => drawArrow(arrow, this.corner("dy", arrow.from), this.corner("dx", arrow.to), channel)) : []
    );
  }
  /** The upper left corner of a cell, in pixels of the stage. @param {string} name @param {Pair} at */
  corner(name, at) {
    const { x, y, width, height, cols, rows } = this.box(name);
    const { style } = this.grid(name).find(at);
    const [right, down] = ["--x", "--y"].map((key) => Number(style.getPropertyValue(key)));
    return { x: x + right * width / cols, y: y + down * height / rows };
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
    return (
      /** @type {Grid} */
      this.grids.get(name)
    );
  }
  dispose() {
    this.resized.disconnect();
  }
};

// js/numbers.js
var FITS = 6;
function digits(value2) {
  if (!Number.isFinite(value2)) return typeset(String(value2));
  const size = Math.abs(value2);
  const places = Number.isInteger(value2) ? [0] : [2, 1, 0];
  const forms = size === 0 || size >= 0.01 && size < 1e6 ? places.map((n) => value2.toFixed(n)) : [];
  forms.push(plain(value2.toExponential(1)), plain(value2.toExponential(0)));
  return typeset(forms.find((text) => text.length <= FITS) ?? forms[forms.length - 1]);
}
function inFull(value2) {
  return typeset(Number.isSafeInteger(value2) || !Number.isFinite(value2) ? String(value2) : plain(value2.toPrecision(10)));
}
var plain = (text) => text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "").replace("e+", "e");
var typeset = (text) => text.replace(/-/g, "−").replace("Infinity", "∞");

// js/words.js
var afterSign = (value2) => value2 < 0 ? `(${inFull(value2)})` : inFull(value2);
var count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
var entry = (name, ...at) => `${name}[${at}]`;
var line = (start, terms = [], end = "", joint = " + ") => ({ start, terms, end, joint });
function part({ values, arrays }, name, product, called3) {
  const [r, c] = product[arrays[name].index];
  return { name: called3(name, r, c), value: values[name][r][c] };
}
function explainSum(now, cell, { rule, called: called3 = entry, alone = "no window reads this pixel" } = {}) {
  const [name, r, c] = cell;
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const terms = real.map((product) => now.arrays[name].factors.map((factor) => part(now, factor, product, called3)));
  const me = called3(name, r, c);
  const value2 = inFull(now.values[name][r][c]);
  const zeros = `${count(all.length - real.length, "product", "products")} with a zero of the padding`;
  if (!real.length) {
    const why = all.length ? `nothing but ${zeros}` : alone;
    return { lines: [line(`${me} = ${value2}: ${why}`)], words: `${me} is ${value2}: ${why}.` };
  }
  const names = terms.map(([a, b]) => `${a.name}·${b.name}`);
  const numbers = terms.map(([a, b], n) => `${(n ? afterSign : inFull)(a.value)}·${afterSign(b.value)}`);
  const lines = [line(`${me} = `, rule ? [rule] : names), line("= ", numbers, `= ${value2}`)];
  const more = all.length > real.length ? `and ${zeros}` : "";
  if (more) lines.push(line(more));
  const spoken = terms.map(([a, b]) => `${a.name} times ${b.name}, ${inFull(a.value)} times ${inFull(b.value)}`);
  const sum = spoken.length > 9 ? `${spoken.length} products` : spoken.join("; ");
  return { lines, words: `${me} is ${value2}. It adds up ${sum}${more && `, ${more}`}.` };
}
function explainScatter(now, cell, to, { one, many, outside, called: called3 = entry }) {
  const [name, r, c] = cell;
  const all = productsOf(now, cell);
  const real = all.filter(({ inside }) => inside);
  const me = called3(name, r, c);
  const value2 = now.values[name][r][c];
  const sent = real.map((product) => {
    const [target, weight2] = [part(now, to, product, called3), part(now, "w", product, called3)];
    return {
      term: `${target.name} += ${inFull(value2)}·${afterSign(weight2.value)}`,
      words: `${inFull(value2 * weight2.value)} to ${target.name}, through ${weight2.name}`
    };
  });
  const head = `${me} = ${inFull(value2)} goes to ${count(real.length, one, many)}, each time with another weight:`;
  const lost = all.length - real.length;
  const dropped = `${count(lost, "product falls", "products fall")} on ${outside}, and ${lost === 1 ? "is" : "are"} dropped`;
  const lines = [line(real.length ? head : `${me} = ${inFull(value2)}`)];
  if (real.length) lines.push(line("", sent.map(({ term }) => term), "", ", "));
  if (lost) lines.push(line(dropped));
  const spoken = sent.map(({ words }) => words).join("; ") || `nothing to ${to}`;
  return { lines, words: `${me} is ${inFull(value2)}. It sends ${spoken}${lost ? `; ${dropped}` : ""}.` };
}
function inputMet({ stride, dilation, padding }, k, letter) {
  const rest = dilation * k - padding;
  const sign = rest < 0 ? "−" : "+";
  return (stride > 1 ? stride : "") + letter + (rest ? sign + Math.abs(rest) : "");
}
function reason({ rows, cols }) {
  const { size, extent: extent2, padded, padding, kernel, dilation } = rows.fits ? cols : rows;
  if (!size) return `The padding cuts everything off: an output of ${padded} is no longer than its two ends.`;
  if (padded >= extent2) return `The padding does not fit: ${padding} is more than half of the kernel, ${Math.min(rows.kernel, kernel)}.`;
  const span = dilation > 1 && kernel > 1 ? ` and dilation ${dilation} spans ${extent2}` : "";
  const along = !rows.fits && padded !== cols.padded ? " rows" : "";
  return `The kernel does not fit: size ${kernel}${span}, but the padded input has only ${padded}${along}.`;
}
var keywords = ({ stride, padding, dilation }) => `stride=${stride}, padding=${padding}, dilation=${dilation}`;
var indexed = (cell) => cell ? `[0, 0, ${cell[1]}, ${cell[2]}]` : "";

// js/matrices.js
var matrices = {
  axes,
  capacity,
  /** @param {State} state @returns {Layout} */
  layout(state) {
    const [left, right, low] = state.catalogue.views[state.view].arrays.map((name) => field(state, name, this.capacity(state, name)));
    return { stage: [left, right], lower: low };
  },
  /** @param {Layer} now @param {string} name */
  size({ rows, cols, fits, read: read2, arrays }, name) {
    const by = (of) => `${rows[of]} × ${cols[of]}`;
    const { index } = arrays[name];
    if (index === "k") return by("kernel");
    if (index === "o") return fits ? by("out") : "does not exist";
    const padded = cols.padding ? `, padded ${by("padded")}` : "";
    return by("size") + padded + (fits && read2.size < rows.padded * cols.padded ? " (hatched: not read)" : "");
  },
  /** The cells stand in the middle of the place that they can ever fill.
   * @param {State} state @param {Layer} now @param {string} name @returns {ShownCell[]} */
  cells(state, now, name) {
    const { top, left, height, width, values } = extent(now, name);
    const [most, wide] = this.capacity(state, name);
    return Array.from({ length: height * width }, (_, n) => {
      const [r, c] = [top + Math.floor(n / width), left + n % width];
      const place = { at: (
        /** @type {Pair} */
        [r, c]
      ), x: c - left + (wide - width) / 2, y: r - top + (most - height) / 2 };
      return { ...place, ...content(now, name, values[r]?.[c], r, c) };
    });
  },
  /** @param {State} state @param {Layer} now @param {Cell} cell @param {string} name */
  lit(state, now, cell, name) {
    const { over } = state.catalogue.views[state.view];
    const number = (product) => {
      const [r, c] = product[now.arrays[over].index];
      return name === over ? "" : digits(now.values[over][r][c]);
    };
    return new Map(productsOf(now, cell).map((product) => [String(product[now.arrays[name].index]), number(product)]));
  },
  /** @param {State} state @param {Layer} now @param {Cell} cell */
  frame(state, { rows, cols, arrays }, [name, r, c]) {
    if (arrays[name].index !== "o") return null;
    const [height, width] = this.capacity(state, state.catalogue.views[state.view].arrays[0]);
    return {
      x: cols.stride * c + (width - cols.padded) / 2,
      y: rows.stride * r + (height - rows.padded) / 2,
      width: cols.extent,
      height: rows.extent
    };
  },
  arrows: () => [],
  /** @returns {Line[]} */
  preamble: () => [],
  /** @param {Layer} now @param {Cell} cell */
  explain: (now, cell) => explainSum(now, cell),
  /** @param {Pair} direction */
  move: (direction) => direction
};
function field(state, name, [rows, cols]) {
  const first = state.catalogue.arrays[name].index === "i" ? -state.limits.padding[1] : 0;
  return { rows, cols, grids: [{ name, shape: [rows, cols], first: [first, first] }] };
}
function extent({ rows, cols, fits, values, arrays }, name) {
  const { index } = arrays[name];
  if (index === "i") {
    const size = { height: rows.padded, width: cols.padded };
    return { top: -rows.padding, left: -cols.padding, ...size, values: values[name] };
  }
  const [height, width] = index === "k" ? [rows.kernel, cols.kernel] : fits ? [rows.out, cols.out] : [0, 0];
  return { top: 0, left: 0, height, width, values: values[name] };
}
function content({ fits, read: read2, arrays }, name, value2, r, c) {
  const unread = arrays[name].index === "i" && fits && !read2.has(`${r},${c}`);
  const known = fits || !arrays[name].factors.length;
  const zero = arrays[name].factors.length ? "" : "0";
  const text = value2 === void 0 ? zero : known ? digits(value2) : "";
  const kinds = [value2 === void 0 ? "pad" : "", unread ? "unread" : ""];
  const label = value2 === void 0 ? "padding" : `${entry(name, r, c)} = ${known ? inFull(value2) : ""}`;
  return { text, kind: kinds.join(" ").trim(), label: unread ? `${label}, not read` : label };
}

// js/pool.js
var pool = {
  ...matrices,
  /** Without dilation; and the padding is at most half of the kernel, or some window would have no entry.
   * @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const [rows, cols] = axes({ ...state, dilation: 1 });
    const wide = [rows, cols].some(({ kernel, padding }) => 2 * padding > kernel);
    return [rows, rows.fits && wide ? { ...cols, fits: false } : cols];
  },
  /** Of dx without the padding, so that the titles of both grids fit side by side. @param {Layer} now @param {string} name */
  size: (now, name) => matrices.size(name === "dx" ? { ...now, cols: { ...now.cols, padding: 0 } } : now, name),
  /** With such a padding, there is never more than one window more than there are entries.
   * @param {State} state @param {string} name @returns {Pair} */
  capacity: (state, name) => name === "dy" ? [state.tables.x.length + 1, state.tables.x[0].length + 1] : capacity(state, name)
};
function pooled(now, products) {
  const { x, dy } = now.values;
  const [y, dx] = [dy, x].map((like) => like.map((row2) => row2.map(() => 0)));
  for (const { o, i, inside } of products) {
    if (!inside) continue;
    y[o[0]][o[1]] += x[i[0]][i[1]];
    dx[i[0]][i[1]] += dy[o[0]][o[1]];
  }
  return { ...now, products, windows: now.products, values: { ...now.values, y, dx } };
}
var windowsOf = (now, cell) => productsOf({ ...now, products: now.windows }, cell);
function codeOf(name, { rows, cols }, cell) {
  const kernel = rows.kernel === cols.kernel ? rows.kernel : `(${rows.kernel}, ${cols.kernel})`;
  const given = `${kernel}, stride=${rows.stride}, padding=${rows.padding})`;
  const [at, forward] = [indexed(cell), `torch.nn.functional.${name}(x, ${given}`];
  if (cell?.[0] === "dy") return [`convlib.${name}(x, ${given}${at}`, forward + at];
  return [`convlib.${name}_backward(dy, x, ${given}${at}`, `torch.autograd.grad(${forward}, x, dy)[0]${at}`];
}

// js/views/avgpool.js
var avgpool_default = {
  ...pool,
  finish: (now) => pooled(now, now.products),
  size: (now, name) => (name === "dx" && parts(now) > 1 ? `in 1/${parts(now)}, ` : "") + pool.size(now, name),
  cells(state, now, name) {
    const cells = pool.cells.call(this, state, now, name);
    if (name !== "dx" || parts(now) === 1) return cells;
    return cells.map((cell) => ({ ...cell, label: cell.label.replace(/ = [^,]+/, `$&/${parts(now)}`) }));
  },
  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    if (cell[0] !== "dy" && index === "i") return /* @__PURE__ */ new Map([[String(cell.slice(1)), ""]]);
    const over = name === "dx" ? digits(now.values.dy[cell[1]][cell[2]]) : "";
    return new Map(productsOf(now, cell).map((product) => [String(product[index]), over]));
  },
  preamble(now) {
    return now.fits ? [line(`Each entry of a window gets ${parts(now) > 1 ? `1/${parts(now)}` : "all"} of its dy`)] : [];
  },
  explain(now, cell) {
    const [name, r, c] = cell;
    const [number, all] = [parts(now), productsOf(now, cell)];
    const me = `${entry(...cell)} is ${inFull(now.values[name][r][c] / (name === "dx" ? number : 1))}`;
    const array = name === "dy" ? "x" : "dy";
    const terms = all.filter(({ inside }) => inside).map((product) => {
      const [a, b] = product[now.arrays[array].index];
      return { name: entry(array, a, b), value: now.values[array][a][b] };
    });
    const values = terms.map(({ value: value2 }, n) => (n ? afterSign : inFull)(value2));
    const result = name === "dy" ? "y" : "dx";
    const [it, sum] = [entry(result, r, c), `/ ${number} = ${inFull(now.values[result][r][c] / number)}`];
    if (!terms.length) {
      const none = "0: no window reads this pixel";
      return { lines: [line(`${it} = ${none}`)], words: `${name === "dx" ? "" : `${me}. `}${it} is ${none}.` };
    }
    if (name !== "dy") {
      const spoken = terms.map((term) => `${term.name}, ${inFull(term.value)}`).join("; ");
      const lines2 = [line(`${it} = `, bracketed(terms.map((term) => term.name)), `/ ${number}`), line("= ", bracketed(values), sum)];
      return { lines: lines2, words: `${me}. ${it} adds up ${spoken}, and divides by ${number}.` };
    }
    const dy = now.values.dy[r][c];
    const share = `${inFull(dy)} / ${number} = ${inFull(dy / number)}`;
    const lost = all.length - terms.length;
    const [are, add] = lost > 1 ? ["are", "they add"] : ["is", "it adds"];
    const cut = `${lost} of them ${are} padding: ${add} 0 to y, and ${are} cut off dx`;
    const lines = [line(`${it} = `, bracketed(values), sum), line("Each entry gets ", [`${entry(...cell)} / ${number}`, `= ${share}`], "", " ")];
    if (lost) lines.push(line(cut));
    return { lines, words: `${me}. Each of ${count(number, "entry", "entries")} gets ${share}${lost ? `; ${cut}` : ""}.` };
  },
  code: (now, cell) => codeOf("avg_pool2d", now, cell)
};
var parts = ({ rows, cols }) => rows.kernel * cols.kernel;
var bracketed = (terms) => terms.length > 1 ? [`(${terms[0]}`, ...terms.slice(1, -1), `${terms[terms.length - 1]})`] : terms;

// js/views/dw.js
var dw_default = {
  ...matrices,
  explain(now, cell) {
    const [, r, c] = cell;
    const rule = `Σ dy[o_h,o_w]·x[${inputMet(now.rows, r, "o_h")},${inputMet(now.cols, c, "o_w")}]`;
    return explainSum(now, cell, { rule });
  },
  code({ cols }, cell) {
    const set = keywords(cols);
    const at = indexed(cell);
    return [`convlib.conv2d_backward(dy, x, w, ${set}).dw${at}`, `torch.nn.grad.conv2d_weight(x, w.shape, dy, ${set})${at}`];
  }
};

// js/views/dx.js
var dx_default = {
  ...matrices,
  arrows: (now, cell) => productsOf(now, cell).map(({ o, i, k }) => ({ from: o, to: i, weight: now.values.w[k[0]][k[1]] })),
  explain: (now, cell) => cell[0] === "dy" ? explainScatter(now, cell, "dx", { one: "pixel", many: "pixels", outside: "the padding" }) : explainSum(now, cell),
  code({ cols }, cell) {
    const at = indexed(cell?.[0] === "dx" ? cell : null);
    const set = keywords(cols);
    return [`convlib.conv2d_backward(dy, x, w, ${set}).dx${at}`, `torch.nn.grad.conv2d_input(x.shape, w, dy, ${set})${at}`];
  }
};

// js/views/forward.js
var forward_default = {
  ...matrices,
  code({ cols }, cell) {
    const call = `conv2d(x, w, ${keywords(cols)})${indexed(cell)}`;
    return [`convlib.${call}`, `torch.nn.functional.${call}`];
  }
};

// js/row.js
var BEGIN = { left: 1.6, top: 1.5 };
var range = (end) => Array.from({ length: end }, (_, n) => n);
var row = {
  /** One row, but none where the kernel is too high. @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const [rows, cols] = axes(state);
    return [rows.fits ? axis(1, 1, 1, 0, 1) : rows, cols];
  },
  frame: () => null,
  arrows: () => [],
  /** The positions stand one below the other. @param {Pair} direction @returns {Pair} */
  move: ([down, right]) => [0, down + right]
};

// js/views/groups.js
var BEGIN2 = 1.1;
var END = 1.2;
var groups_default = {
  ...row,
  /** A product stands for the convolution of a channel with a kernel. @param {State} state @returns {Layer} */
  layer(state) {
    const { channels, filters, catalogue } = state;
    const { kernel } = axes(state)[1];
    const groups = narrowed(state, "groups");
    const products = pairs(filters, channels).filter(([f, c]) => groupOf(f, filters, groups) === groupOf(c, channels, groups)).map(([f, c]) => (
      /** @type {Product} */
      { o: [f, 0], i: [0, c], k: [f, c], inside: true }
    ));
    const values = { y: range(filters).map(() => [0]), dx: [range(channels)] };
    const [rows, cols] = [filters, channels].map((size) => axis(size, kernel, 1, 0, 1));
    const divisors = choices(state, "groups");
    return { rows, cols, fits: true, products, values, read: /* @__PURE__ */ new Set(), arrays: catalogue.arrays, groups, divisors };
  },
  layout({ limits }) {
    const [channels, filters] = [limits.channels[1], limits.filters[1]];
    const plans = [["x", 1, channels], ["y", filters, 1], ["w", filters, channels], ["dy", filters, 1], ["dx", 1, channels]];
    const grids = plans.map(([name, high, wide]) => ({ name, shape: [high, wide], first: [0, 0] }));
    return { stage: [{ rows: filters + END + 1, cols: channels + END + 1, grids }], lower: null };
  },
  size({ rows, cols, groups }, name) {
    const [channels, filters] = [count(cols.size, "channel", "channels"), count(rows.size, "filter", "filters")];
    if (name === "x") return `${channels} in ${count(Number(groups), "group", "groups")}`;
    return name === "w" ? `${filters}, ${channels}` : name === "dx" ? channels : filters;
  },
  cells(_, now, name) {
    const [filters, channels] = [now.rows.size, now.cols.size];
    if (name === "w") {
      return pairs(filters, channels).map(([f, c]) => {
        const met = now.products.some(({ k }) => k[0] === f && k[1] === c);
        const text = met ? weight(now, f, c) : "";
        const label = met ? text : `${entry("y", f)} never reads ${entry("x", c)}`;
        return { at: [f, c], x: BEGIN2 + c, y: BEGIN2 + f, text, kind: met ? "" : "pad", label };
      });
    }
    if (now.arrays[name].index === "i") {
      const y = name === "x" ? 0 : filters + END;
      return range(channels).map((c) => ({ at: [0, c], x: BEGIN2 + c, y, text: entry(name, c), kind: "", label: entry(name, c) }));
    }
    const x = name === "y" ? 0 : channels + END;
    return range(filters).map((f) => ({ at: [f, 0], x, y: BEGIN2 + f, text: entry(name, f), kind: "", label: entry(name, f) }));
  },
  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    const used = now.arrays[cell[0]].factors.some((factor) => factor === name);
    return new Map(used ? productsOf(now, cell).map((product) => [String(product[index]), ""]) : []);
  },
  preamble({ rows, cols, groups, divisors }) {
    const [filters, channels, kernel, G] = [rows.size, cols.size, cols.kernel, Number(groups)];
    const each = count(filters / G, "filter", "filters");
    const kind = G === 1 ? "One group: every filter reads every channel" : `A dense layer has ${G} times as many`;
    return [
      line("w has shape (F, C/G, K, K) ", [`= (${filters}, ${channels / G}, ${kernel}, ${kernel})`]),
      line("weights = K²·C/G·F ", [`= ${kernel}²·${channels}/${G}·${filters}`], `= ${kernel ** 2 * (channels / G) * filters}`),
      line(G > 1 && G === channels ? `${kind}. Depthwise: ${each} to each channel` : kind),
      line(`G divides C = ${channels} and F = ${filters}: `, (divisors ?? []).map(String), "", ", ")
    ];
  },
  explain(now, cell) {
    const [filters, channels, groups] = [now.rows.size, now.cols.size, Number(now.groups)];
    const met = productsOf(now, cell);
    const forward = cell[0] === "y";
    const terms = met.map(
      ({ k: [f, c] }) => forward ? `${entry("x", c)} with ${weight(now, f, c)}` : `${entry("dy", f)} through ${weight(now, f, c)}`
    );
    const start = forward ? `${entry("y", cell[1])} reads ` : `${entry("dx", cell[2])} comes from `;
    const mine = groupOf(met[0].k[0], filters, groups);
    const members = (size) => range(size).filter((n) => groupOf(n, size, groups) === mine).join(", ");
    const group = `Group ${mine}: channels ${members(channels)}; filters ${members(filters)}`;
    return { lines: [line(start, terms, "", ", "), line(group)], words: `${start}${terms.join(", ")}. ${group}.` };
  },
  code({ groups }, cell) {
    const forward = cell?.[0] !== "dx";
    const at = cell ? `[0, ${forward ? cell[1] : cell[2]}]` : "";
    return forward ? [`convlib.conv2d(x, w, groups=${groups})${at}`, `torch.nn.functional.conv2d(x, w, groups=${groups})${at}`] : [`convlib.conv2d_backward(dy, x, w, groups=${groups}).dx${at}`, `torch.nn.grad.conv2d_input(x.shape, w, dy, groups=${groups})${at}`];
  },
  move: (direction) => direction
};
var groupOf = (n, size, groups) => Math.floor(n / (size / groups));
var weight = ({ cols, groups }, f, c) => entry("w", f, c % (cols.size / Number(groups)));

// js/views/maxpool.js
var RULE = "the first wins, row by row";
var maxpool_default = {
  ...pool,
  /** The first of equal maxima wins. */
  finish(now) {
    const won = /* @__PURE__ */ new Map();
    for (const product of now.products) {
      const best = won.get(String(product.o));
      if (product.inside && !(best && value(now, product) <= value(now, best))) won.set(String(product.o), product);
    }
    return pooled(now, [...won.values()]);
  },
  cells(state, now, name) {
    const cells = pool.cells.call(this, state, now, name);
    return cells.map((cell) => {
      if (name === "x" && cell.kind.includes("pad")) return { ...cell, text: "−∞" };
      if (name === "dy" || !now.fits || cell.kind.includes("pad")) return cell;
      const wins = productsOf(now, [name, ...cell.at]).length;
      if (name === "dx") return wins ? cell : { ...cell, kind: `${cell.kind} zero`.trim() };
      return wins ? { ...cell, kind: "won", label: `${cell.label}, wins ${count(wins, "window", "windows")}` } : cell;
    });
  },
  lit(_, layer2, cell, name) {
    const now = (
      /** @type {Pooled} */
      layer2
    );
    const { index } = now.arrays[name];
    if (cell[0] !== "dy") return new Map(index === "i" ? [[String(cell.slice(1)), ""]] : productsOf(now, cell).map(({ o }) => [String(o), ""]));
    const [winner] = productsOf(now, cell);
    const tied = ties(now, cell);
    const sent = digits(now.values.dy[cell[1]][cell[2]]);
    const all = windowsOf(now, cell).filter(({ inside }) => inside || name === "x");
    return new Map(
      all.map((product) => {
        const mine = String(product.i) === String(winner.i);
        const over = name === "dx" ? mine ? sent : "0" : mine ? "max" : tied.includes(product) ? "tie" : "";
        return [String(product.i), over];
      })
    );
  },
  preamble(layer2) {
    if (!layer2.fits) return [];
    const now = (
      /** @type {Pooled} */
      layer2
    );
    const winners = new Set(now.products.map(({ i }) => String(i))).size;
    const tied = now.products.filter(({ o }) => ties(now, ["dy", ...o]).length > 1).length;
    const all = [count(now.products.length, "window", "windows"), `${count(winners, "winner", "winners")} (filled)`];
    return [line("", [...all, tied ? count(tied, "tie", "ties") : "no tie"], "", ", ")];
  },
  explain: (now, cell) => (cell[0] === "dy" ? explainWindow : explainEntry)(
    /** @type {Pooled} */
    now,
    cell
  ),
  code: (now, cell) => codeOf("max_pool2d", now, cell)
};
var value = ({ values }, { i: [r, c] }) => values.x[r][c];
var ties = (now, cell) => windowsOf(now, cell).filter((product) => product.inside && value(now, product) === now.values.y[cell[1]][cell[2]]);
function explainWindow(now, cell) {
  const [, r, c] = cell;
  const all = windowsOf(now, cell);
  const numbers = all.filter(({ inside }) => inside).map((product) => inFull(value(now, product)));
  const padding = all.length - numbers.length;
  const [winner] = productsOf(now, cell);
  const tied = ties(now, cell).map(({ i }) => entry("x", ...i));
  const [dx, most, sent] = [entry("dx", ...winner.i), inFull(now.values.y[r][c]), inFull(now.values.dy[r][c])];
  const won = entry("x", ...winner.i);
  const lines = [
    line(`${entry("y", r, c)} = max(`, [...numbers.slice(0, -1), `${numbers[numbers.length - 1]})`], `= ${most}`, ", "),
    line(`Won by ${won}: `, [`${dx} += ${entry("dy", r, c)} = ${sent},`, "all others += 0"], "", " ")
  ];
  const more = [];
  if (tied.length > 1) more.push(`${tied.join(" and ")} tie: ${RULE}`);
  if (padding) more.push(`${count(padding, "entry", "entries")} of the padding, −∞, cannot win`);
  lines.push(...more.map((text) => line(text)));
  const words = [`${entry(...cell)} is ${sent}`, `It goes to ${dx}, because ${won} wins the window with ${most}; all others get 0`, ...more];
  return { lines, words: words.map((text) => `${text}.`).join(" ") };
}
function explainEntry(now, cell) {
  const [name, r, c] = cell;
  const [x, dx] = [entry("x", r, c), entry("dx", r, c)];
  const won = productsOf(now, cell).map(({ o }) => ({ dy: entry("dy", ...o), sent: now.values.dy[o[0]][o[1]] }));
  const read2 = windowsOf(now, cell);
  const sum = inFull(now.values.dx[r][c]);
  const lost = read2.filter(({ o }) => ties(now, ["dy", ...o]).some(({ i }) => i[0] === r && i[1] === c)).length - won.length;
  const wins = `${x} = ${inFull(now.values.x[r][c])} wins ${won.length || "none"} of ${count(read2.length, "window that reads it", "windows that read it")}`;
  const why = read2.length ? wins : "no window reads this pixel";
  const names = won.map(({ dy }) => dy);
  const lines = [won.length ? line(`${dx} = `, names, won.length > 1 ? "" : `= ${sum}`) : line(`${dx} = ${sum}: ${why}`)];
  if (won.length > 1) lines.push(line("= ", won.map(({ sent }, n) => (n ? afterSign : inFull)(sent)), `= ${sum}`));
  const more = [...won.length ? [why] : [], ...lost ? [`${count(lost, "tie", "ties")} lost: ${RULE}`] : []];
  lines.push(...more.map((text) => line(text)));
  const spoken = won.length ? `${dx} adds up ${won.map(({ dy, sent }) => `${dy}, ${inFull(sent)}`).join("; ")}` : `${dx} is 0: ${why}`;
  const me = `${entry(...cell)} is ${inFull(now.values[name][r][c])}`;
  const words = [...spoken.startsWith(me) ? [] : [me], spoken, ...more];
  return { lines, words: words.map((text) => `${text}.`).join(" ") };
}

// js/views/shape.js
var shape_default = {
  ...row,
  layout(state) {
    const [wide, outputs, taps2] = ["x", "y", "w"].map((name) => capacity(state, name)[1]);
    const pad = state.limits.padding[1];
    const grids = [
      { name: "x", shape: [1, wide], first: [0, -pad] },
      { name: "y", shape: [1, outputs], first: [0, 0] },
      { name: "w", shape: [outputs, taps2], first: [0, 0] }
    ];
    return { stage: [{ rows: BEGIN.top + outputs, cols: BEGIN.left + wide, grids }], lower: null };
  },
  size({ cols, fits, read: read2, arrays }, name) {
    const { index } = arrays[name];
    if (index === "k") return String(cols.kernel);
    if (index === "o") return fits ? String(cols.out) : "does not exist";
    const padded = cols.padding ? `, padded ${cols.padded}` : "";
    return cols.size + padded + (fits && read2.size < cols.padded ? " (hatched: not read)" : "");
  },
  cells(state, now, name) {
    const { stride, dilation, padding, size, padded, kernel } = now.cols;
    const out = now.fits ? now.cols.out : 0;
    const left = BEGIN.left + (capacity(state, "x")[1] - padded) / 2;
    if (name === "y") {
      return range(out).map((o) => ({ at: [0, o], x: 0, y: BEGIN.top + o, text: `y[${o}]`, kind: "", label: `y[${o}]` }));
    }
    if (name === "w") {
      return range(out).flatMap(
        (o) => range(kernel).map((k) => {
          const place = { x: left + stride * o + dilation * k, y: BEGIN.top + o };
          return { at: [o, k], ...place, text: `w[${k}]`, kind: k ? `gap${dilation}` : "", label: `w[${k}]` };
        })
      );
    }
    return range(padded).map((n) => {
      const c = n - padding;
      const outside = c < 0 || c >= size;
      const unread = now.fits && !now.read.has(`0,${c}`);
      const text = outside ? "0" : `x[${c}]`;
      const kind = [outside ? "pad" : "", unread ? "unread" : ""].join(" ").trim();
      return { at: [0, c], x: left + n, y: 0, text, kind, label: unread ? `${text}, not read` : text };
    });
  },
  lit(_, now, cell, name) {
    const at = ({ o, i, k }) => name === "w" ? [o[1], k[1]] : i;
    return new Map(productsOf(now, cell).map((product) => [String(at(product)), ""]));
  },
  preamble: ({ cols, fits }) => explainSizes({ ...cols, fits }),
  explain(now, cell) {
    const names = productsOf(now, cell).map(({ i, inside }) => inside ? entry("x", i[1]) : "0");
    const me = entry("y", cell[2]);
    const spoken = names.map((name) => name === "0" ? "a zero of the padding" : name).join(", ");
    return { lines: [line(`${me} reads `, names, "", ", ")], words: `${me} reads ${spoken}.` };
  },
  code({ cols }) {
    const set = keywords(cols);
    return [`convlib.output_size(${cols.size}, ${cols.kernel}, ${set})`, `torch.nn.functional.conv2d(x, w, ${set}).shape[-1]`];
  }
};
function explainSizes({ size, kernel, stride, padding, dilation, extent: extent2, padded, fits, out, rest }) {
  const spare = `${size} + 2·${padding} − ${extent2}`;
  const lines = [line("Kₑ = D·(K − 1) + 1 ", [`= ${dilation}·(${kernel} − 1) + 1`], `= ${extent2}`)];
  if (!fits) return lines;
  lines.push(line("output = ⌊(H + 2P − Kₑ) / S⌋ + 1 ", [`= ⌊(${spare}) / ${stride}⌋ + 1`], `= ${out}`));
  lines.push(line("remainder = (H + 2P − Kₑ) mod S ", [`= ${padded - extent2} mod ${stride}`], `= ${rest}`));
  return lines;
}

// js/views/spread.js
var ZEROS = {
  between: { text: "0", kind: "zero", look: "0", words: "between entries" },
  border: { text: "·", kind: "pad", look: "·", words: "of the border" },
  remainder: { text: "0", kind: "pad unread", look: "hatched", words: "of the remainder" }
};
var KINDS = (
  /** @type {Zero[]} */
  Object.keys(ZEROS)
);
var spread_default = {
  ...row,
  layout(state) {
    const [height, taps2] = ["dx", "w"].map((name) => capacity(state, name)[1]);
    const [pad, dilation] = [state.limits.padding[1], state.limits.dilation[1]];
    const wide = height + dilation * (taps2 - 1);
    const grids = [
      { name: "dy", shape: [1, wide], first: [0, 0] },
      { name: "dx", shape: [1, height], first: [0, -pad] },
      { name: "w", shape: [height, taps2], first: [-pad, 0] }
    ];
    return { stage: [{ rows: BEGIN.top + height, cols: BEGIN.left + wide, grids }], lower: null };
  },
  size({ cols, fits }, name) {
    if (name === "w") return `${cols.kernel}, rotated`;
    if (name === "dx") return cols.size + (cols.padding ? `, padded ${cols.padded} (dashed: cut off)` : "");
    return fits ? `${cols.out}, spread and padded ${spread(cols).length}` : "does not exist";
  },
  cells(_, now, name) {
    if (!now.fits) return [];
    const { cols } = now;
    const below = range(cols.padded).map((n) => ({ i: n - cols.padding, y: BEGIN.top + n }));
    if (name === "dx") {
      return below.map(({ i, y }) => {
        const inside = i >= 0 && i < cols.size;
        const text = inside ? entry("dx", i) : "cut";
        return { at: [0, i], x: 0, y, text, kind: inside ? "" : "pad", label: inside ? text : "cut off" };
      });
    }
    if (name === "w") {
      return below.flatMap(
        ({ i, y }) => taps(cols, i).map(({ k, place, met }, n) => {
          const kinds = [typeof met === "number" ? "" : "zero", n ? `gap${cols.dilation}` : ""];
          const label = `${entry("w", k)} meets ${called(met)}`;
          return { at: [i, n], x: BEGIN.left + place, y, text: entry("w", k), kind: kinds.join(" ").trim(), label };
        })
      );
    }
    return spread(cols).map((met, n) => {
      const { text, kind } = typeof met === "number" ? { text: called(met), kind: "" } : ZEROS[met];
      return { at: [0, n], x: BEGIN.left + n, y: 0, text, kind, label: called(met) };
    });
  },
  lit(_, { cols }, [, , i], name) {
    return new Map(taps(cols, i).map(({ place }, n) => [String(name === "w" ? [i, n] : [0, place]), ""]));
  },
  preamble({ cols, fits }) {
    if (!fits) return [];
    const { stride, out, extent: extent2, rest } = cols;
    const kinds = KINDS.filter((kind) => spread(cols).includes(kind)).map((kind) => `${ZEROS[kind].look} ${ZEROS[kind].words}`);
    return [
      line("Zeros: ", kinds.length ? kinds : ["none"], "", ", "),
      line("spread = S·(output − 1) + 1 ", [`= ${stride}·(${out} − 1) + 1`], `= ${stride * (out - 1) + 1}`),
      line("padded by Kₑ − 1 ", [`= ${extent2 - 1} in front,`, "Kₑ − 1 + R", `= ${extent2 - 1} + ${rest}`], `= ${extent2 - 1 + rest} behind`, " ")
    ];
  },
  explain({ cols }, [, , i]) {
    const all = taps(cols, i);
    const me = entry("dx", i);
    const real = all.filter(({ met }) => typeof met === "number").map(({ k, met }) => [called(met), entry("w", k)]);
    const zeros = KINDS.map((kind) => ({
      start: `Zeros ${ZEROS[kind].words} meet `,
      names: all.filter(({ met }) => met === kind).map(({ k }) => entry("w", k))
    })).filter(({ names }) => names.length);
    const none = "0: every weight meets a zero";
    const sum = real.length ? line(`${me} = `, real.map((pair) => pair.join("·"))) : line(`${me} = ${none}`);
    const spoken = real.length ? `adds up ${real.map((pair) => pair.join(" times ")).join("; ")}` : `is ${none}`;
    return {
      lines: [sum, ...zeros.map(({ start, names }) => line(start, names, "", ", "))],
      words: [`${me} ${spoken}.`, ...zeros.map(({ start, names }) => `${start}${names.join(", ")}.`)].join(" ")
    };
  },
  code({ cols }, cell) {
    const set = keywords(cols);
    const at = cell ? `[0, 0, ${cell[2]}]` : "";
    return [
      `convlib.conv1d_backward(dy, x, w, ${set}).dx${at}`,
      `torch.nn.functional.conv_transpose1d(dy, w, ${set}, output_padding=${cols.rest})${at}`
    ];
  }
};
function spread({ stride, extent: extent2, padded, rest }) {
  const border = extent2 - 1;
  return range(padded + border).map((n) => {
    if (n < border || n >= padded) return "border";
    if (n >= padded - rest) return "remainder";
    return (n - border) % stride ? "between" : (n - border) / stride;
  });
}
function taps(axis2, i) {
  const places = spread(axis2);
  return range(axis2.kernel).map((n) => {
    const place = i + axis2.padding + axis2.dilation * n;
    return { k: axis2.kernel - 1 - n, place, met: places[place] };
  });
}
var called = (met) => typeof met === "number" ? entry("dy", met) : `a zero ${ZEROS[met].words}`;

// js/views/stamp.js
var LEFT = 1.1;
var GAP = 0.5;
var called2 = (name, ...at) => entry(name, at[1]);
var stamp_default = {
  ...row,
  /** The sizes are those of the convolution that goes the other way, from y to x. @param {State} state @returns {[Axis, Axis]} */
  axes(state) {
    const { size, kernel, stride, padding, dilation } = axes(state)[1];
    const rest = narrowed(state, "output_padding");
    const padded = stride * (size - 1) + dilation * (kernel - 1) + 1 + rest;
    const left = Math.max(0, padded - 2 * padding);
    return [axis(1, 1, 1, 0, 1), { ...axis(left, kernel, stride, padding, dilation), padded, fits: left > 0, out: size, rest }];
  },
  layout({ tables: { x, w }, limits }) {
    const [size, kernel] = [x[0].length, w[0].length];
    const [stride, padding, dilation, rest] = [limits.stride, limits.padding, limits.dilation, limits.output_padding].map(([, most]) => most);
    const wide = stride * (size - 1) + dilation * (kernel - 1) + 1 + rest;
    const grids = [
      { name: "x", shape: [1, size], first: [0, 0] },
      { name: "w", shape: [size, kernel], first: [0, 0] },
      { name: "y", shape: [1, wide + padding], first: [0, -padding], label: [-1, 0] }
    ];
    return { stage: [{ rows: size + GAP + 1, cols: LEFT + wide, grids }], lower: null };
  },
  size({ cols, fits }, name) {
    if (name === "x") return String(cols.out);
    if (name === "w") return String(cols.kernel);
    return fits ? cols.size + (cols.padding ? `, cut from ${cols.padded}` : "") : "does not exist";
  },
  cells({ tables }, now, name) {
    const { values, fits, read: read2, cols } = now;
    if (name === "x") {
      return range(cols.out).map((i) => {
        const value2 = tables.x[0][i];
        return { at: [0, i], x: 0, y: i, text: digits(value2), kind: "", label: `${entry("x", i)} = ${inFull(value2)}` };
      });
    }
    if (!fits) return [];
    if (name === "w") {
      return now.products.map(({ o: [, i], k: [, k], i: [, o], inside }) => {
        const value2 = values.x[0][i] * values.w[0][k];
        const place = { x: LEFT + o + cols.padding, y: i };
        const label = `${entry("x", i)}·${entry("w", k)} = ${inFull(value2)}${inside ? "" : ", cut off"}`;
        const kind = [inside ? "" : "pad", k ? `gap${cols.dilation}` : ""].join(" ").trim();
        return { at: [i, k], ...place, text: digits(value2), kind, label };
      });
    }
    return range(cols.padded).map((n) => {
      const o = n - cols.padding;
      const inside = o >= 0 && o < cols.size;
      const unread = !read2.has(`0,${o}`);
      const value2 = total(now, o);
      const label = `${inside ? entry("y", o) : "cut off"} = ${inFull(value2)}${unread ? ", no stamp" : ""}`;
      const kind = [inside ? "" : "pad", unread ? "unread" : ""].join(" ").trim();
      return { at: [0, o], x: LEFT + n, y: cols.out + GAP, text: digits(value2), kind, label };
    });
  },
  lit(_, now, cell, name) {
    const { index } = now.arrays[name];
    const mark = (product) => {
      const { o, k } = product;
      return name === "w" ? [String([o[1], k[1]]), digits(now.values.w[0][k[1]])] : [String(product[index]), ""];
    };
    return new Map(productsOf(now, cell).map(mark));
  },
  preamble({ cols, fits, values, read: read2 }) {
    if (!fits) return [];
    const { size, out, stride, padding, extent: extent2, padded, rest } = cols;
    const numbers = `= ${stride}·(${out} − 1) + ${extent2} − 2·${padding} + ${rest}`;
    const kinds = [...padding ? ["dashed is cut off"] : [], ...read2.size < padded ? ["hatched has no stamp"] : []];
    const lines = [
      line("w = ", values.w[0].map(inFull), "", ", "),
      line("output = S·(H − 1) + Kₑ − 2P + output_padding ", [numbers], `= ${size}`)
    ];
    const same = range(stride).map((more) => size - rest + more).filter((one) => one > 0);
    const either = same.join(", ").replace(/, (\d+)$/, " or $1");
    if (stride > 1) lines.push(line(`output_padding chooses the size that stride ${stride} turns into ${out}: `, [either]));
    if (kinds.length) lines.push(line("In y ", kinds, "", ", "));
    return lines;
  },
  explain: (now, cell) => cell[0] === "x" ? explainScatter(now, cell, "y", { one: "entry of y", many: "entries of y", outside: "what is cut off", called: called2 }) : explainSum(now, cell, { called: called2, alone: "no stamp reaches it" }),
  code({ cols }, cell) {
    const at = cell?.[0] === "y" ? `[0, 0, ${cell[2]}]` : "";
    const call = `conv_transpose1d(x, w, ${keywords(cols)}, output_padding=${cols.rest})${at}`;
    return [`convlib.${call}`, `torch.nn.functional.${call}`];
  }
};
function total(now, o) {
  const terms = productsOf(now, ["y", 0, o]).map(({ o: [, i], k: [, k] }) => now.values.x[0][i] * now.values.w[0][k]);
  return terms.reduce((sum, term) => sum + term, 0);
}

// js/views/index.js
var VIEWS = { avgpool: avgpool_default, dw: dw_default, dx: dx_default, forward: forward_default, groups: groups_default, maxpool: maxpool_default, shape: shape_default, spread: spread_default, stamp: stamp_default };

// js/explorer.js
var BEAT = 1e3;
var ARROW_KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
var CHANGING = ["view", "cell", ...SETTINGS];
var NAMES = [...CHANGING, "views", "tables", "fixed", "limits", "catalogue"];
function readState(model) {
  return (
    /** @type {any} */
    Object.fromEntries(NAMES.map((name) => [name, model.get(name)]))
  );
}
function compute(state) {
  const view = VIEWS[state.view];
  const { arrays, views } = state.catalogue;
  const now = view.layer?.(state) ?? layer({ ...arrays, ...views[state.view].own }, state.tables, ...view.axes(state));
  return { view, now: view.finish?.(now) ?? now };
}
var Explorer = class {
  /** @param {Model} model @param {HTMLElement} host */
  constructor(model, host) {
    this.model = model;
    this.host = host;
    this.state = readState(model);
    this.initial = Object.fromEntries(CHANGING.map((name) => [name, model.get(name)]));
    this.view = VIEWS[this.state.view];
    this.now = compute(this.state).now;
    this.previewed = null;
    this.timer = 0;
    this.queued = false;
    this.built = "";
    const share = model.share && (async () => this.announce(await /** @type {any} */
    model.share()));
    this.controls = new Controls(this.state, {
      change: (values) => this.change(values),
      step: () => this.step(),
      play: () => this.timer ? this.pause() : this.play(),
      reset: () => this.change(this.initial),
      share
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
    for (const [name, value2] of Object.entries(values)) this.model.set(name, value2);
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
    return choosable && this.now.values[name][r]?.[c] !== void 0 ? cell : null;
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
    if (event.altKey || event.ctrlKey || event.metaKey) return;
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
    this.timer = window.setInterval(() => document.hidden ? this.pause() : this.step(), BEAT);
    this.controls.play.textContent = "Pause";
    this.status.setAttribute("aria-live", "off");
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
    this.root.style.setProperty("--chars", String(longest > 3 ? longest : 0));
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
    const active = (
      /** @type {Document | ShadowRoot} */
      this.root.getRootNode().activeElement
    );
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
};
function describe(view, state, now, cell) {
  const before = view.preamble(now);
  if (!now.fits) return { lines: [...before, line(reason(now))], words: reason(now) };
  const { lines, words } = cell ? view.explain(now, cell) : { lines: [ask(state)], words: "" };
  return { lines: [...before, ...lines], words };
}
function ask({ catalogue, view }) {
  const arrays = catalogue.views[view].choose.join(" or of ");
  return line(`Choose a cell of ${arrays}: point at it, tap it, or walk with the arrow keys.`);
}
function render({ model, el }) {
  try {
    const explorer = new Explorer(model, el);
    return () => explorer.dispose();
  } catch (error) {
    giveUp(el, error);
    return () => {
    };
  }
}
var explorer_default = { render };
export {
  compute,
  explorer_default as default,
  describe,
  readState,
  render
};
