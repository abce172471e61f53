"""pad, windows, im2col and col2im against direct indexing."""

import math

import numpy as np
import pytest

from convlib import col2im, fold, im2col, pad, sliding_windows, unfold
from tests.settings import FEW, GRID, Setting

SOME = [*FEW, *GRID[::40]]


def integers(*shape):
    """Different integers, so that sums are exact and no two entries are alike."""
    return np.arange(1.0, math.prod(shape) + 1).reshape(shape)


def without_groups(setting):
    return {name: v for name, v in setting.keywords.items() if name != "groups"}


def every_read(setting):
    """Yield (row, column, place in x) for each entry of the columns of one channel.

    The place is None where the padding is read.
    """
    output = [r // s + 1 for r, s in zip(setting.spare, setting.strides, strict=True)]
    for row, k in enumerate(np.ndindex(*setting.kernel)):
        for column, o in enumerate(np.ndindex(*output)):
            axes = zip(o, k, setting.strides, setting.dilations, setting.pairs, strict=True)
            place = tuple(s * i + d * j - before for i, j, s, d, (before, _) in axes)
            inside = all(0 <= i < h for i, h in zip(place, setting.size, strict=True))
            yield row, column, place if inside else None


# --- pad --------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SOME, ids=str)
def test_pad_puts_x_amid_zeros(setting):
    x = integers(2, 3, *setting.size)
    padded = pad(x, setting.pairs)
    inside = [slice(p, p + h) for (p, _), h in zip(setting.pairs, setting.size, strict=True)]
    shape = [h + sum(pair) for h, pair in zip(setting.size, setting.pairs, strict=True)]
    assert padded.shape == (2, 3, *shape)
    np.testing.assert_array_equal(padded[(..., *inside)], x)
    assert np.count_nonzero(padded) == x.size


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64])
def test_pad_keeps_the_dtype(dtype):
    assert pad(np.ones((1, 1, 3), dtype), 1).dtype == dtype


def test_pad_returns_x_where_there_is_nothing_to_add():
    x = integers(1, 1, 3, 3)
    assert pad(x, 0) is x
    assert not np.shares_memory(pad(x, ((0, 0), (0, 1))), x)


def test_pad_leaves_the_inside_of_nan_alone():
    assert np.isnan(pad(np.full((1, 1, 2), np.nan), 1)).sum() == 2


# --- windows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SOME, ids=str)
def test_windows_are_what_indexing_gives(setting):
    x = pad(integers(2, 2, *setting.size), setting.pairs)
    strides, dilations = setting.strides, setting.dilations
    view = sliding_windows(x, setting.kernel, stride=setting.stride, dilation=setting.dilation)
    output = tuple(r // s + 1 for r, s in zip(setting.spare, strides, strict=True))
    assert view.shape == (2, 2, *output, *setting.kernel)
    for o in np.ndindex(*output):
        for k in np.ndindex(*setting.kernel):
            axes = zip(o, k, strides, dilations, strict=True)
            place = tuple(s * i + d * j for i, j, s, d in axes)
            np.testing.assert_array_equal(view[(..., *o, *k)], x[(..., *place)])


def test_windows_copy_nothing():
    x = integers(2, 3, 6, 5)
    view = sliding_windows(x, (3, 2), stride=2)
    assert np.shares_memory(view, x)
    x[0, 0, 2, 0] = -1
    assert view[0, 0, 0, 0, 2, 0] == view[0, 0, 1, 0, 0, 0] == -1


def test_windows_are_read_only():
    view = sliding_windows(integers(1, 1, 5), 3)
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0, 0, 0] = 1


# --- im2col and col2im ------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SOME, ids=str)
def test_im2col_is_what_indexing_gives(setting):
    x = integers(2, 3, *setting.size)
    cols = im2col(x, setting.kernel, **without_groups(setting))
    taps = math.prod(setting.kernel)
    assert cols.shape[:2] == (2, 3 * taps)
    expected = np.zeros_like(cols)
    for row, column, place in every_read(setting):
        if place is not None:
            # channel by channel: row c·K + k
            expected[:, row::taps, column] = x[(..., *place)]
    np.testing.assert_array_equal(cols, expected)


@pytest.mark.parametrize("setting", SOME, ids=str)
def test_col2im_adds_every_entry_to_its_place(setting):
    taps = math.prod(setting.kernel)
    places = math.prod(r // s + 1 for r, s in zip(setting.spare, setting.strides, strict=True))
    cols = integers(2, 3 * taps, places)
    expected = np.zeros((2, 3, *setting.size))
    for row, column, place in every_read(setting):
        if place is not None:
            expected[(..., *place)] += cols[:, row::taps, column]
    got = col2im(cols, setting.size, setting.kernel, **without_groups(setting))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("setting", SOME, ids=str)
def test_col2im_is_the_adjoint_of_im2col(setting):
    x = integers(2, 3, *setting.size)
    cols = im2col(x, setting.kernel, **without_groups(setting))
    other = integers(*cols.shape)
    back = col2im(other, setting.size, setting.kernel, **without_groups(setting))
    assert np.sum(cols * other) == np.sum(x * back)  # of integers, so exactly


def test_layout_is_that_of_unfold():
    # torch.nn.functional.unfold(torch.arange(12.).view(1, 2, 2, 3), (1, 2))[0] prints this
    cols = im2col(np.arange(12).reshape(1, 2, 2, 3), (1, 2))[0]
    np.testing.assert_array_equal(cols, [[0, 1, 3, 4], [1, 2, 4, 5], [6, 7, 9, 10], [7, 8, 10, 11]])


def test_remainder_is_exactly_zero():
    setting = Setting((8, 7), (3, 2), stride=(2, 3))
    cols = np.full((1, 6, 6), np.inf)
    back = col2im(cols, setting.size, setting.kernel, stride=setting.stride)
    assert not back[0, 0, 7:].any()
    assert not back[0, 0, :, 5:].any()
    assert not back[0, 0, :, 2].any()  # between two windows
    assert np.isinf(back).sum() == 7 * 4


@pytest.mark.parametrize("kernel", [1, 3])
def test_im2col_is_a_new_array(kernel):
    x = integers(2, 1, 5)
    cols = im2col(x, kernel)
    assert cols.flags.writeable
    assert cols.flags.c_contiguous
    assert not np.shares_memory(cols, x)


def test_col2im_is_a_new_array():
    cols = integers(1, 1, 4)
    assert not np.shares_memory(col2im(cols, 4, 1), cols)


@pytest.mark.parametrize(("given", "kept"), [("float32", "float32"), ("int32", "float64")])
def test_col2im_computes_in_floats(given, kept):
    assert col2im(np.ones((1, 2, 3), given), 4, 2).dtype == kept


def test_no_examples():
    x = np.ones((0, 2, 5))
    assert pad(x, 1).shape == (0, 2, 7)
    assert sliding_windows(x, 3, stride=2).shape == (0, 2, 2, 3)
    assert im2col(x, 3).shape == (0, 6, 3)
    assert col2im(np.ones((0, 6, 3)), 5, 3).shape == (0, 2, 5)


# --- under PyTorch's names --------------------------------------------------------------------


def test_unfold_and_fold_take_their_arguments_in_pytorchs_order():
    x = integers(2, 3, 9, 8)
    kernel, dilation, padding, stride = (3, 2), (1, 3), (2, 1), (2, 1)
    keywords = {"dilation": dilation, "padding": padding, "stride": stride}
    cols = unfold(x, kernel, dilation, padding, stride)
    np.testing.assert_array_equal(cols, im2col(x, kernel, **keywords))
    np.testing.assert_array_equal(cols, unfold(x, kernel_size=kernel, **keywords))
    back = fold(cols, (9, 8), kernel, dilation, padding, stride)
    np.testing.assert_array_equal(back, col2im(cols, (9, 8), kernel, **keywords))
    np.testing.assert_array_equal(
        back, fold(cols, output_size=(9, 8), kernel_size=kernel, **keywords)
    )
    np.testing.assert_array_equal(unfold(x, 2), im2col(x, 2))
    np.testing.assert_array_equal(fold(unfold(x, 1), (9, 8), 1), x)


# --- bad input --------------------------------------------------------------------------------

X = np.ones((1, 2, 5))


OF_X = (pad, sliding_windows, im2col)


@pytest.mark.parametrize(
    ("call", "error", "name"),
    [
        *((lambda f=f: f(np.ones((2, 5)), 1), ValueError, "x") for f in OF_X),
        *((lambda f=f: f(np.ones((1, 2, 0)), 1), ValueError, "x") for f in OF_X),
        *((lambda f=f: f(X > 0, 1), TypeError, "x") for f in OF_X),
        (lambda: pad(X, "same"), ValueError, "padding"),
        (lambda: pad(X, -1), ValueError, "padding"),
        (lambda: pad(X, (1, 2)), ValueError, "padding"),
        (lambda: pad(X, 1.0), TypeError, "padding"),
        (lambda: sliding_windows(X, 6), ValueError, "kernel"),
        (lambda: sliding_windows(X, (3, 3)), ValueError, "kernel"),
        (lambda: sliding_windows(X, 3, stride=0), ValueError, "stride"),
        (lambda: sliding_windows(X, 3, dilation=True), TypeError, "dilation"),
        (lambda: im2col(X, 2.0), TypeError, "kernel"),
        (lambda: im2col(X, 3, padding="full"), ValueError, "padding"),
        (lambda: col2im(np.ones((1, 4)), 5, 2), ValueError, "cols"),
        (lambda: col2im(np.ones((1, 4, 4), complex), 5, 2), TypeError, "cols"),
        (lambda: col2im(np.ones((1, 5, 4)), 5, 2), ValueError, "cols"),
        (lambda: col2im(np.ones((1, 0, 4)), 5, 2), ValueError, "cols"),
        (lambda: col2im(np.ones((1, 4, 3)), 5, 2), ValueError, "cols"),
        (lambda: col2im(np.ones((1, 4, 4)), 0, 2), ValueError, "size"),
        (lambda: col2im(np.ones((1, 4, 4)), 5.0, 2), TypeError, "size"),
    ],
)
def test_bad_input_is_named(call, error, name):
    with pytest.raises(error, match=rf"^{name}: "):
        call()
