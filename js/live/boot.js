// The first and only part that a page loads before a press: buttons, and the way to the rest.
import { FROM_FILE, button } from "./buttons.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const folder = new URL("python/", script.src).href;
const name = String(script.dataset.page);

/** @type {Promise<any> | undefined} */
let page;

/** Load the rest, once. */
function whole() {
  page ??= import(`${folder}page.js`).then((module) => module.open(folder, name));
  page.catch(() => (page = undefined));
  return page;
}

/** Do something with the whole page; say in the place of the press why not. @param {Element} bar @param {string} verb */
async function act(bar, verb) {
  const cell = bar.closest(".cell")?.id;
  if (location.protocol === "file:") return say(bar, FROM_FILE);
  try {
    const live = await whole();
    live.act(verb, cell);
  } catch {
    say(bar, "This could not be loaded: is there a network? Press again to try again.");
  }
}

/** @param {Element} bar @param {string} words */
function say(bar, words) {
  const place = bar.querySelector(".live-said") ?? bar.appendChild(Object.assign(document.createElement("span"), { className: "live-said" }));
  place.setAttribute("role", "status");
  place.textContent = words;
}

/** @param {Element} place @param {[verb: string, label: string][]} verbs */
function bar(place, verbs) {
  const made = document.createElement("div");
  made.className = "live-bar";
  made.append(...verbs.map(([verb, label]) => button(verb, label)));
  made.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("button");
    if (pressed) act(made, String(pressed.dataset.verb));
  });
  place.append(made);
}

for (const input of document.querySelectorAll(".cell[id] .cell_input")) bar(input, [["run", "Run"], ["edit", "Edit"]]);
for (const own of document.querySelectorAll(".live-own")) bar(own, [["edit", "Try it here"]]);
// The header stays in sight, so Stop does too.
const header = document.querySelector(".header-article-items__end");
if (header) {
  const top = document.createElement("div");
  top.className = "live-top";
  header.prepend(top);
  bar(top, [["run-all", "Run all"], ["reset-all", "Reset page"]]);
}

// What was typed on an earlier visit, or came with a link, stands in its cell when the page opens.
const kept = () => {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith(`live:${name}:`));
  } catch {
    return false;
  }
};
const linked = () => location.hash.includes("?code=");
if (location.protocol !== "file:") {
  if (kept() || linked()) whole();
  addEventListener("hashchange", () => linked() && whole());
}
