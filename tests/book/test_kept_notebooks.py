"""What one notebook keeps, the next one has: in Jupyter's kernel, and in a plain script."""

import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

HELPER = """
import numpy as np
def padded(x, P):
    return np.pad(x, [(0, 0), (0, 0), (P, P), (P, P)])
""".strip()
FORWARD = """
import numpy
def forward(x, w, b, stride, pad):
    x = padded(x, pad)
    windows = numpy.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
""".strip()
CONV = """
import convlib
class Conv:
    def __init__(self, w, b, stride, padding):
        self.w, self.b, self.settings = w, b, {"stride": stride, "padding": padding}
    def forward(self, x):
        self.x = x
        return convlib.conv2d(x, self.w, self.b, **self.settings)
    def backward(self, dy):
        return convlib.conv2d_backward(dy, self.x, self.w, **self.settings)
""".strip()
JUDGE = "from convlib import check\nprint(check.forward(forward, keep=True))"
JUDGE_CONV = "print(check.layer(Conv, keep=True))"
TAKE = """
import convlib
from convlib import check
forward = check.kept("forward", otherwise=convlib.conv2d)
from my_layers import Conv
print(check.forward(forward).ok, check.layer(Conv).ok)
""".strip()
WRITE = ["", HELPER, FORWARD, JUDGE, CONV, JUDGE_CONV]


def notebook(sources, folder):
    """Run cells in a kernel of Jupyter, in a folder; return what they print."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(made, kernel_name="python3", timeout=120, resources=where).execute()
    return "".join(out.text for cell in made.cells for out in cell.get("outputs", []))


def script(sources, folder):
    """Run them as one file."""
    (folder / "mine.py").write_text("\n\n".join(sources), encoding="utf-8")
    command = [sys.executable, "-W", "error", "mine.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("write", "take"), [(notebook, notebook), (notebook, script), (script, notebook)]
)
def test_what_one_keeps_the_next_one_has(write, take, tmp_path, monkeypatch):
    monkeypatch.delenv("MY_LAYERS")
    said = write(WRITE, tmp_path)
    assert "Kept in my_layers.py: forward." in said
    assert "Kept in my_layers.py: Conv." in said
    assert take([TAKE], tmp_path) == "forward: your own, from my_layers.py.\nTrue True\n"
