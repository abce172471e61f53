"""The chapters as files: their cells, their formulas, and their checks. Nothing is run."""

import re
import sys
from functools import cache
from pathlib import Path

import nbformat

BOOK = Path(__file__).resolve().parent.parent / "book"
sys.path.insert(0, str(BOOK / "ext"))

from cell_tags import tagged  # noqa: E402
from solutions import FIRST_LINE, folded, solutions  # noqa: E402, F401

LANDING = "index"
NOTEBOOKS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
CHAPTERS = [name for name in NOTEBOOKS if name not in {LANDING, "stuck"}]
"""The landing page opens with a widget, and "Stuck?" runs its answers. They are no chapters."""


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
