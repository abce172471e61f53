"""Convolution and its gradients, for any number of spatial axes.

What comes in is checked here; how the numbers are computed is the business of
`convlib._methods`.

As everywhere in the field, "convolution" means cross-correlation: the kernel is not flipped.
"""

from typing import NamedTuple

import numpy as np

from convlib._arguments import as_array, as_batch, common_dtype, expect_shape
from convlib._geometry import conv_geometry
from convlib._matmul import quiet
from convlib._methods import explain, forward, gradients
from convlib._sums import total

__all__ = ["ConvGrads", "MethodChoice", "choose_method", "conv", "conv_backward"]


class ConvGrads(NamedTuple):
    """The three gradients of a convolution, each of the shape of what it belongs to.

    Examples
    --------
    >>> grads = conv_backward([[[1, 0, 0]]], [[[1, 2, 3, 4]]], [[[5, 6]]])
    >>> grads.dw, grads.db
    (array([[[1., 2.]]]), array([1.]))
    """

    dx: np.ndarray
    dw: np.ndarray
    db: np.ndarray


class MethodChoice(NamedTuple):
    """What ``method="auto"`` stands for, and why.

    Attributes
    ----------
    y, dx, dw : str
        The method for each, a name that `conv` and `conv_backward` take as ``method``.
    why : str
        One line for each, with what was asked before it.

    Examples
    --------
    >>> choice = choose_method(np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3)), padding=1)
    >>> choice.y
    'dense'
    """

    y: str
    dx: str
    dw: str
    why: str


def conv(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1):
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
    method : str, default 'auto'
        How to compute it: the fastest way for these shapes (see `choose_method`), or a way by its
        name. ``'im2col'`` is the one that the course derives; it can do everything.
    workers : int, default 1
        Parts that are computed at a time, each by one thread. Negative numbers count from the
        number of processors, which is -1. The result is the same for any number.

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
    `torch.nn.Conv2d` with every argument in its meaning. Extra memory is at most that of x and y
    and 64 MB, for each worker, whatever N is.

    With ``method="im2col"``, whole numbers give exact results, as far as these have a place in
    the dtype. So ``'auto'`` takes it wherever an array is one of integers. Other methods may round
    what is whole: they compute with sums of entries, or with fractions. In float64 they stay
    within 1e-12 of the formula, and in float32 within 1e-5, relative to the sum of the absolute
    values of its terms. Infinities and NaN spread as the formula says in every method, because
    what is not finite is computed by im2col.

    While several workers run, BLAS is held to one thread, if threadpoolctl is installed (the
    extra ``workers``). A single worker leaves BLAS the threads that it has.

    Source: V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016.

    Examples
    --------
    >>> x = np.arange(5).reshape(1, 1, 5)
    >>> conv(x, [[[1, 0, -1]]], padding=1)
    array([[[-1., -2., -2., -2.,  3.]]])
    """
    x, w = same_rank(x, w)
    sizes, groups = conv_geometry(
        x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    b, dtype = check_bias(b, len(w), x, w)
    with quiet():
        return forward(x, w, b, sizes, groups, dtype, method, workers)


def conv_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1):
    """Turn the gradient of the output into the gradients of x, w and b.

    Parameters
    ----------
    dy : array_like, shape (N, F, *output)
        Upstream gradient: the derivative of the loss with respect to each entry of y.
    x, w, stride, padding, dilation, groups
        As they were given to `conv`.
    method, workers
        As in `conv`.

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
    x, w = same_rank(x, w)
    sizes, groups = conv_geometry(
        x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    dy = as_array("dy", dy, x.ndim, "(N, F, *output)")
    expect_shape("dy", dy, (len(x), len(w), *sizes.output), "that of the output y")
    dtype = common_dtype(x, w, dy)
    with quiet():
        dx, dw = gradients(dy, x, w, sizes, groups, dtype, method, workers)
    return ConvGrads(dx, dw, bias_gradient(dy, dtype))


def choose_method(x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Say which method `conv` and `conv_backward` take for arrays like these, and why.

    Parameters
    ----------
    x, w, stride, padding, dilation, groups
        As in `conv`. Only shapes and dtypes matter.

    Returns
    -------
    MethodChoice
        A method each for y, dx and dw. `conv_transpose` goes the other way: its y is computed as
        this dx, its dx as this y.

    Raises
    ------
    TypeError, ValueError
        As in `conv`.

    Notes
    -----
    Like `scipy.signal.choose_conv_method`, but nothing is timed: each method says by a rule
    whether it can be used and whether it pays, and the first that does both is taken.

    Examples
    --------
    >>> x, w = np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3))
    >>> print(choose_method(x, w, padding=1, stride=2).why)
    y: dense is taken
    dx: dense is taken
    dw: dense is taken
    >>> choose_method(x.astype(int), w).y
    'im2col'
    """
    x, w = same_rank(x, w)
    sizes, groups = conv_geometry(
        x, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    return MethodChoice(*explain(x, w, sizes, groups, common_dtype(x, w)))


# --- what a transposed convolution needs too ------------------------------------------------------


def same_rank(x, w, axes="(F, C, *kernel)"):
    """Check that x and w have the same number of axes, a batch and a channel axis among them."""
    x = as_batch("x", x)
    return x, as_array("w", w, x.ndim, f"{axes}, as many as x has")


def check_bias(b, filters, x, w):
    """Return b as an array or None, and the dtype of the result."""
    if b is None:
        return None, common_dtype(x, w)
    b = as_array("b", b)
    expect_shape("b", b, (filters,), "one bias per filter")
    return b, common_dtype(x, w, b)


def bias_gradient(dy, dtype):
    """Return db, (F,)."""
    return total(dy, (0, *range(2, dy.ndim)), dtype)
