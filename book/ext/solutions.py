"""Fold solutions in JupyterLab as on the site: an exercise's solution is the cells that follow it.

JupyterLab folds the cells, one by one. It knows no `solution-end`, and would show an empty box for
it: so the chapters have none, and the build puts it where sphinx-exercise wants it.
"""

import re

import nbformat

START = re.compile(r"^```\{solution-start\}", re.M)
NEXT = re.compile(r"^(`{3,}\{exercise\}|#+ )", re.M)
"""What a cell of text holds that follows a solution."""

END = "```{solution-end}\n```\n\n"
FIRST_LINE = "% Solution\n\n"
"""How text in a solution starts: a comment, all that JupyterLab shows of a folded cell."""


def solutions(cells):
    r"""List the cells of each solution.

    Examples
    --------
    >>> start = nbformat.v4.new_markdown_cell("```{solution-start} ex-a\\n:class: dropdown\\n```")
    >>> code = nbformat.v4.new_code_cell("1 + 1")
    >>> after = nbformat.v4.new_markdown_cell("## Summary")
    >>> [[cell.source for cell in found] for found in solutions([start, code, after])]
    [['1 + 1']]
    """
    found, inside = [], False
    for cell in cells:
        is_text = cell.cell_type == "markdown"
        inside = inside and not (is_text and NEXT.search(cell.source))
        if inside:
            found[-1].append(cell)
        if is_text and START.search(cell.source):
            found.append([])
            inside = True
    return found


def folded(cell):
    """Return the metadata of a cell that JupyterLab opens folded."""
    hidden = {"source_hidden": True}
    return hidden | {"outputs_hidden": True} if cell.cell_type == "code" else hidden


def close(app, docname, content):
    """Put a `solution-end` after the cells of each solution, for this build only."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        notebook = nbformat.reads(content[0], as_version=4)
        for cells in filter(None, solutions(notebook.cells)):
            after = notebook.cells.index(cells[-1]) + 1
            if after == len(notebook.cells):
                notebook.cells.append(nbformat.v4.new_markdown_cell(""))
            notebook.cells[after].source = END + notebook.cells[after].source
        content[0] = nbformat.writes(notebook)


def setup(app):
    """Connect to the moment when a chapter is read."""
    app.connect("source-read", close)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
