// The first and only part that a page loads before a press: buttons, and the way to the rest.
import { FROM_FILE, button, tell } from "./buttons.js";
import { hasTyped } from "./store.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const folder = new URL("python/", script.src).href;
const page = String(script.dataset.page);
const fromFile = location.protocol === "file:";

/** @type {Promise<any> | undefined} */
let loaded;

/** Load the rest, once. */
function whole() {
  loaded ??= import(`${folder}page.js`).then((module) => module.open(folder, page));
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

/** Do something with the whole page; say in the place of the press why not.
 * @param {Element} place @param {string} verb @param {MouseEvent} [point]  that the reader pressed in the code */
async function act(place, verb, point) {
  try {
    if (fromFile) throw new Error(FROM_FILE);
    const live = await whole().catch(() => {
      throw new Error("This could not be loaded: is there a network? Press again to try again.");
    });
    live.act(verb, place.id, point);
  } catch (why) {
    // A screen reader tells what comes into a place that is there already.
    const told = /** @type {Element} */ (tell(place, ""));
    told.setAttribute("role", "status");
    told.textContent = /** @type {Error} */ (why).message;
  }
}

/** @param {Element} place  that the buttons act on @param {Element} parent @param {string[]} verbs @param {string} [name] */
function bar(place, parent, verbs, name) {
  const made = document.createElement("div");
  made.className = "live-bar";
  made.append(...verbs.map((verb) => button(verb, name)));
  made.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("button");
    if (pressed) act(place, String(pressed.dataset.verb));
  });
  parent.append(made);
}

let own = 0;
for (const cell of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".cell[id]"))) {
  const isOwn = cell.classList.contains("live-own");
  const lacks = cell.classList.contains("live-lacks");
  const name = isOwn ? `your own cell ${(own += 1)}` : cell.id.replace("-", " ");
  const input = cell.querySelector(".cell_input");
  cell.dataset.name = name;
  if (isOwn) bar(cell, cell, ["try"], name);
  else if (input) bar(cell, input, lacks ? ["why"] : ["run", "edit"], name);
  if (!lacks && !fromFile) input?.addEventListener("click", (event) => pressed(cell, /** @type {MouseEvent} */ (event)));
}

/** A press into code opens it there; text that is selected stays selected. @param {Element} cell @param {MouseEvent} event */
function pressed(cell, event) {
  const inCode = /** @type {Element} */ (event.target).closest("pre");
  if (inCode && !String(getSelection())) act(cell, "edit", event);
}

// The header stays in sight, so Stop does too.
const header = document.querySelector(".article-header-buttons");
if (header) {
  const top = document.createElement("div");
  top.className = "live-top";
  header.prepend(top);
  bar(top, top, ["run-all", "reset-all"]);
}

// What was typed on an earlier visit, or came with a link, stands in its cell when the page opens.
const asked = () => location.hash.includes("?code=") && whole();
if (!fromFile) {
  if (hasTyped(page)) whole();
  asked();
  addEventListener("hashchange", asked);
}
