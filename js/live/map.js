// The map of chapters on the first page: how much of each the reader has written, and what this device keeps of it.
import { forget, layers, right } from "./store.js";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
/** The functions that each chapter asks for. @type {Record<string, string[]>} */
const asked = JSON.parse(script.dataset.functions ?? "{}");

/** @param {string} tag @param {Record<string, any>} properties */
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** @param {string} textContent @param {() => void} onclick */
const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });

function draw() {
  for (const old of document.querySelectorAll(".cl-right, .cl-kept")) old.remove();
  const found = right();
  let written = 0;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".cl-map a"))) {
    const chapter = String(new URL(link.href).pathname.split("/").pop()).replace(/\.html$/, "");
    const names = asked[chapter] ?? [];
    const done = names.filter((name) => found[chapter]?.includes(name)).length;
    written += done;
    if (done) link.parentElement?.append(mark(done, names.length));
  }
  if (written || layers()) below(summary(written));
}

/** Put something below the last part of the map. @param {Element} box */
function below(box) {
  [...document.querySelectorAll(".cl-map")].at(-1)?.after(box);
}

/** @param {number} done @param {number} count */
function mark(done, count) {
  const made = make("span", { className: "cl-right" });
  const dots = make("span", { textContent: "●".repeat(done) + "○".repeat(count - done) });
  dots.setAttribute("aria-hidden", "true");
  made.append(dots, ` ${done} of ${count} written`);
  return made;
}

/** @param {number} written */
function summary(written) {
  const count = Object.values(asked).flat().length;
  const box = make("div", { className: "cl-kept" });
  const words = make("p", { textContent: `You have written ${written} of the ${count} functions of the course. They are kept in this browser, and nowhere else.`, tabIndex: -1 });
  const file = make("a", { textContent: "Download my_layers.py", download: "my_layers.py" });
  file.href = `data:text/x-python;charset=utf-8,${encodeURIComponent(layers())}`;
  const ask = () => {
    words.textContent = "Delete your functions, these marks, and all that you typed on the pages of this course?";
    box.replaceChildren(words, button("Delete all", all), button("Keep all", again));
    words.focus();
  };
  const all = () => {
    forget();
    draw();
    box.replaceChildren(words);
    words.textContent = "All of it is deleted from this device.";
    below(box);
    words.focus();
  };
  const again = () => {
    draw();
    /** @type {HTMLElement | null} */ (document.querySelector(".cl-kept button"))?.focus();
  };
  box.append(words, ...(layers() ? [file] : []), button("Forget all …", ask));
  return box;
}

draw();
addEventListener("storage", draw); // another page of the course, beside this one
addEventListener("pageshow", (event) => event.persisted && draw());
