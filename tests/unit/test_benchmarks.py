"""What `make bench` rests on: its layers, its turns, and the sums that it judges digits by."""

import math

import numpy as np
import pytest

import convlib
from benchmarks.paired import in_turn, ratio
from benchmarks.speed import accuracy, contestants, process
from benchmarks.speed.rows import MAIN, ROWS, chosen, mobilenet, resnet50, vgg16
from tests.operations import DEPTHWISE, GROUPED
from tests.settings import FEW


def multiplications(rows):
    """Count the products of a forward pass of these layers for one example, in millions."""
    total = 0
    for r in rows:
        strides = r.settings.get("stride", 1) ** (len(r.x) - 2)
        total += math.prod(r.x[2:]) // strides * math.prod(r.w)
    return total / 1e6


def test_networks_have_each_of_their_convolutions_once():
    assert [len(rows(1)) for rows in (resnet50, vgg16, mobilenet)] == [23, 9, 9]
    assert [len({(r.x, r.w, str(r.settings)) for r in rows(8)}) for rows in (resnet50, vgg16)] == [
        23, 9
    ]  # fmt: skip
    # VGG-16 is known for 15.3 thousand million: here without the four layers that come again
    again = [r for r in vgg16(1) if r.x[1:] in {(256, 56, 56), (512, 28, 28), (512, 14, 14)}]
    again += [r for r in again if r.x[1:] == (512, 14, 14)]
    assert round(multiplications(vgg16(1) + again) / 1e3, 1) == 15.3


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.group} {r.name} {r.x[0]}")
def test_every_row_is_a_convolution(row):
    x, w = (np.broadcast_to(np.float32(0), shape) for shape in (row.x, row.w))
    assert convlib.choose_method(x, w, **row.settings)


def test_every_row_has_a_name_of_its_own():
    assert len({(r.group, r.name) for r in ROWS}) == len(ROWS)  # else a mean leaves one out


def test_rows_are_chosen_by_group_or_name():
    assert chosen([]) == ROWS
    assert chosen(["main"]) == MAIN
    assert {r.w[2:] for r in chosen(["5×5", "31×31"])} == {(5, 5), (31, 31)}
    with pytest.raises(SystemExit, match="no row has 'resnet-50' in its name"):
        chosen(["resnet-50"])


def test_timers_take_turns_and_the_first_call_does_not_count():
    called, seconds = [], {"a": iter([9, 1, 2]), "b": iter([9, 3, 8])}
    timers = {name: lambda n=name: called.append(n) or next(seconds[n]) for name in seconds}
    times = in_turn(timers, 2)
    assert called == ["a", "b", "a", "b", "b", "a"]
    assert times == {"a": [1, 2], "b": [3, 8]}
    assert ratio(times["a"], times["b"]) == 3.5


@pytest.mark.parametrize("setting", [*FEW, DEPTHWISE, GROUPED], ids=str)
def test_digits_are_judged_by_the_sums_of_the_loops(setting):
    x, w, b, dy = setting.arrays()
    sizes = {name: v for name, v in setting.keywords.items() if name != "groups"}
    sizes = convlib.geometry(setting.size, setting.kernel, **sizes)
    right = setting.by_loops(x, w, 0 * b, dy)
    got = accuracy.direct(x, w, dy, sizes, setting.groups)
    for value, name in zip(got, ("y", "dx", "dw"), strict=True):
        np.testing.assert_allclose(value.reshape(right[name].shape), right[name], atol=1e-12)


def test_an_error_is_counted_in_units_of_the_type_and_none_is_let_pass_at_zero():
    right, scale = np.array([1.0, 0.0]), np.array([2.0, 0.0])
    eps = np.finfo(np.float32).eps
    assert accuracy.worst(np.add(right, [6 * eps, 0]), right, scale, "float32") == pytest.approx(3)
    with pytest.raises(AssertionError, match="gradient of exactly 0"):
        accuracy.worst(np.add(right, [0, 1e-30]), right, scale, "float32")


@pytest.mark.parametrize("name", ["convlib", "im2col", "columns", "windows", "loops"])
@pytest.mark.parametrize("settings", [{"padding": 1, "stride": 2}, {"groups": 2}], ids=str)
def test_contestants_compute_the_same(name, settings):
    row = MAIN[0]._replace(x=(2, 4, 5, 5), w=(6, 4 // settings.get("groups", 1), 3, 3))
    row = row._replace(settings=settings)
    x, w, b, dy = process.arrays(row, "float64")
    calls = contestants.named(name, None)(x, w, b, dy, settings, 1)
    y = calls["forward"]()
    bias = b if name in ("convlib", "im2col", "loops") else None
    right = convlib.conv2d(x, w, bias, **settings)
    np.testing.assert_allclose(y.reshape(right.shape), right, atol=1e-12)
    grads = convlib.conv2d_backward(dy, x, w, **settings)
    if "step" in calls:
        for got, grad in zip(calls["step"]()[1:], grads, strict=True):
            np.testing.assert_allclose(got, grad, atol=1e-12)


def test_a_method_that_does_not_fit_is_no_contestant():
    x, w, b, dy = process.arrays(MAIN[0], "float32")  # all channels in one group
    assert contestants.named("banded", None)(x, w, b, dy, MAIN[0].settings, 1) == {}
