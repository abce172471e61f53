// The sliders and buttons. They are made once, so that they keep the focus whatever is shown below them.
/** @import { Setting, State } from "./types.js" */
import { button, h } from "./dom.js";
import { choices, controlsOf, narrowed } from "./rule.js";

/** @type {Record<Setting, string>} */
const LABELS = {
  size: "Input size",
  kernel: "Kernel size",
  stride: "Stride",
  padding: "Padding",
  dilation: "Dilation",
  output_padding: "Output padding",
  channels: "Channels",
  filters: "Filters",
  groups: "Groups",
};
export const SETTINGS = /** @type {Setting[]} */ (Object.keys(LABELS));

/** Every explorer of a page has its own ids. */
let made = 0;

export class Controls {
  /** @param {State} state
   * @param {{ change: (values: Partial<State>) => void, step: () => void, play: () => void, reset: () => void, share?: () => void }} actions */
  constructor(state, { change, step, play, reset, share }) {
    this.state = state;
    const { views, catalogue, fixed, limits } = state;
    this.id = `cl-${++made}`;
    /** @type {Map<string, HTMLElement>} */
    this.tabs = new Map(views.map((view) => [view, button(catalogue.views[view].title, () => change({ view, cell: [] }))]));
    /** @type {Map<Setting, { input: HTMLInputElement, output: HTMLElement }>} */
    this.sliders = new Map();
    const sliders = h("div", { class: "cl-sliders" });
    for (const name of new Set(views.flatMap((view) => controlsOf(state, view)))) {
      if (!fixed.includes(name)) sliders.append(this.slider(name, limits[name], (value) => change({ [name]: value })));
    }
    this.play = button("Play", play);
    const buttons = h("div", { class: "cl-buttons" }, button("Step", step), this.play, button("Reset", reset));
    if (share) buttons.append(button("Copy link", share));
    const tabs = h("div", { class: "cl-views", role: "group", "aria-label": "View" }, ...this.tabs.values());
    this.element = h("div", { class: "cl-controls" }, ...(views.length > 1 ? [tabs] : []), sliders, buttons);
  }

  /** @param {Setting} name @param {[number, number]} limits @param {(value: number) => void} change */
  slider(name, [min, max], change) {
    const id = `${this.id}-${name}`;
    const attributes = { type: "range", id, min, max, step: 1, "data-lm-suppress-shortcuts": "true" };
    const input = /** @type {HTMLInputElement} */ (h("input", attributes));
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
      /** @type {HTMLElement} */ (input.parentElement).hidden = !controls.includes(name);
      const values = choices(state, name);
      const value = values ? narrowed(state, name) : state[name];
      if (values) {
        input.min = "0"; // the slider counts what it can be set to
        input.max = String(values.length - 1);
        input.setAttribute("aria-valuetext", String(value));
      }
      input.value = String(values ? values.indexOf(value) : value);
      output.textContent = String(value);
    }
  }
}
