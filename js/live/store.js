// What the reader typed, on this device: for one page, and one version of its text.

export class Store {
  /** @param {string} page @param {string} text  of all cells: another version has other places */
  constructor(page, text) {
    this.prefix = `live:${page}:`;
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
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    } catch {
      return [];
    }
  }

  clear() {
    this.typed = {};
    for (const key of this.keys()) localStorage.removeItem(key);
  }
}

/** Say whether it could be kept: the storage may be full, or forbidden. @param {string} key @param {Record<string, string>} typed */
function write(key, typed) {
  try {
    if (Object.keys(typed).length) localStorage.setItem(key, JSON.stringify(typed));
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
