// The page's side of Python, with a worker of the test's own: no state may be left in which nothing answers.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Python, Stopped, Unavailable, explain } from "./python.js";

globalThis.Worker ??= /** @type {any} */ (class {});

/** @type {any[]} */
let workers;
/** What the server answers. @type {() => Promise<any>} */
let answer;

class FakeWorker {
  /** @param {string} address */
  constructor(address) {
    Object.assign(this, { address, sent: [], terminated: false });
    workers.push(this);
  }
  postMessage(message) {
    if (!this.terminated) this.sent.push(message);
  }
  terminate() {
    this.terminated = true;
  }
  says(data) {
    this.onmessage({ data });
  }
}

const MANIFEST = { core: [], start: [] };
const fine = async () => ({ ok: true, json: async () => MANIFEST });
const tick = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};
const python = (patience = 60) => new Python({ folder: "here/", make: (address) => new FakeWorker(address), read: () => answer(), patience });

/** Python, with its worker at work on nothing. */
async function ready() {
  const made = python();
  const start = made.start();
  await tick();
  workers.at(-1).says({ type: "ready", version: "0" });
  await start;
  return made;
}

beforeEach(() => {
  workers = [];
  answer = fine;
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => mock.timers.reset());

test("a start fetches the manifest, makes one worker and gives it the manifest", async () => {
  const made = python();
  const both = [made.start(), made.start()];
  await tick();
  assert.equal(workers.length, 1);
  assert.equal(workers[0].address, "here/worker.js");
  assert.deepEqual(workers[0].sent, [{ type: "start", manifest: MANIFEST }]);
  workers[0].says({ type: "ready" });
  assert.deepEqual(await Promise.all(both), [true, true]);
  assert.equal(made.life, 1);
});

test("what is loaded is told, while it starts and while it runs", async () => {
  const made = python();
  const told = [];
  made.loading = (...given) => told.push(given);
  made.start();
  await tick();
  workers[0].says({ type: "loading", what: "Python", bytes: 1, total: 3 });
  workers[0].says({ type: "ready" });
  await tick();
  made.run("cell-1", "import sympy", () => {});
  await tick();
  workers[0].says({ type: "began" });
  workers[0].says({ type: "loading", what: "sympy", bytes: 2, total: 3 });
  assert.deepEqual(told, [[1, 3, "Python"], [2, 3, "sympy"]]);
  mock.timers.tick(3_600_000); // a run may take its time, also after it loaded something
  assert.equal(workers[0].terminated, false);
});

test("a run gives its outputs, and says whether it came to its end", async () => {
  const made = await ready();
  for (const ended of [true, false]) {
    const outputs = [];
    const run = made.run("cell-1", "1", (output) => outputs.push(output));
    await tick();
    assert.deepEqual(workers[0].sent.at(-1), { type: "run", cell: "cell-1", source: "1", layers: "" });
    workers[0].says({ type: "began" });
    workers[0].says({ type: "output", output: { output_type: "stream" } });
    workers[0].says({ type: "done", ended });
    assert.equal(await run, ended);
    assert.equal(outputs.length, 1);
  }
});

test("a run starts Python, and those that come while one runs wait for it", async () => {
  const made = python();
  const ends = [];
  const runs = ["a", "b", "c"].map((cell) => made.run(cell, cell, () => {}).then((ended) => ends.push([cell, ended])));
  await tick();
  workers[0].says({ type: "ready" });
  for (const cell of ["a", "b", "c"]) {
    await tick();
    assert.equal(workers[0].sent.at(-1).cell, cell);
    workers[0].says({ type: "done", ended: cell !== "b" });
  }
  await Promise.all(runs);
  assert.deepEqual(ends, [["a", true], ["b", false], ["c", true]]);
});

/** States in which Stop can be pressed; each returns Python and what it must end. */
const STATES = {
  async "while the manifest is on its way"() {
    answer = () => new Promise(() => {});
    const made = python();
    return [made, made.start()];
  },
  async "while Python loads"() {
    const made = python();
    const start = made.start();
    await tick();
    return [made, start];
  },
  async "while a cell runs"() {
    const made = await ready();
    const run = made.run("cell-1", "while True: pass", () => {});
    await tick();
    workers[0].says({ type: "began" });
    return [made, run];
  },
  async "before the worker began"() {
    const made = await ready();
    const run = made.run("cell-1", "1", () => {});
    await tick();
    return [made, run];
  },
};
for (const [state, reach] of Object.entries(STATES)) {
  test(`Stop ends it ${state}, twice is as once, and the next run finds a new Python`, async () => {
    const [made, pending] = await reach();
    const failed = assert.rejects(pending, Stopped);
    const life = made.life;
    made.stop();
    made.stop();
    await failed;
    assert.ok(workers.every((worker) => worker.terminated));
    assert.ok(made.life > life);
    answer = fine;
    const run = made.run("cell-2", "2", () => {});
    await tick();
    workers.at(-1).says({ type: "ready" });
    await tick();
    workers.at(-1).says({ type: "done", ended: true });
    assert.equal(await run, true);
  });
}

test("Stop where nothing runs throws Python away, and nothing waits", async () => {
  const made = await ready();
  made.stop();
  assert.equal(workers[0].terminated, true);
  assert.equal(made.worker, null);
});

test("what an ended worker still says goes nowhere", async () => {
  const made = await ready();
  const run = made.run("cell-1", "1", () => assert.fail("an output of an earlier life"));
  const failed = assert.rejects(run, Stopped);
  await tick();
  made.stop();
  await failed;
  const start = made.start();
  await tick();
  for (const late of [{ type: "done", ended: true }, { type: "output", output: {} }, { type: "broken", reason: "late" }]) workers[0].says(late);
  workers[0].onerror({ message: "late" });
  assert.equal(workers[1].terminated, false);
  workers[1].says({ type: "ready" });
  assert.equal(await start, true);
});

test("a manifest that fails after Stop does not end the next start", async () => {
  let fail;
  answer = () => new Promise((_, reject) => (fail = reject));
  const made = python();
  const failed = assert.rejects(made.start(), Stopped);
  await tick();
  made.stop();
  await failed;
  answer = fine;
  const start = made.start();
  fail(new Error("late"));
  await tick();
  workers[0].says({ type: "ready" });
  assert.equal(await start, true);
});

test("a word of the worker that nobody knows ends no run", async () => {
  const made = await ready();
  const run = made.run("cell-1", "import js; js.postMessage(1)", () => {});
  await tick();
  workers[0].says(1);
  workers[0].says({ type: "done", ended: false });
  assert.equal(await run, false);
});

/** Ways in which Python does not come, and the words for each. */
const FAILURES = {
  "no network": [() => Promise.reject(new TypeError("Failed to fetch")), /could not be fetched: is there a network/],
  "a manifest that is not there": [async () => ({ ok: false, status: 404 }), /could not be fetched.*404/],
  "a manifest that is something else": [async () => ({ ok: true, json: () => Promise.reject(new SyntaxError("<")) }), /damaged/],
};
for (const [name, [given, words]] of Object.entries(FAILURES)) {
  test(`${name}: one sentence, and the next press tries again`, async () => {
    const made = python();
    answer = given;
    await assert.rejects(made.run("cell-1", "1", () => {}), (error) => error instanceof Unavailable && words.test(error.message));
    answer = fine;
    const start = made.start();
    await tick();
    workers[0].says({ type: "ready" });
    assert.equal(await start, true);
  });
}

test("a browser without WebAssembly is told so", async () => {
  const kept = globalThis.WebAssembly;
  try {
    globalThis.WebAssembly = undefined;
    await assert.rejects(python().start(), /has no WebAssembly/);
  } finally {
    globalThis.WebAssembly = kept;
  }
});

const DEATHS = {
  "broken while it starts": (worker) => worker.says({ type: "broken", reason: "404 for numpy.whl" }),
  "a script that cannot be loaded": (worker) => worker.onerror({ preventDefault() {}, message: "" }),
  "silence while it starts": () => mock.timers.tick(60_001),
};
for (const [name, happen] of Object.entries(DEATHS)) {
  test(`${name} ends the start, and the worker`, async () => {
    const made = python();
    const failed = assert.rejects(made.start(), Unavailable);
    await tick();
    happen(workers[0]);
    await failed;
    assert.equal(workers[0].terminated, true);
    assert.equal(made.starting, null);
  });
}

test("news put off the end of patience", async () => {
  const made = python(10);
  const start = made.start();
  await tick();
  for (let n = 0; n < 5; n++) {
    mock.timers.tick(9_000);
    workers[0].says({ type: "loading", what: "Python", bytes: n, total: 5 });
  }
  workers[0].says({ type: "ready" });
  assert.equal(await start, true);
  mock.timers.tick(1_000_000);
  assert.equal(workers[0].terminated, false);
});

test("a fatal error ends a run with its reason", async () => {
  const made = await ready();
  const run = made.run("cell-1", "1", () => {});
  await tick();
  workers[0].says({ type: "began" });
  const failed = assert.rejects(run, /Too many calls/);
  workers[0].says({ type: "broken", reason: "Maximum call stack size exceeded" });
  await failed;
});

test("a worker that was killed while idle does not let a run wait for ever", async () => {
  const made = await ready();
  const failed = assert.rejects(made.run("cell-1", "1", () => {}), /does not answer/);
  await tick();
  mock.timers.tick(60_001);
  await failed;
  assert.equal(workers[0].terminated, true);
});

test("reasons have a meaning", () => {
  const meanings = {
    "out of memory": "ran out of memory",
    "Array buffer allocation failed": "ran out of memory",
    "Maximum call stack size exceeded": "Too many calls",
    "CompileError: WebAssembly.Module(): blocked by CSP": "may not run WebAssembly",
    "numpy.whl is damaged: its checksum": "arrived damaged",
    "404 for pyodide.asm.wasm": "could not be fetched",
    "Failed to fetch": "could not be fetched",
    "error loading dynamically imported module": "could not be fetched",
    "Aborted()": "ended unexpectedly",
  };
  for (const [reason, meaning] of Object.entries(meanings)) assert.match(explain(reason), new RegExp(`${meaning}.*Run the cell again`));
});

test("a run is given my_layers.py as it is kept then, and what a cell writes into it is kept", async () => {
  const made = await ready();
  let kept = "one";
  made.layers = () => kept;
  made.keepLayers = (text) => (kept = text);
  for (const [before, after] of [["one", "two"], ["two", ""]]) {
    const run = made.run("cell-1", "1", () => {});
    await tick();
    assert.equal(workers[0].sent.at(-1).layers, before);
    workers[0].says({ type: "kept", text: after });
    workers[0].says({ type: "done", cell: "cell-1", ended: true });
    await run;
    assert.equal(kept, after);
  }
});
