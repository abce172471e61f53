"""Fonts that are light and early.

Of the fonts for icons and formulas, keep what the pages show: 200 kB less on every page. The fonts
for text stay whole, because scripts and search results may write any letter; but ask for them at
once, or titles break differently when they arrive, and the page jumps.
"""

import html
import logging
import re
from pathlib import Path

from fontTools import subset

RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"[^"]*"\}')
# Not as plain links: from a file, a browser refuses to preload a font, and says so as an error.
PRELOAD = """const FONTS = ["sans-3-latin-wght-normal", "serif-4-latin-wght-normal",
  "serif-4-latin-wght-italic"];
if (location.protocol !== "file:") for (const name of FONTS) {
  const link = document.createElement("link");
  const file = `source-${name}.woff2`;
  const root = document.documentElement.dataset.content_root ?? "";
  const given = {rel: "preload", as: "font", type: "font/woff2", crossOrigin: "anonymous"};
  Object.assign(link, given, {href: `${root}_static/vendor/source-fonts/${file}`});
  document.head.append(link);
}"""
ESCAPE = re.compile(r"\\([0-9a-f]{2,6})")


def unused_dropped(css, names):
    r"""Drop the rules of icons that have none of these names.

    Examples
    --------
    >>> css = '.fa-a:before,.fa-b:before{content:"\\f001"}.fa-c:before{content:"x"}'
    >>> unused_dropped(css, {"fa-b"})
    '.fa-a:before,.fa-b:before{content:"\\f001"}'
    """
    return RULE.sub(lambda m: m[0] if set(re.findall(r"fa-[a-z0-9-]+", m[1])) & names else "", css)


def keep_only(path, codes):
    """Rewrite a font with the glyphs of these code points."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff2", notdef_outline=True)
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, path, options)


def shrink(app, exception):
    """Rewrite the style sheets and the fonts of the built site."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = "".join(path.read_text(encoding="utf-8") for path in out.glob("*.html"))
    scripts = "".join(p.read_text(encoding="utf-8") for p in out.glob("_static/scripts/*-theme.js"))
    names = set(re.findall(r"fa-[a-z0-9-]+", pages + scripts))
    icons = set()
    for path in out.glob("_static/**/*.css"):
        css = path.read_text(encoding="utf-8")
        lighter = unused_dropped(css, names)
        if lighter != css:
            path.write_text(lighter, encoding="utf-8")
        icons |= {int(code, 16) for code in ESCAPE.findall(lighter)}
    for path in out.glob("_static/vendor/fontawesome/webfonts/*.woff2"):
        keep_only(path, icons)
    for path in out.glob("_static/vendor/katex/fonts/*.woff2"):
        keep_only(path, set(map(ord, html.unescape(pages))))


def setup(app):
    """Preload on every page; shrink after everything is written."""
    app.add_js_file(None, body=PRELOAD, priority=1)
    app.connect("build-finished", shrink, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
