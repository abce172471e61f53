"""By matrix products: every window is a column, so all outputs are one product.

Forward ``y = w @ columns``. Backward ``dw = dy @ columnsᵀ`` and ``dcolumns = wᵀ @ dy``; adding
these columns back to where they came from gives dx. G groups are G products.
"""

import math

import numpy as np

from convlib._columns import add_columns, columns
from convlib._matmul import matmul
from convlib._methods import _chunks
from convlib._methods._workers import each, in_order
from convlib._sums import add_up, total


def supports(channels, filters, sizes, groups):
    """Say that this works for everything."""
    return True


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say that this is what is left when nothing else pays."""
    return True


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    w_rows = filter_rows(w, groups, dtype)  # (G, F/G, C/G·K)

    def fill(piece):
        n, inputs, outputs, part = piece
        cols = _group_columns(x[n, :, inputs], part, groups, dtype)  # (n, G, C/G·K, L)
        here = y[n, :, outputs]
        matmul(w_rows, cols, out=_split(here, groups))
        _chunks.write(here, here, b)

    each(fill, _pieces(len(x), x.shape[1], sizes, dtype))
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    channels = w.shape[1] * groups
    dx = np.zeros((len(dy), channels, *sizes.size), dtype)
    w_columns = filter_rows(w, groups, dtype).swapaxes(-1, -2)  # (G, C/G·K, F/G)

    def share(piece):
        n, inputs, outputs, part = piece
        dy_rows = _split(dy[n, :, outputs].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        dcols = matmul(w_columns, dy_rows)  # (n, G, C/G·K, L)
        added = add_columns(dcols, part, channels)
        if part is sizes:
            dx[n] = added
            return ()
        return [(dx[n, :, inputs], added)]

    for shares in in_order(share, _pieces(len(dy), channels, sizes, dtype)):
        for here, added in shares:  # of parts that read some rows in common
            here += added
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    filters, channels = dy.shape[1], x.shape[1]
    shape = (groups, filters // groups, channels // groups * math.prod(sizes.kernel))

    def share(piece):
        n, inputs, outputs, part = piece
        dy_rows = _split(dy[n, :, outputs].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        cols = _group_columns(x[n, :, inputs], part, groups, dtype)  # (n, G, C/G·K, L)
        return ..., _sum(matmul(dy_rows, cols.swapaxes(-1, -2)))  # (G, F/G, C/G·K)

    pieces = _pieces(len(x), channels, sizes, dtype, math.prod(shape) * dtype.itemsize)
    dw = add_up(shape, dtype, in_order(share, pieces))
    return dw.reshape(filters, channels // groups, *sizes.kernel)


def _pieces(batch, channels, sizes, dtype, more=0):
    """Cut the work into pieces of no more than some memory; `more` bytes for each example."""
    each = _chunks.bytes_each(channels, sizes, dtype) + more
    return _chunks.pieces(batch, sizes, each, math.prod(sizes.kernel))


def _sum(products):
    """Add up the examples; there is nothing to add, and to copy, if there is one."""
    return products[0] if len(products) == 1 else total(products, (0,))


def filter_rows(w, groups, dtype):
    """Write each filter as a row: (G, F/G, C/G·K)."""
    return w.reshape(groups, len(w) // groups, -1).astype(dtype)


def _group_columns(x, sizes, groups, dtype):
    """Return the columns of some examples, group by group: (n, G, C/G·K, L)."""
    return _split(columns(x.astype(dtype, copy=False), sizes), groups)


def _split(rows, groups):
    """Part the rows by group, and write positions in one axis: (n, G·R, *L) → (n, G, R, ∏L)."""
    n, count, *length = rows.shape
    return rows.reshape(n, groups, count // groups, math.prod(length))
