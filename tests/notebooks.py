"""The chapters as the tests see them: their cells, their formulas, and their checks."""

import ast
import os
import re
from functools import cache
from pathlib import Path

import nbformat

from convlib import mistakes

BOOK = Path(__file__).resolve().parent.parent / "book"
LANDING = "index"
NOTEBOOKS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
CHAPTERS = [name for name in NOTEBOOKS if name != LANDING]
"""The landing page is a notebook too, because it opens with a widget. It is no chapter."""


@cache
def read(chapter):
    """Return a chapter's notebook."""
    return nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4)


def code_cells(chapter):
    """Return the code cells that hold code."""
    cells = read(chapter).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def text(chapter):
    """Return all the text of a chapter."""
    return "\n\n".join(c.source for c in read(chapter).cells if c.cell_type == "markdown")


def labels():
    """List the labels of all numbered formulas, pages without cells included."""
    pages = [text(chapter) for chapter in NOTEBOOKS]
    pages += [path.read_text(encoding="utf-8") for path in BOOK.glob("*.md")]
    dollars = [re.findall(r"^\$\$\s*\(([^)\s]+)\)", page, flags=re.M) for page in pages]
    directives = [re.findall(r"^:label:\s*(eq-\S+)", page, flags=re.M) for page in pages]
    return [label for found in dollars + directives for label in found]


def tagged(cell, kind):
    """List what a cell's tags of one kind name: ``check:eq-x`` → ``eq-x``."""
    tags = cell.metadata.get("tags", [])
    return [tag.removeprefix(f"{kind}:") for tag in tags if tag.startswith(f"{kind}:")]


def is_measured(cell):
    """Say whether a cell shows what differs from run to run. Such outputs are not stored."""
    return "measured" in cell.metadata.get("tags", [])


def checks():
    """List every check as (chapter, number of its code cell, labels, mistakes)."""
    return [
        (chapter, number, tagged(cell, "check"), tagged(cell, "catches"))
        for chapter in CHAPTERS
        for number, cell in enumerate(code_cells(chapter))
        if tagged(cell, "check")
    ]


@cache
def names_before(chapter, number):
    """Run the code cells before one, and return the names that they leave."""
    if number == 0:
        return {"__name__": "__main__"}
    names = dict(names_before(chapter, number - 1))
    run(chapter, number - 1, names)
    return names


def run(chapter, number, names):
    """Run one code cell where the notebook runs, and return the value of its last line."""
    tree = ast.parse(code_cells(chapter)[number].source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    where = f"{chapter}.ipynb, code cell {number + 1}"
    before = Path.cwd()
    os.chdir(BOOK)
    try:
        exec(compile(tree, where, "exec"), names)
        return eval(compile(ast.Expression(last.value), where, "eval"), names) if last else None
    finally:
        os.chdir(before)


def holds(chapter, number, mistake=None):
    """Say whether a check holds, with a mistake built into convlib or without.

    A check holds if its last line is true; in a tuple, every truth value must be.
    A shape that no longer fits, or a read past an array's end, is a failed check too.
    """
    names = dict(names_before(chapter, number))
    if mistake is None:
        return _true(run(chapter, number, names))
    with mistakes.made(mistake):
        try:
            return _true(run(chapter, number, names))
        except (ValueError, IndexError):
            return False


def _true(value):
    values = value if isinstance(value, tuple) else (value,)
    truths = [v for v in values if isinstance(v, bool)]
    if not truths:
        raise TypeError(f"a check must end in a truth value, got {value!r}")
    return all(truths)
