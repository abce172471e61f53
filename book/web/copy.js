// A copied formula comes once: as TeX in text, as MathML in HTML. KaTeX's own copy-tex leaves both of its trees in the
// HTML, joins paragraphs, and takes what is folded away.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const formulas = [...document.querySelectorAll(".katex")].filter((formula) => selection.containsNode(formula, true));
  if (selection.isCollapsed || !formulas.length || event.target.matches?.("input, textarea")) return;
  const ranges = Array.from({ length: selection.rangeCount }, (_, n) => selection.getRangeAt(n).cloneRange());
  const whole = ranges.map((range) => includeWhole(range.cloneRange()));

  // As HTML: without what is folded away, and with addresses that hold elsewhere.
  const folded = "details:not([open]) > :not(summary)";
  const unseen = `.katex-html, annotation, script, button, .toggle-hidden > :not(.admonition-title), ${folded}`;
  const copied = document.createElement("div");
  for (const range of whole) copied.append(range.cloneContents());
  for (const element of copied.querySelectorAll(unseen)) element.remove();
  for (const link of copied.querySelectorAll("a[href]")) link.href = link.href;

  // As text: the browser joins the blocks, while each formula shows its TeX. Nothing is painted in between.
  const restore = [...document.querySelectorAll(folded)].map(hide).concat(formulas.map(showSource));
  select(whole);
  const text = String(selection);
  for (const undo of restore) undo();
  select(ranges);

  event.clipboardData.setData("text/html", copied.innerHTML);
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();

  function select(parts) {
    selection.removeAllRanges();
    for (const part of parts) selection.addRange(part);
  }
});

/** Widen a range that begins or ends inside of a formula. */
function includeWhole(range) {
  const formula = (node) => (node instanceof Element ? node : node.parentElement).closest(".katex");
  const [first, last] = [formula(range.startContainer), formula(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  return range;
}

/** Hide an element; returns what undoes it. */
function hide(element) {
  element.hidden = true;
  return () => (element.hidden = false);
}

/** Show the source of a formula in its place; returns what undoes it. */
function showSource(formula) {
  const sign = formula.closest(".katex-display") ? "$$" : "$";
  const restore = [...formula.children].map(hide);
  const { style } = formula.closest(".math");
  // For the theme it is a flexible box, around which Chromium would break the line.
  if (sign === "$") style.display = "inline";
  formula.append(sign + formula.querySelector("annotation").textContent.trim() + sign);
  return () => {
    formula.lastChild.remove();
    for (const undo of restore) undo();
    style.display = "";
  };
}
