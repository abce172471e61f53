// @ts-check
// Start every explorer of a page without a kernel. The build puts explorer.js in front of this file.

/** The part of a Jupyter widget's model that explorer.js uses; and a link that brings the state back. */
class PageModel {
  /** @param {Record<string, any>} state @param {string} id  of the explorer's element */
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
    const calls = this.calls.get(event) ?? new Set();
    this.calls.set(event, calls.add(call));
  }

  /** @param {string} event @param {() => void} call */
  off(event, call) {
    this.calls.get(event)?.delete(call);
  }

  /** The names that a link carries. */
  get names() {
    return ["view", ...Object.keys(this.state.limits), "cell"];
  }

  /** Put the state into the address, and the address on the clipboard. */
  async share() {
    const query = this.names.map((name) => `${name}=${[this.state[name]].flat().join(".")}`).join("&");
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
      if (name === "cell") this.set(name, /^[a-z]+\.\d+\.\d+$/.test(text) ? text.split(".").map((part, n) => (n ? +part : part)) : []);
    }
    return true;
  }
}

/** @type {Map<string, number>} */
const seen = new Map();
for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".cl-explorer"))) {
  const state = JSON.parse(place.querySelector("script")?.textContent ?? "{}");
  const nth = (seen.get(state.view) ?? 0) + 1;
  seen.set(state.view, nth);
  place.id = `explore-${state.view}${nth > 1 ? `-${nth}` : ""}`;
  const model = new PageModel(state, place.id);
  const start = () => {
    if (place.classList.contains("cl-mounted")) return;
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
