"""Convolution and its gradients, for any number of spatial axes.

Forward, each output is one weighted sum over a window, so all of them are one matrix product
``y = w @ columns``. Backward, the same product gives ``dw = dy @ columnsᵀ`` and
``dcolumns = wᵀ @ dy``; adding these columns back to where they came from gives dx. Where every
channel has a filter of its own (depthwise), these products are so thin that the backward pass is
faster without them, by one strided slice per kernel entry.

As everywhere in the field, "convolution" means cross-correlation: the kernel is not flipped.
"""

import math
from typing import NamedTuple

import numpy as np

from convlib._columns import _add_columns, _columns, _crop, _pad
from convlib._geometry import (
    as_array,
    as_batch,
    common_dtype,
    conv_geometry,
    expect_shape,
    tap_slices,
)

CHUNK_BYTES = 2**23
"""As many examples are taken at a time as fit in this with their columns, and at least one."""


class ConvGrads(NamedTuple):
    """The three gradients of a convolution, each of the shape of what it belongs to.

    Examples
    --------
    >>> grads = conv1d_backward([[[1, 0, 0]]], [[[1, 2, 3, 4]]], [[[5, 6]]])
    >>> grads.dw, grads.db
    (array([[[1., 2.]]]), array([1.]))
    """

    dx: np.ndarray
    dw: np.ndarray
    db: np.ndarray


def conv(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Slide every filter of w over x.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
        N examples with C channels and one to any number of spatial axes.
    w : array_like, shape (F, C // groups, *kernel)
        F filters.
    b : array_like, shape (F,), optional
        One bias per filter.
    stride, dilation : int or tuple of int, default 1
        Step of the kernel over x, and step between its entries.
    padding : int, tuple of int, tuple of (int, int), 'valid' or 'same', default 0
        Zeros around x: for all axes, per axis, or (before, after) per axis.
    groups : int, default 1
        Filters of group g read the channels of group g only. Must divide C and F.

    Returns
    -------
    ndarray, shape (N, F, *output)
        Along each axis ``output = ⌊(size + zeros - Kₑ) / S⌋ + 1`` with ``Kₑ = D·(K - 1) + 1``.
        float32 where x, w and b are; float64 where they are integers.

    Raises
    ------
    TypeError
        If an argument is of a type or dtype that is not supported.
    ValueError
        If a shape or a setting does not fit; the message names it.

    Notes
    -----
    ``y[n, f, o] = b[f] + Σ_c Σ_k x_pad[n, c, S·o + D·k] w[f, c, k]``, the formula of
    `torch.nn.Conv2d` with every argument in its meaning. Extra memory is a block of columns
    of about 8 MB, or of one example where that is larger, whatever N is.

    Source: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016.

    Examples
    --------
    >>> x = np.arange(5).reshape(1, 1, 5)
    >>> conv(x, [[[1, 0, -1]]], padding=1)
    array([[[-1., -2., -2., -2.,  3.]]])
    """
    x, w = _same_rank(x, w)
    sizes, groups = conv_geometry(
        x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    b, dtype = _check_bias(b, len(w), x, w)
    return _add_bias(_output(x, w, sizes, groups, dtype), b)


def conv_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Turn the gradient of the output into the gradients of x, w and b.

    Parameters
    ----------
    dy : array_like, shape (N, F, *output)
        Upstream gradient: the derivative of the loss with respect to each entry of y.
    x, w, stride, padding, dilation, groups
        As they were given to `conv`.

    Returns
    -------
    ConvGrads
        ``dx`` of the shape of x, ``dw`` of the shape of w, ``db`` of shape (F,). Entries of x
        that no window reads have a gradient of exactly 0.

    Raises
    ------
    TypeError, ValueError
        As in `conv`; or if dy does not have the shape of the output.

    Notes
    -----
    With i = S·o + D·k as in the forward pass, along each axis,
    ``dx_pad[n, c, i] = Σ_f Σ_{o, k: S·o + D·k = i} dy[n, f, o] w[f, c, k]``,
    ``dw[f, c, k] = Σ_n Σ_o dy[n, f, o] x_pad[n, c, S·o + D·k]`` and
    ``db[f] = Σ_n Σ_o dy[n, f, o]``. They are derived step by step in the course.

    Examples
    --------
    >>> x, w = np.arange(5.0).reshape(1, 1, 5), np.array([[[1.0, 0.0, -1.0]]])
    >>> grads = conv_backward(np.ones((1, 1, 2)), x, w, stride=2)
    >>> grads.dx
    array([[[ 1.,  0.,  0.,  0., -1.]]])
    >>> grads.dw, grads.db
    (array([[[2., 4., 6.]]]), array([2.]))
    """
    x, w = _same_rank(x, w)
    sizes, groups = conv_geometry(
        x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    dy = as_array("dy", dy, x.ndim, "(N, F, *output)")
    expect_shape("dy", dy, (len(x), len(w), *sizes.output), "that of the output y")
    dtype = common_dtype(x, w, dy)
    dx = _input_gradient(dy, w, sizes, groups, dtype)
    dw = _weight_gradient(dy, x, sizes, groups, dtype)
    return ConvGrads(dx, dw, _bias_gradient(dy, dtype))


def conv1d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Convolve along one axis: `conv` for x (N, C, W), w (F, C // groups, WW) → y (N, F, W_out).

    Examples
    --------
    >>> conv1d([[[1, 2, 3, 4]]], [[[1, 1]]], [10])
    array([[[13., 15., 17.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(F, C, WW)")
    return conv(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv1d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of `conv1d`: `conv_backward` for dy (N, F, W_out).

    Examples
    --------
    >>> conv1d_backward([[[1, 0, 0]]], [[[1, 2, 3, 4]]], [[[5, 6]]]).dx
    array([[[5., 6., 0., 0.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(F, C, WW)")
    return conv_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Convolve images: `conv` for x (N, C, H, W) and w (F, C // groups, HH, WW).

    Examples
    --------
    >>> conv2d(np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3)), padding=1).shape
    (4, 2, 5, 5)
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(F, C, HH, WW)")
    return conv(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of `conv2d`: `conv_backward` for dy (N, F, H_out, W_out).

    Examples
    --------
    >>> x, w = np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3))
    >>> dx, dw, db = conv2d_backward(np.ones((4, 2, 5, 5)), x, w, padding=1)
    >>> dx[0, 0, 0]
    array([ 8., 12., 12., 12.,  8.])
    >>> dx.shape, dw.shape, db.shape
    ((4, 3, 5, 5), (2, 3, 3, 3), (2,))
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(F, C, HH, WW)")
    return conv_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv3d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Convolve volumes: `conv` for x (N, C, D, H, W), w (F, C // groups, DD, HH, WW).

    Examples
    --------
    >>> conv3d(np.ones((1, 1, 4, 5, 6)), np.ones((1, 1, 2, 2, 2))).shape
    (1, 1, 3, 4, 5)
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(F, C, DD, HH, WW)")
    return conv(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv3d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of `conv3d`: `conv_backward` for dy (N, F, D_out, H_out, W_out).

    Examples
    --------
    >>> x, w = np.ones((1, 1, 4, 5, 6)), np.ones((1, 1, 2, 2, 2))
    >>> conv3d_backward(np.ones((1, 1, 3, 4, 5)), x, w).db
    array([60.])
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(F, C, DD, HH, WW)")
    return conv_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)


def _same_rank(x, w, axes="(F, C, *kernel)"):
    """Check that x and w have the same number of axes, a batch and a channel axis among them."""
    x = as_batch("x", x)
    return x, as_array("w", w, x.ndim, f"{axes}, as many as x has")


def _check_bias(b, filters, x, w):
    """Return b as an array or None, and the dtype of the result."""
    if b is None:
        return None, common_dtype(x, w)
    b = as_array("b", b)
    expect_shape("b", b, (filters,), "one bias per filter")
    return b, common_dtype(x, w, b)


# --- the three products: y from x and w, dx from dy and w, dw from dy and x ---------------------


def _product(a, b, out=None):
    """Return a @ b; no entry of it warns."""
    # BLAS may work on places of a register that hold no entry. What was left there can overflow or
    # be invalid, and NumPy would warn of it though every entry is right (its issue 24067). Where
    # entries do overflow, the result says so itself: it is infinite or not a number.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.matmul(a, b, out=out)


def _output(x, w, sizes, groups, dtype):
    """Return y without bias, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    w_rows = _filter_rows(w, groups, dtype)  # (G, F/G, C/G·K)
    for chunk in _chunks(len(x), _bytes_each(x.shape[1], sizes, dtype)):
        cols = _group_columns(x[chunk], sizes, groups, dtype)  # (n, G, C/G·K, L)
        _product(w_rows, cols, out=_split(y[chunk], groups))
    return y


def _input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    channels = w.shape[1] * groups
    if 1 < groups == channels == len(w):
        return _input_gradient_depthwise(dy, w, sizes, dtype)
    dx = np.empty((len(dy), channels, *sizes.size), dtype)
    w_columns = _filter_rows(w, groups, dtype).swapaxes(-1, -2)  # (G, C/G·K, F/G)
    for chunk in _chunks(len(dy), _bytes_each(channels, sizes, dtype)):
        dy_rows = _split(dy[chunk].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        dcols = _product(w_columns, dy_rows)  # (n, G, C/G·K, L)
        dx[chunk] = _add_columns(dcols, sizes, channels)
    return dx


def _weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    filters, channels = dy.shape[1], x.shape[1]
    if 1 < groups == channels == filters:
        return _weight_gradient_depthwise(dy, x, sizes, dtype)
    dw = np.zeros((filters, channels // groups, *sizes.kernel), dtype)
    dw_rows = dw.reshape(groups, filters // groups, -1)  # (G, F/G, C/G·K), a view of dw
    for chunk in _chunks(len(x), _bytes_each(x.shape[1], sizes, dtype) + dw.nbytes):
        dy_rows = _split(dy[chunk].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        cols = _group_columns(x[chunk], sizes, groups, dtype)  # (n, G, C/G·K, L)
        dw_rows += _product(dy_rows, cols.swapaxes(-1, -2)).sum(axis=0)
    return dw


def _add_bias(y, b):
    """Add to each channel of a new array y its own number."""
    if b is not None:
        y += b.astype(y.dtype).reshape(-1, *(1,) * (y.ndim - 2))
    return y


def _bias_gradient(dy, dtype):
    """Return db, (F,)."""
    return dy.sum(axis=(0, *range(2, dy.ndim)), dtype=dtype)


# --- the gradients for one filter per channel ---------------------------------------------------


def _input_gradient_depthwise(dy, w, sizes, dtype):
    """Hand dy back, times each weight, to the slice of x that the weight reads."""
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    weights = w.astype(dtype).reshape(len(w), *sizes.kernel, *(1,) * len(sizes.size))
    for chunk in _chunks(len(dy), _bytes_each(len(w), sizes, dtype, taps=1)):
        padded = np.zeros((len(dx[chunk]), len(w), *sizes.padded), dtype)
        for k, places in tap_slices(sizes):
            padded[places] += dy[chunk] * weights[(slice(None), *k)]
        dx[chunk] = _crop(padded, sizes)
    return dx


def _weight_gradient_depthwise(dy, x, sizes, dtype):
    """Sum the products of dy and those slices over all but the channels."""
    dw = np.zeros((x.shape[1], 1, *sizes.kernel), dtype)
    axes = list(range(x.ndim))
    for chunk in _chunks(len(x), _bytes_each(x.shape[1], sizes, dtype, taps=1)):
        padded = _pad(x[chunk].astype(dtype, copy=False), sizes.padding)
        for k, places in tap_slices(sizes):
            dw[(slice(None), 0, *k)] += np.einsum(dy[chunk], axes, padded[places], axes, [1])
    return dw


# --- chunks and layouts -------------------------------------------------------------------------


def _chunks(batch, bytes_each):
    """Cut a batch into slices whose columns fit in `CHUNK_BYTES`."""
    step = max(1, CHUNK_BYTES // bytes_each)
    return [slice(start, min(start + step, batch)) for start in range(0, batch, step)]


def _bytes_each(channels, sizes, dtype, taps=None):
    """Count the bytes of one example's columns and of its padded copy."""
    columns = (taps or math.prod(sizes.kernel)) * math.prod(sizes.output)
    return channels * (columns + math.prod(sizes.padded)) * dtype.itemsize


def _filter_rows(w, groups, dtype):
    """Write each filter as a row: (G, F/G, C/G·K)."""
    return w.reshape(groups, len(w) // groups, -1).astype(dtype)


def _group_columns(x, sizes, groups, dtype):
    """Return the columns of some examples, group by group: (n, G, C/G·K, L)."""
    return _split(_columns(x.astype(dtype, copy=False), sizes), groups)


def _split(rows, groups):
    """Part the rows by group, and write positions in one axis: (n, G·R, *L) → (n, G, R, ∏L)."""
    n, count, *length = rows.shape
    return rows.reshape(n, groups, count // groups, math.prod(length))
