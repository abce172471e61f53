"""Load a script of book/web only on the pages that hold what it works on."""

NEEDED_BY = {"copy.js": 'class="katex"', "save.js": '<figure class="cl-figure">'}


def link(app, _page, _template, context, _doctree):
    """Link the scripts whose mark the page bears."""
    for script, mark in NEEDED_BY.items():
        if mark in context.get("body", ""):
            app.add_js_file(script, loading_method="defer")


def setup(app):
    """Run for each page."""
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
