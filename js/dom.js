// Elements, and text with names in the colour of their role.
/** @import { ArrayEntry, Line } from "./types.js" */

export const SVG = "http://www.w3.org/2000/svg";

/** Make an element. @param {string} tag @param {Record<string, string | number | boolean>} [attributes]
 * @param {...(Node | string)} inside @returns {HTMLElement} */
export function h(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...inside);
  return element;
}

/** Make an element of a drawing. @param {string} tag @param {Record<string, string | number>} attributes @param {...Node} inside */
export function svg(tag, attributes, ...inside) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...inside);
  return element;
}

/** Each `name` or `name[…]` of a text becomes a span. @param {string} text @param {Record<string, ArrayEntry>} arrays */
export function coloured(text, arrays) {
  const names = Object.keys(arrays).sort((a, b) => b.length - a.length);
  return text.split(RegExp(`(\\b(?:${names.join("|")})(?:\\[[^\\]]*\\])?(?![\\w[]))`)).map((part, n) =>
    n % 2 ? h("span", { class: `cl-${arrays[part.split("[")[0]].role}`, translate: "no" }, part) : part,
  );
}

/** @param {Line} line @param {Record<string, ArrayEntry>} arrays */
export function paragraph({ start, terms, end, joint }, arrays) {
  const whole = terms.flatMap((term, n) => [
    h("span", { class: "cl-term", translate: "no" }, ...coloured(term + (n < terms.length - 1 ? joint.trimEnd() : ""), arrays)),
    " ",
  ]);
  return h("p", {}, ...coloured(start, arrays), ...whole, h("span", { class: "cl-term cl-value", translate: "no" }, end));
}

/** Say in the place of an explorer that it cannot run. Where a still picture stands, it stays, or comes back.
 * @param {HTMLElement} host @param {unknown} error */
export function giveUp(host, error) {
  console.error(error);
  const instead = host.querySelector(".cl-figure") ? " Its picture stands in its place." : "";
  host.classList.remove("cl-mounted");
  host.classList.add("cl-broken");
  host.append(h("p", { class: "cl-live-note", role: "status" }, `This explorer cannot run here.${instead}`));
}

/** A button. JupyterLab must leave it the keyboard. @param {string} text @param {() => void} act */
export function button(text, act) {
  const element = h("button", { type: "button", "data-lm-suppress-shortcuts": "true" }, text);
  element.addEventListener("click", act);
  return element;
}
