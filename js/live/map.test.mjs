// The map of chapters: what the reader has written stands there, can be taken along, and can be forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { Window } from "happy-dom";

const PAGE = `<ol class="cl-map"><li><p><a href="one.html">One</a><span>Words.</span></p></li><li><a href="two.html">Two</a></li></ol>
  <ol class="cl-map"><li><a href="three.html">Three</a></li></ol><p>After</p>`;
const ASKED = { one: ["forward"], two: ["dx", "dw", "db"] };
const { outputFiles } = await build({ entryPoints: [new URL("map.js", import.meta.url).pathname], bundle: true, format: "iife", write: false });
const SCRIPT = new Function("window", "document", "localStorage", "addEventListener", outputFiles[0].text);

let window;
/** Open the page on a device that keeps this. @param {Record<string, string>} kept */
function open(kept) {
  window = new Window({ url: "https://a.test/course/index.html" });
  for (const [key, value] of Object.entries(kept)) window.localStorage.setItem(key, value);
  window.document.body.innerHTML = PAGE;
  const script = Object.assign(window.document.createElement("script"), {});
  script.dataset.functions = JSON.stringify(ASKED);
  Object.defineProperty(window.document, "currentScript", { value: script });
  SCRIPT(window, window.document, window.localStorage, window.addEventListener.bind(window));
}
const marks = () => [...window.document.querySelectorAll(".cl-map a")].map((link) => link.parentElement.querySelector(".cl-right")?.textContent ?? "");
const box = () => window.document.querySelector(".cl-kept");
const press = (words) => [...box().querySelectorAll("button")].find((each) => each.textContent.startsWith(words)).click();

const KEPT = { "live-kept:right": '{"one": ["forward"], "two": ["dx", "dw", "old"], "gone": ["f"]}', "live-kept:my_layers.py": "def forward(): 'ü'", "live:one:a": "{}", theme: "dark" };

test("where nothing is kept, nothing shows", () => {
  open({ theme: "dark", "live-kept:right": "{" });
  assert.equal(window.document.body.innerHTML, PAGE);
});

test("each chapter shows how many of its functions are written, of those that it still asks for", () => {
  open(KEPT);
  assert.deepEqual(marks(), ["● 1 of 1 written", "●●○ 2 of 3 written", ""]);
  assert.match(box().textContent, /written 3 of the 4 functions/);
  assert.equal(box().nextElementSibling.textContent, "After");
  assert.equal(window.document.querySelector(".cl-right span").getAttribute("aria-hidden"), "true");
});

test("the file can be taken along as it is", () => {
  open(KEPT);
  const link = box().querySelector("a");
  assert.equal(link.download, "my_layers.py");
  assert.equal(decodeURIComponent(link.href.split(",")[1]), "def forward(): 'ü'");
  open({ "live-kept:right": KEPT["live-kept:right"] });
  assert.equal(box().querySelector("a"), null);
});

test("all is forgotten at the second press only, and the focus goes along", () => {
  open(KEPT);
  press("Forget all");
  assert.equal(window.localStorage.length, 4);
  assert.equal(window.document.activeElement, box().querySelector("p"));
  press("Keep all");
  assert.deepEqual(marks(), ["● 1 of 1 written", "●●○ 2 of 3 written", ""]);
  assert.equal(window.document.activeElement.textContent, "Forget all …");
  press("Forget all");
  press("Delete all");
  assert.deepEqual(Object.keys(window.localStorage), ["theme"]);
  assert.deepEqual(marks(), ["", "", ""]);
  assert.match(window.document.activeElement.textContent, /deleted from this device/);
  assert.equal(box().querySelectorAll("button, a").length, 0);
});

test("what another page finds right shows at once", () => {
  open({});
  window.localStorage.setItem("live-kept:right", '{"two": ["db"]}');
  window.dispatchEvent(new window.Event("storage"));
  assert.deepEqual(marks(), ["", "●○○ 1 of 3 written", ""]);
});
