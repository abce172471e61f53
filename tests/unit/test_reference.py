"""The loops against numbers worked out by hand, so that the judge is judged too."""

import numpy as np
import pytest

from convlib import reference
from tests.settings import CS231N

X, W = np.array([[[1, 2, 3, 4]]]), np.array([[[5, 6]]])


@pytest.mark.parametrize(
    ("keywords", "y"),
    [
        ({}, [1 * 5 + 2 * 6, 2 * 5 + 3 * 6, 3 * 5 + 4 * 6]),
        ({"stride": 2}, [1 * 5 + 2 * 6, 3 * 5 + 4 * 6]),
        ({"stride": 3}, [1 * 5 + 2 * 6]),
        ({"dilation": 2}, [1 * 5 + 3 * 6, 2 * 5 + 4 * 6]),
        ({"dilation": 3}, [1 * 5 + 4 * 6]),
        ({"padding": 1}, [1 * 6, 17, 28, 39, 4 * 5]),
        ({"padding": ((1, 0),)}, [1 * 6, 17, 28, 39]),
        ({"padding": ((0, 2),)}, [17, 28, 39, 4 * 5, 0]),
        ({"padding": 1, "stride": 3}, [1 * 6, 39]),
    ],
)
def test_forward_by_hand(keywords, y):
    np.testing.assert_array_equal(reference.conv(X, W, **keywords), [[y]])


@pytest.mark.parametrize(
    ("keywords", "dy", "dx", "dw"),
    [
        # y = (5 x0 + 6 x1, 5 x1 + 6 x2, 5 x2 + 6 x3)
        ({}, [1, 10, 100], [5, 6 + 50, 60 + 500, 600], [1 + 20 + 300, 2 + 30 + 400]),
        # y = (5 x0 + 6 x1, 5 x2 + 6 x3)
        ({"stride": 2}, [1, 10], [5, 6, 50, 60], [1 + 30, 2 + 40]),
        # y = (5 x0 + 6 x1); x2 and x3 are the remainder
        ({"stride": 3}, [1], [5, 6, 0, 0], [1, 2]),
        # y = (5 x0 + 6 x2, 5 x1 + 6 x3)
        ({"dilation": 2}, [1, 10], [5, 50, 6, 60], [1 + 20, 3 + 40]),
        # y = (6 x0, 5 x2 + 6 x3)
        ({"padding": 1, "stride": 3}, [1, 10], [6, 0, 50, 60], [30, 1 + 40]),
        # y = (5 x0 + 6 x1, 5 x2 + 6 x3, 0)
        ({"padding": ((0, 2),), "stride": 2}, [1, 10, 100], [5, 6, 50, 60], [31, 42]),
    ],
)
def test_backward_by_hand(keywords, dy, dx, dw):
    got = reference.conv_backward(np.array([[dy]]), X, W, **keywords)
    for array, expected in zip(got, ([[dx]], [[dw]], [sum(dy)]), strict=True):
        np.testing.assert_array_equal(array, expected)


def test_two_axes_channels_and_filters_by_hand():
    x = np.array([[[[1, 2], [3, 4], [5, 6]], [[10, 20], [30, 40], [50, 60]]]])
    w = np.array([[[[1, 2]], [[3, 4]]], [[[0, 1]], [[1, 0]]]])
    y = reference.conv(x, w, np.array([0.5, 0.25]))
    first = [1 + 4 + 30 + 80, 3 + 8 + 90 + 160, 5 + 12 + 150 + 240]
    second = [2 + 10, 4 + 30, 6 + 50]
    np.testing.assert_array_equal(y[0, :, :, 0], np.add([first, second], [[0.5], [0.25]]))

    dy = np.zeros(y.shape)
    dy[0, 0, 2], dy[0, 1, 2] = 1, 100
    dx, dw, db = reference.conv_backward(dy, x, w)
    np.testing.assert_array_equal(dx[0, 0], [[0, 0], [0, 0], [1, 2 + 100]])
    np.testing.assert_array_equal(dx[0, 1], [[0, 0], [0, 0], [3 + 100, 4]])
    np.testing.assert_array_equal(dw[:, :, 0], [[[5, 6], [50, 60]], [[500, 600], [5000, 6000]]])
    np.testing.assert_array_equal(db, [1, 100])


def test_groups_by_hand():
    x, w = np.array([[[1], [2], [3], [4]]]), np.array([[[10], [100]], [[1000], [10000]]])
    y = reference.conv(x, w, groups=2)
    np.testing.assert_array_equal(y, [[[10 + 200], [3000 + 40000]]])
    dx, dw, _ = reference.conv_backward(np.array([[[1], [2]]]), x, w, groups=2)
    np.testing.assert_array_equal(dx, [[[10], [100], [2000], [20000]]])
    np.testing.assert_array_equal(dw, [[[1], [2]], [[6], [8]]])


def test_examples_add_up_in_dw_and_db():
    x, dy = np.array([[[1, 2]], [[3, 4]]]), np.array([[[1]], [[10]]])
    dx, dw, db = reference.conv_backward(dy, x, W)
    np.testing.assert_array_equal(dx, [[[5, 6]], [[50, 60]]])
    np.testing.assert_array_equal(dw, [[[31, 42]]])
    np.testing.assert_array_equal(db, [11])


def test_the_pixel_of_the_course():
    # dL/dx11 = dy11 w22 + dy12 w21 + dy21 w12 + dy22 w11
    rng = np.random.default_rng(0)
    dy, x, w = rng.random((1, 1, 5, 5)), rng.random((1, 1, 5, 5)), rng.random((1, 1, 3, 3))
    dx, _, _ = reference.conv_backward(dy, x, w, padding=1)
    g, k = dy[0, 0], w[0, 0]
    by_hand = g[0, 0] * k[1, 1] + g[0, 1] * k[1, 0] + g[1, 0] * k[0, 1] + g[1, 1] * k[0, 0]
    assert dx[0, 0, 0, 0] == pytest.approx(by_hand, rel=1e-15)


def test_forward_numbers_of_cs231n():
    case = CS231N["conv_forward_naive"]
    x = np.linspace(-0.1, 0.5, np.prod(case["x_shape"])).reshape(case["x_shape"])
    w = np.linspace(-0.2, 0.3, np.prod(case["w_shape"])).reshape(case["w_shape"])
    b = np.linspace(-0.1, 0.2, len(w))
    y = reference.conv(x, w, b, stride=case["stride"], padding=case["pad"])
    right = np.array(case["correct_out"])
    assert y.shape == right.shape
    error = np.max(np.abs(y - right) / np.maximum(1e-8, np.abs(y) + np.abs(right)))
    assert error == pytest.approx(case["observed_in_copies"], rel=1e-4)
