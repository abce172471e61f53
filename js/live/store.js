// What the site keeps on the reader's device: what was typed, what the checker found right, and where that was.

/** Every key of the site in the browser's storage. */
export const KEYS = {
  /** What was typed into the cells of a page, by the version of its text. @param {string} page */
  typed: (page) => `live:${page}:`,
  /** The file my_layers.py, which convlib.check writes. */
  layers: "live-kept:my_layers.py",
  /** The functions that were judged right, by chapter. */
  right: "live-kept:right",
};
const OURS = /^live(-kept)?:/;

export class Store {
  /** @param {string} page @param {string} text  of all cells: another version has other places */
  constructor(page, text) {
    this.prefix = KEYS.typed(page);
    this.key = this.prefix + fingerprint(text);
    this.works = true;
    /** @type {Record<string, string>} */
    this.typed = {};
    this.read();
  }

  /** Read it anew: another tab may have written. */
  read() {
    try {
      this.typed = texts(localStorage.getItem(this.key));
    } catch {
      this.works = false; // forbidden
    }
  }

  /** @param {string} cell @returns {string | undefined} */
  get(cell) {
    return this.typed[cell];
  }

  /** Keep what a cell holds, or forget it. @param {string} cell @param {string | undefined} source */
  set(cell, source) {
    if (this.works) this.read();
    if (source === undefined) delete this.typed[cell];
    else this.typed[cell] = source;
    this.works = write(this.key, this.typed);
  }

  /** Take over what earlier versions of the page have in cells of these names, whose place is the same; return all
   * else that was typed there. @param {string[]} cells */
  takeOver(cells) {
    const rest = [];
    for (const key of this.keys().filter((each) => each !== this.key)) {
      const typed = texts(localStorage.getItem(key));
      for (const cell of cells.filter((each) => each in typed)) {
        if (!(cell in this.typed)) this.set(cell, typed[cell]);
        delete typed[cell];
      }
      write(key, typed);
      rest.push(...Object.values(typed));
    }
    return rest;
  }

  /** What is kept of this page, in all its versions. */
  keys() {
    return keysLike((key) => key.startsWith(this.prefix));
  }

  clear() {
    this.typed = {};
    for (const key of this.keys()) localStorage.removeItem(key);
  }
}

/** The text of my_layers.py; empty where there is none. */
export function layers() {
  try {
    return localStorage.getItem(KEYS.layers) ?? "";
  } catch {
    return "";
  }
}

/** Say whether it could be kept. @param {string} text */
export function keepLayers(text) {
  return put(KEYS.layers, text);
}

/** The names of the functions that were judged right, by chapter. @returns {Record<string, string[]>} */
export function right() {
  try {
    const found = Object.entries(JSON.parse(localStorage.getItem(KEYS.right) ?? "{}") ?? {});
    return Object.fromEntries(found.filter(([, names]) => Array.isArray(names)));
  } catch {
    return {};
  }
}

/** Say whether it could be kept. @param {string} chapter @param {string[]} names */
export function keepRight(chapter, names) {
  const all = right();
  return put(KEYS.right, JSON.stringify({ ...all, [chapter]: [...new Set([...(all[chapter] ?? []), ...names])] }));
}

/** Delete all that the site keeps. */
export function forget() {
  for (const key of keysLike((each) => OURS.test(each))) localStorage.removeItem(key);
}

/** Whether something is kept that the reader typed on a page. @param {string} page */
export function hasTyped(page) {
  return keysLike((key) => key.startsWith(KEYS.typed(page))).length > 0;
}

/** @param {(key: string) => boolean} fits */
function keysLike(fits) {
  try {
    return Object.keys(localStorage).filter(fits);
  } catch {
    return [];
  }
}

/** Say whether it could be kept: the storage may be full, or forbidden. @param {string} key @param {Record<string, string>} typed */
function write(key, typed) {
  return put(key, Object.keys(typed).length ? JSON.stringify(typed) : "");
}

/** Write a text, or take it away where it is empty. @param {string} key @param {string} text */
function put(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

/** The code of each cell; what something else left in its place is none. @param {string | null} kept @returns {Record<string, string>} */
function texts(kept) {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(kept ?? "{}") ?? {}).filter(([, source]) => typeof source === "string"));
  } catch {
    return {};
  }
}

/** A short name for a text (FNV-1a): nothing secret hangs on it. @param {string} text */
function fingerprint(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ Number(letter.codePointAt(0)), 0x01000193) >>> 0;
  return hash.toString(36);
}
