"""The checker from the command line, as a stranger uses it: whatever the file, words that help."""

import json

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
        ("import not_there\n", "my_layers.py", "'not_there', in line 1: import not_there."),
        ("import sys\nsys.exit()\n", "my_layers.py", "cannot be loaded: it calls exit()."),
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
    assert out.startswith("forward (max_pool)\nforward: what is its parameter 'b'?")


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
    assert out.startswith("conv_forward (conv)\nRight: y")


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
