"""Check the layers in a file: ``python -m convlib.check my_layers.py``."""

import argparse
import inspect
import os
import re
import sys

from convlib.check import _guard
from convlib.check._conventions import CONVENTIONS
from convlib.check._find import find
from convlib.check._load import load, neighbours
from convlib.check._operations import OPERATIONS
from convlib.check._walk import examine


def main(arguments=None):
    """Print a report for each layer; return 0 where all are right, else 1.

    Parameters
    ----------
    arguments : list of str, optional
        What stands on the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m convlib.check", description=__doc__)
    parser.add_argument(
        "file", help="Python code, or a notebook, with functions like conv_forward, conv_backward"
    )
    parser.add_argument("--operation", choices=OPERATIONS, help="check only this")
    parser.add_argument("--convention", choices=CONVENTIONS, help="how the functions are called")
    parser.add_argument("--time-limit", type=float, default=5.0, help="seconds for one call")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("MPLBACKEND", "Agg")  # a window would wait to be closed
    with neighbours(asked.file) as package:
        limit = max(60.0, asked.time_limit)
        loaded, fault = _guard.run(lambda: load(asked.file, package), limit)
        if fault:
            print(f"{asked.file} cannot be loaded: it {fault.words}.")
            return 1
        names, skipped = loaded
        for statement in skipped[:5]:
            print(f"Left out, because it fails: {statement}")
        layers = [one for one in find(names) if asked.operation in (None, one.operation)]
        if not layers:
            print(f"{asked.file}: nothing to check. It looks for conv_forward, conv_backward, ...")
            return 1
        missing = {name for statement in skipped for name in statement.names}
        return 0 if _all_right(layers, missing, asked) else 1


def _all_right(layers, missing, asked):
    """Print a report for each layer; whether some can be run here, and all of those are right."""
    results = []
    for operation, forward, backward in layers:
        made = inspect.isclass(forward)
        report = examine(forward, backward, operation, asked.convention, asked.time_limit, made)
        called = ", ".join(f.__name__ for f in (forward, backward) if f is not None)
        lacks = _lacks(report, missing)
        print(f"{called} ({operation})\n{f'Not checked: {lacks}' if lacks else report}\n")
        if not lacks:
            results.append(report.ok)
    return bool(results) and all(results)


def _lacks(report, missing):
    """Say what code needs that is not installed here; "" where it needs nothing."""
    found = re.search(r"(No module named|name) '([\w.]+)'( is not defined)?", report.headline)
    if not found:
        return ""
    kind, name, undefined = found.groups()
    if kind == "name" and not (undefined and {name, "*"} & missing):
        return ""
    return f"it needs {name}, which cannot be imported here."


if __name__ == "__main__":
    sys.exit(main())
