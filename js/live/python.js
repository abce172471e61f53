// The page's side of the page's Python: it starts a worker, gives it one cell at a time, and can stop it.
/** @import { Output, Told } from "./types.js" */

const SECONDS_WITHOUT_NEWS = 60;

/** Why Python cannot run, in one sentence for the reader. */
export class Unavailable extends Error {}

/** What a start or a run that the reader stopped ends with. */
export class Stopped extends Error {}

export class Python {
  /** @param {{ folder: string, make?: (address: string) => Worker, read?: (address: string, options: RequestInit) => Promise<Response>, patience?: number }} given */
  constructor({ folder, make, read, patience }) {
    this.folder = folder;
    this.make = make ?? ((address) => new Worker(address, { type: "module" }));
    this.read = read ?? ((address, options) => fetch(address, options));
    this.patience = patience ?? SECONDS_WITHOUT_NEWS;
    /** Counts the starts: what ran after an earlier one is gone. */
    this.life = 0;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Promise<any> | null} */
    this.starting = null;
    /** What is awaited: a start, or the end of a run. @type {PromiseWithResolvers<any> | null} */
    this.awaited = null;
    /** @type {(output: Output) => void} */
    this.output = () => {};
    /** @type {(bytes: number, total: number, what: string) => void} */
    this.loading = () => {};
    /** The text of my_layers.py, which a run finds beside the cells. @type {() => string} */
    this.layers = () => "";
    /** Told when a cell has written it. @type {(text: string) => void} */
    this.keepLayers = () => {};
    /** Ends the wait for news. @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Start Python, unless it runs. */
  start() {
    return (this.starting ??= this.begin());
  }

  begin() {
    this.life += 1;
    const { life } = this;
    const { promise } = (this.awaited = Promise.withResolvers());
    this.manifest().then(
      (manifest) => life === this.life && this.launch(manifest),
      (why) => life === this.life && this.end(why),
    );
    return promise;
  }

  async manifest() {
    if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
      throw new Unavailable("This browser has no WebAssembly, which Python needs: open the page in a current one.");
    }
    const answer = await this.read(`${this.folder}manifest.json`, { cache: "no-cache" }).catch(() => null);
    if (!answer?.ok) throw new Unavailable(explain(answer ? `${answer.status} for manifest.json` : "no network"));
    return answer.json().catch(() => Promise.reject(new Unavailable(explain("manifest.json is damaged"))));
  }

  /** @param {any} manifest */
  launch(manifest) {
    const worker = (this.worker = this.make(`${this.folder}worker.js`));
    worker.onmessage = ({ data }) => worker === this.worker && this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (worker === this.worker) this.end(new Unavailable(explain(event.message || "no network for worker.js")));
    };
    this.tell({ type: "start", manifest });
  }

  /** Tell the worker to start or to run, and give it up if it has no news: one that was killed says nothing. @param {object} message */
  tell(message) {
    this.watch();
    this.worker?.postMessage(message);
  }

  watch() {
    clearTimeout(this.timer);
    const late = () => this.end(new Unavailable(`Python does not answer: no news for ${this.patience} seconds. ${AGAIN}`));
    this.timer = setTimeout(late, this.patience * 1000);
  }

  /** From here on, silence means work. */
  rest() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** @param {Told} told */
  hear(told) {
    if (told.type === "loading") {
      if (this.timer) this.watch();
      this.loading(told.bytes, told.total, told.what);
    } else if (told.type === "began") this.rest();
    else if (told.type === "output") this.output(told.output);
    else if (told.type === "kept") this.keepLayers(told.text);
    else if (told.type === "broken") this.end(new Unavailable(explain(told.reason)));
    else if (told.type === "ready" || told.type === "done") {
      this.rest();
      const { awaited } = this;
      this.awaited = null;
      awaited?.resolve(told.type === "ready" || told.ended);
    }
  }

  /** Run one cell, after those that were asked for before; the promise says whether it came to its end.
   * @param {string} cell @param {string} source @param {(output: Output) => void} output @returns {Promise<boolean>} */
  async run(cell, source, output) {
    await this.start();
    while (this.awaited) {
      await this.awaited.promise.catch(() => {});
      await this.start();
    }
    this.output = output;
    const { promise } = (this.awaited = Promise.withResolvers());
    this.tell({ type: "run", cell, source, layers: this.layers() });
    return promise;
  }

  /** Stop whatever runs. Its names are gone: what runs next finds an empty page. */
  stop() {
    this.end(new Stopped());
  }

  /** @param {Error} why */
  end(why) {
    this.rest();
    this.worker?.terminate();
    this.worker = this.starting = null;
    this.life += 1;
    const { awaited } = this;
    this.awaited = null;
    awaited?.reject(why);
  }
}

const AGAIN = "Run the cell again to start anew.";

/** What the last words of a worker mean to a reader; the first that fits. @type {[RegExp, string][]} */
const MEANINGS = [
  [/memory|allocation/i, "Python ran out of memory, and ended."],
  [/call stack|recursion/i, "Too many calls inside one another: Python ended."],
  [/WebAssembly|unsafe-eval|CompileError/i, "This page may not run WebAssembly, which Python needs: the browser or the server forbids it."],
  [/damaged/, "A file of Python arrived damaged: reload the page."],
  [/network|fetch|import|\b[45]\d\d for/i, "A part of Python could not be fetched: is there a network? Nothing on the page is lost."],
];

/** @param {string} reason */
export function explain(reason) {
  const [, meaning] = MEANINGS.find(([words]) => words.test(reason)) ?? [, "Python ended unexpectedly."];
  return `${meaning} ${AGAIN} (${reason})`;
}
