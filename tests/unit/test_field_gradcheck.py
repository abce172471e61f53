"""Faults of gradient checks that were reported elsewhere, one test a kind."""

import itertools

import numpy as np
import pytest

from convlib import conv2d, conv2d_backward, gradcheck, max_pool2d, max_pool2d_backward
from convlib.layers import BatchNorm2d, ReLU

EITHER_PATH = pytest.mark.parametrize("max_entries", [0, 4096], ids=["direction", "entries"])


def verdicts(function, inputs, grads, dy, **keywords):
    """Return what is said of the right gradients, and of each of them made wrong by 1e-3."""
    reports = [gradcheck(function, inputs, grads, dy, **keywords)]
    for i, grad in enumerate(grads):
        spoiled = [*grads[:i], np.asarray(grad) * (1 + 1e-3), *grads[i + 1 :]]
        reports.append(gradcheck(function, inputs, spoiled, dy, **keywords))
    assert [r.suspicion for r in reports] == [None] * len(reports)
    return [r.ok for r in reports]


# --- a function that works in place: scipy/scipy#19463 ----------------------------------------


def in_place(a, b):
    """Return 2ab + b, and leave nothing as it was."""
    a *= b
    b += a
    b += a
    return b


@EITHER_PATH
@pytest.mark.parametrize("size", [4, 5000])
def test_function_that_works_in_place(size, max_entries):
    a, b = np.random.default_rng(0).standard_normal((2, size))
    kept = a.copy(), b.copy()
    grads = [2 * b, 2 * a + 1]
    assert verdicts(in_place, [a, b], grads, np.ones(size), max_entries=max_entries) == [1, 0, 0]
    np.testing.assert_array_equal((a, b), kept)


def test_function_that_returns_its_buffer_or_changes_what_it_was_given_before():
    buffer, given, dy = np.empty(3), [], np.ones(3)

    def function(v):
        for old in given:
            old[...] = 7
        dy[...] = 0
        np.multiply(v, v, out=buffer)
        given[:] = [v]
        return buffer

    x = np.array([1.0, 2.0, 3.0])
    grads = [2 * x]
    for grad, right in ((grads, True), ([3 * x], False)):
        dy[...] = 1
        assert gradcheck(function, [x], grad, dy).ok == right


# --- a true gradient of 0: ai.stackexchange.com/questions/26525 -------------------------------


def bias_before_batch_norm(b):
    rng, norm = np.random.default_rng(0), BatchNorm2d(2)
    x, w = rng.standard_normal((4, 3, 5, 5)), rng.standard_normal((2, 3, 3, 3))
    return norm(conv2d(x, w, b))


def shift_of_softmax(shift):
    powers = np.exp(np.arange(12.0).reshape(3, 4) / 5 + shift)
    return powers / powers.sum(axis=1, keepdims=True)


ZERO = {
    "bias before batch norm": (bias_before_batch_norm, 2),
    "shift of a softmax": (shift_of_softmax, 1),
    "deviations": (lambda v: v - v.mean(), 7),
    "sum of deviations": (lambda v: np.sum(v - v.mean()), 7),
    "many deviations": (lambda v: v - v.mean(), 5000),
}


@EITHER_PATH
@pytest.mark.parametrize("name", ZERO)
def test_gradient_of_0(name, max_entries):
    function, size = ZERO[name]
    rng = np.random.default_rng(1)
    v = rng.standard_normal(size)
    shape = np.shape(function(v))
    dy = np.ones(shape) if "dev" in name else rng.standard_normal(shape)
    found = gradcheck(function, [v], [np.zeros(size)], dy, max_entries=max_entries)
    assert (found.ok, found.suspicion) == (True, None)
    assert not gradcheck(function, [v], [np.full(size, 1e-3)], dy, max_entries=max_entries).ok
    last = 1e-3 * (np.arange(size) == size - 1)
    assert not gradcheck(function, [v], [last], dy, max_entries=max_entries).ok


def test_gradient_of_0_beside_others():
    x = np.array([1.0, 2.0, 0.0])
    right = np.array([1.0, 1.0, 0.0])
    assert gradcheck(lambda v: v[:2], [x], [right], [1, 1]).ok
    report = gradcheck(lambda v: v[:2], [x], [[1.0, 1.0, 1e-3]], [1, 1])
    assert report.errors[0].index == (2,)
    assert not report.ok


# --- raw pixels, large and small values: stats.stackexchange.com/questions/184220,
# --- climate-analytics-lab/jax-gcm#820 --------------------------------------------------------


@pytest.mark.parametrize(("dtype", "size"), [(np.uint8, 20), (np.uint16, 8), (np.uint16, 70)])
def test_raw_pixels(dtype, size):
    rng = np.random.default_rng(0)
    x = rng.integers(0, np.iinfo(dtype).max, (1, 1, size, size), dtype, endpoint=True)
    w, dy = rng.standard_normal((2, 1, 3, 3)), np.ones((1, 2, size, size))
    grads = conv2d_backward(dy, x, w, padding=1)[:2]
    assert verdicts(lambda x, w: conv2d(x, w, padding=1), [x, w], grads, dy) == [1, 0, 0]


VALUES = [[1e6], [1e-30], [1e12], [1e-7, 1e7], [1e-7, 2.0, 1e7], [1e-30, 1.0]]


@EITHER_PATH
@pytest.mark.parametrize("values", VALUES, ids=str)
@pytest.mark.parametrize("dy", [1e-30, 1.0, 1e30])
def test_large_and_small_values(values, dy, max_entries):
    v = np.array(values)
    for function, slope in (
        (lambda v: 3 * v, 3 + 0 * v),
        (np.log, 1 / v),
        (np.square, 2 * v),
        (np.sqrt, 0.5 / np.sqrt(v)),
    ):
        grads, upstream = [slope * dy], np.full(len(v), dy)
        assert verdicts(function, [v], grads, upstream, max_entries=max_entries) == [True, False]


@pytest.mark.parametrize("values", VALUES, ids=str)
def test_the_smallest_entry_is_judged_by_itself(values):
    v = np.array(values)
    wrong = 2 * v
    wrong[0] *= 1.001
    report = gradcheck(np.square, [v], [wrong], np.ones(len(v)))
    assert (report.ok, report.errors[0].index) == (False, (0,))


@pytest.mark.parametrize("function", [lambda v: v**2 + 1e9, lambda v: np.sum(v**2) + 1e9])
def test_large_constant_in_the_output(function):
    v = np.array([1.0, 0.0, -2.0])
    dy = np.ones(np.shape(function(v)))
    assert verdicts(function, [v], [2 * v], dy) == [True, False]


def test_small_entry_in_a_large_sum():
    # its own step, 1e-12, is lost in 1e7: a gradient of 0 would seem to agree
    v = np.array([1e-7, 1e7])
    assert verdicts(np.sum, [v], [np.ones(2)], 1.0) == [True, False]
    assert gradcheck(np.sum, [v], [np.array([0.0, 1.0])], 1.0).errors[0].index == (0,)


def test_curved_function_of_large_values():
    assert verdicts(np.sin, [[1e6]], [np.cos([1e6])], [1.0]) == [True, False]


# --- what the check met -----------------------------------------------------------------------


def tied_pixels(size):
    x = np.random.default_rng(0).integers(0, 4, (1, 1, size, size)).astype(np.uint8)
    dy = np.random.default_rng(1).standard_normal((1, 1, size // 2, size // 2))
    return lambda v: max_pool2d(v, 2), [x], [max_pool2d_backward(dy, x.astype(float), 2)], dy


KINKS = {
    "relu at 0": (ReLU(), [[0.0, 1.0]], [[0.0, 1.0]], [1, 1]),
    "abs at 0": (np.abs, [[0.0]], [[1.0]], [1]),
    "a tie of max pooling": tied_pixels(6),
    "large": tied_pixels(80),
    "within the step": (lambda v: np.abs(v - 1), [[1 + 3e-6]], [[1.0]], [1]),
}


@pytest.mark.parametrize("name", KINKS)
def test_kink_is_named(name):
    report = gradcheck(*KINKS[name])
    assert "kink inside the step" in report.suspicion
    assert report.suspicion in str(report)
    assert report.ok == (name == "within the step")  # a smaller step settles that


def test_wrong_gradient_beside_a_kink_is_still_found():
    report = gradcheck(ReLU(), [[0.0, 1.0]], [[0.0, 1.01]], [1, 1])
    assert (report.ok, report.suspicion, report.errors[0].index) == (False, None, (1,))


@EITHER_PATH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_is_named(dtype, max_entries):
    rng = np.random.default_rng(0)
    x, w, dy = (rng.standard_normal(s) for s in ((2, 3, 6, 6), (2, 3, 3, 3), (2, 2, 4, 4)))
    single = np.float32

    def function(x, w):
        return np.tanh(conv2d(x.astype(single), w.astype(single))).astype(dtype)

    bent = dy * (1 - np.tanh(conv2d(x, w)) ** 2)
    grads = conv2d_backward(bent, x, w)[:2]
    assert "float32" in gradcheck(function, [x, w], grads, dy, max_entries=max_entries).suspicion


RNG, CALLS, NORM = np.random.default_rng(0), itertools.count(), BatchNorm2d(1)


def random(v):
    return v * (RNG.random(v.shape) > 0.5)


def counting(v):
    return v + next(CALLS)


def alternating(v):
    return v + next(CALLS) % 2


def running(v):
    v = v.reshape(1, 1, 1, -1)
    NORM.training = True
    NORM(v)
    NORM.training = False
    return NORM(v).reshape(-1)


@EITHER_PATH
@pytest.mark.parametrize("function", [random, counting, alternating, running])
def test_random_or_impure_function_is_named(function, max_entries):
    v = np.linspace(1, 2, 8)
    report = gradcheck(function, [v], [np.ones(8)], np.ones(8), max_entries=max_entries)
    assert not report.ok
    assert "random or impure" in report.suspicion


@EITHER_PATH
def test_nan_and_infinity_are_named(max_entries):
    for value in (np.nan, np.inf):
        report = gradcheck(lambda v, c=value: v * c, [[1.0]], [[1.0]], [1.0], max_entries=0)
        assert not report.ok
        assert "NaN or infinity" in report.suspicion
    report = gradcheck(lambda v: v, [[1.0]], [[np.nan]], [1.0], max_entries=max_entries)
    assert (report.ok, report.suspicion) == (False, None)


SMOOTH = {
    "cube": (lambda v: v**3, lambda v: 3 * v**2),
    "tanh": (np.tanh, lambda v: 1 - np.tanh(v) ** 2),
    "bell": (lambda v: np.exp(-(v**2)), lambda v: -2 * v * np.exp(-(v**2))),
    "reciprocal": (lambda v: 1 / v, lambda v: -1 / v**2),
    "sine": (np.sin, np.cos),
}


@EITHER_PATH
@pytest.mark.parametrize("scale", [1e-5, 1e-2, 1.0, 10.0])
@pytest.mark.parametrize("name", SMOOTH)
def test_no_suspicion_of_a_smooth_function(name, scale, max_entries):
    function, derivative = SMOOTH[name]
    v, dy = np.random.default_rng(2).standard_normal((2, 40)) * [[scale], [1]]
    report = gradcheck(function, [v], [dy * derivative(v)], dy, max_entries=max_entries)
    assert (report.ok, report.suspicion) == (True, None), str(report)
