"""The chapters as the tests see them: what tools.notebooks reads, and their checks."""

import ast
import os
from functools import cache
from pathlib import Path

from convlib import mistakes
from tools.notebooks import (
    BOOK,
    CHAPTERS,
    LANDING,
    NOTEBOOKS,
    code_cells,
    labels,
    read,
    tagged,
    text,
)

__all__ = ["BOOK", "CHAPTERS", "LANDING", "NOTEBOOKS", "checks", "code_cells", "holds", "labels",
           "names_before", "read", "run", "tagged", "text"]  # fmt: skip


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
