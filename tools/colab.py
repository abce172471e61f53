"""Begin every chapter with a cell that fetches the course in Google Colab (`make colab`).

Colab opens a notebook without the files beside it, so the cell must name the repository: the one
that book/ext/address.py finds. Anywhere else the cell does nothing. The pages show a button for
Colab when every chapter has the cell.
"""

import os
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "book" / "ext"))

import address  # noqa: E402

ID = address.COLAB_CELL
CELL = """\
# In Google Colab, fetch the course. Anywhere else, do nothing.
import os
import subprocess
import sys

if "google.colab" in sys.modules:
    home = os.path.abspath("/content/course")
    if not os.path.isdir(home):
        address = "{repository}"
        git = ["git", "clone", "--quiet", "--depth", "1", address, home]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "anywidget"]
        subprocess.run(git, check=True)
        subprocess.run(pip, check=True)
    os.chdir(f"{{home}}/book")
    sys.path.insert(0, home)
"""


def add(path, repository):
    """Put the cell first among the code cells of a notebook, in place of an older one."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.get("id") != ID]
    first = next(n for n, cell in enumerate(cells) if cell.cell_type == "code")
    source = CELL.format(repository=repository).rstrip()
    metadata = {"tags": ["remove-cell"]}
    cells.insert(first, nbformat.v4.new_code_cell(source, id=ID, metadata=metadata))
    notebook.cells = cells
    nbformat.write(notebook, path)


def main(book=ROOT / "book"):
    """Add the cell to every notebook, or say what is missing."""
    repository = address.repository(os.environ)
    if not repository:
        sys.exit("The repository has no address on GitHub yet: set git's remote `origin` first.")
    paths = sorted(Path(book).glob("*.ipynb"))
    for path in paths:
        add(path, repository)
    print(f"{len(paths)} notebooks begin with a cell that fetches {repository} in Colab.")


if __name__ == "__main__":
    main()
