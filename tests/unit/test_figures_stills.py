"""What the explorer's still picture draws in each view, against NumPy and convlib."""

import numpy as np
import pytest

import convlib
from convlib import figures
from convlib.figures.stills import still
from tests.drawn import Picture, products
from tests.unit.test_figures import expect_inside

SETTINGS = [
    {"size": (5, 5), "kernel": (3, 3), "padding": 1},
    {"size": (4, 6), "kernel": (3, 2), "stride": 2, "padding": 1},
    {"size": (6, 5), "kernel": (2, 3), "padding": 0, "dilation": 2},
    {"size": (3, 4), "kernel": (1, 1), "stride": 3, "padding": 2},
]
SHOWN = {"forward": ["x", "y", "w"], "dx": ["dx", "dy", "w"], "dw": ["x", "dy", "dw"]}
ROLE = {"x": "input", "y": "output", "w": "kernel", "dy": "upstream", "dx": "downstream",
        "dw": "downstream"}  # fmt: skip
CHOOSE = {"forward": ["y"], "dx": ["dx", "dy"], "dw": ["dw"]}
PART = {"y": 0, "dy": 0, "w": 1, "dw": 1, "x": 2, "dx": 2}
STATES = [(view, setting) for view in SHOWN for setting in SETTINGS]
EVERY_STATE = pytest.mark.parametrize(("view", "setting"), STATES, ids=str)


def layer(setting):
    """Return the arrays of a setting, its products (o, k, i), and its keyword arguments."""
    rng = np.random.default_rng(5)
    hyper = {"stride": 1, "dilation": 1} | setting
    size, kernel = hyper.pop("size"), hyper.pop("kernel")
    x = rng.integers(-4, 5, (1, 1, *size))
    w = rng.integers(-4, 5, (1, 1, *kernel))
    y = convlib.conv2d(x, w, **hyper)
    dy = rng.integers(-4, 5, y.shape)
    dx, dw, _ = convlib.conv2d_backward(dy, x, w, **hyper)
    got = {"x": x, "w": w, "y": y, "dy": dy, "dx": dx, "dw": dw}
    return {name: array[0, 0] for name, array in got.items()}, products(**setting), hyper


def drawn(view, setting, cell=()):
    got, found, hyper = layer(setting)
    picture = Picture(still(view, got["x"], got["w"], got["dy"], cell, **hyper))
    return picture, got, found, hyper


def minus(value):
    return f"{value:.0f}".replace("-", "−")


@EVERY_STATE
def test_a_still_shows_the_three_arrays_and_the_padding(view, setting):
    picture, got, found, hyper = drawn(view, setting)
    expect_inside(picture)
    assert [grid.name for grid in picture.grids] == SHOWN[view]
    read, pad = {i for _, _, i in found}, hyper["padding"]
    for grid in picture.grids:
        array, shift = got[grid.name], pad if PART[grid.name] == 2 else 0
        outside = "0" if grid.name == "x" else ""
        texts = np.full(np.add(array.shape, 2 * shift), outside, object)
        inner = tuple(slice(shift, shift + n) for n in array.shape)
        texts[inner] = [[minus(v) for v in row] for row in array]
        assert grid.texts() == texts.tolist()
        inside = {(r + shift, c + shift) for r, c in np.ndindex(array.shape)}
        assert grid.where("dashed") == set(grid.cells) - inside
        assert {grid.cells[at].role for at in inside} == {ROLE[grid.name]}
        unread = {at for at in grid.cells if (at[0] - shift, at[1] - shift) not in read}
        hatched = unread if PART[grid.name] == 2 else set()
        assert grid.where("hatched") == hatched
        assert grid.title == grid.name + (" (hatched: not read)" if hatched else "")
        assert grid.title_role == ROLE[grid.name]
        assert not grid.where("strong")
    shapes = [f"{name} {got[name].shape[0]} × {got[name].shape[1]}" for name in SHOWN[view]]
    assert picture.alt == f"Grids of numbers: {', '.join(shapes)}."
    stride, dilation = hyper["stride"], hyper["dilation"]
    assert picture.caption == f"Stride {stride}, padding {pad}, dilation {dilation}."
    assert picture.arrows == []


@EVERY_STATE
def test_a_chosen_cell_marks_all_that_it_meets(view, setting):
    _, got, _, hyper = drawn(view, setting)
    for name in CHOOSE[view]:
        for at in list(np.ndindex(got[name].shape))[::5]:
            picture, got, found, hyper = drawn(view, setting, (name, *at))
            mine = [product for product in found if product[PART[name]] == at]
            for grid in picture.grids:
                shift = hyper["padding"] if PART[grid.name] == 2 else 0
                places = {product[PART[grid.name]] for product in mine}
                places = {at} if grid.name == name else places
                expected = {(r + shift, c + shift) for r, c in places}
                assert grid.where("strong") == expected
                assert grid.where("bold") == expected & grid.where("text")
            expect_arrows(picture, view, mine, hyper["padding"])
            expect_sum(picture, name, at, mine, got)


def expect_arrows(picture, view, mine, pad):
    """Test that each product of a view of dx is an arrow from its dy to its dx."""
    arrows = [picture.joined(arrow) for arrow in picture.arrows]
    expected = [(("dy", *o), ("dx", i[0] + pad, i[1] + pad)) for o, _, i in mine]
    assert sorted(arrows) == (sorted(expected) if view == "dx" else [])
    assert {arrow.role for arrow in picture.arrows} <= {"kernel"}


def expect_sum(picture, name, at, mine, got):
    """Test the sum that the caption writes: its value and each of its products."""
    said = picture.caption.split("Chosen: ")[1].removesuffix(".")
    assert picture.alt.endswith(f"Chosen: {said}.")
    start, *middle, value = said.split(" = ")
    assert start == f"{name}[{at[0]},{at[1]}]"
    assert value == minus(got[name][at])
    first, second = {"y": "xw", "dx": ("dy", "w"), "dw": ("dy", "x"), "dy": "--"}[name]
    inside = set(np.ndindex(got["x"].shape))
    terms = [p for p in mine if p[2] in inside and name != "dy"]
    expected = [(got[first][p[PART[first]]], got[second][p[PART[second]]]) for p in terms]
    factors = [
        tuple(int(f.strip("()").replace("−", "-")) for f in term.split("·"))
        for term in (middle[0].split(" + ") if middle else [])
    ]
    assert factors == expected


def test_the_view_of_sizes_is_a_row_of_steps():
    x, w = np.ones((4, 6)), np.ones((2, 3))
    settings = {"stride": 2, "padding": 1, "dilation": 2}
    picture = still("shape", x, w, np.ones((1, 1)), **settings)
    caption = "Stride 2, padding 1, dilation 2."
    assert picture == figures.kernel_steps(6, 3, caption=caption, **settings)


def test_where_the_kernel_does_not_fit_both_arrays_stand_alone():
    x, w = np.arange(6).reshape(2, 3), np.arange(9).reshape(3, 3)
    picture = Picture(still("dx", x, w, np.zeros((1, 1)), padding=0))
    expect_inside(picture)
    assert [grid.name for grid in picture.grids] == ["x", "w"]
    assert [grid.title for grid in picture.grids] == ["x", "w"]
    np.testing.assert_array_equal(picture.grid("x").numbers(), x)
    np.testing.assert_array_equal(picture.grid("w").numbers(), w)
    assert "kernel that does not fit: kernel: spans 3" in picture.alt
    assert picture.caption == "Stride 1, padding 0, dilation 1."
