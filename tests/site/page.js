// What the tests look at in an open page. Evaluated in the page, it returns these functions.
({
  /** Opens what is folded and scrolls to the end: that may load more. */
  unfold() {
    document.querySelectorAll(".toggle-hidden > p").forEach((e) => e.click());
    scrollTo(0, document.body.scrollHeight);
  },

  /** What of the formulas is drawn. */
  maths() {
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const area = (e) => { const b = e.getBoundingClientRect(); return b.width * b.height; };
    const size = (e) => parseFloat(getComputedStyle(e).fontSize);
    const text = document.body.cloneNode(true);
    all(".katex, pre, code, script, style", text).forEach((e) => e.remove());
    const formulas = all(".math");
    return {
      formulas: formulas.length,
      empty: formulas.filter((e) => !all(".katex-html", e).some(area)).length,
      silent: formulas.filter((e) => !e.querySelector("math")).length,
      errors: all(".katex-error").map((e) => e.textContent),
      selfNumbered: all(".eqn-num").length,
      largeIndices: all(".katex-html .sizing.reset-size6.size3")
        .filter((e) => size(e) > 0.75 * size(e.closest(".katex"))).length,
      fonts: [...document.fonts].filter(
        (f) => f.status === "loaded" && /^"?KaTeX/.test(f.family)).length,
      text: text.textContent,
    };
  },

  /** What lies on a light background, in dark mode. */
  lightCards() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const seen = new Map();
    const isLight = (e) => {  // by the first background that is not transparent
      for (; e; e = e.parentElement) {
        const colour = getComputedStyle(e).backgroundColor;
        if (/^(transparent|rgba\(.*, 0\))$/.test(colour)) continue;
        if (!seen.has(colour)) {
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          seen.set(colour, Math.max(...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)) > 96);
        }
        return seen.get(colour);
      }
      return true;
    };
    const places = ["main", ".cell_output .output", ".cl-figure", ".admonition", "pre"];
    return places.filter((place) => [...document.querySelectorAll(place)].some(isLight));
  },

  /** Brings the page into a mode, and says whether it is. A browser that does not obey when it is told
   * what the system prefers (Firefox over WebDriver BiDi) gets what the theme's own switch would set. */
  choose(mode) {
    const root = document.documentElement;
    const follows = (root.dataset.mode || "auto") === "auto";
    if (follows && matchMedia(`(prefers-color-scheme: ${mode})`).matches) return true;
    if (!root.dataset.theme) return false;  // 404.html follows the system alone
    Object.assign(root.dataset, { mode, theme: mode });
    return true;
  },

  /** Waits until the theme has taken a mode, and looked which boxes scroll: it does so late. */
  async settle(mode) {
    const scrolls = (e) => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight;
    const stops = () => [...document.querySelectorAll("main pre")];
    const waiting = () => [
      ...((document.documentElement.dataset.theme ?? mode) === mode  // 404.html has no theme
        ? [] : [`the theme is not ${mode}`]),
      ...stops().filter((e) => (e.tabIndex === 0) !== scrolls(e))
        .map((e) => `a box scrolls, and the keyboard does not reach it: ${e.textContent.slice(0, 60)}`),
    ];
    for (let n = 0; n < 200 && waiting().length; n++) await new Promise((r) => setTimeout(r, 50));
    return waiting();
  },

  /**
   * What axe finds, as lines; and the rules that it has tried. A page has thousands of pieces of
   * text in some dozens of looks: unless all are asked for, two of each look stand for the rest.
   */
  async axe({ structure, colours, all }) {
    const OF_COLOURS = ["color-contrast", "link-in-text-block"];
    const resultTypes = ["violations"];
    const without = Object.fromEntries(OF_COLOURS.map((rule) => [rule, { enabled: false }]));
    const found = [];
    if (structure) found.push(await axe.run(document, { resultTypes, rules: without }));
    if (colours) {
      const texts = all ? document : this.textsOfEachLook();
      found.push(await axe.run(texts, { resultTypes, runOnly: OF_COLOURS }));
    }
    const lines = found.flatMap(({ violations }) => violations.flatMap(
      ({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`)));
    return { lines, passes: found.flatMap(({ passes }) => passes.map(({ id }) => id)) };
  },

  textsOfEachLook() {
    const backgrounds = new Map();
    const background = (e) => {  // of all that an element lies in
      if (!e) return "";
      if (!backgrounds.has(e)) {
        const { backgroundColor, backgroundImage, opacity } = getComputedStyle(e);
        const own = `${backgroundColor} ${backgroundImage} ${opacity}`;
        const clear = own === "rgba(0, 0, 0, 0) none 1";
        backgrounds.set(e, background(e.parentElement) + (clear ? "" : ` / ${own}`));
      }
      return backgrounds.get(e);
    };
    const looks = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || e.closest("script, style, math, [aria-hidden=true]"))
        continue;
      const { color, fontSize, fontWeight } = getComputedStyle(e);
      const at = `${e.tagName} ${e.className} in ${e.parentElement.className}`;
      const look = [at, color, fontSize, fontWeight, background(e)].join();
      const same = looks.get(look) ?? [];
      if (same.length < 2) looks.set(look, [...same, e]);
    }
    return [...looks.values()].flat();
  },

  /** What moves although the reader has asked for less motion. */
  motion() {
    const smooth = getComputedStyle(document.documentElement).scrollBehavior !== "auto";
    return document.getAnimations().length + smooth;
  },
})
