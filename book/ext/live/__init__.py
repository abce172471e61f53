"""Let every cell of the site run, in the page: Python, NumPy and the course as files of our own.

It copies Pyodide and the wheels into the site, writes which cells a page has, and marks them. The
scripts that use all this are in js/live; what runs in the page's Python is beside this file.
"""

from . import _assets, _cells


def setup(app):
    """Connect to the moments when cells are known, a page is written, and the site is complete."""
    app.connect("doctree-resolved", _cells.mark)
    app.connect("html-page-context", _cells.link)
    app.connect("build-finished", _assets.write, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
