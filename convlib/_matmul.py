"""The matrix product, without the warnings that NumPy gives for no reason, and with all digits."""

import numpy as np

from convlib._sums import BLOCK, blocks, total

PIECE = 2**18
"""Entries of a product that are computed at a time where its sums are long: 2 MB in float64."""

FEW = 16
"""Blocks that lose next to nothing when they are added up in their own dtype."""


def matmul(a, b, out=None):
    """Return a @ b, of two axes or more each: no entry warns, and long sums keep their digits.

    Examples
    --------
    >>> matmul(np.array([[1e308]]), np.array([[10.0]]))
    array([[inf]])
    >>> matmul(np.full((1, 10**6), 0.1, np.float32), np.ones((10**6, 1), np.float32)).round()
    array([[100000.]], dtype=float32)
    """
    # BLAS may work on places of a register that hold no entry. What was left there can overflow or
    # be invalid, and NumPy would warn of it though every entry is right (its issue 24067). Where
    # entries do overflow, the result says so itself: it is infinite or not a number.
    with quiet():
        return product(a, b, out)


def quiet():
    """Return a context in which NumPy does not warn of entries that overflow or are invalid."""
    return np.errstate(over="ignore", invalid="ignore")


def product(a, b, out=None):
    """Return a @ b where NumPy does not warn anyway, which takes less time.

    Examples
    --------
    >>> product(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    array([[11.]])
    """
    if a.shape[-1] <= BLOCK:
        if out is None and a.ndim == b.ndim == 2:
            return np.dot(a, b)  # for two matrices it is the same, and takes less time to call
        return np.matmul(a, b, out=out)
    if out is None:
        stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        out = np.empty((*stack, a.shape[-2], b.shape[-1]), np.result_type(a, b))
    _fill(out, a, b)
    return out


def _fill(out, a, b):
    """Write a @ b into `out`, piece by piece."""
    if out.size <= PIECE:
        (_add_few if a.shape[-1] <= FEW * BLOCK else _add_many)(out, a, b)
        return
    a, b = (np.broadcast_to(v, (*out.shape[:-2], *v.shape[-2:])) for v in (a, b))
    axis = int(np.argmax(out.shape))
    half = out.shape[axis] // 2
    for part in (slice(half), slice(half, None)):
        places = (*(slice(None),) * axis, part)
        # columns of the product are columns of b, its rows are rows of a
        rows = a if axis == out.ndim - 1 else a[places]
        columns = b if axis == out.ndim - 2 else b[places]
        _fill(out[places], rows, columns)


def _add_few(out, a, b):
    """Write a @ b into `out` as the sum of the products of a few blocks."""
    np.matmul(a[..., :BLOCK], b[..., :BLOCK, :], out=out)
    other = None
    for start in range(BLOCK, a.shape[-1], BLOCK):
        block = slice(start, start + BLOCK)
        other = np.matmul(a[..., block], b[..., block, :], out=other)
        out += other


def _add_many(out, a, b):
    """Write a @ b into `out` as the sum, in float64, of products that have a few blocks each."""
    whole_a, rest_a = blocks(a, a.ndim - 1, FEW * BLOCK)
    whole_b, rest_b = blocks(b, b.ndim - 2, FEW * BLOCK)
    whole_a = np.moveaxis(whole_a, -2, -3)  # (..., count, rows, FEW · BLOCK)
    _add_few(out, rest_a, rest_b)
    product = out.astype(np.float64)
    step = max(1, PIECE // max(1, out.size))
    for start in range(0, whole_a.shape[-3], step):
        some_a, some_b = (v[..., start : start + step, :, :] for v in (whole_a, whole_b))
        part = np.empty((*out.shape[:-2], some_a.shape[-3], *out.shape[-2:]), out.dtype)
        _add_few(part, some_a, some_b)
        product += total(part, (out.ndim - 2,), np.float64)
    out[...] = product
