"""Run every chapter and store its outputs, so that a second run writes the same bytes.

python tools/refresh.py [gather-dx ...]
"""

import itertools
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # also when run as a script

from tools.notebooks import folded, solutions  # noqa: E402

SANITIZERS = get_sanitize_patterns((ROOT / "nbval.cfg").read_text(encoding="utf-8"))
"""The rules by which nbval compares outputs: what it ignores is not worth storing."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def sanitize(text):
    """Apply the rules of nbval.cfg."""
    for pattern, replacement in SANITIZERS:
        text = re.sub(pattern, replacement, text)
    return text


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


def clean_cell(cell):
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
        if "text/html" in data:
            data["text/html"] = sanitize(data["text/html"])


def refresh(path):
    """Execute one notebook in its own folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=True,  # an Output widget of ipywidgets needs it; METADATA drops it
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        clean_cell(cell)
    for cell in itertools.chain.from_iterable(solutions(notebook.cells)):
        cell.metadata["jupyter"] = folded(cell)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def chosen(names):
    """Return the files of the chapters that are named, or of all."""
    every = {path.stem: path for path in sorted((ROOT / "book").glob("*.ipynb"))}
    unknown = [name for name in names if name not in every]
    if unknown:
        sys.exit(f"There is no chapter {unknown[0]!r}. The chapters are: {', '.join(every)}.")
    return [every[name] for name in names] or list(every.values())


def main():
    """Refresh the chapters that are named, or all."""
    for path in chosen(sys.argv[1:]):
        print(path.name, flush=True)
        refresh(path)


if __name__ == "__main__":
    main()
