"""Run a file of code as far as it goes, and return its names."""

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


class Skipped(NamedTuple):
    """A statement that fails: its line, what it says, why it fails, and what it would have imported.

    A star stands for all names of a module.
    """

    line: int
    code: str
    why: str
    names: tuple = ()

    def __str__(self):
        return f"line {self.line}: {self.code} ({self.why})"


@contextlib.contextmanager
def neighbours(path):
    """Let code import what lies beside its file, as ``.im2col``, ``im2col`` or ``folder.im2col``.

    Yields
    ------
    str
        The name of the package that its folder stands for.
    """
    folder = Path(path).resolve().parent
    name = folder.name
    taken = name in sys.modules or name in sys.stdlib_module_names
    if taken or not name.isidentifier():
        name = "convlib_checked"
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    before = sys.path[:]
    sys.modules[name] = package
    sys.path[:0] = [str(folder), str(folder.parent)]
    importlib.invalidate_caches()
    try:
        yield name
    finally:
        sys.path[:] = before
        for key in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
            del sys.modules[key]


def load(path, package):
    """Run a file, or the cells of a notebook, statement by statement.

    Parameters
    ----------
    path : str
    package : str
        As `neighbours` yields it.

    Returns
    -------
    names : dict of str to object
    skipped : list of Skipped
        Statements that fail: what is not installed, tests that miss their data.

    Raises
    ------
    SyntaxError
        If it is no Python, or that of another version.
    """
    source = _source(path)
    linecache.cache[path] = len(source), None, source.splitlines(keepends=True), path
    module = types.ModuleType(f"{package}.{Path(path).stem}")
    module.__dict__.update(__file__=path, __package__=package)
    sys.modules[module.__name__] = module
    skipped = []
    for node in ast.parse(source, path).body:
        try:
            exec(compile(ast.Module([node], []), path, "exec"), vars(module))
        except (Exception, SystemExit) as error:
            code = " ".join(ast.get_source_segment(source, node).split())
            why = f"{type(error).__name__}: {error}"
            imported = getattr(node, "names", ()) if isinstance(error, ImportError) else ()
            names = tuple((item.asname or item.name).split(".")[0] for item in imported)
            skipped.append(Skipped(node.lineno, code[:60], why[:100], names))
    return dict(vars(module)), skipped


def _source(path):
    """Read a file; of a notebook, the cells of code without what only IPython understands."""
    if not path.endswith(".ipynb"):
        with tokenize.open(path) as file:
            return file.read()
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = "\n".join(code).splitlines()
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)
