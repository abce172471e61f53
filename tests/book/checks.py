"""Run the checks of the chapters, each as if it ran alone, with a mistake built in or without."""

import ast
import copy
import os
from functools import cache
from pathlib import Path
from types import FunctionType

from convlib import mistakes
from tools import notebooks


@cache
def names_before(chapter, number):
    """Run the code cells before one, and return the names that they leave."""
    if number == 0:
        return {"__name__": "__main__"}
    names = own_copy(names_before(chapter, number - 1))
    run(chapter, number - 1, names)
    return names


def own_copy(names):
    """Copy the names of a notebook, so that no array or list is shared with the original.

    Functions of the notebook get the copy as their globals. What cannot be copied stays what it
    is: modules, and widgets.
    """
    own, memo = {}, {}
    for name, value in names.items():
        if isinstance(value, FunctionType) and value.__globals__ is names:
            own[name] = FunctionType(
                value.__code__, own, name, value.__defaults__, value.__closure__
            )
            own[name].__kwdefaults__ = value.__kwdefaults__
            continue
        try:
            own[name] = copy.deepcopy(value, memo)
        except (TypeError, NotImplementedError):
            own[name] = value
    return own


def run(chapter, number, names):
    """Run one code cell where the notebook runs, and return the value of its last line."""
    tree = ast.parse(notebooks.code_cells(chapter)[number].source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    where = f"{chapter}.ipynb, code cell {number + 1}"
    before = Path.cwd()
    os.chdir(notebooks.BOOK)
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
    names = own_copy(names_before(chapter, number))
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
