"""Where and when something was measured, and how long the methods are."""

import ast
import datetime
import os
import platform
from importlib import metadata
from pathlib import Path

import threadpoolctl

from convlib import _methods


def of_this_run(threads):
    """Return the date, the machine and the versions, as they are in a process that is timed."""
    import numpy  # noqa: F401  so that its BLAS is there to be asked

    blas = next(iter(threadpoolctl.threadpool_info()), {})
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "threads": threads,
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
            "system": platform.platform(terse=True),
            "BLAS": " ".join(
                str(blas.get(key)) for key in ("internal_api", "version", "architecture")
            ),
        },
        "versions": {"Python": platform.python_version()}
        | {name: metadata.version(name) for name in ("numpy", "torch")},
    }


def processor():
    """Return the processor's name for itself; the kind of it where that is not told."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    named = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return (named or [platform.processor() or platform.machine()])[0]


def lines_by_method():
    """Return, for each method, the lines of its module, and how many of them are its prose."""
    found = {}
    for name, method in _methods.METHODS.items():
        text = Path(method.__file__).read_text(encoding="utf-8")
        prose = ast.get_docstring(ast.parse(text)) or ""
        found[name] = {"all": len(text.splitlines()), "prose": len(prose.splitlines())}
    return found
