"""Run code that nobody has read: whatever it does becomes a result or a `Fault`."""

import contextlib
import dis
import inspect
import io
import linecache
import os
import signal
import sys
import threading
import traceback
import warnings
from typing import NamedTuple

import numpy as np

MANY_LINES = 1000
"""So many printed lines in one call are a fault."""


ENDS = ("time", "exit", "recursion", "prints")
"""Kinds of `Fault` after which nothing else is run: it would take as long again."""


OUTSIDE = {"convlib", "numpy", *sys.stdlib_module_names}
"""Packages whose lines are not the learner's. Their files may be anywhere, as in an archive."""


AROUND = (__file__, contextlib.__file__, signal.__file__)
"""Where the code stands that runs before and after a learner's."""


class Fault(NamedTuple):
    """What stopped a call, or makes its result useless.

    Attributes
    ----------
    kind : str
        One word: crash, time, exit, recursion, prints, shape, dtype, none, count, order, ...
    words : str
        What happened, to stand after "y" or "backward".
    refused : bool
        Whether the code raised a ValueError or failed an assertion of its own accord.
    error : str
        Of a crash, the name of the exception.
    """

    kind: str
    words: str
    refused: bool = False
    error: str = ""


class TimeUp(BaseException):
    """The time limit has passed. Not an Exception, so that ``except Exception`` lets it through."""


class Sink(io.TextIOBase):
    """Stands in for standard output: counts lines, and keeps none."""

    def __init__(self):
        self.lines = 0

    def writable(self):
        """Say that one may write."""
        return True

    def write(self, words):
        """Count the lines."""
        self.lines += words.count("\n")
        return len(words)


def can_limit():
    """Whether a call can be stopped here: not in a browser, on Windows, or in a second thread."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def run(call, time_limit=None):
    """Call a function without arguments; return what it returns and a Fault, one of them None.

    Standard output, warnings, NumPy's error state and random state, and NumPy itself are
    afterwards what they were. An interrupt from the keyboard passes.

    Examples
    --------
    >>> run(lambda: 1 + 1)
    (2, None)
    >>> run(lambda: sys.exit())[1].words
    'calls exit()'
    """
    sink = Sink()
    try:
        with _left_alone(sink), _limited(time_limit):
            value = call()
            if inspect.iscoroutine(value):
                value.close()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, _fault(error, time_limit)
    if sink.lines >= MANY_LINES:
        return None, Fault("prints", f"prints {sink.lines} lines in one call")
    return value, None


@contextlib.contextmanager
def _left_alone(sink):
    """Put back what the code inside may change."""
    before, streams = dict(vars(np)), (sys.stdin, sys.stdout, sys.stderr)
    random = np.random.get_state()  # noqa: NPY002 - what a learner may seed
    depth, here = sys.getrecursionlimit(), os.getcwd()
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), sink, sink
    # deeper, an endless recursion fills the memory before it fails
    allow, sys.setrecursionlimit = sys.setrecursionlimit, lambda most: allow(min(most, 20_000))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), np.printoptions():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        np.random.set_state(random)  # noqa: NPY002
        sys.setrecursionlimit = allow
        sys.setrecursionlimit(depth)
        os.chdir(here)
        for name, item in before.items():
            if vars(np).get(name) is not item:
                setattr(np, name, item)


@contextlib.contextmanager
def _limited(seconds):
    """Raise `TimeUp` inside once the time has passed, where the platform can do it."""
    if seconds is None or not can_limit():
        yield
        return

    def stop(frame, event, _):
        if frame.f_code.co_filename in AROUND:
            return None
        if event == "line":
            raise TimeUp
        return stop

    def stop_for_good(number, frame):
        if frame.f_code.co_filename in AROUND:
            return  # the call has not begun, or is over
        # a bare `except` may swallow the first: its own line then raises another
        while frame is not None and frame.f_code.co_filename not in AROUND:
            frame.f_trace, frame = stop, frame.f_back
        sys.settrace(stop)
        raise TimeUp

    before, trace = signal.signal(signal.SIGALRM, stop_for_good), sys.gettrace()
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        sys.settrace(trace)


def _fault(error, time_limit):
    """Say what an exception means."""
    if isinstance(error, TimeUp):
        return Fault("time", f"does not come to an end within {time_limit:g} s")
    if isinstance(error, SystemExit):
        return Fault("exit", "calls exit()")
    where = _own_line(error)
    if isinstance(error, RecursionError):
        return Fault("recursion", f"calls itself without an end{where}")
    if isinstance(error, NotImplementedError) and not str(error):
        return Fault("crash", f"is not written yet{where}", error="NotImplementedError")
    return Fault("crash", f"raises {said(error)}{where}", _refused(error), type(error).__name__)


def said(error):
    """Write an exception in one line; its text may fail, too."""
    try:
        words = " ".join(str(error).split())
    except Exception:
        words = ""
    words = words if len(words) <= 110 else words[:107] + "..."
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _own_line(error):
    """Name the line of the learner's code in which an exception came up."""
    if isinstance(error, SyntaxError) and error.text:
        return f": {error.text.strip()[:90]}"
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in OUTSIDE
    ]
    if not own:
        return ""
    file, line = own[-1]
    code = linecache.getline(file, line).strip()
    return f", in line {line}" + (f": {code[:90]}" if code else "")


def _refused(error):
    """Whether the code itself raised the exception: by ``raise`` or ``assert``, not by a slip."""
    if not isinstance(error, (AssertionError, ValueError, NotImplementedError)):
        return False
    *_, last = [None, *_tracebacks(error.__traceback__)]
    if last is None or last.tb_frame.f_code.co_filename.startswith(os.path.dirname(np.__file__)):
        return False
    operation = last.tb_frame.f_code.co_code[last.tb_lasti]
    return dis.opname[operation] == "RAISE_VARARGS"


def _tracebacks(step):
    while step is not None:
        yield step
        step = step.tb_next
