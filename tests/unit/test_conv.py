"""What is particular to conv and conv_backward: names by rank, the remainder, memory.

`tests.grids` holds both against the loops and SciPy, `test_every_operation` what all promise.
"""

import tracemalloc
import warnings

import numpy as np
import pytest

import convlib
from convlib import conv, conv_backward
from convlib._methods import _chunks, depthwise
from tests.operations import DEPTHWISE, TRANSPOSED_FEW
from tests.settings import FEW, TOLERANCE, Setting, worst_error

EVERY_KEYWORD = [
    Setting(size, kernel, 2, padding, 2, channels=4, filters=6, groups=2)
    for size, kernel, padding in [
        ((9,), (3,), ((1, 2),)),
        ((9, 8), (3, 2), ((1, 2), (0, 1))),
        ((5, 6, 4), (3, 2, 2), ((1, 2), (0, 1), (1, 0))),
    ]
]
"""Along 1 to 3 axes, settings in which no keyword has its default."""


@pytest.mark.parametrize("setting", EVERY_KEYWORD, ids=str)
def test_named_functions_are_the_general_one(setting):
    x, w, b, dy = setting.arrays()
    ndim = len(setting.size)
    forward = getattr(convlib, f"conv{ndim}d")
    backward = getattr(convlib, f"conv{ndim}d_backward")
    got = {"y": forward(x, w, b, **setting.keywords)}
    got |= backward(dy, x, w, **setting.keywords)._asdict()
    assert_same(got, setting.run(x, w, b, dy))


def test_four_axes():
    x, w = np.arange(81.0).reshape(1, 1, 3, 3, 3, 3), np.ones((1, 1, 2, 2, 2, 2))
    assert conv(x, w)[0, 0, 0, 0, 0, 1] == x[..., :2, :2, :2, 1:].sum()
    assert conv_backward(np.ones((1, 1, 2, 2, 2, 2)), x, w).dx[0, 0, 1, 1, 1, 1] == 16


def test_bias_is_added_to_its_own_filter():
    x, w, b, _ = FEW[0].arrays()
    difference = conv(x, w, b) - conv(x, w)
    np.testing.assert_allclose(difference, np.broadcast_to(b[:, None, None], difference.shape))


def test_small_integers_do_not_overflow():
    x, w = np.full((1, 1, 4), 100, np.int8), np.full((1, 1, 4), 100, np.int8)
    assert conv(x, w) == 40_000
    dx, dw, db = conv_backward(np.full((1, 1, 1), 100, np.int8), x, w)
    assert (dx[0, 0, 0], dw[0, 0, 0], db[0]) == (10_000, 10_000, 100)


# --- the remainder ----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_no_window_reads_does_not_matter(value):
    setting = Setting((8, 7), (3, 2), stride=(2, 3), channels=2, filters=2)
    assert setting.remainders == (1, 2)
    x, w, b, dy = setting.arrays()
    right = setting.run(x, w, b, dy)
    assert not right["dx"][:, :, -1:].any()
    assert not right["dx"][..., -2:].any()
    x[:, :, -1:], x[..., -2:] = value, value
    assert_same(setting.run(x, w, b, dy), right)


def test_what_no_window_reads_between_the_windows_does_not_matter():
    x = np.array([[[1.0, np.nan, 2.0, np.nan, 3.0]]])
    w = np.array([[[10.0]]])
    np.testing.assert_array_equal(conv(x, w, stride=2), [[[10, 20, 30]]])
    dx, dw, _ = conv_backward([[[1.0, 1.0, 1.0]]], x, w, stride=2)
    np.testing.assert_array_equal(dx, [[[10, 0, 10, 0, 10]]])
    np.testing.assert_array_equal(dw, [[[6]]])


def test_an_overflow_shows_in_the_result_and_not_as_a_warning():
    x = np.array([[[1e308, 1e308]]])
    w = np.array([[[10.0, -10.0]]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isfinite(conv(x, w)).any()
        assert np.isnan(conv([[[np.inf]]], [[[0.0]]])).all()
        grads = conv_backward([[[10.0]]], x, w)
        assert not np.isfinite(grads.dw).any()
        assert not np.isfinite(conv_backward([[[1e308]]], x, w).dx).any()


# --- chunks and memory ------------------------------------------------------------------------


@pytest.mark.parametrize("examples", [1, 2, 3])
@pytest.mark.parametrize("setting", [*FEW, DEPTHWISE, *TRANSPOSED_FEW], ids=str)
def test_chunks_do_not_change_the_result(setting, examples, monkeypatch):
    arrays = setting._replace(batch=7).arrays()
    method = {"method": "depthwise" if setting.groups == setting.channels > 1 else "im2col"}
    right = setting.run(*arrays, **method)
    size = setting.run(*map(np.abs, arrays), **method)
    batches = []
    monkeypatch.setattr(_chunks, "chunks", in_steps(examples, _chunks.chunks, monkeypatch, batches))
    assert worst_error(setting.run(*arrays, **method), right, size) <= TOLERANCE[np.float64]
    assert batches.count(7) >= 2, "both passes go in chunks"


def in_steps(examples, chunks, monkeypatch, batches):
    """Give `chunks` room for so many examples at a time, and check what it makes of it."""

    def limited(batch, bytes_each, taps=1):
        batches.append(batch)
        monkeypatch.setattr(_chunks, "CHUNK_BYTES", examples * bytes_each)
        slices = chunks(batch, bytes_each, taps)
        assert [[*range(batch)[s]] for s in slices] == {
            1: [[0], [1], [2], [3], [4], [5], [6]],
            2: [[0, 1], [2, 3], [4, 5], [6]],
            3: [[0, 1], [2, 3], [4, 5], [6]],  # four and not three
        }[examples]
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
    "many channels": (Setting((8,), (3,), channels=64, filters=2), np.float32, "C"),
    "depthwise with many channels": (
        Setting((8,), (3,), padding=1, channels=64, filters=64, groups=64),
        np.float32,
        "C",
    ),
}


@pytest.mark.parametrize(
    ("case", "method"),
    [(case, "im2col") for case in COSTLY]
    + [(case, "depthwise") for case in ("groups", "depthwise with many channels")],
)
def test_extra_memory_does_not_grow_with_the_batch(case, method, monkeypatch):
    setting, dtype, order = COSTLY[case]
    monkeypatch.setattr(_chunks, "CHUNK_BYTES", 2**17)
    few, many = (
        extra_memory(setting._replace(batch=batch), dtype, order, method) for batch in (100, 400)
    )
    float32_x = 300 * 4 * setting.channels * np.prod(setting.size)
    assert many - few < float32_x / 8


@pytest.mark.parametrize("setting", [FEW[2], Setting((6,), (1,)), DEPTHWISE], ids=str)
def test_float32_is_computed_in_float32(setting, monkeypatch):
    used = set()

    def spied(function):
        def call(*arguments, **keywords):
            used.update(v.dtype.name for v in arguments if isinstance(v, np.ndarray))
            return function(*arguments, **keywords)

        return call

    for name in ("matmul", "dot"):
        monkeypatch.setattr(np, name, spied(getattr(np, name)))
    monkeypatch.setattr(np, "einsum", spied(np.einsum))
    monkeypatch.setattr(depthwise, "crop", spied(depthwise.crop))
    setting.run(*setting.arrays(np.float32))
    assert used == {"float32"}


def extra_memory(setting, dtype, order, method):
    """Return the peak of both passes, above the outputs that they return."""
    x, w, b, dy = (np.array(v, order=order) for v in setting.arrays(dtype))
    keywords = setting.keywords | {"method": method}
    passes = (
        lambda: [conv(x, w, b, **keywords)],
        lambda: conv_backward(dy, x, w, **keywords),
    )
    # the smaller of two: Python may happen to enlarge a table of its own meanwhile
    return max(min(peak(call), peak(call)) for call in passes)


def peak(call):
    tracemalloc.start()
    try:
        outputs = call()
        return tracemalloc.get_traced_memory()[1] - sum(v.nbytes for v in outputs)
    finally:
        tracemalloc.stop()


def assert_same(got, right):
    for name in right:
        np.testing.assert_array_equal(got[name], right[name], err_msg=name)
