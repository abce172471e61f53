"""Check the layers in a file: ``python -m convlib.check my_layers.py``."""

import argparse
import inspect
import sys

from convlib.check import _guard
from convlib.check._conventions import CONVENTIONS
from convlib.check._find import find
from convlib.check._kept import load
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
    parser.add_argument("file", help="Python code with functions like conv_forward, conv_backward")
    parser.add_argument("--operation", choices=OPERATIONS, help="check only this")
    parser.add_argument("--convention", choices=CONVENTIONS, help="how the functions are called")
    parser.add_argument("--time-limit", type=float, default=5.0, help="seconds for one call")
    asked = parser.parse_args(arguments)
    names, fault = _guard.run(
        lambda: load(asked.file, "convlib_checked"), max(60.0, asked.time_limit)
    )
    if fault:
        print(f"{asked.file} cannot be loaded: it {fault.words}.")
        return 1
    layers = [one for one in find(names) if asked.operation in (None, one.operation)]
    if not layers:
        print(f"{asked.file}: nothing to check. It looks for conv_forward, conv_backward, ...")
        return 1
    good = True
    for operation, forward, backward in layers:
        made = inspect.isclass(forward)
        report = examine(forward, backward, operation, asked.convention, asked.time_limit, made)
        called = ", ".join(f.__name__ for f in (forward, backward) if f is not None)
        print(f"{called} ({operation})\n{report}\n")
        good = good and report.ok
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
