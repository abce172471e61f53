"""Run the cells of one page in its own Python. The outputs are those of the notebook format.

Nothing here is bound to a browser: `Page` hands each output to a function, and the tests call it
in an ordinary Python.
"""

import ast
import builtins
import io
import linecache
import sys
import time
import traceback
import types

import pretty  # of IPython: the last value of a cell looks here as it does in Jupyter

MOST_LINES, MOST_LETTERS = 1_000, 200_000
"""Where the printed text of a cell ends. A page with a million lines answers to nothing."""

PAUSE = 0.05
"""Seconds between two pieces of printed text that are sent while a cell runs."""

CELL = "<cell {}>"
"""What a cell is called where Python wants the name of a file."""

NO_INPUT = "input() cannot ask in a page: write the answer into the cell instead."
NO_EXIT = "exit() ends nothing here: the page's Python goes on."
DEEP = 400
"""Nested calls that fit into a browser's stack, which ends without a word where Python's would."""


class Printed(io.TextIOBase):
    """What a cell prints: sent in pieces, and cut where it grows too long."""

    def __init__(self, name, emit):
        self.name, self.emit = name, emit
        self.waiting, self.sent_at = [], 0.0
        self.lines = self.letters = 0

    def writable(self):
        """Return True."""
        return True

    def write(self, text):
        """Keep the text, and send it if the last piece is some time ago."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.lines < MOST_LINES and self.letters < MOST_LETTERS:
            self.waiting.append(self._shortened(text))
            if time.monotonic() - self.sent_at > PAUSE:
                self.flush()
        return len(text)

    def _shortened(self, text):
        """Return what still fits, with a last line that says that there is more."""
        kept = text[: MOST_LETTERS - self.letters]
        kept = "".join(kept.splitlines(keepends=True)[: MOST_LINES - self.lines])
        self.letters += len(kept)
        self.lines += kept.count("\n")
        if self.lines >= MOST_LINES:
            return f"{kept}… cut after {MOST_LINES:,} lines\n"
        if self.letters >= MOST_LETTERS:
            return f"{kept}\n… cut after {MOST_LETTERS:,} letters\n"
        return kept

    def flush(self):
        """Send what waits."""
        text = "".join(self.waiting)
        self.waiting.clear()
        if text:
            self.emit({"output_type": "stream", "name": self.name, "text": text})
        self.sent_at = time.monotonic()


def mimebundle(value):
    """Return what Jupyter would store of a value: its text, and how it shows itself otherwise.

    Examples
    --------
    >>> mimebundle([1, 2])
    {'text/plain': '[1, 2]'}
    """
    bundle = {}
    if not isinstance(value, type):
        for kind, name in (("text/html", "_repr_html_"), ("image/svg+xml", "_repr_svg_")):
            if shown := getattr(value, name, None):
                bundle[kind] = shown()
        if show := getattr(value, "_repr_mimebundle_", None):
            shown = show()
            bundle |= shown[0] if isinstance(shown, tuple) else shown
    bundle = {kind: text for kind, text in bundle.items() if text is not None}
    return {"text/plain": pretty.pretty(value)} | bundle


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
    import tokenize

    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    *_, last = (token for token in tokens if token.type not in skipped)
    return last.string == ";"


def failure(error):
    """Return an error as an output: the reader's own lines of the traceback, and where they are."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    marks, seen = [], [told]
    for each in seen:
        each.stack[:] = [frame for frame in each.stack if frame.filename.startswith("<cell ")]
        marks += [(frame.filename, frame.lineno) for frame in each.stack]
        seen += [other for other in (each.__cause__, each.__context__) if other]
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith("<cell "):
        marks.append((error.filename, error.lineno))
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": "".join(told.format()).rstrip().splitlines(),
        "marks": [{"cell": name[6:-1], "line": line} for name, line in marks],
    }


class Page:
    """The namespace of a page, and the way to run a cell in it."""

    def __init__(self, emit):
        self.emit = emit
        self.module = types.ModuleType("__main__")
        self.module.__builtins__ = builtins
        sys.modules["__main__"] = self.module
        builtins.display = self.display
        builtins.input = _refuse(NO_INPUT)
        builtins.exit = builtins.quit = _refuse(NO_EXIT)
        sys.modules |= shims(self.display)

    def display(self, *values, **_):
        """Show values at once, as IPython's function does."""
        sys.stdout.flush()
        for value in values:
            self.emit({"output_type": "display_data", "data": mimebundle(value), "metadata": {}})

    def run(self, cell, source):
        """Run the source of a cell; say whether it came to its end.

        Parameters
        ----------
        cell : str
            Its id, which a traceback names.
        source : str
        """
        name = CELL.format(cell)
        lines = source.splitlines(keepends=True)
        linecache.cache[name] = (len(source), None, lines, name)
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Printed("stdout", self.emit), Printed("stderr", self.emit)
        try:
            code, last = split(source, name)
            exec(code, self.module.__dict__)
            value = eval(last, self.module.__dict__) if last else None
            if value is not None:
                builtins._ = value
                data = mimebundle(value)
                sys.stdout.flush()
                self.emit({"output_type": "execute_result", "data": data, "metadata": {}})
            return True
        except BaseException as error:  # SystemExit ends no page
            sys.stdout.flush()
            sys.stderr.flush()
            self.emit(failure(error))
            return False
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            sys.stdout, sys.stderr = before


def _refuse(why):
    def refuse(*_, **__):
        raise RuntimeError(why)

    return refuse


class Shown:
    """A text that shows itself as HTML or as a drawing."""

    def __init__(self, data):
        self.data = data


class HTML(Shown):
    """HTML, shown as it is."""

    def _repr_html_(self):
        return self.data


class SVG(Shown):
    """A drawing, shown as it is."""

    def _repr_svg_(self):
        return self.data


def shims(display):
    """Return modules that stand for those of Jupyter which a page has no use for.

    The explorer is a widget. In a page it is mounted from the HTML that it brings, so of anywidget
    it needs the class to derive from, and nothing else.
    """
    ipython, shown = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    ipython.display, shown.display, shown.HTML, shown.SVG = shown, display, HTML, SVG
    ipython.get_ipython = lambda: None  # Matplotlib asks whether there is a shell
    anywidget = types.ModuleType("anywidget")
    anywidget.__getattr__ = _any_widget
    return {"IPython": ipython, "IPython.display": shown, "anywidget": anywidget}


def _any_widget(name):
    """Make the class when it is asked for: only then traitlets is loaded."""
    if name != "AnyWidget":
        raise AttributeError(f"module 'anywidget' has no attribute {name!r} in a page")
    import traitlets

    class AnyWidget(traitlets.HasTraits):
        """What is left of a widget where nothing is sent."""

        def _repr_mimebundle_(self, **_):
            return {}, {}

    sys.modules["anywidget"].AnyWidget = AnyWidget
    return AnyWidget
