"""Let docstrings write shapes as NumPy does: in ``(N, C, *size)`` the star is no emphasis."""

import re

STAR = re.compile(r"(?<=[( ])\*(?=\w)")


def escape_stars(app, what, name, obj, options, lines):
    """Escape the stars of shapes, but for lines of code."""
    for number, line in enumerate(lines):
        if "``" not in line and not line.lstrip().startswith(">>>"):
            lines[number] = STAR.sub(r"\\*", line)


def setup(app):
    """Run before numpydoc, which listens to the same event at priority 500."""
    app.connect("autodoc-process-docstring", escape_stars, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
