// The results of the search; runs after Sphinx's script, and before the index arrives.
(() => {
  // A formula stands in a page twice, and with its source: an excerpt needs it once.
  const read = Search.htmlToText;
  Search.htmlToText = (page, anchor) => {
    const parsed = new DOMParser().parseFromString(page, "text/html");
    for (const copy of parsed.querySelectorAll(".katex-html, annotation")) copy.remove();
    return read(parsed.documentElement.outerHTML, anchor);
  };

  if (location.protocol !== "file:") return;
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  const why = document.createElement("p");
  why.textContent =
    "Titles only, without excerpts: you opened this page from a file, and a browser does not let such a page read the others.";
  document.getElementById("search-results").before(why);
})();
