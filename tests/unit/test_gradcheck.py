"""gradcheck passes right gradients, and finds and locates wrong ones."""

import math
import re

import numpy as np
import pytest

from convlib import ConvGrads, conv, conv2d, conv2d_backward, conv_backward, gradcheck
from tests.settings import FEW


def check(setting, spoil=lambda grads: grads, dtype=np.float64, **keywords):
    """Run gradcheck on a convolution whose gradients went through `spoil`."""
    x, w, b, dy = setting.arrays(dtype)
    grads = conv_backward(dy, x, w, **setting.keywords)
    grads = spoil(ConvGrads(*(v.copy() for v in grads)))
    return gradcheck(lambda *v: conv(*v, **setting.keywords), (x, w, b), grads, dy, **keywords)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("setting", FEW, ids=str)
def test_right_gradients_pass(setting, dtype):
    report = check(setting, dtype=dtype)
    assert report.ok
    assert [e.name for e in report.errors] == ["dx", "dw", "db"]
    assert all(e.error < 1e-6 for e in report.errors)


@pytest.mark.parametrize("name", ["dx", "dw", "db"])
@pytest.mark.parametrize("setting", FEW, ids=str)
def test_one_spoiled_entry_is_found(setting, name):
    shape = getattr(conv_backward(*in_order(setting), **setting.keywords), name).shape
    index = tuple(n // 2 for n in shape)

    def spoil(grads):
        getattr(grads, name)[index] += 1e-2
        return grads

    report = check(setting, spoil)
    assert not report.ok
    (worst,) = (e for e in report.errors if e.error > 1e-6)
    assert (worst.name, worst.index) == (name, index)
    assert worst.analytic - worst.numeric == pytest.approx(1e-2, abs=1e-6)


def in_order(setting):
    x, w, _, dy = setting.arrays()
    return dy, x, w


@pytest.mark.parametrize("name", ["dx", "dw", "db"])
def test_random_direction_for_large_arrays(name):
    def spoil(grads):
        getattr(grads, name).flat[0] += 1e-2
        return grads

    right, wrong = check(FEW[0], max_entries=0), check(FEW[0], spoil, max_entries=0)
    assert right.ok
    assert not wrong.ok
    assert [e.name for e in wrong.errors if e.error > 1e-6] == [name]
    assert {e.index for e in right.errors + wrong.errors} == {None}


def test_direction_takes_two_evaluations_and_entries_two_each():
    calls = []

    def function(v):
        calls.append(1)
        return 2 * v

    inputs, grads = [np.ones(5)], [np.full(5, 2.0)]
    assert gradcheck(function, inputs, grads, np.ones(5), max_entries=4).ok
    assert len(calls) == 1 + 2  # the first to see the shape of y
    calls.clear()
    assert gradcheck(function, inputs, grads, np.ones(5), max_entries=5).ok
    assert len(calls) == 1 + 10


def test_seed_chooses_the_direction():
    numeric = [check(FEW[0], max_entries=0, seed=s).errors[0].numeric for s in (0, 0, 1)]
    assert numeric[0] == numeric[1] != numeric[2]


@pytest.mark.parametrize("max_entries", [0, 4096])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_disagree(value, max_entries):
    def spoil(grads):
        grads.dw.flat[3] = value
        return grads

    report = check(FEW[0], spoil, max_entries=max_entries)
    assert not report.ok
    assert not report.errors[1].error <= 1e-6
    if max_entries:
        assert report.errors[1].index == np.unravel_index(3, (2, 3, 3, 3))


def test_nan_of_the_function_disagrees():
    assert not gradcheck(lambda v: v * np.nan, [[1.0]], [[1.0]], [1.0]).ok


def test_zero_gradient():
    assert gradcheck(lambda v: 0 * v, [[1.0]], [[0.0]], [1.0]).ok
    report = gradcheck(lambda v: 0 * v, [[1.0]], [[0.5]], [1.0])
    assert not report.ok
    assert report.errors[0].error == 1


def test_no_examples():
    report = check(FEW[0]._replace(batch=0))
    assert report.ok
    assert len(report.errors) == 3


def test_tolerance_decides():
    near = [np.array([2.0 + 1e-4])]
    assert not gradcheck(lambda v: 2 * v, [[1.0]], near, [1.0]).ok
    assert gradcheck(lambda v: 2 * v, [[1.0]], near, [1.0], tolerance=1e-3).ok


def test_inputs_are_left_as_they_were():
    x = np.arange(3.0)
    gradcheck(lambda v: v**2, [x], [2 * x], np.ones(3))
    np.testing.assert_array_equal(x, [0, 1, 2])


def test_report_reads_well():
    text = str(gradcheck(lambda v: v**2, [[1.0, 3.0]], [[2.0, 5.0]], [1.0, 1.0]))
    assert text.splitlines() == [
        "gradients DISAGREE",
        "grads[0]: worst at [1]: analytic 5, numeric 6, relative error 1.7e-01",
    ]
    assert str(check(FEW[0], max_entries=0)).startswith("gradients agree\ndx: worst in a random")


def test_wrong_padding_is_found():
    x, w, b, _ = FEW[0].arrays()
    dy = np.ones((2, 2, 5, 5))
    wrong = conv2d_backward(dy, x, w, padding=((0, 2), (1, 1)))
    report = gradcheck(lambda *v: conv2d(*v, padding=1), (x, w, b), wrong, dy)
    assert [e.error > 1e-6 for e in report.errors] == [True, True, False]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"step": 0}, ValueError, "^step, tolerance: "),
        ({"step": math.nan}, ValueError, "^step, tolerance: "),
        ({"tolerance": -1}, ValueError, "^step, tolerance: "),
        ({"grads": []}, ValueError, "^grads: "),
        ({"grads": [np.ones(3)]}, ValueError, r"^grads\[0\]: "),
        ({"grads": [np.ones(2, bool)]}, TypeError, r"^grads\[0\]: "),
        ({"inputs": [np.ones(2, complex)]}, TypeError, r"^inputs\[0\]: "),
        ({"inputs": [[[1, 2], [3]]]}, ValueError, r"^inputs\[0\]: "),
        ({"dy": np.ones(3)}, ValueError, "^dy: "),
        ({"dy": ["1", "2"]}, TypeError, "^dy: "),
    ],
)
def test_bad_input_is_named(changes, error, message):
    good = {"inputs": [np.ones(2)], "grads": [np.ones(2)], "dy": np.ones(2)}
    assert gradcheck(lambda v: v, **good).ok
    with pytest.raises(error, match=message):
        gradcheck(lambda v: v, **good | changes)


# --- what the defaults are, and where the limits lie ------------------------------------------


def test_default_step_and_tolerance():
    x = np.linspace(-1, 1, 7)
    report = gradcheck(np.sin, [x], [np.cos(x)], np.ones(7))
    assert report.errors[0].error < 1e-9
    assert not gradcheck(np.sin, [x], [np.cos(x) * (1 + 2e-6)], np.ones(7)).ok
    assert gradcheck(np.sin, [x], [np.cos(x) * (1 + 0.5e-6)], np.ones(7)).ok


@pytest.mark.parametrize(("size", "entries"), [(4096, True), (4097, False)])
def test_large_inputs_are_checked_in_one_direction(size, entries):
    x = np.zeros(size)
    (error,) = gradcheck(lambda v: 3 * v[:1], [x], [3 * (np.arange(size) == 0)], [1.0]).errors
    assert (error.index is not None) == entries


def test_default_seed_is_0():
    x = np.random.default_rng(0).standard_normal(5000)
    reports = [
        gradcheck(np.sin, [x], [np.cos(x)], np.ones(5000), **keywords)
        for keywords in ({}, {"seed": 0}, {"seed": 1})
    ]
    assert reports[0] == reports[1] != reports[2]


def test_direction_sees_errors_that_add_up_to_nothing():
    x = np.zeros(5000)
    wrong = np.ones(5000)
    wrong[:2] = 3, -1
    assert gradcheck(lambda v: v, [x], [np.ones(5000)], np.ones(5000)).ok
    assert not gradcheck(lambda v: v, [x], [wrong], np.ones(5000)).ok


def test_error_in_a_direction_is_relative_to_the_gradient():
    x, big = np.zeros(5000), np.full(5000, 1e9)
    (error,) = gradcheck(lambda v: v, [x], [big * (1 + 1e-7)], big).errors
    assert 1e-10 < error.error < 1e-6
    small = np.full(5000, 1e-9)
    assert not gradcheck(lambda v: v, [x], [2 * small], small).ok


def test_tolerance_is_the_largest_error_that_passes():
    # the difference of a linear function with a step of a power of two is exact: 2, not 3
    def check_at(tolerance):
        return gradcheck(lambda v: 2 * v, [[1.0]], [[3.0]], [1.0], step=0.5, tolerance=tolerance)

    assert check_at(1 / 3).ok
    assert not check_at(np.nextafter(1 / 3, 0)).ok


@pytest.mark.parametrize(("step", "tolerance"), [(0, 1e-6), (1e-5, 0), (-1, 1e-6), (1e-5, -1)])
def test_step_and_tolerance_are_positive(step, tolerance):
    with pytest.raises(ValueError, match=rf"must be positive, got {step} and {tolerance}$"):
        gradcheck(np.sin, [[1.0]], [[1.0]], [1.0], step=step, tolerance=tolerance)


def test_float32_is_checked_in_float64():
    x = np.linspace(-1, 1, 7, dtype=np.float32)
    assert gradcheck(np.sin, [x], [np.cos(x.astype(float))], np.ones(7)).errors[0].error < 1e-9


def test_function_is_given_float64_only():
    given = set()

    def function(a, b):
        given.update((a.dtype.name, b.dtype.name))
        return a * b

    one = np.ones(2, np.float32)
    assert gradcheck(function, [one, [1, 1]], [one, one], one).ok
    assert given == {"float64"}


def test_nothing_has_no_error():
    empty = np.zeros((0, 2))
    (error,) = gradcheck(lambda v: v, [empty], [empty], empty).errors
    assert error == ("grads[0]", None, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("grad", "dy", "message"),
    [
        ([1.0], [1.0, 1.0], "grads[0]: expected shape (2,), that of inputs[0]; got (1,)"),
        ([1.0, 1.0], [1.0], "dy: expected shape (2,), that of the output of function; got (1,)"),
    ],
)
def test_messages_about_shapes(grad, dy, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        gradcheck(np.sin, [[1.0, 2.0]], [grad], dy)
