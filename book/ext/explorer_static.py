"""Bring the explorer to pages that have no kernel: one script and one style sheet, where needed."""

import shutil
from pathlib import Path

SCRIPT, STYLE = "explorer.js", "explorer.css"
BUNDLE = Path(__file__).with_name("explorer_page.js")
"""A classic script: no module runs from a file."""

MARK = 'class="cl-explorer"'
STATE = "application/vnd.jupyter.widget-state+json"


def copy(app):
    """Copy the two files into the site."""
    if app.builder.format != "html":
        return
    from convlib.explorer import FOLDER

    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(BUNDLE, folder / SCRIPT)
    shutil.copyfile(FOLDER / STYLE, folder / STYLE)


def link(app, _page, _template, context, _doctree):
    """Link them from a page with an explorer; drop the state of widgets, which needs a kernel."""
    if MARK in context.get("body", ""):
        app.add_css_file(STYLE, priority=450)
        app.add_js_file(SCRIPT, loading_method="defer")
    scripts = context["script_files"]
    scripts[:] = [s for s in scripts if getattr(s, "attributes", {}).get("type") != STATE]


def setup(app):
    """Connect to the moments when the output folder is known, and when a page is written."""
    app.connect("builder-inited", copy)
    app.connect("html-page-context", link, priority=900)  # after myst_nb adds the state
    return {"parallel_read_safe": True, "parallel_write_safe": True}
