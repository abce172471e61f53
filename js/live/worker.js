// The page's Python, off the page's thread: a module worker, copied as it is. What it is told and tells stands in python.js.
const here = (/** @type {string} */ name) => new URL(name, self.location.href).href;

/** @type {any} */
let page;
/** @type {string | null} */
let running = null;

const tell = (/** @type {object} */ message) => self.postMessage(message);

/** Count the bytes of each file that arrives, whoever asks for it.
 * @param {(bytes: number) => void} arrived */
function counting(arrived) {
  const plain = self.fetch;
  return async (/** @type {RequestInfo | URL} */ address, /** @type {RequestInit} */ options = {}) => {
    const answer = await plain(address, options).catch(() => null);
    if (!answer?.ok) {
      const reason = `${answer ? answer.status : "no network"} for ${String(address).split("/").pop()}`;
      tell({ type: "broken", cell: running, reason }); // Pyodide may wait for it forever
      throw new Error(reason);
    }
    const counter = new TransformStream({
      transform(piece, controller) {
        arrived(piece.byteLength);
        controller.enqueue(piece);
      },
    });
    return new Response(/** @type {ReadableStream} */ (answer.body).pipeThrough(counter), answer);
  };
}

/** Fetch a file while the import that needs it waits. @param {string} name */
function fetchNow(name) {
  const request = new XMLHttpRequest();
  request.open("GET", here(name), false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} for ${name}`);
  return new Uint8Array(request.response);
}

/** The smallest module: a page that may not run it throws here, where Pyodide would wait forever. */
const NOTHING = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** @param {any} manifest */
async function start(manifest) {
  new WebAssembly.Module(NOTHING);
  const counted = [manifest.boot, ...manifest.core, ...manifest.start];
  const total = counted.reduce((sum, file) => sum + file.size, 0);
  let bytes = 0;
  self.fetch = /** @type {typeof fetch} */ (counting((more) => {
    bytes += more;
    tell({ type: "loading", what: "Python", bytes: Math.min(bytes, total), total });
  }));
  const read = async (/** @type {{ name: string }} */ { name }) => new Uint8Array(await (await fetch(here(name))).arrayBuffer());
  const archives = Promise.all([manifest.boot, ...manifest.start].map(read));
  // Pyodide loads this one as a script, which tells nothing of its bytes: the second time it is there already.
  await read({ name: "pyodide.asm.js" });
  const { loadPyodide } = await import(here("pyodide.mjs"));
  const python = await loadPyodide({ indexURL: here("."), env: { MPLBACKEND: "svg", HOME: "/home/reader", TZ: "UTC" } });
  const site = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  const [boot, ...contents] = await archives;
  python.unpackArchive(boot, "zip", { extractDir: site });
  const send = (/** @type {string} */ message) => tell({ cell: running, ...JSON.parse(message) });
  page = python.pyimport("boot").start(JSON.stringify(manifest), contents, fetchNow, site, send);
  python.runPython("import os; os.chdir('/home/reader/book'); import numpy, convlib");
  tell({ type: "ready", version: python.version });
}

self.onmessage = async ({ data }) => {
  try {
    if (data.type === "start") await start(data.manifest);
    if (data.type === "run") {
      running = data.cell;
      const ended = page.run(data.cell, data.source);
      tell({ type: "done", cell: data.cell, ended });
    }
  } catch (error) {
    // Python's own errors are outputs: what arrives here ends this worker.
    tell({ type: "broken", cell: running, reason: String(error instanceof Error ? error.message : error) });
  }
};
