"""What the checker finds right is kept whole, and taken from its file by a later chapter."""

import importlib
import linecache
import os
import runpy
import sys

import pytest

import convlib
from convlib import check
from convlib.check import _kept, _source
from convlib.check.__main__ import main

HEAD = """
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
x = w = P = K = np.zeros(3)
"""
FORWARD = '''
def forward(x, w, b, stride, pad):
    """Convolve."""
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
'''
PADDED = """
def padded(x, pad):
    return np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
"""
WITH_PADDED = FORWARD.replace(
    "np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])", "padded(x, pad)"
)
BACKWARD = """
def backward(dy, x, w, stride, pad):
    x_padded = padded(x, pad)
    dx, dw = np.zeros_like(x_padded), np.zeros_like(w)
    for oh in range(dy.shape[2]):
        for ow in range(dy.shape[3]):
            rows = slice(oh * stride, oh * stride + w.shape[2])
            columns = slice(ow * stride, ow * stride + w.shape[3])
            at = dy[:, :, oh, ow]
            dw += np.einsum("nf,ncij->fcij", at, x_padded[:, :, rows, columns])
            dx[:, :, rows, columns] += np.einsum("nf,fcij->ncij", at, w)
    H, W = x.shape[2:]
    return dx[:, :, pad : pad + H, pad : pad + W], dw, dy.sum(axis=(0, 2, 3))
"""


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """The file of a reader who has kept nothing yet."""
    path = tmp_path / "my_layers.py"
    monkeypatch.setenv(_kept.VARIABLE, str(path))
    return path


class Notebook(dict):
    """Names that cells leave, each of which can be read again."""

    def __init__(self, *cells):
        super().__init__(__name__="__main__", convlib=convlib)
        for cell in (HEAD, *cells):
            self.run(cell)

    def run(self, cell, name=None):
        """Run a cell as Jupyter does: its lines can be asked for by a name of its own."""
        name = name or f"<cell {len(linecache.cache)}>"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
        exec(compile(cell, name, "exec"), self)


def kept_line(report):
    """Return the line that says what was kept."""
    (line,) = [line for line in str(report).splitlines() if "ept in" in line or "not kept" in line]
    return line


KEPT = {
    "alone": [FORWARD],
    "a helper of another cell": [PADDED, WITH_PADDED],
    "a helper by another name": [
        PADDED.replace("def padded", "def zeros_around"), "padded = zeros_around", WITH_PADDED
    ],
    "a helper that calls a helper": [
        "def zeros(pad):\n    return [(0, 0), (0, 0), (pad, pad), (pad, pad)]",
        "def padded(x, pad):\n    return np.pad(x, zeros(pad))", WITH_PADDED,
    ],
    "an import by another name": ["from numpy import pad as padding",
                                  FORWARD.replace("np.pad(", "padding(")],
    "a ufunc": ["from numpy import add", FORWARD.replace("+ b[", "+ add(b, 0)[")],
    "a plain value": ["AROUND = ((0, 0), (0, 0))",
                      FORWARD.replace("[(0, 0), (0, 0), (pad", "[*AROUND, (pad")],
    "a default": ["ZERO = 0", FORWARD.replace("stride, pad)", "stride, pad, more=ZERO)")],
    "a decorator": [
        "import functools\ndef plain(f):\n    @functools.wraps(f)\n    def inner(*given):\n"
        "        return f(*given)\n    return inner", FORWARD.replace("def", "@plain\ndef"),
    ],
    "calls itself": [PADDED.replace("    return", "    return padded(x, 0) if pad < 0 else"),
                     WITH_PADDED],
    "a text of several lines": [
        FORWARD.replace("    x = np.pad", '    text = """1\n2\n"""\n    assert text == "1\\n2\\n"\n'
                        "    x = np.pad")
    ],
    "a lambda inside": [FORWARD.replace("np.pad(x, [", "(lambda x, P: np.pad(x, P))(x, [")],
    "indented": ["if True:\n" + FORWARD.replace("\n", "\n    ")],
    "two statements in one cell": ["y = 1\n" + PADDED + WITH_PADDED + "\nz = 2"],
    "a comprehension": [FORWARD.replace("[(0, 0), (0, 0), (pad, pad), (pad, pad)]",
                                        "[(P, P) for P in (0, 0, pad, pad)]")],
}  # fmt: skip


@pytest.mark.parametrize("cells", KEPT.values(), ids=KEPT)
def test_what_is_kept_stands_alone_and_is_right(cells, file):
    report = check.forward(Notebook(*cells)["forward"], keep=True)
    assert kept_line(report) == "Kept in my_layers.py: forward."
    forward = runpy.run_path(str(file))["forward"]
    assert check.forward(forward).ok
    assert not {"x", "w", "P"} & forward.__globals__.keys()


def test_a_class_is_kept_with_its_base(file):
    names = Notebook(
        "class Layer:\n    def __init__(self, w, b, stride, padding):\n"
        "        self.w, self.b, self.settings = w, b, {'stride': stride, 'padding': padding}",
        "class Conv(Layer):\n    def forward(self, x):\n        self.x = x\n"
        "        return convlib.conv2d(x, self.w, self.b, **self.settings)\n"
        "    def backward(self, dy):\n"
        "        return convlib.conv2d_backward(dy, self.x, self.w, **self.settings)",
    )
    assert kept_line(check.layer(names["Conv"], keep=True)) == "Kept in my_layers.py: Conv."
    assert check.layer(runpy.run_path(str(file))["Conv"]).ok


def test_each_keeps_its_own_helper_of_one_name_and_is_replaced_alone(file):
    first = Notebook(PADDED, WITH_PADDED)
    check.forward(first["forward"], keep=True)
    other = Notebook(PADDED.replace("return", "assert x.ndim == 4\n    return"), BACKWARD)
    report = check.backward(other["backward"], keep=True)
    assert kept_line(report) == "Kept in my_layers.py: backward."
    before = file.read_text(encoding="utf-8")
    assert before.count("def padded") == 2
    again = Notebook(FORWARD)
    check.forward(again["forward"], keep=True)
    text = file.read_text(encoding="utf-8")
    assert text.count("def padded") == text.count("def forward") == 1
    assert text.index("def forward") < text.index("def backward")
    names = runpy.run_path(str(file))
    assert check.layer(names["forward"], names["backward"]).ok


def test_both_passes_are_kept_together_or_none(file):
    names = Notebook(PADDED, WITH_PADDED, BACKWARD)
    report = check.layer(names["forward"], names["backward"], keep=True)
    assert kept_line(report) == "Kept in my_layers.py: forward and backward."
    file.unlink()
    names.run("two = backward\nbackward = lambda dy, x, w, stride, pad: two(dy, x, w, stride, pad)")
    report = check.layer(names["forward"], names["backward"], keep=True)
    assert report.ok
    assert "not kept: a lambda" in kept_line(report)
    assert not file.exists()


def test_what_was_kept_can_be_used_by_what_is_kept_next(file, capsys):
    check.forward(Notebook(PADDED, FORWARD)["forward"], keep=True)
    later = Notebook(
        PADDED,
        BACKWARD.replace("    H, W", "    conv(x, w, 0 * w[:, 0, 0, 0], stride, pad)\n    H, W"),
    )
    later["conv"] = check.kept("forward", otherwise=convlib.conv2d)
    assert capsys.readouterr().out == "forward: your own, from my_layers.py.\n"
    assert kept_line(check.backward(later["backward"], keep=True)).startswith("Kept")
    names = runpy.run_path(str(file))
    assert check.layer(names["forward"], names["backward"]).ok
    assert file.read_text(encoding="utf-8").count("def forward") == 1
    # and what is kept already stays as it is
    text = file.read_text(encoding="utf-8")
    assert kept_line(check.forward(later["conv"], keep=True)).startswith("Kept")
    assert file.read_text(encoding="utf-8") == text


LAMBDA = "lambda x, w, b, stride, pad: own(x, w, b, stride, pad)"


def in_function(names):
    names.run("def made():\n    P = 0" + FORWARD.replace("\n", "\n    ").replace("b[", "P + b[")
              + "\n    return forward\nforward = made()")  # fmt: skip


def as_method(names):
    names.run("class C:" + FORWARD.replace("\n", "\n    ").replace("(x,", "(self, x,", 1))
    names["forward"] = names["C"]().forward


def changed_since(names):
    names.run(FORWARD, "<changed>")
    lines = FORWARD.replace("+ b[", "- b[").splitlines(keepends=True)
    linecache.cache["<changed>"] = (9, None, lines, "<changed>")


def without_source(names):
    exec(FORWARD, names)


def runs(cell):
    return lambda names: names.run(cell)


NOT_KEPT = {
    "a lambda has no name": runs(f"{FORWARD}own = forward\nforward = {LAMBDA}"),
    "a partial is no function": runs(
        f"{FORWARD}import functools\nforward = functools.partial(forward)"
    ),
    "a method is no function": as_method,
    "defined inside of another function": in_function,
    "was changed after it ran": changed_since,
    "the source of forward is not there": without_source,
    "it uses `zeros`, a ndarray of another cell": runs(
        "zeros = np.zeros(1)" + FORWARD.replace("b[", "zeros + b[")
    ),
    "it uses `zero`, a Zero of another cell": runs(
        "class Zero(float): pass\nzero = Zero(0)" + FORWARD.replace("b[", "zero + b[")
    ),
    "it changes `count`, which is global": runs(
        "count = 0" + FORWARD.replace("    x =", "    global count\n    count += 1\n    x =")
    ),
    "conv2d is the course's own": lambda names: names.update(forward=convlib.conv2d),
}


@pytest.mark.parametrize("why", NOT_KEPT)
def test_what_cannot_be_kept_is_right_all_the_same_and_says_why(why, file):
    names = Notebook()
    NOT_KEPT[why](names)
    file.write_text("# my own\n", encoding="utf-8")
    report = check.forward(names["forward"], keep=True)
    assert report.ok, report
    assert why in kept_line(report)
    assert file.read_text(encoding="utf-8") == "# my own\n"
    assert [path.name for path in file.parent.iterdir()] == ["my_layers.py"]


def test_a_name_that_another_operation_has_is_refused(file):
    names = Notebook(FORWARD)
    check.forward(names["forward"], keep=True)
    text = file.read_text(encoding="utf-8")
    names.run(
        "def forward(x, kernel_size, stride):\n"
        "    windows = sliding_window_view(x, (kernel_size,) * 2, axis=(2, 3))\n"
        "    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))"
    )
    report = check.forward(names["forward"], operation="max_pool", keep=True)
    assert report.ok
    assert "has a forward of conv: give this one another name" in kept_line(report)
    assert file.read_text(encoding="utf-8") == text


def test_what_is_wrong_is_not_kept_and_leaves_what_is_there(file):
    check.forward(Notebook(FORWARD)["forward"], keep=True)
    text = file.read_text(encoding="utf-8")
    report = check.forward(Notebook(FORWARD.replace("+ b[", "- b["))["forward"], keep=True)
    assert not report.ok
    assert "kept" not in str(report).lower()
    assert file.read_text(encoding="utf-8") == text


def test_nothing_is_written_unless_it_is_asked_for(file):
    assert check.forward(Notebook(FORWARD)["forward"]).detail == ()
    assert not file.exists()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda file: file.mkdir(), "directory"),
        (lambda file: file.write_bytes(b"\xff\xfe\x00"), "utf-8"),
    ],
)
def test_a_file_that_cannot_be_written_is_no_error(file, spoil, why):
    spoil(file)
    report = check.forward(Notebook(FORWARD)["forward"], keep=True)
    assert report.ok
    assert why in kept_line(report)


def test_without_a_folder_or_with_an_empty_variable_nothing_is_kept(file, monkeypatch, tmp_path):
    names = Notebook(FORWARD)
    monkeypatch.setenv(_kept.VARIABLE, str(tmp_path / "none" / "my_layers.py"))
    assert "No such file" in kept_line(check.forward(names["forward"], keep=True))
    monkeypatch.setenv(_kept.VARIABLE, "")
    assert "MY_LAYERS says to keep nothing" in kept_line(check.forward(names["forward"], keep=True))
    monkeypatch.delenv(_kept.VARIABLE)
    monkeypatch.chdir(tmp_path)
    assert "Kept" in kept_line(check.forward(names["forward"], keep=True))
    assert file.exists()


def test_what_a_reader_wrote_into_the_file_stays(file):
    own = "import math\n\ndef own():\n    return math.pi\n"
    file.write_text(own, encoding="utf-8")
    names = Notebook(FORWARD)
    for _ in range(2):
        check.forward(names["forward"], keep=True)
        assert file.read_text(encoding="utf-8").startswith(own)
    assert runpy.run_path(str(file))["own"]() > 3


def test_the_command_line_finds_and_judges_what_is_kept(file, capsys):
    names = Notebook(PADDED, WITH_PADDED, BACKWARD, FORWARD.replace("forward", "conv_forward"))
    check.layer(names["forward"], names["backward"], keep=True)
    check.forward(names["conv_forward"], keep=True)
    assert main([str(file)]) == 0
    said = capsys.readouterr().out
    assert "forward, backward (conv)\nRight: y, dx, dw and db" in said
    assert "conv_forward (conv)\nRight: y at" in said
    assert said.count("Right: ") == 2


def test_an_import_finds_what_was_kept_last(file, monkeypatch):
    monkeypatch.syspath_prepend(str(file.parent))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for value in ("11", "22"):  # the same size, and the same second
        check.forward(Notebook(FORWARD.replace("Convolve", value))["forward"], keep=True)
        forward = importlib.import_module("my_layers").forward
        assert forward.__doc__ == f"{value}."
    sys.modules.pop("my_layers")


# --- taking it ----------------------------------------------------------------------------------

COURSE = "so this is convlib's conv2d.\n"


def test_a_function_of_the_notebook_goes_by_its_name(capsys, file):
    other = Notebook("def other(dy):\n    return dy")["other"]
    other.__module__ = "__main__"
    assert check.kept("db_of_batch", otherwise=other) is other
    assert capsys.readouterr().out == (
        "db_of_batch: none of your own is kept here, so this is other.\n"
    )


def test_without_a_file_it_is_the_course(capsys, file, monkeypatch):
    assert check.kept("forward", otherwise=convlib.conv2d) is convlib.conv2d
    none = capsys.readouterr().out
    assert none == f"forward: none of your own is kept here, {COURSE}"
    check.forward(Notebook(FORWARD)["forward"], keep=True)
    assert check.kept("backward", otherwise=convlib.conv2d) is convlib.conv2d
    assert capsys.readouterr().out == none.replace("forward", "backward")
    monkeypatch.setenv(_kept.VARIABLE, "")
    assert check.kept("forward", otherwise=convlib.conv2d) is convlib.conv2d
    assert capsys.readouterr().out == none


@pytest.mark.parametrize("text", [b"def forward(:\n", b"1 / 0", b"\xff", b"exit()"])
def test_a_file_that_does_not_load_is_said_and_passed_over(text, file, capsys):
    file.write_bytes(text)
    assert check.kept("forward", otherwise=convlib.conv2d) is convlib.conv2d
    said = capsys.readouterr().out
    assert said.startswith("forward: my_layers.py cannot be loaded (it ")
    assert said.endswith(COURSE)


def test_a_value_of_the_name_is_no_function(file, capsys):
    file.write_text("forward = 3", encoding="utf-8")
    assert check.kept("forward", otherwise=print) is print
    assert "none of your own" in capsys.readouterr().out


def test_a_file_may_import_its_neighbours(file, capsys):
    (file.parent / "zz_neighbour.py").write_text("def forward(): return 7", encoding="utf-8")
    file.write_text("from zz_neighbour import forward", encoding="utf-8")
    assert check.kept("forward", otherwise=print)() == 7
    sys.modules.pop("zz_neighbour")
    assert str(file.parent) not in sys.path


@pytest.mark.parametrize("name", ["two words", "", 3])
def test_arguments_of_kept_are_checked(name):
    with pytest.raises(ValueError, match="name: expected the name of a function"):
        check.kept(name, otherwise=print)
    with pytest.raises(TypeError, match="otherwise: expected a function, got int"):
        check.kept("forward", otherwise=3)


def test_a_file_by_another_path_is_the_same(file):
    check.forward(Notebook(FORWARD)["forward"], keep=True)
    forward = check.kept("forward", otherwise=print)
    assert _source.is_from(forward, os.path.join(str(file.parent), ".", "my_layers.py"))
