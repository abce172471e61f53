"""Run the checks of the chapters, each as if it ran alone, with a mistake built in or without.

And count at how many settings a check runs: `make refresh` tags it with the number.
"""

import ast
import copy
import os
import sys
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType
from unittest.mock import patch

from convlib import _conv_transpose, _geometry, mistakes
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


def settings(chapter, number):
    """Count the settings that convlib works at while a check runs."""
    names = own_copy(names_before(chapter, number))
    with seen() as found:
        run(chapter, number, names)
    return max(map(len, found.values()), default=0)


REMEMBERED = [(_geometry, "_conv_geometry"), (_conv_transpose, "_geometry_of_shapes")]
"""Functions of convlib that keep the sizes they have worked out."""


@contextmanager
def seen():
    """Collect the geometries, with their groups, that a block asks each function of convlib for.

    A call from outside of convlib counts as one, whatever sizes it needs inside; so does a setting,
    however often it is asked for. `settings` takes the function with the most: a layer forward and
    backward, or beside another layer that says the same, is at one setting.

    Examples
    --------
    >>> import convlib
    >>> with seen() as found:
    ...     for stride in (1, 2, 2):
    ...         _ = convlib.output_size(6, 3, stride=stride)
    >>> {name: len(geometries) for name, geometries in found.items()}
    {'output_size': 2}
    """
    found, last = {}, [None]
    right = _geometry.Geometry

    def recorded(*sizes):
        made, frames = right(*sizes), inside(sys._getframe(1))
        if frames[-1] is not last[0]:
            last[0] = frames[-1]
            groups = [f.f_locals["groups"] for f in frames if "groups" in f.f_locals]
            geometries = found.setdefault(frames[-1].f_code.co_name, set())
            geometries.add((made, groups[0] if groups else 1))
        return made

    with ExitStack() as stack:
        stack.enter_context(patch.object(_geometry, "Geometry", recorded))
        for module, name in REMEMBERED:  # what is remembered would not be seen
            stack.enter_context(patch.object(module, name, getattr(module, name).__wrapped__))
        yield found


def inside(frame):
    """List the frames from one to the call from outside of convlib, the innermost first."""
    frames = []
    while frame.f_globals["__name__"].partition(".")[0] == "convlib":
        frames.append(frame)
        frame = frame.f_back
    return frames
