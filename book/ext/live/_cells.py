"""Which cells a page has: their code as a file beside the page, and a mark on each in the page."""

import ast
import functools
import json
import sys
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx_exercise.nodes import is_exercise_node

from cell_tags import tagged

from ._assets import PURE, brought, pyodide_lock, wheels

SCRIPT = "live.js"
MAP = 'class="cl-map"'
FOLDER = "_static/python/cells"

WRITE = "ex-write-"
"""How the labels of these begin."""

BESIDE = {"convlib", "IPython", "anywidget"} | {m for parts in PURE.values() for m in parts}
"""What a page can import beyond Python's own modules and Pyodide's packages."""

CANNOT = {
    "_thread", "asyncio", "concurrent", "curses", "dbm", "ensurepip", "fcntl", "idlelib", "lib2to3",
    "multiprocessing", "pdb", "pty", "pwd", "resource", "select", "selectors", "signal", "socket",
    "socketserver", "subprocess", "termios", "threading", "tkinter", "tty", "turtle", "turtledemo",
    "venv",
}  # fmt: skip
"""Python's modules that ask for processes, threads, a network or a terminal."""


@functools.cache
def provided():
    """Return the names of all modules that a page can import and use."""
    lock = pyodide_lock()
    apart = [n for n, p in lock["packages"].items() if p["package_type"] == "cpython_module"]
    python = sys.stdlib_module_names - CANNOT - set(brought(apart, lock))
    return frozenset(python | BESIDE | set(brought(wheels(lock), lock)))


def imported(source):
    r"""Return the modules that a cell imports, without what stands in them.

    Examples
    --------
    >>> sorted(imported("import os.path\nfrom numpy import linalg"))
    ['numpy', 'os']
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def missing(source):
    """List the modules that a cell imports and that no page can have.

    Examples
    --------
    >>> missing("import ipywidgets, numpy, json, subprocess")
    ['ipywidgets', 'subprocess']
    """
    return sorted(imported(source) - provided())


def functions(app):
    """Return the functions that each chapter lets its reader write."""
    found = {}
    for docname in sorted(app.env.found_docs):
        path = Path(app.env.doc2path(docname))
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            names = [name for cell in cells for name in tagged(cell, "judge")]
            found |= {docname: names} if names else {}
    return found


def cells_of(app, doctree, docname):
    """Yield (node, id, cell) for each cell of a page, and an empty one for each exercise.

    An exercise in which the reader writes a function has a cell for that already.
    """
    path = Path(app.env.doc2path(docname))
    notebook = nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else None
    for node in doctree.findall(nodes.Element):
        if node.get("nb_element") == "cell_code":
            number = node["cell_index"]
            yield node, f"cell-{number}", notebook.cells[number]
        elif is_exercise_node(node) and notebook and not node["label"].startswith(WRITE):
            yield node, f"try-{node['label']}", nbformat.v4.new_code_cell()


def mark(app, doctree, docname):
    """Give each cell its id, each exercise an empty cell, and write the file of the page."""
    if app.builder.format != "html":
        return
    listed = []
    for node, name, written in list(cells_of(app, doctree, docname)):
        if is_exercise_node(node):
            node += nodes.container(ids=[name], classes=["cell", "live-own"])
        else:
            node["ids"].append(name)
        cell = {"id": name, "source": written.source}
        if judges := tagged(written, "judge"):
            cell["judges"] = judges
        if lacks := missing(written.source):
            cell["lacks"] = lacks
            node["classes"].append("live-lacks")
        listed.append(cell)
    if any(cell["source"] for cell in listed):
        target = Path(app.outdir, FOLDER, f"{docname}.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(listed), encoding="utf-8")


def link(app, pagename, templatename, context, doctree):
    """Load the script on pages that have cells, and that of the map beside the map."""
    if Path(app.outdir, FOLDER, f"{pagename}.json").is_file():
        app.add_js_file(SCRIPT, loading_method="defer", **{"data-page": pagename})
    if MAP in context.get("body", ""):
        listed = json.dumps(functions(app))
        app.add_js_file("map.js", loading_method="defer", **{"data-functions": listed})
