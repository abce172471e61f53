"""Let every cell of the site run, in the page: Python, NumPy and the course as files of our own.

It copies Pyodide and the wheels into the site, writes which cells a page has, and marks them. The
scripts that use all this are in js/live; what runs in the page's Python is beside this file.
"""

from . import _assets, _cells


def setup(app):
    """Connect to the moments when cells are known, a page is written, and the site is complete."""
    app.connect("doctree-resolved", _cells.mark)
    app.connect("html-page-context", _cells.link)
    # Between the two, one_style looks through all scripts for names of classes. Python's have none,
    # but a thousand words that are also names in the theme's style sheets.
    app.connect("build-finished", _assets.write_scripts, priority=600)
    app.connect("build-finished", _assets.write_python, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
