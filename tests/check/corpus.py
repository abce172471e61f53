"""The corpus: how a file of it is read, changed, run and checked.

A file says in its head what is checked: ``# check: operation(names)``, of a forward and a backward
pass, or of a class.
"""

import linecache
import re
import time
from pathlib import Path
from typing import NamedTuple

from convlib import check

FOLDER = Path(__file__).parent
RIGHT = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("right/*.py"))}


class Checked(NamedTuple):
    """A report, and the seconds that it took."""

    report: check.Report
    seconds: float


def functions(source, name="program"):
    """Run a file; return the operation, and what is checked."""
    operation, wanted = re.search(r"^# check: (\w+)\((.*)\)$", source, re.M).groups()
    path = f"<{name}>"
    linecache.cache[path] = len(source), None, source.splitlines(keepends=True), path
    names = {"__name__": name}
    exec(compile(source, path, "exec"), names)
    return operation, [names[one] for one in wanted.split(", ")]


def checked(source, name="program", **settings):
    """Check a file."""
    operation, found = functions(source, name)
    start = time.perf_counter()
    report = check.layer(*found, operation=operation, **settings)
    return Checked(report, time.perf_counter() - start)
