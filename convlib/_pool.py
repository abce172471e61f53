"""Pooling: one number for each window, its largest or its average, and the gradients of both.

Both walk over the entries of the kernel, and take at each one the slice of the padded input that
all windows read there. Channels do not mix.
"""

import math

import numpy as np

from convlib._arguments import (
    as_array,
    as_batch,
    common_dtype,
    expect_room,
    expect_shape,
    flag,
    ints,
)
from convlib._columns import crop, pad_by
from convlib._geometry import named_geometry, spatial_padding, tap_slices
from convlib._sums import add_up

__all__ = ["avg_pool", "avg_pool_backward", "max_pool", "max_pool_backward"]


def max_pool(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Take the largest entry of every window.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
        N examples with C channels and one to any number of spatial axes.
    kernel_size : int or tuple of int
        Window size, for all axes or one per axis.
    stride : int or tuple of int, optional
        Step of the window over x; the kernel size where it is not given.
    padding : int, tuple of int or tuple of (int, int), default 0
        What is added around x, and never wins; at most half of the kernel size.
    dilation : int or tuple of int, default 1
        Step between the entries of a window.
    ceil_mode : bool, default False
        Round the number of windows up: a last one may overhang, if it starts inside x or in the
        padding before it.

    Returns
    -------
    ndarray, shape (N, C, *output)
        Along each axis ``output = ⌊(size + padding - Kₑ) / S⌋ + 1`` with ``Kₑ = D·(K - 1) + 1``,
        rounded up in ceil_mode. float32 where x is; float64 where it is integers, as everywhere
        in convlib, so integers beyond 2⁵³ are rounded.

    Raises
    ------
    TypeError
        If an argument is of a type or dtype that is not supported.
    ValueError
        If a shape or a setting does not fit; the message names it.

    Notes
    -----
    ``y[n, c, o] = max_k x[n, c, S·o + D·k - P]`` over the entries that lie in x:
    `torch.nn.functional.max_pool2d`. A NaN in a window wins. A window with no entry in x (only a
    dilated one can be) gives -inf.

    Examples
    --------
    >>> max_pool([[[1, 5, 2, 4, 3]]], 2)
    array([[[5., 4.]]])
    >>> max_pool([[[1, 5, 2, 4, 3]]], 2, ceil_mode=True)
    array([[[5., 4., 3.]]])
    """
    x = as_batch("x", x)
    sizes, _ = pool_geometry(x, kernel_size, stride, padding, dilation, ceil_mode)
    x = x.astype(common_dtype(x), copy=False)
    padded = pad_by(x, sizes.padding, -np.inf)
    y = np.full((*x.shape[:2], *sizes.output), -np.inf, x.dtype)
    for _, places in tap_slices(sizes):
        np.maximum(y, padded[places], out=y)  # hands a NaN on
    return y


def max_pool_backward(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Send the gradient of every window to the entry that won it.

    Parameters
    ----------
    dy : array_like, shape (N, C, *output)
        Upstream gradient.
    x, kernel_size, stride, padding, dilation, ceil_mode
        As they were given to `max_pool`.

    Returns
    -------
    ndarray, shape (N, C, *size)
        dx. An entry that won several windows receives a term from each of them.

    Raises
    ------
    TypeError, ValueError
        As in `max_pool`; or if dy does not have the shape of the output.

    Notes
    -----
    As in PyTorch, the first of equal maxima wins, in the order in which memory holds a window,
    and of several NaNs the last.

    Examples
    --------
    >>> max_pool_backward([[[1, 10, 100]]], [[[2, 7, 7, 1]]], 2, stride=1)
    array([[[  0.,  11., 100.,   0.]]])
    """
    x = as_batch("x", x)
    sizes, _ = pool_geometry(x, kernel_size, stride, padding, dilation, ceil_mode)
    dy = _upstream(dy, x, sizes)
    winners = _winners(x, sizes)
    # a plain assignment would lose what another window has sent to the same entry
    taps = enumerate(tap_slices(sizes))
    terms = ((places, np.where(winners == number, dy, 0)) for number, (_, places) in taps)
    return _padded_sums(terms, x, sizes, common_dtype(x, dy))


def avg_pool(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Take the average of every window.

    Parameters
    ----------
    x, kernel_size, stride, padding, ceil_mode
        As in `max_pool`; the padding is zeros.
    count_include_pad : bool, default True
        Divide by the number of entries in x and its padding, or in x alone. What overhangs in
        ceil_mode is never counted.

    Returns
    -------
    ndarray, shape (N, C, *output)
        The output size and dtype are those of `max_pool`.

    Raises
    ------
    TypeError, ValueError
        As in `max_pool`.

    Notes
    -----
    ``y[n, c, o] = Σ_k x_pad[n, c, S·o + k] / count[o]``: `torch.nn.functional.avg_pool2d`.

    Examples
    --------
    >>> avg_pool([[[2, 4, 6]]], 2, padding=1)
    array([[[1., 5.]]])
    >>> avg_pool([[[2, 4, 6]]], 2, padding=1, count_include_pad=False)
    array([[[2., 5.]]])
    """
    x = as_batch("x", x)
    sizes, declared = pool_geometry(x, kernel_size, stride, padding, 1, ceil_mode)
    x = x.astype(common_dtype(x), copy=False)
    padded = pad_by(x, sizes.padding)
    entries = ((..., padded[places]) for _, places in tap_slices(sizes))
    y = add_up((*x.shape[:2], *sizes.output), x.dtype, entries)
    y /= _counts(sizes, declared, count_include_pad, x.dtype)
    return y


def avg_pool_backward(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Share the gradient of every window out among its entries.

    Parameters
    ----------
    dy : array_like, shape (N, C, *output)
        Upstream gradient.
    x, kernel_size, stride, padding, ceil_mode, count_include_pad
        As they were given to `avg_pool`. Of x, only shape and dtype matter.

    Returns
    -------
    ndarray, shape (N, C, *size)
        dx.

    Raises
    ------
    TypeError, ValueError
        As in `avg_pool`; or if dy does not have the shape of the output.

    Notes
    -----
    ``dx_pad[n, c, i] = Σ_{o, k: S·o + k = i} dy[n, c, o] / count[o]``.

    Examples
    --------
    >>> avg_pool_backward([[[2, 20]]], [[[0, 0, 0]]], 2, stride=1)
    array([[[ 1., 11., 10.]]])
    """
    x = as_batch("x", x)
    sizes, declared = pool_geometry(x, kernel_size, stride, padding, 1, ceil_mode)
    dy = _upstream(dy, x, sizes)
    dtype = common_dtype(x, dy)
    shares = dy / _counts(sizes, declared, count_include_pad, dtype)
    return _padded_sums(((places, shares) for _, places in tap_slices(sizes)), x, sizes, dtype)


def pool_geometry(x, kernel_size, stride, padding, dilation, ceil_mode):
    """Check the arguments; return the sizes, and the padding without what overhangs it."""
    ndim = x.ndim - 2
    kernel = ints("kernel_size", kernel_size, ndim, least=1)
    stride = kernel if stride is None else ints("stride", stride, ndim, least=1)
    dilation = ints("dilation", dilation, ndim, least=1)
    padding = declared = spatial_padding(padding, ndim)
    if any(2 * max(pair) > k for pair, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"padding: must be at most half of kernel_size {kernel}, got {padding}")
    if flag("ceil_mode", ceil_mode):
        extent = (d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
        axes = zip(x.shape[2:], padding, stride, extent, strict=True)
        padding = tuple((pair[0], _far_end(size, pair, s, span)) for size, pair, s, span in axes)
    sizes = named_geometry("kernel_size", x.shape[2:], kernel, stride, padding, dilation)
    expect_room("padding", (x.shape[1], *sizes.padded), x.shape[1:])
    return sizes, declared


def _far_end(size, pair, stride, extent):
    """Return the padding after one axis, widened to hold the last window of `ceil_mode`."""
    before, after = pair
    moves = -((size + before + after - extent) // -stride)  # rounded up
    if moves * stride >= size + before:
        return after  # the last window would start behind the input: the one before it fits in
    return max(after, moves * stride + extent - size - before)


def _upstream(dy, x, sizes):
    """Check the upstream gradient."""
    dy = as_array("dy", dy, x.ndim, "(N, C, *output)")
    expect_shape("dy", dy, (*x.shape[:2], *sizes.output), "that of the output y")
    return dy


def _padded_sums(terms, x, sizes, dtype):
    """Add terms to their places in the padded x; return what lies in x."""
    shape = (*x.shape[:2], *sizes.padded)
    return crop(add_up(shape, dtype, terms, most=math.prod(sizes.output)), sizes).copy()


def _winners(x, sizes):
    """Return which kernel entry won each window, counted in the order of memory: (N, C, *output).

    -1 where no entry of the window lies in x.
    """
    padded = pad_by(x, sizes.padding)
    inside = pad_by(np.ones((1, 1, *sizes.size), bool), sizes.padding)
    best = np.empty((*x.shape[:2], *sizes.output), x.dtype)
    winners = np.full(best.shape, -1)
    for number, (_, places) in enumerate(tap_slices(sizes)):
        entries = padded[places]
        # NaN is unlike itself, and larger than nothing
        better = (winners < 0) | (entries > best) | (entries != entries)
        better &= inside[places]
        best[better] = entries[better]
        winners[better] = number
    return winners


def _counts(sizes, declared, count_include_pad, dtype):
    """Return what each window's sum is divided by: (1, 1, *output)."""
    counts_padding = int(flag("count_include_pad", count_include_pad))
    inside = pad_by(np.ones((1, 1, *sizes.size), dtype), declared, counts_padding)
    overhang = [
        (0, reached - after)
        for (_, reached), (_, after) in zip(sizes.padding, declared, strict=True)
    ]
    counted = pad_by(inside, overhang)
    counts = np.zeros((1, 1, *sizes.output), dtype)
    for _, places in tap_slices(sizes):
        counts += counted[places]
    return counts
