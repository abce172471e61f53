"""Long sums that keep their digits, in whatever order memory holds the terms.

A float32 sum that takes in one term after another keeps two digits of 10⁶ equal terms: once it is
large, most of every new term is rounded away. NumPy adds in pairs, which loses next to nothing, but
only along the axis that is fastest in memory, such as the last one of an array in C order. Along
all others, and in `numpy.einsum` and many a matrix product, it adds one after another.

So whatever in convlib may add up more than `BLOCK` terms does it by a function of this module: it
adds the terms of a block in their own dtype, and the sums of the blocks in float64. Then the order
of memory decides about speed alone.
"""

import math

import numpy as np

from convlib._arguments import common_dtype

BLOCK = 256
"""Terms that may be added one after another: in float32, that costs an error of 4e-6 at most."""


def total(a, axes, dtype=None):
    """Add up the entries of an array along some axes.

    Parameters
    ----------
    a : ndarray
    axes : tuple of int
        From 0 up.
    dtype : dtype, optional
        Of the result and of the sums within a block. That of `a`, float64 for integers.

    Examples
    --------
    >>> rows = np.full((10**6, 2), 0.1, np.float32)
    >>> rows.sum(axis=0), total(rows, (0,)).round()
    (array([100958.34, 100958.34], dtype=float32), array([100000., 100000.], dtype=float32))
    """
    dtype = dtype or common_dtype(a)
    if a.size <= BLOCK or math.prod([a.shape[axis] for axis in axes]) <= BLOCK:
        return np.add.reduce(a, axis=axes, dtype=dtype)
    kept = tuple(length for axis, length in enumerate(a.shape) if axis not in axes)
    a = _shorter(a, axes, dtype)
    while a.size > math.prod(kept):
        a = _shorter(a, axes, np.float64)
    return a.reshape(kept).astype(dtype, copy=False)


def channel_products(a, b):
    """Return the sum of a · b for each channel: (C,), for a and b of the same shape (N, C, ...).

    Examples
    --------
    >>> channel_products(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[1, 10], [1, 1]]]))
    array([21.,  7.])
    """
    if a.size <= BLOCK * a.shape[1]:
        axes = [*range(a.ndim)]
        return np.einsum(a, axes, b, axes, [1])
    if a.flags.c_contiguous and b.flags.c_contiguous:  # one long row is added faster than many
        a, b = (v.reshape(*v.shape[:2], -1) for v in (a, b))
    last, parts = a.ndim - 1, [(a, b)]
    if a.shape[last] > BLOCK:
        parts = zip(blocks(a, last), blocks(b, last), strict=True)
    rows = (np.einsum("...i,...i->...", *part) for part in parts)
    sums = sum(total(row, (0, *range(2, row.ndim)), np.float64) for row in rows)
    return sums.astype(np.result_type(a, b), copy=False)


def add_up(shape, dtype, terms, most=math.inf):
    """Add arrays to their places in an array of zeros.

    Parameters
    ----------
    shape, dtype
        Of the result.
    terms : iterable of (index, ndarray)
        Where to add, and what.
    most : int, optional
        How many terms an entry can get, where that is less than their number.

    Examples
    --------
    >>> add_up((3,), float, [(slice(2), 1), (slice(1, 3), 10)])
    array([ 1., 11., 10.])
    """
    block, whole, room = np.zeros(shape, dtype), None, BLOCK
    for places, values in terms:
        block[places] += values
        del values  # before the next ones take their memory, too
        room -= 1
        if room == 0 and most > BLOCK:
            whole = np.zeros(shape) if whole is None else whole
            whole += block
            block[...], room = 0, BLOCK
    return block if whole is None else (whole + block).astype(dtype, copy=False)


def blocks(a, axis, length=BLOCK):
    """Cut one axis into blocks: return (..., count, length, ...), and what is left over, as views.

    Examples
    --------
    >>> [part.shape for part in blocks(np.zeros((2, 600)), 1)]
    [(2, 2, 256), (2, 88)]
    """
    count = a.shape[axis] // length
    before = (slice(None),) * axis
    whole = a[(*before, slice(count * length))]
    shape = (*a.shape[:axis], count, length, *a.shape[axis + 1 :])
    return whole.reshape(shape), a[(*before, slice(count * length, None))]


def _shorter(a, axes, dtype):
    """Add along the fastest axes, as far as no sum grows too long; the axes stay, but shorter."""
    fastest = sorted(range(a.ndim), key=lambda i: abs(a.strides[i]) if a.shape[i] > 1 else math.inf)
    here, terms = [], 1
    for axis in fastest:
        if axis not in axes:
            continue
        if axis != fastest[0] or a.strides[axis] == 0:  # else NumPy adds in pairs
            terms *= a.shape[axis]
        if terms > BLOCK:
            break
        here.append(axis)
    if here:
        return np.add.reduce(a, axis=tuple(here), dtype=dtype, keepdims=True)
    whole, rest = blocks(a, axis)
    sums = np.add.reduce(whole, axis=axis + 1, dtype=dtype)
    rest = np.add.reduce(rest, axis=axis, dtype=dtype, keepdims=True)
    return np.concatenate([sums, rest], axis=axis)
