// Start every explorer of a page without a kernel: near the reader, or where a link asks for it.
/** @import { Model } from "./types.js" */
import { giveUp } from "./dom.js";
import { render } from "./explorer.js";
import { controlsOf } from "./rule.js";

/** The part of a Jupyter widget's model that the explorer uses; and a link that brings the state back.
 * @implements {Model} */
export class PageModel {
  /** @param {any} state @param {string} id  of the explorer's element */
  constructor(state, id) {
    this.state = state;
    this.id = id;
    /** @type {Map<string, Set<() => void>>} */
    this.calls = new Map();
  }

  /** @param {string} name */
  get(name) {
    return this.state[name];
  }

  /** @param {string} name @param {any} value */
  set(name, value) {
    if (String(this.state[name]) === String(value)) return;
    this.state[name] = value;
    for (const call of this.calls.get(`change:${name}`) ?? []) call();
  }

  save_changes() {}

  /** @param {string} event @param {() => void} call */
  on(event, call) {
    this.calls.set(event, (this.calls.get(event) ?? new Set()).add(call));
  }

  /** @param {string} event @param {() => void} call */
  off(event, call) {
    this.calls.get(event)?.delete(call);
  }

  /** Put the state into the address, and the address on the clipboard. */
  async share() {
    const names = ["view", ...controlsOf(this.state, this.state.view), "cell"];
    const query = names.map((name) => `${name}=${[this.state[name]].flat().join(".")}`).join("&");
    history.replaceState(null, "", `#${this.id}?${query}`);
    try {
      await navigator.clipboard.writeText(location.href);
      return "The link is copied.";
    } catch {
      return "The link is in the address bar.";
    }
  }

  /** Take the state from the address, if it is about this explorer; leave out what no control can reach. */
  restore() {
    const [id, query] = location.hash.slice(1).split("?");
    if (id !== this.id || !query) return false;
    for (const [name, text] of new URLSearchParams(query)) {
      const limits = this.state.limits[name];
      if (limits && /^\d+$/.test(text) && +text >= limits[0] && +text <= limits[1]) this.set(name, +text);
      if (name === "view" && this.state.views.includes(text)) this.set(name, text);
      if (name === "cell") this.set(name, parseCell(text));
    }
    return true;
  }
}

/** @param {string} text */
function parseCell(text) {
  if (!/^[a-z]+\.\d+\.\d+$/.test(text)) return [];
  const [name, r, c] = text.split(".");
  return [name, +r, +c];
}

/** @param {HTMLElement} place @param {string} id */
function mount(place, id) {
  place.id = id;
  const model = new PageModel(JSON.parse(place.querySelector("script")?.textContent ?? "{}"), id);
  const start = () => {
    if (place.matches(".cl-mounted, .cl-broken")) return;
    place.classList.add("cl-mounted");
    render({ model, el: place });
  };
  const restore = () => {
    if (!model.restore()) return;
    start();
    place.scrollIntoView();
  };
  addEventListener("hashchange", restore);
  restore();
  // An explorer further down can wait: the page is ready to read sooner.
  const near = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    near.disconnect();
    start();
  }, { rootMargin: "100%" });
  near.observe(place);
}

/** The first name of a view that is free: explorers of the same view are numbered. @param {HTMLElement} place */
function freeName({ dataset: { view } }) {
  for (let nth = 1; ; nth += 1) {
    const name = `explore-${view}${nth > 1 ? `-${nth}` : ""}`;
    if (!document.getElementById(name)) return name;
  }
}

/** Start all explorers of the page that have not started: a cell that runs may bring new ones. */
export function mountAll() {
  const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".cl-explorer:not([id])"));
  for (const place of places) {
    try {
      mount(place, freeName(place));
    } catch (error) {
      giveUp(place, error); // the others start all the same
    }
  }
}
