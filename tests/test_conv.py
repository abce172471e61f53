"""convnd and convnd_backward against the loops and SciPy, and every kind of input they accept."""

import tracemalloc

import numpy as np
import pytest

import convlib
from convlib import conv, convnd, convnd_backward
from tests import scipy_oracle
from tests.settings import (
    FEW,
    GRID,
    TOLERANCE,
    Setting,
    convolve,
    error_against_loops,
    worst_error,
)

LEFT_OUT = {
    "kernel not square": lambda s: len(set(s.kernel)) > 1,
    "input not square": lambda s: len(set(s.size)) > 1,
    "padding 0": lambda s: s.padding == 0,
    "padding on one side": lambda s: any(before != after for before, after in s.pairs),
    "more padding than the kernel spans": lambda s: any(
        min(pair) > e - 1 > 0 for pair, e in zip(s.pairs, s.extents, strict=True)
    ),
    "'same' with an even kernel": lambda s: s.padding == "same" and s.kernel[0] % 2 == 0,
    "even kernel": lambda s: any(k % 2 == 0 for k in s.kernel),
    "kernel of one entry": lambda s: set(s.kernel) == {1},
    "a remainder": lambda s: any(s.remainders),
    "a remainder beyond the padding": lambda s: any(
        r > after for r, (_, after) in zip(s.remainders, s.pairs, strict=True)
    ),
    "stride larger than the kernel": lambda s: any(
        step > e for step, e in zip(s.strides, s.extents, strict=True)
    ),
    "dilation and stride": lambda s: max(s.dilations) > 1 and max(s.strides) > 1,
    "single channel": lambda s: s.channels == 1,
    "groups": lambda s: 1 < s.groups < s.channels,
    "depthwise": lambda s: s.groups == s.channels > 1,
    "1 axis": lambda s: len(s.size) == 1,
    "2 axes": lambda s: len(s.size) == 2,
    "3 axes": lambda s: len(s.size) == 3,
}
"""What published tests of convolution leave out, and mistakes hide in."""


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_grid_has_what_published_tests_leave_out(left_out):
    assert any(map(LEFT_OUT[left_out], GRID))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("setting", GRID, ids=str)
def test_agrees_with_loops(setting, dtype):
    assert error_against_loops(setting, dtype) <= TOLERANCE[dtype]


@pytest.mark.parametrize("setting", GRID, ids=str)
def test_agrees_with_scipy(setting):
    arrays = setting.arrays()
    right = scipy_oracle.convolve(setting, *arrays)
    size = scipy_oracle.convolve(setting, *map(np.abs, arrays))
    assert worst_error(convolve(setting, *arrays), right, size) <= TOLERANCE[np.float64]


@pytest.mark.parametrize("setting", FEW, ids=str)
def test_named_functions_are_the_general_one(setting):
    x, w, b, dy = setting.arrays()
    ndim = len(setting.size)
    forward = getattr(convlib, f"conv{ndim}d")
    backward = getattr(convlib, f"conv{ndim}d_backward")
    got = {"y": forward(x, w, b, **setting.keywords)}
    got |= backward(dy, x, w, **setting.keywords)._asdict()
    assert_same(got, convolve(setting, x, w, b, dy))


def test_four_axes():
    x, w = np.arange(81.0).reshape(1, 1, 3, 3, 3, 3), np.ones((1, 1, 2, 2, 2, 2))
    assert convnd(x, w)[0, 0, 0, 0, 0, 1] == x[..., :2, :2, :2, 1:].sum()
    assert convnd_backward(np.ones((1, 1, 2, 2, 2, 2)), x, w).dx[0, 0, 1, 1, 1, 1] == 16


def test_bias_is_added_to_its_own_filter():
    x, w, b, _ = FEW[0].arrays()
    difference = convnd(x, w, b) - convnd(x, w)
    np.testing.assert_allclose(difference, np.broadcast_to(b[:, None, None], difference.shape))


# --- dtypes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x_dtype", "w_dtype", "expected"),
    [
        ("float32", "float32", "float32"),
        ("float64", "float64", "float64"),
        ("float32", "float64", "float64"),
        ("float64", "float32", "float64"),
        ("int64", "int64", "float64"),
        ("int8", "uint8", "float64"),
        ("uint64", "int64", "float64"),
        ("float32", "int8", "float32"),
        ("float32", "int64", "float64"),
    ],
)
def test_dtype_is_numpys_common_type_and_never_an_integer(x_dtype, w_dtype, expected):
    setting = FEW[2]
    x, w, _, dy = (np.round(3 * abs(v)) for v in setting.arrays())
    got = convolve(setting, x.astype(x_dtype), w.astype(w_dtype), None, dy.astype(x_dtype))
    assert {name: v.dtype.name for name, v in got.items()} == dict.fromkeys(got, expected)
    right = convolve(setting, x, w, None, dy)
    assert all(np.array_equal(got[name], right[name]) for name in right)


def test_small_integers_do_not_overflow():
    x, w = np.full((1, 1, 4), 100, np.int8), np.full((1, 1, 4), 100, np.int8)
    assert convnd(x, w) == 40_000
    dx, dw, db = convnd_backward(np.full((1, 1, 1), 100, np.int8), x, w)
    assert (dx[0, 0, 0], dw[0, 0, 0], db[0]) == (10_000, 10_000, 100)


@pytest.mark.parametrize("name", ["b", "dy"])
def test_float64_bias_or_upstream_gradient_gives_float64(name):
    x, w, b, dy = FEW[0].arrays(np.float32)
    if name == "b":
        assert convnd(x, w, b.astype(np.float64), padding=1).dtype == np.float64
    else:
        grads = convnd_backward(dy.astype(np.float64), x, w, padding=1)
        assert {v.dtype for v in grads} == {np.dtype(np.float64)}


# --- inputs of every make ---------------------------------------------------------------------


def backwards(array):
    """The same numbers, stored in reverse: all strides negative."""
    return np.flip(np.flip(array).copy())


def strided(array):
    """The same numbers, with room between them."""
    room = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    every_other = (slice(None, None, 2),) * array.ndim
    room[every_other] = array
    return room[every_other]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "make", [np.asfortranarray, backwards, strided, read_only, np.ndarray.tolist]
)
@pytest.mark.parametrize("setting", FEW, ids=str)
def test_layout_does_not_matter(setting, make):
    arrays = setting.arrays()
    right = convolve(setting, *arrays)
    size = convolve(setting, *map(np.abs, arrays))
    got = convolve(setting, *map(make, arrays))
    assert worst_error(got, right, size) <= TOLERANCE[np.float64]


@pytest.mark.parametrize("setting", FEW, ids=str)
def test_broadcast_inputs(setting):
    views = [np.broadcast_to(v[:1], v.shape) for v in setting.arrays()]
    copies = [v.copy() for v in views]
    size = convolve(setting, *map(np.abs, copies))
    got = convolve(setting, *views)
    assert worst_error(got, convolve(setting, *copies), size) <= TOLERANCE[np.float64]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("setting", FEW, ids=str)
def test_inputs_are_left_as_they_were(setting, dtype):
    arrays = setting.arrays(dtype)
    before = [v.tobytes() for v in arrays]
    outputs = convolve(setting, *arrays)
    for output in outputs.values():
        output += 1  # an output that shares memory with an input would show now
    assert [v.tobytes() for v in arrays] == before


@pytest.mark.parametrize("setting", FEW, ids=str)
def test_no_examples(setting):
    x, w, b, dy = setting._replace(batch=0).arrays()
    got = convolve(setting, x, w, b, dy)
    assert got["y"].shape == dy.shape
    assert got["dx"].shape == x.shape
    np.testing.assert_array_equal(got["dw"], np.zeros(w.shape))
    np.testing.assert_array_equal(got["db"], np.zeros(b.shape))


# --- the remainder ----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_no_window_reads_does_not_matter(value):
    setting = Setting((8, 7), (3, 2), stride=(2, 3), channels=2, filters=2)
    assert setting.remainders == (1, 2)
    x, w, b, dy = setting.arrays()
    right = convolve(setting, x, w, b, dy)
    assert not right["dx"][:, :, -1:].any()
    assert not right["dx"][..., -2:].any()
    x[:, :, -1:], x[..., -2:] = value, value
    assert_same(convolve(setting, x, w, b, dy), right)


def test_what_no_window_reads_between_the_windows_does_not_matter():
    x = np.array([[[1.0, np.nan, 2.0, np.nan, 3.0]]])
    w = np.array([[[10.0]]])
    np.testing.assert_array_equal(convnd(x, w, stride=2), [[[10, 20, 30]]])
    dx, dw, _ = convnd_backward([[[1.0, 1.0, 1.0]]], x, w, stride=2)
    np.testing.assert_array_equal(dx, [[[10, 0, 10, 0, 10]]])
    np.testing.assert_array_equal(dw, [[[6]]])


# --- chunks and memory ------------------------------------------------------------------------


@pytest.mark.parametrize("examples", [1, 2, 3])
@pytest.mark.parametrize("setting", FEW, ids=str)
def test_chunks_do_not_change_the_result(setting, examples, monkeypatch):
    arrays = setting._replace(batch=7).arrays()
    right = convolve(setting, *arrays)
    size = convolve(setting, *map(np.abs, arrays))
    monkeypatch.setattr(conv, "_chunks", in_steps(examples, conv._chunks, monkeypatch))
    assert worst_error(convolve(setting, *arrays), right, size) <= TOLERANCE[np.float64]


def in_steps(examples, chunks, monkeypatch):
    """Give `chunks` room for so many examples at a time, and check what it makes of it."""

    def limited(batch, bytes_each):
        monkeypatch.setattr(conv, "CHUNK_BYTES", examples * bytes_each)
        slices = chunks(batch, bytes_each)
        taken = [list(range(batch)[s]) for s in slices]
        assert taken == [list(range(batch)[i : i + examples]) for i in range(0, batch, examples)]
        return slices

    return limited


COSTLY = {
    "many windows": (Setting((16, 16), (5, 5), padding=2), np.float64, "C"),
    "few windows in much padding": (
        Setting((16, 16), (1, 1), stride=8, padding=8),
        np.float64,
        "C",
    ),
    "integers": (Setting((16, 16), (2, 2), stride=8), np.int64, "C"),
    "Fortran order": (Setting((16, 16), (3, 3)), np.float64, "F"),
    "groups": (Setting((64,), (9,), channels=4, filters=4, groups=4), np.float32, "C"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_extra_memory_does_not_grow_with_the_batch(case, monkeypatch):
    setting, dtype, order = COSTLY[case]
    monkeypatch.setattr(conv, "CHUNK_BYTES", 2**17)
    few, many = (extra_memory(setting._replace(batch=batch), dtype, order) for batch in (100, 400))
    assert many - few < 300 * 4 * np.prod(setting.size) / 4, "a quarter of one float32 channel"


def extra_memory(setting, dtype, order):
    """Return the peak of both passes, above the outputs that they return."""
    x, w, b, dy = (np.array(v, order=order) for v in setting.arrays(dtype))
    peaks = []
    for call in (
        lambda: [convnd(x, w, b, **setting.keywords)],
        lambda: convnd_backward(dy, x, w, **setting.keywords),
    ):
        tracemalloc.start()
        try:
            outputs = call()
            peaks.append(tracemalloc.get_traced_memory()[1] - sum(v.nbytes for v in outputs))
        finally:
            tracemalloc.stop()
    return max(peaks)


def assert_same(got, right):
    for name in right:
        np.testing.assert_array_equal(got[name], right[name], err_msg=name)
