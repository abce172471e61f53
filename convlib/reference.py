"""Convolution and its gradients as plain loops: slow, short, and the judge of the fast code.

A convolution is a list of products: output o reads input i = S·o + D·k - P with the weight k.
`products` walks that list once. Forward and backward are then one line per array. Nothing here
is shared with the modules that it judges, and arguments are not checked.
"""

import numpy as np


def convnd(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Add up every product of the forward pass, as `convlib.convnd` does.

    Parameters
    ----------
    x : ndarray, shape (N, C, *size)
    w : ndarray, shape (F, C // groups, *kernel)
    b : ndarray, shape (F,), optional
    stride, dilation : int or tuple of int, default 1
    padding : int, tuple of int or tuple of (int, int), default 0
    groups : int, default 1

    Returns
    -------
    ndarray, shape (N, F, *output), float64

    Examples
    --------
    >>> convnd(np.array([[[1, 2, 3, 4]]]), np.array([[[1, 1]]]), np.array([10]))
    array([[[13., 15., 17.]]])
    """
    y = np.zeros((len(x), len(w), *output(x, w, stride, padding, dilation)))
    if b is not None:
        for f in range(len(w)):
            y[:, f] = b[f]
    for at_y, at_x, at_w in products(x, w, stride, padding, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    return y


def convnd_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Walk the same products again, and hand dy back along each of them.

    Parameters
    ----------
    dy : ndarray, shape (N, F, *output)
    x, w, stride, padding, dilation, groups
        As they were given to `convnd`.

    Returns
    -------
    tuple of ndarray
        dx, dw and db in float64.

    Examples
    --------
    >>> x, w = np.array([[[1, 2, 3, 4]]]), np.array([[[5, 6]]])
    >>> convnd_backward(np.array([[[1, 0, 0]]]), x, w)
    (array([[[5., 6., 0., 0.]]]), array([[[1., 2.]]]), array([1.]))
    """
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for at_y, at_x, at_w in products(x, w, stride, padding, dilation, groups):
        dx[at_x] += dy[at_y] * w[at_w]
        dw[at_w] += dy[at_y] * x[at_x]
    for n in range(len(x)):
        for f in range(len(w)):
            db[f] += np.sum(dy[n, f])
    return dx, dw, db


def products(x, w, stride, padding, dilation, groups):
    """Yield the indices (into y, into x, into w) of every product in a convolution.

    Products with the zeros of the padding are left out: they add nothing.

    Examples
    --------
    >>> x, w = np.zeros((1, 1, 3)), np.zeros((1, 1, 2))
    >>> for indices in products(x, w, stride=2, padding=1, dilation=1, groups=1):
    ...     print(*indices)
    (0, 0, 0) (0, 0, 0) (0, 0, 1)
    (0, 0, 1) (0, 0, 1) (0, 0, 0)
    (0, 0, 1) (0, 0, 2) (0, 0, 1)
    """
    ndim = x.ndim - 2
    S, D, P = each_axis(stride, ndim), each_axis(dilation, ndim), each_axis(padding, ndim)
    out = output(x, w, stride, padding, dilation)
    for n in range(len(x)):
        for f in range(len(w)):
            group = f // (len(w) // groups)
            for o in np.ndindex(*out):
                for c in range(w.shape[1]):
                    for k in np.ndindex(*w.shape[2:]):
                        i = tuple(S[a] * o[a] + D[a] * k[a] - before(P[a]) for a in range(ndim))
                        if all(0 <= i[a] < x.shape[2 + a] for a in range(ndim)):
                            yield (n, f, *o), (n, group * w.shape[1] + c, *i), (f, c, *k)


def output(x, w, stride, padding, dilation):
    """Count, along each axis, the steps after which the kernel still lies in the padded input.

    Examples
    --------
    >>> output(np.zeros((1, 1, 7)), np.zeros((1, 1, 3)), stride=2, padding=0, dilation=1)
    (3,)
    """
    ndim = x.ndim - 2
    S, D, P = each_axis(stride, ndim), each_axis(dilation, ndim), each_axis(padding, ndim)
    counts = []
    for a in range(ndim):
        end = x.shape[2 + a] + (sum(P[a]) if isinstance(P[a], tuple) else 2 * P[a])
        count = 0
        while S[a] * count + D[a] * (w.shape[2 + a] - 1) < end:
            count += 1
        counts.append(count)
    return tuple(counts)


def each_axis(value, ndim):
    """Return one value per axis."""
    return value if isinstance(value, tuple) else (value,) * ndim


def before(padding):
    """Return the zeros before an axis."""
    return padding[0] if isinstance(padding, tuple) else padding
