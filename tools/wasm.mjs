// Run pytest in the Python of the pages, in Node. tools/wasm.py writes the folder, and says what to run.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...given] = process.argv.slice(2);
const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, "utf8"));
const { loadPyodide } = await import(pathToFileURL(`${folder}/${manifest.pyodide}pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/${manifest.pyodide}`, env: { HOME: "/home/reader", TZ: "UTC" } });
const site = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
for (const [name, where] of [[manifest.boot.name, site], ["pytest.zip", site], ["course.zip", "/course"]]) {
  python.unpackArchive(read(name), "zip", { extractDir: where });
}
const contents = manifest.start.map((file) => read(file.name));
python.pyimport("live.boot").start(JSON.stringify(manifest), contents, read, site, () => {});
python.globals.set("given", python.toPy(given));
process.exitCode = python.runPython("import os, pytest; os.chdir('/course'); int(pytest.main(given))");
