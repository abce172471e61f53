// Save a figure as a file of its own: in light colours, for documents, whatever mode the page is in.
(() => {
  const FONTS = "'Source Sans 3','Source Sans Pro',system-ui,sans-serif";
  const PAGE = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";
  const DENSITY = 2;

  /** Write a drawing so that it stands alone: properties of the page become what they fall back to. */
  function standAlone(drawing, caption) {
    const copy = drawing.cloneNode(true);
    const alt = copy.getAttribute("aria-label");
    const add = (name, given, text = "") => {
      const element = document.createElementNS(copy.namespaceURI, name);
      for (const key of Object.keys(given)) element.setAttribute(key, given[key]);
      element.textContent = text;
      return element;
    };
    const paper = add("rect", { width: "100%", height: "100%", fill: copy.style.background || "#fff" });
    copy.prepend(add("title", {}, caption || alt), add("desc", {}, alt), paper);
    copy.setAttribute("font-family", FONTS);
    const text = new XMLSerializer().serializeToString(copy);
    return text.replace(/var\(--cl-sans[^)]*\)/g, FONTS).replace(/var\(--[\w-]+, ?([^()]*)\)/g, "$1");
  }

  const address = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

  async function draw(svg) {
    const image = Object.assign(new Image(), { src: address(svg) });
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [DENSITY * image.width, DENSITY * image.height];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  }

  document.querySelectorAll(".cl-figure").forEach((figure, n) => {
    const drawing = figure.querySelector("svg");
    const caption = figure.querySelector("figcaption")?.textContent ?? "";
    const words = (caption || drawing.getAttribute("aria-label")).toLowerCase().match(/[a-z0-9]+/g) ?? [];
    const name = [PAGE, "figure", n + 1, ...words.slice(0, 6)].join("-");
    const strip = Object.assign(document.createElement("div"), { className: "cl-save" });
    strip.append(figure.closest(".cl-explorer") ? "Save as a still picture: " : "Save as ");
    for (const kind of ["SVG", "PNG"]) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: kind });
      button.setAttribute("aria-label", `${kind}: save figure ${n + 1}`);
      button.addEventListener("click", async () => {
        const svg = standAlone(drawing, caption);
        const href = kind === "SVG" ? address(svg) : await draw(svg);
        Object.assign(document.createElement("a"), { href, download: `${name}.${kind.toLowerCase()}` }).click();
      });
      strip.append(button);
    }
    figure.parentElement.append(strip);
  });
})();
