"""Check the layers in a file: ``python -m convlib.check my_layers.py``."""

import argparse
import inspect
import os
import re
import sys

from convlib.check import _guard
from convlib.check._conventions import CONVENTIONS
from convlib.check._file import RUN_AS, load, neighbours
from convlib.check._find import find, with_methods
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
    os.environ.setdefault("MPLBACKEND", "Agg")  # a window would wait to be closed
    with neighbours(asked.file) as package:  # a function may import when it is called
        return 0 if _check(asked, package) else 1


def _check(asked, package):
    """Print a report for each layer of a file; return whether all that can be run are right."""
    names, skipped, words = _names(asked.file, package, asked.time_limit)
    for statement in skipped[:5]:
        print(f"Left out, because it fails: {statement}")
    # functions that are another module's are looked at only if the file has none of its own
    own = {name: item for name, item in names.items() if not _is_imported(name, item)}
    some = (found for found in (own, with_methods(own), names) if find(found, asked.operation))
    layers = find(next(some, {}), asked.operation)
    if not layers:
        print(f"{asked.file}: {words or _nothing(names, asked.operation)}")
        return False
    missing = {name for statement in skipped for name in statement.names}
    right = [_reported(layer, missing, asked) for layer in layers]
    right = [result for result in right if result is not None]
    if len(layers) > 1:
        print(f"{sum(right)} of {len(layers)} layers are right.")
    return bool(right) and all(right)


def _seconds(words):
    """Read a time limit."""
    try:
        seconds = float(words)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0; got {words!r}")
    return seconds


def _names(path, package, time_limit):
    """Return the names of a file, the statements that fail, and what is wrong with it."""
    if not os.path.exists(path):
        return {}, [], "there is no such file."
    if os.path.isdir(path):
        return {}, [], "expected a file, got a folder."
    loaded, fault = _guard.run(lambda: load(path, package), max(60.0, time_limit))
    return (*loaded, "") if loaded else ({}, [], f"cannot be loaded: it {fault.words}.")


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


def _reported(layer, missing, asked):
    """Print the report on one layer; return whether it is right, or None if it cannot be run."""
    operation, forward, backward = layer
    made = inspect.isclass(forward)
    report = examine(forward, backward, operation, asked.convention, asked.time_limit, made)
    both = [f for f in (forward, backward) if f is not None]
    called = ", ".join(getattr(f, "__name__", type(f).__name__) for f in both)
    lacks = _lacks(report, missing)
    print(f"{called} ({operation})\n{lacks or report}\n")
    return None if lacks else report.ok


def _lacks(report, missing):
    """Say what code needs that cannot be imported here; "" where it needs nothing."""
    module = re.search(r"No module named '([\w.]+)'", report.headline)
    name = re.search(r"name '(\w+)' is not defined", report.headline)
    if name and not {name[1], "*"} & missing:
        name = None
    lost = module or name
    return lost and f"Not checked: it needs {lost[1]}, which cannot be imported here."


if __name__ == "__main__":
    sys.exit(main())
