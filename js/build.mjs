// Bundle the explorer: a module for Jupyter, and a classic script for pages, since no module runs from a file.
//
// node js/build.mjs           writes the list of views and both bundles
// node js/build.mjs --check   fails if one of them is not what would be written
// node js/build.mjs --live    writes only what makes the cells of a built site run, to _build/live
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("..", import.meta.url);

/** A view is a file: nothing else has to name it. */
function listOfViews() {
  const names = readdirSync(new URL("js/views", root))
    .filter((file) => file.endsWith(".js") && file !== "index.js")
    .map((file) => file.slice(0, -3))
    .sort();
  const imports = names.map((name) => `import ${name} from "./${name}.js";\n`).join("");
  const head = '// Written by js/build.mjs from the files of this folder.\n/** @import { View } from "../types.js" */\n';
  return `${head}${imports}\n/** @type {Record<string, View>} */\nexport const VIEWS = { ${names.join(", ")} };\n`;
}

/** @type {import("esbuild").BuildOptions} */
const common = { absWorkingDir: fileURLToPath(root), bundle: true, charset: "utf8", target: "es2022", logLevel: "warning" };

/** @param {import("esbuild").BuildOptions} options */
async function bundle(options) {
  const { outputFiles } = await build({ ...common, target: "es2020", ...options, write: false });
  return outputFiles[0].text;
}

const stale = [];
/** @param {string} path @param {string} text */
function write(path, text) {
  const file = new URL(path, root);
  let old = "";
  try {
    old = readFileSync(file, "utf8");
  } catch {}
  if (old === text) return;
  if (process.argv.includes("--check")) stale.push(path);
  else writeFileSync(file, text);
}

if (process.argv.includes("--live")) {
  // What makes cells run is of use to a built site only, so it stands beside the site, and not in the repository.
  const live = { ...common, outdir: "_build/live", minify: true };
  await build({ ...live, entryPoints: ["js/live/page.js", "js/live/editor.js"], format: "esm" });
  await build({ ...live, entryPoints: { live: "js/live/boot.js", map: "js/live/map.js" }, format: "iife" });
} else {
  write("js/views/index.js", listOfViews());
  const banner = { js: "// Written by js/build.mjs: change js/, then run  make bundle" };
  write("convlib/explorer/explorer.js", await bundle({ entryPoints: ["js/explorer.js"], format: "esm", banner }));
  write("book/ext/explorer_page.js", await bundle({ entryPoints: ["js/page.js"], format: "iife", minify: true }));
}
if (stale.length) {
  console.error(`Not what js/ makes: ${stale.join(", ")}. Run  make bundle  and commit what it writes.`);
  process.exit(1);
}
