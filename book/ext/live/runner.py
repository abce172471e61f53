"""Run the cells of one page in its own Python. The outputs are those of the notebook format.

Nothing here is bound to a browser: `Page` hands each output to a function, and the tests call it
in an ordinary Python.
"""

import ast
import builtins
import io
import linecache
import re
import sys
import tokenize
import traceback
import types

from .printed import Room, streams
from .values import method, mimebundle

NO_INPUT = "input() cannot ask in a page: write the answer into the cell instead."
NO_EXIT = "exit() ends nothing here: the page's Python goes on."
NO_BREAKPOINT = "A page has no debugger: print what you want to see."
NO_MAGIC = (
    "Lines with %, ! or ? are commands of Jupyter, which a page does not have: write plain Python, "
    "or open the chapter on Binder."
)
NO_MODULE = (
    "A page has Python's own modules, NumPy, convlib, Matplotlib and SymPy: for others, open the "
    "chapter on Binder."
)
MAGIC = re.compile(r"\s*(\w+\s*=\s*)?[%!]|.*\?\s*$")


def split(source, name):
    """Return the code of a cell, and that of its last expression, if its value is to be shown."""
    tree = ast.parse(source, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not ends_in_semicolon(source):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval")
    return compile(tree, name, "exec"), last


def ends_in_semicolon(source):
    """Say whether the last line of code ends in a semicolon, which in Jupyter means: show nothing.

    Examples
    --------
    >>> ends_in_semicolon("x + 1;  # quiet"), ends_in_semicolon("x  # a; b")
    (True, False)
    """
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    *_, last = (token for token in tokens if token.type not in skipped)
    return last.string == ";"


def failure(error, cells):
    """Return an error as an output: the reader's own lines of the traceback, and where they are.

    Parameters
    ----------
    error : BaseException
    cells : collection of str
        What the files of a traceback are called where they are cells.
    """
    if isinstance(error, ModuleNotFoundError):
        error.add_note(NO_MODULE)
    told = traceback.TracebackException.from_exception(error, compact=True)
    marks, seen = [], [told]
    for each in seen:
        each.stack[:] = [frame for frame in each.stack if frame.filename in cells]
        marks += [(frame.filename, frame.lineno) for frame in each.stack]
        seen += [other for other in (each.__cause__, each.__context__) if other]
        seen += getattr(each, "exceptions", None) or []
    if isinstance(error, SyntaxError) and error.filename in cells:
        marks.append((error.filename, error.lineno))
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": Room().take(words(error)),
        "traceback": Room().take("".join(told.format()).rstrip()).split("\n"),
        "marks": [{"cell": name, "line": line} for name, line in dict.fromkeys(marks)],
    }


def words(error):
    """Return what an error says, which may fail in turn."""
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        return "<exception str() failed>"


class Page:
    """The namespace of a page, and the way to run a cell in it.

    Parameters
    ----------
    emit : callable
        Called with each output.
    """

    def __init__(self, emit):
        self.emit = emit
        self.out, self.err = streams(emit)
        self.room = Room()
        self.cells = set()
        self.module = types.ModuleType("__main__")
        self.module.__builtins__ = builtins
        sys.modules["__main__"] = self.module
        builtins.display = self.display
        builtins.input = _refuse(NO_INPUT)
        builtins.exit = builtins.quit = _refuse(NO_EXIT)
        sys.breakpointhook = _refuse(NO_BREAKPOINT)

    def display(self, *values, **_):
        """Show values at once, as IPython's function does."""
        for value in values:
            self._show("display_data", value)

    def run(self, cell, source):
        """Run the source of a cell; say whether it came to its end.

        Parameters
        ----------
        cell : str
            Its id, which a traceback names.
        source : str
        """
        self.cells.add(cell)
        linecache.cache[cell] = (len(source), None, source.splitlines(keepends=True), cell)
        self.room = self.out.room = self.err.room = Room()
        self.module.__dict__.pop("__warningregistry__", None)  # a warning is told at each run
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self.out, self.err
        try:
            ended = self._guarded(self._execute, cell, source)
            return self._guarded(self._draw) and ended
        finally:
            sys.stdout, sys.stderr = before

    def _guarded(self, action, *arguments):
        try:
            action(*arguments)
            return True
        except BaseException as error:  # SystemExit ends no page
            self._flush()
            self.emit(failure(error, self.cells))
            return False
        finally:
            self._flush()

    def _execute(self, cell, source):
        try:
            code, last = split(source, cell)
        except SyntaxError as error:
            raise explained(error, source) from None
        exec(code, self.module.__dict__)
        value = eval(last, self.module.__dict__) if last else None
        if value is not None:
            builtins._ = value
            self._show("execute_result", value)

    def _draw(self):
        """Draw what Matplotlib has open."""
        if (plots := sys.modules.get("live.plots")) and plots.pyplot.get_fignums():
            plots.show()

    def _show(self, kind, value):
        if show := method(value, "_ipython_display_"):
            show()
            return
        data = self.room.take_bundle(mimebundle(value))
        self._flush()
        if data:
            self.emit({"output_type": kind, "data": data, "metadata": {}})

    def _flush(self):
        self.out.flush()
        self.err.flush()


def explained(error, source):
    """Return an error of syntax with its line, and with a word on what works in Jupyter only."""
    lines = source.splitlines()
    if error.text is None and error.lineno and error.lineno <= len(lines):
        error.text = lines[error.lineno - 1]
    if MAGIC.match(error.text or ""):
        error.add_note(NO_MAGIC)
    return error


def _refuse(why):
    def refuse(*_, **__):
        raise RuntimeError(why)

    return refuse
