// What the reader typed, on this device: for one page, and one version of its text.

export class Store {
  /** @param {string} page @param {string} text  of all cells: another version has other places */
  constructor(page, text) {
    this.key = `live:${page}:${fingerprint(text)}`;
    this.works = true;
    /** @type {Record<string, string>} */
    this.typed = {};
    try {
      this.typed = texts(localStorage.getItem(this.key) ?? "{}");
    } catch {
      this.works = false;
    }
  }

  /** @param {string} cell @returns {string | undefined} */
  get(cell) {
    return this.typed[cell];
  }

  /** Keep what a cell holds, or forget it. @param {string} cell @param {string | undefined} source */
  set(cell, source) {
    if (source === undefined) delete this.typed[cell];
    else this.typed[cell] = source;
    try {
      if (Object.keys(this.typed).length) localStorage.setItem(this.key, JSON.stringify(this.typed));
      else localStorage.removeItem(this.key);
      this.works = true;
    } catch {
      this.works = false; // full, or forbidden
    }
  }

  clear() {
    this.typed = {};
    try {
      localStorage.removeItem(this.key);
    } catch {}
  }
}

/** The code of each cell; what something else left in its place is none. @param {string} kept @returns {Record<string, string>} */
function texts(kept) {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(kept) ?? {}).filter(([, source]) => typeof source === "string"));
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
