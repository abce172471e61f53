// Save a figure as a file of its own: in light colours, for documents, in dark mode, too.
(() => {
  const FONTS = "'Source Sans 3',system-ui,sans-serif";
  const PAGE = location.pathname.split("/").pop().replace(/\.html$/, "") || "index";

  /** Write a drawing to stand alone: properties of the page become what they fall back to. */
  function standAlone(drawing, caption) {
    const copy = drawing.cloneNode(true);
    const alt = copy.getAttribute("aria-label");
    const add = (name, text, given = {}) => {
      const element = document.createElementNS(copy.namespaceURI, name);
      for (const key in given) element.setAttribute(key, given[key]);
      element.textContent = text;
      return element;
    };
    const paper = add("rect", "", { width: "100%", height: "100%", fill: copy.style.background });
    copy.prepend(add("title", caption || alt), add("desc", alt), paper);
    copy.setAttribute("font-family", FONTS);
    // Word and LibreOffice know no order of painting: a halo becomes a copy below the words.
    for (const words of copy.querySelectorAll('[style*="paint-order"]')) {
      const halo = words.cloneNode(true);
      halo.setAttribute("aria-hidden", "true");
      words.before(halo);
      words.style.stroke = "none";
      halo.style.paintOrder = words.style.paintOrder = "";
    }
    const text = new XMLSerializer().serializeToString(copy);
    return text.replace(/var\(--cl-sans[^)]*\)/g, FONTS).replace(/var\(--[\w-]+, ?([^()]*)\)/g, "$1");
  }

  const address = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

  async function paint(svg) {
    const image = Object.assign(new Image(), { src: address(svg) });
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * image.width;
    canvas.height = 2 * image.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  }

  const addButtons = () => document.querySelectorAll(".cl-figure").forEach((figure, n) => {
    const drawing = figure.querySelector("svg");
    if (!drawing || figure.nextElementSibling?.className === "cl-save") return;
    const caption = figure.querySelector("figcaption")?.textContent;
    const words = (caption || drawing.getAttribute("aria-label")).toLowerCase().match(/[a-z0-9]+/g);
    const name = [PAGE, "figure", n + 1, ...words.slice(0, 6)].join("-");
    const strip = document.createElement("div");
    strip.className = "cl-save";
    strip.append(figure.closest(".cl-explorer") ? "Save a still picture: " : "Save: ");
    for (const kind of ["SVG", "PNG"]) {
      const button = document.createElement("button");
      button.textContent = kind;
      button.ariaLabel = `${kind}: save figure ${n + 1}`;
      button.onclick = async () => {
        const svg = standAlone(drawing, caption);
        const href = kind === "SVG" ? address(svg) : await paint(svg);
        Object.assign(document.createElement("a"), { href, download: `${name}.${kind.toLowerCase()}` }).click();
      };
      strip.append(button);
    }
    figure.after(strip);
  });
  addButtons();
  addEventListener("cl-added", addButtons); // a cell that ran shows another figure
})();
