"""Where and when something was measured, and how long the methods are."""

import ast
import datetime
import io
import os
import platform
import tokenize
from importlib import metadata
from pathlib import Path

import threadpoolctl

from convlib import _methods

LAYOUT = {
    getattr(tokenize, name)
    for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
}
"""Tokens that are no code."""


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


def lines():
    """Return the lines of each method's module, and of those that methods share."""
    shared = sorted(Path(_methods.__file__).parent.glob("_[a-z]*.py"))
    return {
        "lines": {name: _lines(method.__file__) for name, method in _methods.METHODS.items()},
        "shared": {path.stem: _lines(path) for path in shared},
    }


def _lines(path):
    """Count the lines of a file, and how many of them hold code."""
    text = Path(path).read_text(encoding="utf-8")
    return {"all": len(text.splitlines()), "code": len(_of_code(text))}


def _of_code(text):
    """Return the lines of a module that hold something other than a comment or a docstring."""
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    texts = [node for node in statements if isinstance(node.value, ast.Constant)]
    prose = {line for node in texts for line in range(node.lineno, node.end_lineno + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    spans = [(t.start[0], t.end[0]) for t in tokens if t.type not in LAYOUT]
    return {line for start, end in spans for line in range(start, end + 1)} - prose
