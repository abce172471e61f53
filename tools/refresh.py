"""Run the chapters that changed, and store the outputs of all: python -m tools.refresh [gather-dx].

Each check is tagged with the number of settings that it runs at.

A second run writes the same bytes.
"""

import copy
import itertools
import re
import sys

import nbformat
from nbval.plugin import get_sanitize_patterns

from tools import checks, execute
from tools.notebooks import BOOK, NOTEBOOKS, folded, solutions, tagged

SANITIZERS = get_sanitize_patterns((BOOK.parent / "nbval.cfg").read_text(encoding="utf-8"))
"""The rules by which nbval compares outputs: what it ignores is not worth storing."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def merge_streams(outputs):
    """Join neighbouring pieces of one stream: where the kernel cuts it is a matter of time."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def clean(cell):
    """Remove what differs from run to run or from machine to machine."""
    cell.metadata.pop("execution", None)
    if cell.cell_type != "code":
        return
    if "measured" in cell.metadata.get("tags", []):
        cell.outputs = []  # each run shows its own numbers, so none are stored
    cell.outputs = merge_streams(cell.outputs)
    for output in cell.outputs:
        data = output.get("data", {})
        data.pop("image/png", None)
        data.pop("application/vnd.jupyter.widget-view+json", None)  # names a model of this run
        for pattern, replacement in SANITIZERS if "text/html" in data else ():
            data["text/html"] = re.sub(pattern, replacement, data["text/html"])


def executed(notebook):
    """Return a notebook with the outputs of its last run, in the form in which they are stored."""
    _, notebook = execute.get_cache(execute.CACHE).merge_match_into_notebook(
        copy.deepcopy(notebook)
    )
    for cell in notebook.cells:
        clean(cell)
    for cell in itertools.chain.from_iterable(solutions(notebook.cells)):
        cell.metadata["jupyter"] = folded(cell)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def count_settings(chapter, notebook):
    """Tag each check of a chapter with the number of settings that it runs at, if there are any."""
    code = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    for number, cell in enumerate(code):
        if tagged(cell, "check"):
            tags = [tag for tag in cell.metadata.tags if not tag.startswith("settings:")]
            count = checks.settings(chapter, number)
            cell.metadata.tags = [*tags, f"settings:{count}"] if count else tags


def main():
    """Refresh the chapters that are named, or all."""
    names = sys.argv[1:] or NOTEBOOKS
    if unknown := set(names) - set(NOTEBOOKS):
        sys.exit(f"There is no chapter {min(unknown)!r}. The chapters are: {', '.join(NOTEBOOKS)}.")
    paths = [BOOK / f"{name}.ipynb" for name in names]
    execute.run(paths)
    for path in paths:
        notebook = executed(nbformat.read(path, as_version=4))
        count_settings(path.stem, notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
