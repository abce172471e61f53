"""Pooling against loops and SciPy, with the cases that published tests leave out."""

import numpy as np
import pytest

import convlib
from convlib import avg_pool, avg_pool_backward, max_pool, max_pool_backward
from tests import scipy_oracle
from tests.operations import POOL_FEW, POOL_GRID, each_axis
from tests.settings import CS231N, TOLERANCE, error_against_loops
from tests.unit.test_geometry import BAD_INTEGERS, bad_arrays, table

NAN, INF = np.nan, np.inf

LEFT_OUT = {
    "overlapping windows": lambda s: s.stride == 1 and each_axis(s.kernel_size, 1)[0] > 1,
    "gaps between windows": lambda s: s.stride == 5,
    "stride left out": lambda s: s.stride is None,
    "a window that overhangs": lambda s: (
        s.ceil_mode and s.output != s._replace(ceil_mode=False).output
    ),
    "ceil_mode that adds nothing": lambda s: (
        s.ceil_mode and s.output == s._replace(ceil_mode=False).output
    ),
    "a window larger than the input": lambda s: (
        s.ceil_mode and each_axis(s.kernel_size, 1)[0] > s.size[0] + sum(s.pairs[0])
    ),
    "padding on one side": lambda s: any(before != after for before, after in s.pairs),
    "padding not counted": lambda s: not s.count_include_pad and s.padding != 0,
    "dilation": lambda s: s.dilation != 1,
    "a window of padding only": lambda s: s.size == (1,) and s.padding == 1 and s.dilation == 2,
    **{f"{n} axes": lambda s, n=n: len(s.size) == n for n in (1, 2, 3)},
}


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_grid_has_what_published_tests_leave_out(left_out, kind):
    only = {"padding not counted": "avg", "dilation": "max", "a window of padding only": "max"}
    found = any(LEFT_OUT[left_out](s) for s in POOL_GRID if s.kind == kind)
    assert found == (only.get(left_out, kind) == kind)


@pytest.mark.parametrize("setting", POOL_GRID, ids=str)
def test_agrees_with_loops(setting):
    for dtype, tolerance in TOLERANCE.items():
        assert error_against_loops(setting, dtype) <= tolerance, dtype


@pytest.mark.parametrize("setting", [s for s in POOL_GRID[::3] if s.kind == "max"], ids=str)
def test_maxima_are_those_of_scipy(setting):
    x, dy = setting.arrays()
    np.testing.assert_array_equal(setting.run(x, dy)["y"], scipy_oracle.maxima(setting, x))


@pytest.mark.parametrize("setting", [s for s in POOL_GRID[::7] if s.kind == "max"], ids=str)
def test_ties_infinities_and_nan_as_in_the_loops(setting):
    x, dy = setting.arrays()
    values = np.array([-INF, 1, 1, 2, NAN, INF])
    x = values[np.digitize(x, [-1.5, -0.5, 0, 1, 1.8])]
    dy = np.round(9 * dy)  # so that every sum is exact
    got, right = setting.run(x, dy), setting.by_loops(x, dy)
    for name in right:
        np.testing.assert_array_equal(got[name], right[name], err_msg=name)


@pytest.mark.parametrize("setting", POOL_FEW, ids=str)
def test_named_functions_are_the_general_one(setting):
    x, dy = setting.arrays()
    name = f"{setting.kind}_pool{len(setting.size)}d"
    right = setting.run(x, dy)
    np.testing.assert_array_equal(getattr(convlib, name)(x, **setting.keywords), right["y"])
    dx = getattr(convlib, f"{name}_backward")(dy, x, **setting.keywords)
    np.testing.assert_array_equal(dx, right["dx"])


# --- by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "dx"),
    [
        ([1, 5, 2, 4], [5, 5, 4], [0, 11, 0, 100]),  # overlapping windows add up
        ([3, 3, 3, 3], [3, 3, 3], [1, 10, 100, 0]),  # the first of equals
        ([1, NAN, 2, 4], [NAN, NAN, 4], [0, 11, 0, 100]),  # NaN wins
        ([NAN, NAN, 2, NAN], [NAN, NAN, NAN], [0, 11, 0, 100]),  # and the last one of two
        ([NAN, INF, -INF, INF], [NAN, INF, INF], [1, 10, 0, 100]),
        ([-INF, -INF, -INF, 0], [-INF, -INF, 0], [1, 10, 0, 100]),
    ],
)
def test_who_wins_a_window(x, y, dx):
    x = np.array([[x]], float)
    np.testing.assert_array_equal(max_pool(x, 2, stride=1), [[y]])
    np.testing.assert_array_equal(max_pool_backward([[[1, 10, 100]]], x, 2, stride=1), [[dx]])


def test_first_is_meant_in_the_order_of_memory():
    dx = max_pool_backward(np.ones((1, 1, 1, 1)), [[[[0, 7], [7, 0]]]], 2)
    np.testing.assert_array_equal(dx, [[[[0, 1], [0, 0]]]])


def test_padding_never_wins():
    x = np.full((1, 1, 3), -5.0)
    np.testing.assert_array_equal(max_pool(x, 2, padding=1), [[[-5, -5]]])
    np.testing.assert_array_equal(max_pool_backward([[[1, 10]]], x, 2, padding=1), [[[1, 10, 0]]])
    lowest = np.full((1, 1, 3), -INF)
    dx = max_pool_backward([[[1, 10]]], lowest, 2, padding=1)
    np.testing.assert_array_equal(dx, [[[1, 10, 0]]])


def test_a_window_of_padding_only_has_no_winner():
    assert max_pool([[[7]]], 2, padding=1, dilation=2) == -INF
    assert max_pool_backward([[[3]]], [[[7]]], 2, padding=1, dilation=2) == 0


@pytest.mark.parametrize(
    ("keywords", "y"),
    [
        ({}, [(1 + 2) / 2, (3 + 4) / 2]),
        ({"ceil_mode": True}, [(1 + 2) / 2, (3 + 4) / 2, 5]),
        ({"padding": 1}, [1 / 2, (2 + 3) / 2, (4 + 5) / 2]),
        ({"padding": 1, "count_include_pad": False}, [1, (2 + 3) / 2, (4 + 5) / 2]),
        ({"stride": 4, "padding": 1, "ceil_mode": True}, [1 / 2, (4 + 5) / 2]),
        ({"kernel_size": 3, "padding": 1, "ceil_mode": True}, [1, 4]),
        # the second window has 4 and 5, a zero of the padding, and a place beyond it
        ({"kernel_size": 4, "padding": 1, "ceil_mode": True}, [6 / 4, (4 + 5) / 3]),
    ],
)
def test_averages_by_hand(keywords, y):
    keywords = {"kernel_size": 2} | keywords
    np.testing.assert_allclose(avg_pool([[[1, 2, 3, 4, 5]]], **keywords), [[y]], rtol=1e-15)


def test_forward_numbers_of_cs231n():
    case = CS231N["max_pool_forward_naive"]
    x = np.linspace(-0.3, 0.4, np.prod(case["x_shape"])).reshape(case["x_shape"])
    right = np.array(case["correct_out"])
    y = max_pool(x, 2)
    assert y.shape == right.shape
    assert np.max(np.abs(y - right) / np.maximum(1e-8, np.abs(y) + np.abs(right))) < 1e-7


def test_of_x_only_shape_and_dtype_matter_for_averages():
    dy, x = np.ones((1, 1, 2)), np.full((1, 1, 4), NAN)
    np.testing.assert_array_equal(avg_pool_backward(dy, x, 2), [[[0.5, 0.5, 0.5, 0.5]]])


# --- bad input --------------------------------------------------------------------------------

GOOD = {"x": np.ones((2, 3, 6, 6)), "kernel_size": 3, "stride": 2, "padding": 1}
GOOD_DY = np.ones((2, 3, 3, 3))

BAD = [
    *(
        (name, value, error, label)
        for name in ("kernel_size", "stride", "padding")
        for label, value, error in BAD_INTEGERS
        if (name, label) != ("stride", "None")
    ),
    ("kernel_size", 0, ValueError, "0"),
    ("kernel_size", 9, ValueError, "larger than the padded input"),
    ("kernel_size", 10**6, ValueError, "absurd"),
    ("stride", 0, ValueError, "0"),
    ("padding", 2, ValueError, "more than half"),
    ("padding", ((1, 2), (0, 0)), ValueError, "more than half on one side"),
    ("padding", 10**9, ValueError, "absurd"),
    ("padding", "same", ValueError, "a word"),
    ("ceil_mode", 1, TypeError, "int"),
    ("ceil_mode", None, TypeError, "None"),
    *(row for row in bad_arrays("x", (2, 3, 6, 6)) if "axis" not in row[3]),
    ("x", np.ones((2, 0, 6, 6)), ValueError, "no channel"),
]


def calls(kind, dy=GOOD_DY):
    forward = getattr(convlib, f"{kind}_pool")
    backward = getattr(convlib, f"{kind}_pool_backward")
    return forward, lambda x, **keywords: backward(dy, x, **keywords)


@pytest.mark.parametrize("kind", ["max", "avg"])
@table(BAD)
def test_bad_input_is_named(name, value, error, kind):
    for call in calls(kind):
        with pytest.raises(error, match=rf"^{name}: "):
            call(**(GOOD | {name: value}))


@pytest.mark.parametrize("kind", ["max", "avg"])
@table(
    [
        *bad_arrays("dy", GOOD_DY.shape),
        ("dy", np.ones((2, 2, 3, 3)), ValueError, "too few channels"),
        ("dy", np.ones((2, 3, 6, 6)), ValueError, "shape of x"),
    ]
)
def test_bad_upstream_gradient_is_named(name, value, error, kind):
    _, backward = calls(kind, value)
    with pytest.raises(error, match=rf"^{name}: "):
        backward(**GOOD)


@pytest.mark.parametrize("kind", ["max", "avg"])
def test_the_good_arguments_are_good(kind):
    forward, backward = calls(kind)
    assert forward(**GOOD).shape == GOOD_DY.shape
    assert backward(**GOOD).shape == GOOD["x"].shape


def test_keywords_of_one_kind():
    for call in calls("max"):
        with pytest.raises(ValueError, match=r"^dilation: must be at least 1"):
            call(**GOOD, dilation=0)
    for call in calls("avg"):
        with pytest.raises(TypeError, match=r"^count_include_pad: expected True or False, got 0"):
            call(**GOOD, count_include_pad=0)
    assert avg_pool(**GOOD, count_include_pad=np.False_).shape == GOOD_DY.shape


def test_messages_say_what_is_wrong():
    with pytest.raises(ValueError, match=r"^padding: .*half of kernel_size \(3,\), got \(\(2, 2\)"):
        max_pool([[[1, 2, 3]]], 3, padding=2)
    with pytest.raises(ValueError, match=r"^kernel_size: spans 5 .*dilation 2.*only 3"):
        max_pool([[[1, 2, 3]]], 3, dilation=2)
    with pytest.raises(TypeError, match=r"^ceil_mode: expected True or False, got 'yes'"):
        max_pool([[[1, 2, 3]]], 3, ceil_mode="yes")


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_named_functions_want_their_rank(ndim, kind):
    for wrong in {3, 4, 5} - {ndim + 2}:
        x = np.ones((1,) * wrong)
        with pytest.raises(ValueError, match=rf"^x: expected {ndim + 2} axes \(N, C, "):
            getattr(convlib, f"{kind}_pool{ndim}d")(x, 1)
        with pytest.raises(ValueError, match=rf"^x: expected {ndim + 2} axes \(N, C, "):
            getattr(convlib, f"{kind}_pool{ndim}d_backward")(x, x, 1)
