// What the small script and the large one share.

export const FROM_FILE =
  "Opened as a file, a page may not start Python. Open the published page, or run make serve and open http://localhost:8000.";

const SIGNS = /** @type {Record<string, string>} */ ({ run: "▶", "run-all": "▶", stop: "■", cancel: "■" });

/** @param {string} verb @param {string} label */
export function button(verb, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.verb = verb;
  if (SIGNS[verb]) {
    const sign = Object.assign(document.createElement("span"), { textContent: SIGNS[verb] });
    sign.setAttribute("aria-hidden", "true");
    made.append(sign, " ");
  }
  made.append(label);
  return made;
}
