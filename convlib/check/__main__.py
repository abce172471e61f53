"""Check the layers in a file: ``python -m convlib.check my_layers.py``."""

import argparse
import inspect
import os
import sys

from convlib.check import _guard
from convlib.check._conventions import CONVENTIONS
from convlib.check._file import RUN_AS, load
from convlib.check._find import find
from convlib.check._operations import OPERATIONS
from convlib.check._walk import examine

ABOUT = "Check the layers in a file: find what is wrong, and name the mistake."
MORE = """\
It finds functions by their names: conv_forward and conv_backward, max_pool_forward, avg_pool,
batchnorm_forward, conv_transpose, forward and backward, ...; or a class Conv with methods forward
and backward. It returns 0 if all of them are right, else 1.

example: python -m convlib.check my_layers.py --operation conv"""


def main(arguments=None):
    """Print a report for each layer; return 0 where all are right, else 1.

    Parameters
    ----------
    arguments : list of str, optional
        What stands on the command line.
    """
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m convlib.check", None, ABOUT, MORE, (), raw)
    parser.add_argument("file", help="Python code, or a notebook: of that, what its cells define")
    parser.add_argument("--operation", choices=OPERATIONS, help="check only this")
    parser.add_argument("--convention", choices=CONVENTIONS, help="how the functions are called")
    parser.add_argument(
        "--time-limit", metavar="S", type=_seconds, default=5.0, help="for one call; default: 5 s"
    )
    asked = parser.parse_args(arguments)
    names, words = _names(asked.file, asked.time_limit)
    # functions that are another module's are looked at only if the file has none of its own
    own = {name: item for name, item in (names or {}).items() if not _is_imported(name, item)}
    layers = find(own, asked.operation) or find(names or {}, asked.operation)
    if not layers:
        print(f"{asked.file}: {words or _nothing(names, asked.operation)}")
        return 1
    right = [_reported(layer, asked.convention, asked.time_limit) for layer in layers]
    if len(right) > 1:
        print(f"{sum(right)} of {len(right)} layers are right.")
    return 0 if all(right) else 1


def _seconds(words):
    """Read a time limit."""
    try:
        seconds = float(words)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0; got {words!r}")
    return seconds


def _names(path, time_limit):
    """Return the names of a file, or what is wrong with it."""
    if not os.path.exists(path):
        return None, "there is no such file."
    if os.path.isdir(path):
        return None, "expected a file, got a folder."
    names, fault = _guard.run(lambda: load(path), max(60.0, time_limit))
    return names, f"cannot be loaded: it {fault.words}." if fault else ""


def _is_imported(name, item):
    return getattr(item, "__name__", "") == name and getattr(item, "__module__", "") != RUN_AS


def _nothing(names, operation):
    """Say what there is instead of layers."""
    own = [name for name, item in names.items() if inspect.isfunction(item) and name[:1] != "_"]
    more = f" and {len(own) - 8} more" if len(own) > 8 else ""
    there = f"It has {', '.join(own[:8])}{more}." if own else "It has no function."
    wanted = operation or "conv"
    return (
        f"no layer{f' of {operation}' if operation else ''} found. {there}\n"
        f"Layers are found by their names, such as {wanted}_forward and {wanted}_backward."
    )


def _reported(layer, convention, time_limit):
    """Print the report on one layer; return whether it is right."""
    operation, forward, backward = layer
    made = inspect.isclass(forward)
    report = examine(forward, backward, operation, convention, time_limit, made)
    both = [f for f in (forward, backward) if f is not None]
    called = ", ".join(getattr(f, "__name__", type(f).__name__) for f in both)
    print(f"{called} ({operation})\n{report}\n")
    return report.ok


if __name__ == "__main__":
    sys.exit(main())
