"""A check is run as if it were alone: what it changes does not reach the next one."""

import itertools

import nbformat
import numpy as np
import pytest

from tools import checks, notebooks

COUNT = itertools.count()
CELLS = [
    """import numpy as np
import convlib
x, rows, rng = np.zeros(2), [[1], [2]], np.random.default_rng(0)
def total(scale=1, *, more=0):
    return float(scale * x.sum() + more)""",
    """x += 1
rows[0].append(7)
rng.random()
total() == 2.0""",
    """x[:] = 5
total(2, more=1) == 21.0 and rows == [[1, 7], [2]]""",
]


@pytest.fixture
def planted(monkeypatch):
    """A chapter of these cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    monkeypatch.setattr(notebooks, "code_cells", lambda chapter: cells)
    return f"planted {next(COUNT)}"  # what ran under another name is remembered


def test_what_a_check_changes_reaches_neither_itself_again_nor_another(planted):
    for _ in range(2):
        assert checks.holds(planted, 1)
        assert checks.holds(planted, 2)
        assert checks.holds(planted, 1, "bias_forgotten")
    first = checks.names_before(planted, 1)
    assert first["x"].tolist() == [0, 0]
    assert first["rows"] == [[1], [2]]
    assert first["rng"].random() == np.random.default_rng(0).random()


def test_cells_hand_on_what_they_change(planted):
    assert checks.names_before(planted, 2)["x"].tolist() == [1, 1]
    assert checks.names_before(planted, 2)["total"]() == 2.0


def test_a_check_that_is_not_true_does_not_hold(planted):
    cells = notebooks.code_cells(planted)
    for source, result in {"False": False, "(True, False)": False, "'a', True": True}.items():
        cells[0].source = source
        assert checks.holds(planted, 0) == result
    cells[0].source = "print(1)"
    with pytest.raises(TypeError, match="must end in a truth value, got None"):
        checks.holds(planted, 0)


SEEN = {
    "convlib.output_size(5, 3)": 1,
    "[convlib.output_size(5, 3, stride=s) for s in (1, 2, 2)]": 2,
    "[convlib.output_size(n, 3) for n in (5, (5,), 6)]": 2,
    "convlib.conv2d_backward(convlib.conv2d(x, w), x, w)": 1,
    "convlib.conv2d_backward(convlib.conv2d(x, w, stride=2), x, w, stride=2)": 1,
    "convlib.conv2d_backward(x, x, w, padding=1); convlib.conv2d(x, w)": 1,
    "[convlib.conv2d(x, w[:, : 2 // g], groups=g) for g in (1, 2)]": 2,
    "convlib.conv2d(x, w, padding='same'); convlib.conv2d(x, w, padding=1)": 1,
    "convlib.gradcheck(convlib.conv2d, (x, w), (x, w), x[..., :4, :4])": 1,
    "convlib.max_pool2d(x, 2); convlib.max_pool2d(x, 3); convlib.conv2d(x, w)": 2,
    "convlib.layers.Conv2d(2, 2, 3, rng=np.random.default_rng(0)).forward(x)": 1,
    "layer = convlib.layers.Conv2d(2, 2, 3, rng=np.random.default_rng(0))\n"
    "convlib.layers.Sequential(layer, layer).activations(x)": 1,
    "x + 1": 0,
}
"""How many settings a cell runs at."""


@pytest.mark.parametrize("source", SEEN)
def test_each_setting_is_counted_once_and_none_of_those_inside_of_convlib(source, planted):
    cells = notebooks.code_cells(planted)
    arrays = "x, w = np.ones((1, 2, 6, 6)), np.ones((2, 2, 3, 3))"
    cells[0].source = f"import numpy as np, convlib; {arrays}"
    cells[1].source = source
    assert checks.settings(planted, 1) == SEEN[source]
