// What the small script and the large one share: buttons, and sentences beside a cell.

export const FROM_FILE =
  "Opened as a file, a page may not start Python. Open the published page, or run make serve and open http://localhost:8000.";
export const KEYS = "Shift+Enter runs and moves on, Ctrl+Enter runs and stays; Escape, then Tab, leaves.";

/** What a button shows: a sign, its label, and what a screen reader hears before the name of the cell.
 * @type {Record<string, [sign: string, label: string, spoken?: string]>} */
const VERBS = {
  run: ["▶", "Run"],
  edit: ["", "Edit"],
  try: ["", "Try it here"],
  link: ["", "Copy link", "Copy link to"],
  reset: ["", "Reset"],
  undo: ["", "Undo reset", "Undo reset of"],
  stop: ["■", "Stop"],
  cancel: ["■", "Cancel"],
  why: ["", "Why no Run?", "Why no Run?"],
  "run-all": ["▶", "Run all"],
  "reset-all": ["", "Reset page"],
};

/** @param {string} verb @param {string} [name]  of the cell */
export function button(verb, name) {
  const [sign, label, spoken = label] = VERBS[verb];
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.verb = verb;
  if (sign) {
    const drawn = Object.assign(document.createElement("span"), { textContent: sign });
    drawn.setAttribute("aria-hidden", "true");
    made.append(drawn, " ");
  }
  made.append(label);
  if (name) made.setAttribute("aria-label", `${spoken} ${name}`);
  if (verb === "run") made.title = KEYS;
  if (verb === "reset-all") made.title = "Bring back the page, and delete what you typed here from this device";
  return made;
}

/** Show a sentence in a cell, below its code, or below the bar at the top; without words, take it away.
 * @param {Element} place @param {...(Node | string)} words @returns {Element | null} */
export function tell(place, ...words) {
  const old = place.querySelector(".live-words");
  if (!words.length) {
    old?.remove();
    return null;
  }
  const told = old ?? Object.assign(document.createElement("p"), { className: "live-words" });
  told.replaceChildren(...words);
  const code = place.querySelector(":scope > :is(.cell_input, details)");
  if (!old) code ? code.after(told) : place.append(told);
  return told;
}
