"""Read the names in a file: of Python code, or of a notebook."""

import ast
import contextlib
import json
import linecache
import os
import runpy
import sys

RUN_AS = "convlib_checked"
"""Not "__main__", so that code under ``if __name__ == "__main__":`` is not run."""


def load(path):
    """Run a file, which may import its neighbours, and return its names.

    Of a notebook, only what it imports and defines is run: other lines may take long, or need what
    is not there.

    Parameters
    ----------
    path : str

    Returns
    -------
    dict of str to object
    """
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    try:
        if path.endswith(".ipynb"):
            return _notebook(path)
        return runpy.run_path(path, run_name=RUN_AS)
    finally:
        sys.path.pop(0)


def _notebook(path):
    """Run what the cells of a notebook import and define."""
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    names = {"__name__": RUN_AS}
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "code":
            _run_cell("".join(cell["source"]), f"{path}, cell {number}", names)
    return names


def _run_cell(source, where, names):
    """Run one cell, without the lines that only IPython understands."""
    lines = ["" if line.lstrip()[:1] in "%!" else line for line in source.split("\n")]
    if source.startswith("%%"):
        return
    try:
        statements = ast.parse("\n".join(lines), where).body
    except SyntaxError:
        if "def " in source:
            raise
        return
    # so that a report can show a line of it
    linecache.cache[where] = (len(source), None, [f"{line}\n" for line in lines], where)
    for statement in statements:
        what = ast.Module([statement], [])
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            with contextlib.suppress(ImportError):  # a function that needs it will say so
                exec(compile(what, where, "exec"), names)
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)) or _is_constant(statement):
            exec(compile(what, where, "exec"), names)


def _is_constant(statement):
    """Whether a statement gives a name to a number, a text or the like."""
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return True
