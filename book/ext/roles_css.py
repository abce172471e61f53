"""Write the colours of convlib.palette into the site: page and figures share one definition."""

import base64
from pathlib import Path


def write_roles(app):
    """Write _static/roles.css and link it from every page."""
    if app.builder.format != "html":
        return
    from convlib import palette

    target = Path(app.outdir, "_static", "roles.css")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(palette.css(), encoding="utf-8")
    # Before book.css (500 is the default), which uses these properties.
    app.add_css_file("roles.css", priority=400)


def for_not_found(app, pagename, templatename, context, doctree):
    """Give the page for wrong addresses, which stands alone, its colours and its icon."""
    if templatename != "not_found.html":
        return
    from convlib import palette

    def rule(mode):
        names = palette.properties().items()
        return ":root {" + "".join(f"{n}: {getattr(s, mode)};" for n, s in names) + "}\n"

    icon = base64.b64encode(Path(app.srcdir, app.config.html_favicon).read_bytes()).decode()
    context["favicon"] = f"data:image/svg+xml;base64,{icon}"
    context["colours"] = f"{rule('light')}@media (prefers-color-scheme: dark) {{{rule('dark')}}}"
    context["html_baseurl"] = app.config.html_baseurl


def setup(app):
    """Connect to the moments when the output folder is known, and when a page is written."""
    app.connect("builder-inited", write_roles)
    app.connect("html-page-context", for_not_found)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
