// Code as a part of a link: what fits into an address bar, and what was not damaged on its way.

const MOST = 20_000;

/** Return nothing where the code is too long. @param {string} source */
export function encode(source) {
  const bytes = new TextEncoder().encode(source);
  if (bytes.length > MOST) return "";
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws an error where the code is damaged, or too long. @param {string} code @returns {string} */
export function decode(code) {
  const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  if (letters.length > MOST) throw new RangeError(`${letters.length} letters, and ${MOST} at most`);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
