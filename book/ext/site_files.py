"""Write what a published site has beside its pages: a page for wrong addresses, and a map."""

import base64
from pathlib import Path
from xml.sax.saxutils import escape

TEMPLATE = Path(__file__).with_name("not_found.html")
ICON = Path(__file__).parents[1] / "web" / "favicon.svg"
NOT_FOUND = "404.html"
NO_CONTENT = {NOT_FOUND, "search.html"}


def colours():
    """Write convlib's colours as properties that follow what the reader's system prefers."""
    from convlib import palette

    def rule(mode):
        names = palette.properties().items()
        return ":root {" + "".join(f"{n}: {getattr(s, mode)};" for n, s in names) + "}\n"

    return f"{rule('light')}@media (prefers-color-scheme: dark) {{\n{rule('dark')}}}"


def sitemap(base, pages):
    r"""List the full addresses of pages.

    Examples
    --------
    >>> print(sitemap("https://example.org/", ["index.html"]))
    <?xml version="1.0" encoding="UTF-8"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <url><loc>https://example.org/index.html</loc></url>
    </urlset>
    <BLANKLINE>
    """
    entries = "".join(f"<url><loc>{escape(base + page)}</loc></url>\n" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{entries}</urlset>\n"
    )


def write(app, exception):
    """Write 404.html, and sitemap.xml if the address of the site is known."""
    if exception or app.builder.format != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    # The page is sent for any wrong address, however deep, so that only a full address leads home.
    page = TEMPLATE.read_text(encoding="utf-8").replace("{home}", f"{base}index.html")
    page = page.replace("{icon}", base64.b64encode(ICON.read_bytes()).decode())
    page = page.replace("/* colours */", colours())
    (out / NOT_FOUND).write_text(page, encoding="utf-8")
    if base:
        pages = sorted(p.name for p in out.glob("*.html") if p.name not in NO_CONTENT)
        (out / "sitemap.xml").write_text(sitemap(base, pages), encoding="utf-8")
        (out / "robots.txt").write_text(f"Sitemap: {base}sitemap.xml\n", encoding="utf-8")


def setup(app):
    """Run after the pages are written, and before policy, which reads them."""
    app.connect("build-finished", write, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
