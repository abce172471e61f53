"""Read the names in a file: of Python code, or of a notebook."""

import ast
import contextlib
import importlib
import json
import linecache
import sys
import tokenize
import types
from pathlib import Path
from typing import NamedTuple

from convlib.check._guard import said

RUN_AS = "convlib_checked"
"""Not "__main__", so that code under ``if __name__ == "__main__":`` is not run."""


class Skipped(NamedTuple):
    """A statement that fails: where, what it says, why, and which names it would have imported.

    A star stands for all names of a module.
    """

    where: str
    code: str
    why: str
    names: tuple

    def __str__(self):
        return f"{self.where}: {self.code} ({self.why})"


@contextlib.contextmanager
def neighbours(path):
    """Let code import what lies beside its file: as ``im2col``, ``.im2col`` or ``folder.im2col``.

    Parameters
    ----------
    path : str
    """
    folder = Path(path).resolve().parent
    taken = folder.name in sys.modules or folder.name in sys.stdlib_module_names
    package = types.ModuleType(RUN_AS if taken or not folder.name.isidentifier() else folder.name)
    package.__path__ = [str(folder)]
    before, loaded = sys.path[:], {*sys.modules}
    sys.modules[package.__name__] = package
    sys.path[:0] = [str(folder), str(folder.parent)]
    importlib.invalidate_caches()
    try:
        yield package.__name__
    finally:
        sys.path[:] = before
        for key in {*sys.modules} - loaded:
            if key.split(".")[0] in (package.__name__, RUN_AS):
                del sys.modules[key]


def load(path, package=RUN_AS):
    """Run a file, statement by statement, and return its names.

    Of a notebook, only what it imports and defines is run: other lines may take long, or need what
    is not there.

    Parameters
    ----------
    path : str
    package : str
        That its relative imports are relative to, as `neighbours` yields it.

    Returns
    -------
    names : dict of str to object
    skipped : list of Skipped
        Statements that fail: they import what is not installed, or test what misses its data.
    """
    module, skipped = types.ModuleType(RUN_AS), []
    vars(module).update(__file__=path, __package__=package)
    sys.modules[RUN_AS] = module  # where a dataclass looks for the names of its file
    for where, source in _cells(path) if path.endswith(".ipynb") else [(path, _source(path))]:
        # so that a report can show a line of it
        linecache.cache[where] = len(source), None, source.splitlines(keepends=True), where
        for statement in ast.parse(source, where).body:
            if where == path or _defines(statement):
                skipped += _run(statement, source, where, vars(module))
    return vars(module), skipped


def _run(statement, source, where, names):
    """Run one statement; return a list of what is `Skipped`."""
    try:
        exec(compile(ast.Module([statement], []), where, "exec"), names)
    except (Exception, SystemExit) as error:
        code = " ".join(ast.get_source_segment(source, statement).split())
        imported = statement.names if isinstance(statement, (ast.Import, ast.ImportFrom)) else ()
        own = tuple((item.asname or item.name).split(".")[0] for item in imported)
        return [Skipped(f"line {statement.lineno}", code[:60], said(error), own)]
    return []


def _source(path):
    """Read a file of code, in whichever encoding it says it is."""
    with tokenize.open(path) as file:
        return file.read()


def _cells(path):
    """Yield the name and the code of each cell, without the lines that only IPython understands."""
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    for number, cell in enumerate(cells, 1):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or source.startswith("%%"):
            continue
        lines = ["" if line.lstrip()[:1] in "%!" else line for line in source.split("\n")]
        where, source = f"{path}, cell {number}", "\n".join(lines)
        try:
            ast.parse(source, where)
        except SyntaxError:
            if "def " in source:
                raise
            continue
        yield where, source


def _defines(statement):
    """Whether a statement imports, defines, or gives a name to a number, a text or the like."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        return True
    try:
        return isinstance(statement, ast.Assign) and bool([ast.literal_eval(statement.value)])
    except ValueError:
        return False
