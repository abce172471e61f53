"""The checker from the command line, as a stranger uses it: whatever the file, words that help."""

import json
import sys

import pytest

from convlib.check.__main__ import main

RIGHT = """
import convlib
def {name}(x, w, b, stride=1, pad=0):
    return convlib.conv2d(x, w, b, stride=stride, padding=pad)
"""
WRONG = RIGHT.replace("stride=stride, ", "")


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """Return a function that writes a file, and runs the command in its folder."""
    monkeypatch.chdir(tmp_path)

    def run(text, *options, file="my_layers.py"):
        if text is not None:
            (tmp_path / file).write_text(text, encoding="utf-8")
        return main([file, *options]), capsys.readouterr().out

    return run


def notebook(*cells):
    """Return the text of a notebook with these cells of code, below one of text."""
    words = {"cell_type": "markdown", "metadata": {}, "source": "def conv_forward("}
    code = [
        {"cell_type": "code", "metadata": {}, "source": cell.splitlines(True), "outputs": []}
        for cell in cells
    ]
    return json.dumps({"cells": [words, *code], "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.mark.parametrize(
    ("text", "file", "words"),
    [
        (None, "missing.py", "missing.py: there is no such file."),
        (None, ".", ".: expected a file, got a folder."),
        ("", "my_layers.py", "no layer found. It has no function."),
        ("def cnv_forward(): ...\n", "my_layers.py", "no layer found. It has cnv_forward."),
        ("def f(x):\n    return (x\n", "my_layers.py", "(my_layers.py, line 2): return (x."),
        ("import not_there\n", "my_layers.py", "line 1: import not_there (ModuleNotFoundError: No"),
        ("import sys\nsys.exit()\n", "my_layers.py", "line 2: sys.exit() (SystemExit)"),
        ("x = 1\0", "my_layers.py", "cannot contain null bytes"),
        ("[", "layers.ipynb", "cannot be loaded: it raises JSONDecodeError"),
        (notebook("def f(x:"), "layers.ipynb", "(layers.ipynb, cell 2, line 1): def f(x:."),
    ],
)
def test_a_file_without_layers_says_what_it_is(said, text, file, words):
    status, out = said(text, file=file)
    assert status == 1
    assert words in out
    assert "import" in (text or "") or ", in line" not in out  # no line of Python's own


def test_several_layers_are_counted(said):
    status, out = said(RIGHT.format(name="conv_forward") + WRONG.format(name="convolution"))
    assert status == 1
    assert out.startswith("conv_forward (conv)\nRight: y at all of 27 settings.")
    assert "\nconvolution (conv)\ny is right at stride 1 and fails at stride 2" in out
    assert out.endswith("1 of 2 layers are right.\n")


def test_the_names_of_the_course_are_enough(said):
    text = RIGHT.format(name="forward")
    status, out = said(text)
    assert status == 0
    assert out.startswith("forward (conv)\nRight: y")
    status, out = said(text, "--operation", "max_pool")
    assert status == 1
    assert out.startswith("forward (max_pool)\nforward: what is its parameter 'b', in forward?")


def test_only_the_operation_that_is_asked_for_is_checked(said):
    text = RIGHT.format(name="conv_forward")
    assert said(text, "--operation", "conv")[0] == 0
    status, out = said(text, "--operation", "avg_pool")
    assert status == 1
    assert "no layer of avg_pool found. It has conv_forward." in out
    assert "such as avg_pool_forward and avg_pool_backward" in out


def test_what_is_imported_is_not_the_reader_s_own(said):
    status, out = said(f"from convlib import *\n{WRONG.format(name='conv_forward')}")
    assert status == 1
    assert "avg_pool" not in out
    status, out = said("from convlib import conv2d, conv2d_backward\n")
    assert status == 0
    assert out.startswith("conv2d, conv2d_backward (conv)")


def test_private_names_are_left_alone(said):
    text = f"def _conv_forward(): ...\n{RIGHT.format(name='conv_forward')}"
    assert said(text)[0] == 0


def test_a_partial_has_no_name(said):
    text = "import functools, convlib\nconv_forward = functools.partial(convlib.conv2d, groups=1)\n"
    assert said(text)[1].startswith("partial (conv)\n")


def test_of_a_notebook_only_definitions_are_run(said):
    text = notebook(
        "%matplotlib inline\nimport numpy as np\nimport not_there\nPAD = 1\n!pip install this",
        "%%bash\nconv() { exit 1; }",
        "np.pad?",
        "raise SystemExit",
        RIGHT.format(name="conv_forward").replace("=pad", "=pad * PAD"),
        "while True: pass",
    )
    status, out = said(text, file="layers.ipynb")
    assert status == 0, out
    first, *lines = out.splitlines()
    assert first.startswith("Left out, because it fails: line 3: import not_there")
    assert lines[:2] == ["conv_forward (conv)", "Right: y at all of 27 settings."]


LAYERS = """
from dataclasses import dataclass
import h5py_is_not_there
from .columns import {columns}
from columns import windows as same
from package.columns import windows as too
try:
    import cupy_is_not_there as np
except ImportError:
    import numpy as np

@dataclass
class Sizes:
    stride: int

def conv_forward(x, w, b, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return np.einsum("nchwij,fcij->nfhw", {columns}(x, w, Sizes(stride)), w) + b[:, None, None]

np.load("not_there.npy")
print(conv_forward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), np.ones(1), 1, 0))

def max_pool_forward(x, f, stride):
    from .columns import tiles
    return tiles(x, f, stride).max((-1, -2))
"""
COLUMNS = """
from numpy.lib.stride_tricks import sliding_window_view
def windows(x, w, sizes):
    s = sizes.stride
    return sliding_window_view(x, w.shape[2:], (2, 3))[:, :, ::s, ::s]
def tiles(x, f, stride):
    return sliding_window_view(x, (f, f), (2, 3))[:, :, ::stride, ::stride]
"""


def test_what_a_file_needs_is_looked_for_beside_it_and_what_fails_is_left_out(said, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "columns.py").write_text(COLUMNS, encoding="utf-8")
    before = sys.path[:]
    status, out = said(LAYERS.format(columns="windows"), file="package/my_layers.py")
    assert status == 0, out
    fails = [line for line in out.splitlines() if line.startswith("Left out, because it fails")]
    assert ["h5py_is_not_there" in fails[0], "np.load" in fails[1]] == [True] * len(fails)
    assert "2 of 2 layers are right." in out
    assert sys.path == before
    assert "package" not in sys.modules


def test_a_layer_that_needs_what_is_not_there_is_not_called_wrong(said, tmp_path):
    (tmp_path / "columns.py").write_text(COLUMNS, encoding="utf-8")
    text = LAYERS.format(columns="cython_windows")
    status, out = said(text)
    assert "Not checked: it needs cython_windows, which cannot be imported here." in out
    assert status == 0
    assert "1 of 2 layers are right." in out
    status, out = said(text, "--operation", "conv")
    assert status == 1
    # a name that nobody imports is a slip
    status, out = said(text.replace("import cython_windows", "import windows"))
    assert status == 1
    assert "name 'cython_windows' is not defined" in out


def test_two_backward_passes_share_a_forward_pass(said):
    text = "from convlib import conv2d, conv2d_backward\n"
    text += "def conv_forward(x, w, b, stride, pad):\n"
    text += "    return conv2d(x, w, b, stride=stride, padding=pad), (x, w, stride, pad, b)\n"
    for name in ("conv_backward", "conv_backward_alt"):
        text += f"def {name}(dout, cache):\n    x, w, stride, pad, _ = cache\n"
        text += "    return tuple(conv2d_backward(dout, x, w, stride=stride, padding=pad))\n"
    status, out = said(text)
    assert status == 0, out
    assert "conv_forward, conv_backward_alt (conv)\nRight: y, dx, dw and db" in out


def test_the_methods_of_a_network_are_found(said):
    text = "import convlib\nclass Network:\n    def __init__(self, sizes): self.sizes = sizes\n"
    text += "    def _conv_forward(self, x, w, b, stride, pad):\n"
    text += "        return convlib.conv2d(x, w, b, stride=stride, padding=pad)\n"
    status, out = said(text)
    assert status == 0, out
    assert out.startswith("_conv_forward (conv)\nRight: y")


def test_what_does_more_than_one_layer_is_left_alone(said):
    names = ("conv_relu_forward", "conv_bn_relu_pool_forward", "affine_norm_forward",
             "conv1d_forward", "global_avg_pool_forward")  # fmt: skip
    status, out = said("".join(f"def {name}(x, w, b, conv_param): ...\n" for name in names))
    assert status == 1
    assert "no layer found" in out


def test_a_line_of_a_notebook_is_shown(said):
    text = notebook("%time\ndef conv_forward(x, w, b, stride, pad):\n    return x.nothing")
    _, out = said(text, file="layers.ipynb")
    assert "in line 3: return x.nothing." in out


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "five"])
def test_a_time_limit_is_some_seconds(said, seconds, capsys):
    with pytest.raises(SystemExit):
        said("", f"--time-limit={seconds}")
    assert f"expected seconds, more than 0; got '{seconds}'" in capsys.readouterr().err


def test_help_says_which_names_are_found(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert "conv_forward and conv_backward" in out
    assert "default: 5 s" in out
