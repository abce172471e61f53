"""From an input to its windows: padding, strided views, columns, and the way back.

All of this module is one rule, that of `convlib._geometry`: the padded input is read at
i = S·o + D·k, for the output position o and the kernel entry k.
"""

import math

import numpy as np

from convlib._arguments import as_array, as_batch, common_dtype, expect_room, expect_shape
from convlib._geometry import expect_columns, geometry, spatial_padding, tap_slices
from convlib._sums import add_up

__all__ = ["col2im", "fold", "im2col", "pad", "sliding_windows", "unfold"]


def pad(x, padding):
    """Put zeros around the spatial axes of x.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
    padding : int, tuple of int, or tuple of (int, int)
        Zeros on both sides of every axis, of each axis, or (before, after) each axis.

    Returns
    -------
    ndarray, shape (N, C, *padded)
        A new array; x itself where there is nothing to add.

    Raises
    ------
    TypeError, ValueError
        If x has fewer than three axes, is empty or not numeric, or the padding does not fit.

    Examples
    --------
    >>> pad(np.ones((1, 1, 2, 2), int), 1)[0, 0]
    array([[0, 0, 0, 0],
           [0, 1, 1, 0],
           [0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    x = as_batch("x", x)
    padding = spatial_padding(padding, x.ndim - 2)
    padded = (h + sum(pair) for h, pair in zip(x.shape[2:], padding, strict=True))
    expect_room("padding", (x.shape[1], *padded), x.shape[1:])
    return pad_by(x, padding)


def sliding_windows(x, kernel, *, stride=1, dilation=1):
    """Show every window of x that a kernel meets, as a view: nothing is copied.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
        Padded already where padding is wanted: a view cannot invent zeros.
    kernel : int or tuple of int
        Kernel size, one entry per spatial axis.
    stride, dilation : int or tuple of int, default 1

    Returns
    -------
    ndarray, shape (N, C, *output, *kernel)
        A read-only view with ``view[n, c, o, k] = x[n, c, S·o + D·k]`` along each axis.

    Raises
    ------
    TypeError, ValueError
        As in `convlib.geometry`.

    Examples
    --------
    >>> sliding_windows(np.arange(6).reshape(1, 1, 6), 3, stride=2)[0, 0]
    array([[0, 1, 2],
           [2, 3, 4]])
    """
    x = as_batch("x", x)
    return windows(x, geometry(x.shape[2:], kernel, stride=stride, dilation=dilation))


def im2col(x, kernel, *, stride=1, padding=0, dilation=1):
    """Copy every window of x into a column of a matrix.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
    kernel : int or tuple of int
        Kernel size, one entry per spatial axis.
    stride, padding, dilation
        As in `convlib.geometry`.

    Returns
    -------
    ndarray, shape (N, C · ∏kernel, ∏output)
        One column per position of the kernel, channel by channel; a new array.

    Raises
    ------
    TypeError, ValueError
        As in `convlib.geometry`.

    Notes
    -----
    The layout is that of `torch.nn.functional.unfold`.

    Examples
    --------
    >>> im2col(np.arange(6).reshape(1, 1, 6), 3, stride=2)[0]
    array([[0, 2],
           [1, 3],
           [2, 4]])
    """
    x = as_batch("x", x)
    sizes = geometry(x.shape[2:], kernel, stride=stride, padding=padding, dilation=dilation)
    expect_columns(x.shape[1:], sizes)
    cols = columns(x, sizes)
    return cols.copy() if np.may_share_memory(cols, x) else cols


def col2im(cols, size, kernel, *, stride=1, padding=0, dilation=1):
    """Add every column back to the places of x that it was copied from: the adjoint of `im2col`.

    An entry that several windows read receives a term from each of them. So this is not the
    inverse of `im2col`; it is what turns gradients of columns into the gradient of x.

    Parameters
    ----------
    cols : array_like, shape (N, C · ∏kernel, ∏output)
    size : int or tuple of int
        Spatial size of x, without padding.
    kernel : int or tuple of int
    stride, padding, dilation
        As in `convlib.geometry`.

    Returns
    -------
    ndarray, shape (N, C, *size)
        Entries that no window reads are exactly 0. What falls on the padding is dropped.

    Raises
    ------
    TypeError, ValueError
        As in `convlib.geometry`; or if the shape of cols does not fit.

    Notes
    -----
    The same operation as `torch.nn.functional.fold`. For every x and cols,
    ⟨im2col(x), cols⟩ = ⟨x, col2im(cols)⟩.

    Examples
    --------
    >>> col2im(np.ones((1, 3, 2)), 6, 3, stride=2)[0]
    array([[1., 1., 2., 1., 1., 0.]])
    """
    cols = as_array("cols", cols, 3, "(N, C · ∏kernel, ∏output)")
    sizes = geometry(size, kernel, stride=stride, padding=padding, dilation=dilation)
    taps, places = math.prod(sizes.kernel), math.prod(sizes.output)
    if cols.shape[1] == 0 or cols.shape[1] % taps:
        raise ValueError(
            f"cols: axis 1 must be a multiple of the {taps} kernel entries, got shape {cols.shape}"
        )
    channels = cols.shape[1] // taps
    meaning = "one column per position of the kernel"
    expect_shape("cols", cols, (len(cols), channels * taps, places), meaning)
    expect_room("size", (channels, *sizes.padded), cols.shape[1:])
    cols = cols.astype(common_dtype(cols), copy=False)
    added = add_columns(cols, sizes, channels)
    return added.copy() if np.may_share_memory(added, cols) else np.ascontiguousarray(added)


def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """Copy windows into columns: `im2col`, under PyTorch's name and in its order of arguments.

    Parameters
    ----------
    x, kernel_size, dilation, padding, stride
        As in `im2col`, whose messages call kernel_size by the name `kernel`.

    Returns
    -------
    ndarray, shape (N, C · ∏kernel, ∏output)

    Raises
    ------
    TypeError, ValueError
        As in `im2col`.

    Notes
    -----
    `torch.nn.functional.unfold`, for any number of spatial axes.

    Examples
    --------
    >>> unfold(np.ones((1, 3, 10, 12)), (4, 5)).shape
    (1, 60, 56)
    """
    return im2col(x, kernel_size, stride=stride, padding=padding, dilation=dilation)


def fold(cols, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add columns back into images: `col2im`, under PyTorch's name and in its order of arguments.

    Parameters
    ----------
    cols, output_size, kernel_size, dilation, padding, stride
        As in `col2im`, whose messages call output_size and kernel_size `size` and `kernel`.

    Returns
    -------
    ndarray, shape (N, C, *output_size)

    Raises
    ------
    TypeError, ValueError
        As in `col2im`.

    Notes
    -----
    `torch.nn.functional.fold`, for any number of spatial axes; an int stands for one axis.

    Examples
    --------
    >>> fold(np.ones((1, 12, 12)), (4, 5), (2, 2)).shape
    (1, 3, 4, 5)
    """
    return col2im(cols, output_size, kernel_size, stride=stride, padding=padding, dilation=dilation)


# --- what other modules build on: arguments were checked already ----------------------------------


def pad_by(x, padding, value=0):
    """Pad x by pairs that were checked already."""
    if not any(map(any, padding)):
        return x
    size = (h + sum(pair) for h, pair in zip(x.shape[2:], padding, strict=True))
    padded = np.full((*x.shape[:2], *size), value, x.dtype)
    padded[_inside(x.shape[2:], padding)] = x
    return padded


def windows(padded, sizes):
    """Return the windows of an input that is padded already: (N, C, *output, *kernel)."""
    axes = tuple(range(2, padded.ndim))
    every = np.lib.stride_tricks.sliding_window_view(padded, sizes.extent, axis=axes)
    # no more windows than there are outputs: a transposed convolution may have room for others
    steps = (slice(0, s * out, s) for s, out in zip(sizes.stride, sizes.output, strict=True))
    taps = (slice(None, None, d) for d in sizes.dilation)
    return every[(slice(None), slice(None), *steps, *taps)]


def columns(x, sizes):
    """Return the columns of x, (N, C · ∏kernel, ∏output): a view of x where that can be."""
    view = windows(pad_by(x, sizes.padding), sizes)
    ndim = len(sizes.size)
    outputs, kernels = range(2, 2 + ndim), range(2 + ndim, 2 + 2 * ndim)
    rows = view.transpose(0, 1, *kernels, *outputs)  # (N, C, *kernel, *output)
    shape = (len(x), x.shape[1] * math.prod(sizes.kernel), math.prod(sizes.output))
    return rows.reshape(shape)


def add_columns(cols, sizes, channels):
    """Scatter columns into a zero array, one strided slice per kernel entry, and crop it.

    With a kernel of one entry, and every entry read once, that is a view of the columns.
    """
    if math.prod(sizes.kernel) == 1 and sizes.size == sizes.padded == sizes.output:
        return cols.reshape(len(cols), channels, *sizes.size)
    cols = cols.reshape(len(cols), channels, *sizes.kernel, *sizes.output)
    shape = (len(cols), channels, *sizes.padded)
    terms = ((at, cols[(slice(None), slice(None), *k)]) for k, at in tap_slices(sizes))
    return crop(add_up(shape, cols.dtype, terms, most=math.prod(sizes.output)), sizes)


def crop(padded, sizes):
    """Cut the padding off again, as a view."""
    return padded[_inside(sizes.size, sizes.padding)]


def _inside(size, padding):
    """Return the index of the input within the padded input."""
    axes = zip(size, padding, strict=True)
    return (..., *(slice(before, before + h) for h, (before, _) in axes))
