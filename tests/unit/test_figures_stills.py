"""What the explorer's still picture draws in each view, against NumPy and convlib."""

import re

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


POOLING = [
    {"size": (5, 5), "kernel": (3, 3), "stride": 2, "padding": 0},
    {"size": (4, 6), "kernel": (3, 2), "stride": 1, "padding": 1},
    {"size": (6, 4), "kernel": (2, 4), "stride": 3, "padding": 1},
]


def pooling(view, setting):
    """Return the arrays of a setting, dx in parts, and the entries that each window pays."""
    rng = np.random.default_rng(3)
    hyper = {name: setting[name] for name in ("stride", "padding")}
    name = {"maxpool": "max_pool", "avgpool": "avg_pool"}[view]
    x = rng.integers(-3, 4, (1, 1, *setting["size"]))  # with ties
    y = getattr(convlib, name)(x, setting["kernel"], **hyper)
    dy = rng.integers(-4, 5, y.shape)

    def sent(gradient):
        return getattr(convlib, f"{name}_backward")(gradient, x, setting["kernel"], **hyper)[0, 0]

    paid = {}
    for o in np.ndindex(y.shape[2:]):
        one = np.zeros(y.shape)
        one[0, 0, *o] = 1
        paid[o] = {(int(r), int(c)) for r, c in np.argwhere(sent(one))}
    parts = np.prod(setting["kernel"]) if view == "avgpool" else 1
    arrays = {"x": x[0, 0], "dx": np.rint(parts * sent(dy)), "dy": dy[0, 0]}
    return arrays, paid, parts, hyper


EVERY_POOLING = [(view, setting) for view in ("maxpool", "avgpool") for setting in POOLING]


@pytest.mark.parametrize(("view", "setting"), EVERY_POOLING, ids=str)
def test_a_still_of_pooling_shows_who_is_paid(view, setting):
    arrays, paid, parts, hyper = pooling(view, setting)
    pad, given = hyper["padding"], (arrays["x"], np.ones(setting["kernel"]), arrays["dy"])
    picture = Picture(still(view, *given, **hyper))
    expect_inside(picture)
    assert [grid.name for grid in picture.grids] == ["x", "dx", "dy"]
    border = {"x": "−∞" if view == "maxpool" else "0"}
    for grid in picture.grids:
        array, shift = arrays[grid.name], 0 if grid.name == "dy" else pad
        texts = np.full(np.add(array.shape, 2 * shift), border.get(grid.name, ""), object)
        inner = tuple(slice(shift, shift + n) for n in array.shape)
        texts[inner] = [[minus(v) for v in row] for row in array]
        assert grid.texts() == texts.tolist()
        assert not grid.where("strong")
    title = picture.grid("dx").title.removesuffix(" (hatched: not read)")
    assert title == (f"dx in 1/{parts}" if parts > 1 else "dx")
    rings = [cell for frame in picture.frames for cell in picture.framed(frame)]
    winners = set.union(*paid.values()) if view == "maxpool" else ()
    assert sorted(rings) == sorted(("x", r + pad, c + pad) for r, c in winners)


@pytest.mark.parametrize(("view", "setting"), EVERY_POOLING, ids=str)
def test_a_chosen_cell_of_pooling_marks_window_and_sum(view, setting):
    arrays, paid, parts, hyper = pooling(view, setting)
    pad, given = hyper["padding"], (arrays["x"], np.ones(setting["kernel"]), arrays["dy"])
    for o in list(paid)[::2]:
        picture = Picture(still(view, *given, ("dy", *o), **hyper))
        (window,) = [picture.framed(frame) for frame in picture.frames if frame.role == "kernel"]
        assert window == {("x", *np.add(i, pad)) for p, _, i in products(**setting) if p == o}
        assert picture.grid("dy").where("strong") == {o}
        marked = {(r - pad, c - pad) for r, c in picture.grid("dx").where("strong")}
        assert marked & {*np.ndindex(arrays["x"].shape)} == paid[o]
        share = picture.caption.split("Chosen: ")[1].split(". Ringed")[0].removesuffix(".")
        value, at = minus(arrays["dy"][o]), f"dy[{o[0]},{o[1]}]"
        if view == "maxpool":
            ((r, c),) = paid[o]
            assert share == f"{at} = {value} goes to dx[{r},{c}]"
        else:
            assert share == f"{at} = {value} gives each entry of its window 1/{parts} of that"
    for i in list(np.ndindex(arrays["x"].shape))[::3]:
        for name in ("x", "dx"):
            picture = Picture(still(view, *given, (name, *i), **hyper))
            senders = {o for o, taken in paid.items() if i in taken}
            assert picture.grid("dy").where("strong") == senders
            assert picture.grid(name).where("strong") == {(i[0] + pad, i[1] + pad)}
            said = picture.caption.split("Chosen: ")[1].split(". Ringed")[0].removesuffix(".")
            start, *middle, value = said.split(" = ")
            assert start == f"dx[{i[0]},{i[1]}]"
            assert float(value.replace("−", "-")) == pytest.approx(arrays["dx"][i] / parts)
            terms = re.findall(r"[−\d]+", middle[0].split(" / ")[0]) if middle else []
            sent = [minus(arrays["dy"][o]) for o in sorted(senders)]
            assert terms == (sent if parts > 1 or len(sent) > 1 else [])
