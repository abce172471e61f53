"""Convolution and its gradients as plain loops: slow, short, and the judge of the fast code.

A convolution is a list of products: output o reads the padded input i = S·o + D·k with weight k.
`products` walks that list once. Forward and backward are then one line per array. Nothing here
is shared with the modules that it judges, and arguments are not checked. All numbers are float64.

The zeros of the padding are multiplied like any other number, as the formula says and the fast
code does: 0 times an infinite weight is not a number, and so is what it is added to.
"""

import numpy as np


def conv(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Add up every product of the forward pass, as `convlib.conv` does.

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
    >>> conv(np.array([[[1, 2, 3, 4]]]), np.array([[[1, 1]]]), np.array([10]))
    array([[[13., 15., 17.]]])
    """
    x, w = surrounded(x, padding), w.astype(float)
    y = np.zeros((len(x), len(w), *output(x, w, stride, dilation)))
    if b is not None:
        for f in range(len(w)):
            y[:, f] = b[f]
    for at_y, at_x, at_w in products(x, w, stride, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    return y


def conv_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Walk the same products again, and hand dy back along each of them.

    Parameters
    ----------
    dy : ndarray, shape (N, F, *output)
    x, w, stride, padding, dilation, groups
        As they were given to `conv`.

    Returns
    -------
    tuple of ndarray
        dx, dw and db in float64.

    Examples
    --------
    >>> x, w = np.array([[[1, 2, 3, 4]]]), np.array([[[5, 6]]])
    >>> conv_backward(np.array([[[1, 0, 0]]]), x, w)
    (array([[[5., 6., 0., 0.]]]), array([[[1., 2.]]]), array([1.]))
    """
    dy, x, w = dy.astype(float), surrounded(x, padding), w.astype(float)
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for at_y, at_x, at_w in products(x, w, stride, dilation, groups):
        dx[at_x] += dy[at_y] * w[at_w]
        dw[at_w] += dy[at_y] * x[at_x]
    for n in range(len(x)):
        for f in range(len(w)):
            db[f] += np.sum(dy[n, f])
    return bared(dx, padding), dw, db


def conv_transpose(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Write every product to where it belongs, as `convlib.conv_transpose` does.

    Parameters
    ----------
    x : ndarray, shape (N, C, *size)
    w : ndarray, shape (C, F // groups, *kernel)
    b : ndarray, shape (F,), optional
    stride, output_padding, dilation : int or tuple of int
    padding : int, tuple of int or tuple of (int, int), default 0
    groups : int, default 1

    Returns
    -------
    ndarray, shape (N, F, *output), float64

    Examples
    --------
    >>> conv_transpose(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2)
    array([[[ 1.,  2., 13., 20., 30.]]])
    """
    x, w, filters = x.astype(float), w.astype(float), w.shape[1] * int(groups)
    y = np.zeros((len(x), filters, *spread(x, w, stride, output_padding, dilation)))
    if b is not None:
        for f in range(filters):
            y[:, f] = b[f]
    for at_y, at_x, at_w in writes(x, w, stride, dilation, groups):
        y[at_y] += x[at_x] * w[at_w]
    return bared(y, padding)


def conv_transpose_backward(
    dy, x, w, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1
):
    """Walk the same products again, and hand dy back along each of them.

    Parameters
    ----------
    dy : ndarray, shape (N, F, *output)
    x, w, stride, padding, output_padding, dilation, groups
        As they were given to `conv_transpose`; the shape of dy says the output padding already.

    Returns
    -------
    tuple of ndarray
        dx, dw and db in float64.

    Examples
    --------
    >>> x, w = np.array([[[1, 10]]]), np.array([[[1, 2, 3]]])
    >>> conv_transpose_backward(np.array([[[1, 0, 0, 0, 2]]]), x, w, stride=2)
    (array([[[1., 6.]]]), array([[[ 1.,  0., 20.]]]), array([3.]))
    """
    dy, x, w = surrounded(dy, padding), x.astype(float), w.astype(float)
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(dy.shape[1])
    for at_y, at_x, at_w in writes(x, w, stride, dilation, groups):
        dx[at_x] += dy[at_y] * w[at_w]
        dw[at_w] += dy[at_y] * x[at_x]
    for n in range(len(dy)):
        for f in range(dy.shape[1]):
            db[f] += np.sum(dy[n, f])
    return dx, dw, db


def max_pool(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Look at every window in turn, as `convlib.max_pool` does.

    Returns
    -------
    ndarray, shape (N, C, *output), float64

    Examples
    --------
    >>> max_pool(np.array([[[1, 5, 2, 4, 3]]]), 2, ceil_mode=True)
    array([[[5., 4., 3.]]])
    """
    places = pooled(x, kernel_size, stride, padding, dilation, ceil_mode)
    y = np.full((*x.shape[:2], *places), -np.inf)
    for n, c in np.ndindex(*x.shape[:2]):
        for o, winner in winners(x[n, c], places, kernel_size, stride, padding, dilation):
            y[n, c, *o] = x[n, c, *winner]
    return y


def max_pool_backward(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Hand dy to the winner of every window.

    Returns
    -------
    ndarray, shape (N, C, *size), float64

    Examples
    --------
    >>> max_pool_backward(np.array([[[1, 10, 100]]]), np.array([[[2, 7, 7, 1]]]), 2, stride=1)
    array([[[  0.,  11., 100.,   0.]]])
    """
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(*x.shape[:2]):
        for o, winner in winners(x[n, c], dy.shape[2:], kernel_size, stride, padding, dilation):
            dx[n, c, *winner] += dy[n, c, *o]
    return dx


def avg_pool(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Add up every window and divide, as `convlib.avg_pool` does.

    Returns
    -------
    ndarray, shape (N, C, *output), float64

    Examples
    --------
    >>> avg_pool(np.array([[[2, 4, 6]]]), 2, padding=1, count_include_pad=False)
    array([[[2., 5.]]])
    """
    x = x.astype(float)
    y = np.zeros((*x.shape[:2], *pooled(x, kernel_size, stride, padding, 1, ceil_mode)))
    for o in np.ndindex(*y.shape[2:]):
        inside, count = window(x.shape[2:], o, kernel_size, stride, padding, 1)
        for i in inside:
            y[..., *o] += x[..., *i] / (count if count_include_pad else len(inside))
    return y


def avg_pool_backward(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Hand each entry of a window its share of dy.

    Returns
    -------
    ndarray, shape (N, C, *size), float64

    Examples
    --------
    >>> avg_pool_backward(np.array([[[2, 20]]]), np.array([[[0, 0, 0]]]), 2, stride=1)
    array([[[ 1., 11., 10.]]])
    """
    dy, dx = dy.astype(float), np.zeros(x.shape)
    for o in np.ndindex(*dy.shape[2:]):
        inside, count = window(x.shape[2:], o, kernel_size, stride, padding, 1)
        for i in inside:
            dx[..., *i] += dy[..., *o] / (count if count_include_pad else len(inside))
    return dx


def products(x, w, stride, dilation, groups):
    """Yield the indices (into y, into the padded x, into w) of every product in a convolution.

    Examples
    --------
    >>> x, w = np.zeros((1, 1, 4)), np.zeros((1, 1, 2))
    >>> for indices in products(x, w, stride=2, dilation=1, groups=1):
    ...     print(*indices)
    (0, 0, 0) (0, 0, 0) (0, 0, 0)
    (0, 0, 0) (0, 0, 1) (0, 0, 1)
    (0, 0, 1) (0, 0, 2) (0, 0, 0)
    (0, 0, 1) (0, 0, 3) (0, 0, 1)
    """
    ndim = x.ndim - 2
    S, D = each_axis(stride, ndim), each_axis(dilation, ndim)
    out = output(x, w, stride, dilation)
    for n in range(len(x)):
        for f in range(len(w)):
            group = f // (len(w) // int(groups))
            for o in np.ndindex(*out):
                for c in range(w.shape[1]):
                    for k in np.ndindex(*w.shape[2:]):
                        i = tuple(S[a] * o[a] + D[a] * k[a] for a in range(ndim))
                        yield (n, f, *o), (n, group * w.shape[1] + c, *i), (f, c, *k)


def output(x, w, stride, dilation):
    """Count, along each axis, the steps after which the kernel still lies in the padded input.

    Examples
    --------
    >>> output(np.zeros((1, 1, 7)), np.zeros((1, 1, 3)), stride=2, dilation=1)
    (3,)
    """
    ndim = x.ndim - 2
    S, D = each_axis(stride, ndim), each_axis(dilation, ndim)
    counts = []
    for a in range(ndim):
        count = 0
        while S[a] * count + D[a] * (w.shape[2 + a] - 1) < x.shape[2 + a]:
            count += 1
        counts.append(count)
    return tuple(counts)


def spread(x, w, stride, output_padding, dilation):
    """Find the far end of the last kernel along each axis, before anything is cut off.

    Examples
    --------
    >>> x, w = np.zeros((1, 1, 3)), np.zeros((1, 1, 2))
    >>> spread(x, w, stride=3, output_padding=1, dilation=1)
    (9,)
    """
    ndim = x.ndim - 2
    S, D = each_axis(stride, ndim), each_axis(dilation, ndim)
    more = each_axis(output_padding, ndim)
    sizes = []
    for a in range(ndim):
        written = {
            S[a] * o + D[a] * k for o in range(x.shape[2 + a]) for k in range(w.shape[2 + a])
        }
        sizes.append(max(written) + 1 + more[a])
    return tuple(sizes)


def writes(x, w, stride, dilation, groups):
    """Yield the indices (into y, into x, into w) of every product in a transposed convolution.

    Those into y count from before its padding is cut off.

    Examples
    --------
    >>> x, w = np.zeros((1, 1, 2)), np.zeros((1, 1, 2))
    >>> for indices in writes(x, w, stride=2, dilation=1, groups=1):
    ...     print(*indices)
    (0, 0, 0) (0, 0, 0) (0, 0, 0)
    (0, 0, 1) (0, 0, 0) (0, 0, 1)
    (0, 0, 2) (0, 0, 1) (0, 0, 0)
    (0, 0, 3) (0, 0, 1) (0, 0, 1)
    """
    ndim = x.ndim - 2
    S, D = each_axis(stride, ndim), each_axis(dilation, ndim)
    for n, c, *i in np.ndindex(*x.shape):
        group = c // (x.shape[1] // int(groups))
        for f, *k in np.ndindex(*w.shape[1:]):
            o = [S[a] * i[a] + D[a] * k[a] for a in range(ndim)]
            yield (n, group * w.shape[1] + f, *o), (n, c, *i), (c, f, *k)


def surrounded(x, padding):
    """Put zeros around x.

    Examples
    --------
    >>> surrounded(np.array([[[5]]]), padding=((1, 2),))
    array([[[0., 5., 0., 0.]]])
    """
    sizes = zip(x.shape[2:], in_pairs(padding, x.ndim - 2), strict=True)
    padded = np.zeros((*x.shape[:2], *(h + sum(pair) for h, pair in sizes)))
    bared(padded, padding)[...] = x
    return padded


def bared(padded, padding):
    """Take away again what `surrounded` put around an array.

    Examples
    --------
    >>> bared(np.array([[[1, 5, 2, 3]]]), padding=((1, 2),))
    array([[[5]]])
    """
    sizes = zip(padded.shape[2:], in_pairs(padding, padded.ndim - 2), strict=True)
    return padded[(..., *(slice(p, h - q) for h, (p, q) in sizes))]


def pooled(x, kernel_size, stride, padding, dilation, ceil_mode):
    """Count the windows along each axis.

    Examples
    --------
    >>> x = np.zeros((1, 1, 6))
    >>> [pooled(x, 3, 2, 0, 1, ceil_mode) for ceil_mode in (False, True)]
    [(2,), (3,)]
    """
    ndim = x.ndim - 2
    K, D, P = each_axis(kernel_size, ndim), each_axis(dilation, ndim), in_pairs(padding, ndim)
    S = K if stride is None else each_axis(stride, ndim)
    counts = []
    for a in range(ndim):
        size, (first, last), count = x.shape[2 + a], P[a], 0
        while True:
            start = S[a] * count - first
            missing = start + D[a] * (K[a] - 1) + 1 - (size + last)
            # rounding up lets less than one step be missing, of a window that starts before the end
            if missing > 0 and not (ceil_mode and missing < S[a] and start < size):
                break
            count += 1
        counts.append(count)
    return tuple(counts)


def window(size, o, kernel_size, stride, padding, dilation):
    """List the places in x of one window, and count those in x and its padding.

    Examples
    --------
    >>> window((3,), (0,), kernel_size=4, stride=1, padding=2, dilation=1)
    ([(0,), (1,)], 4)
    """
    ndim = len(size)
    K, D, P = each_axis(kernel_size, ndim), each_axis(dilation, ndim), in_pairs(padding, ndim)
    S = K if stride is None else each_axis(stride, ndim)
    inside, count = [], 0
    for k in np.ndindex(*K):
        i = tuple(S[a] * o[a] + D[a] * k[a] - P[a][0] for a in range(ndim))
        count += all(i[a] < size[a] + P[a][1] for a in range(ndim))
        if all(0 <= i[a] < size[a] for a in range(ndim)):
            inside.append(i)
    return inside, count


def winners(channel, places, kernel_size, stride, padding, dilation):
    """Yield each place of the output with the index of the entry that wins its window.

    Examples
    --------
    >>> list(winners(np.array([2, 7, 7, 1]), (2,), 2, None, 0, 1))
    [((0,), (1,)), ((1,), (2,))]
    """
    for o in np.ndindex(*places):
        best = None
        for i in window(channel.shape, o, kernel_size, stride, padding, dilation)[0]:
            # a NaN takes the place of whatever was there, and only another one takes it from it
            if best is None or channel[i] > channel[best] or np.isnan(channel[i]):
                best = i
        if best is not None:
            yield o, best


def each_axis(value, ndim):
    """Return one value per axis, as plain ints: narrow ones would wrap.

    Examples
    --------
    >>> each_axis(np.int8(100), 2), each_axis((1, 2), 2)
    ((100, 100), (1, 2))
    """
    return tuple(map(int, value if isinstance(value, tuple) else (value,) * ndim))


def in_pairs(padding, ndim):
    """Return the zeros before and after each axis.

    Examples
    --------
    >>> in_pairs(1, 2), in_pairs((0, (1, 2)), 2)
    (((1, 1), (1, 1)), ((0, 0), (1, 2)))
    """
    entries = padding if isinstance(padding, tuple) else (padding,) * ndim
    return tuple(each_axis(entry, 2) for entry in entries)
