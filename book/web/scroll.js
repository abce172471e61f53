// What scrolls sideways must be reachable with the Tab key, and what does not scroll must not be a stop on the way.
(() => {
  // The theme takes care of code. A box is measured when it has a size: parts further down get theirs later.
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll(".katex-display, .cl-figure, .pst-scrollable-table-container")) observer.observe(box);
})();
