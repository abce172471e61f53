// What scrolls sideways must be reachable with the Tab key, and what does not scroll must not be a stop on the way.
(() => {
  // The theme takes care of code.
  const boxes = ".katex-display, .cl-figure, .pst-scrollable-table-container";
  const update = () => {
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  window.addEventListener("load", update); // Not before: to measure makes the browser lay out all of the page.
  window.addEventListener("resize", update);
})();
