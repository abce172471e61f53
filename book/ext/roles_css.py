"""Write the colours of convlib.palette into the site: page and figures share one definition."""

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


def setup(app):
    """Connect to the moment when the output folder is known."""
    app.connect("builder-inited", write_roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
