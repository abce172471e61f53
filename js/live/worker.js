// The page's Python, off the page's thread: a module worker, copied as it is. What it is told and tells stands in python.js.
const here = (/** @type {string} */ name) => new URL(name, self.location.href).href;

/** @type {any} */
let page;
/** @type {any} */
let kept;
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

/** The address of a file of ours. With its checksum, no cache mistakes it for that of an earlier build. @param {{ name: string, sha256: string }} file */
const address = ({ name, sha256 }) => here(`${name}?${sha256.slice(0, 12)}`);

/** Fetch a file while the import that needs it waits. @param {string} name @param {string} sha256 */
function fetchNow(name, sha256) {
  const request = new XMLHttpRequest();
  request.open("GET", address({ name, sha256 }), false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${request.status} for ${name}`);
  return new Uint8Array(request.response);
}

/** @param {any} manifest */
async function start(manifest) {
  // Where a page may not run WebAssembly, Pyodide waits forever; this says why at once.
  new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const counted = [manifest.boot, ...manifest.core, ...manifest.start];
  const total = counted.reduce((sum, file) => sum + file.size, 0);
  let bytes = 0;
  const arrived = (/** @type {number} */ more) => {
    bytes += more;
    tell({ type: "loading", what: "Python", bytes: Math.min(bytes, total), total });
  };
  self.fetch = /** @type {typeof fetch} */ (counting(arrived));
  const read = async (/** @type {string} */ from) => new Uint8Array(await (await fetch(from)).arrayBuffer());
  const archives = Promise.all([manifest.boot, ...manifest.start].map((file) => read(address(file))));
  const pyodide = here(manifest.pyodide);
  // Pyodide loads this one as a script, which tells nothing of its bytes: the second time it is there already.
  await read(`${pyodide}pyodide.asm.js`);
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: pyodide, env: { HOME: "/home/reader", TZ: "UTC" }, stdin: () => null });
  const site = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  const [boot, ...contents] = await archives;
  arrived(0);
  python.unpackArchive(boot, "zip", { extractDir: site });
  const send = (/** @type {string} */ message) => tell({ cell: running, ...JSON.parse(message) });
  page = python.pyimport("live.boot").start(JSON.stringify(manifest), contents, fetchNow, site, send);
  kept = python.pyimport("live.kept").Kept("/home/reader/book/my_layers.py");
  python.runPython("import os; os.chdir('/home/reader/book'); import numpy, convlib");
  tell({ type: "ready", version: python.version });
}

self.onmessage = async ({ data }) => {
  try {
    if (data.type === "start") await start(data.manifest);
    if (data.type === "run") {
      running = data.cell;
      tell({ type: "began" });
      kept.put(data.layers);
      const ended = page.run(data.cell, data.source);
      const text = kept.changed();
      if (text !== undefined) tell({ type: "kept", text });
      tell({ type: "done", cell: data.cell, ended });
    }
  } catch (error) {
    // Python's own errors are outputs: what arrives here ends this worker.
    tell({ type: "broken", cell: running, reason: String(error instanceof Error ? error.message : error) });
  }
};
