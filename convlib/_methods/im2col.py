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
from convlib._sums import total


def supports(channels, filters, sizes, groups):
    """Say that this works for everything."""
    return True


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say that this is what is left when nothing else pays."""
    return True


def forward(x, w, sizes, groups, dtype):
    """Return y without bias, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    w_rows = _filter_rows(w, groups, dtype)  # (G, F/G, C/G·K)

    def fill(chunk):
        cols = _group_columns(x[chunk], sizes, groups, dtype)  # (n, G, C/G·K, L)
        matmul(w_rows, cols, out=_split(y[chunk], groups))

    each(fill, _chunks_of(len(x), x.shape[1], sizes, dtype))
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    channels = w.shape[1] * groups
    dx = np.empty((len(dy), channels, *sizes.size), dtype)
    w_columns = _filter_rows(w, groups, dtype).swapaxes(-1, -2)  # (G, C/G·K, F/G)

    def fill(chunk):
        dy_rows = _split(dy[chunk].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        dcols = matmul(w_columns, dy_rows)  # (n, G, C/G·K, L)
        dx[chunk] = add_columns(dcols, sizes, channels)

    each(fill, _chunks_of(len(dy), channels, sizes, dtype))
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    filters, channels = dy.shape[1], x.shape[1]
    dw = np.zeros((filters, channels // groups, *sizes.kernel))
    dw_rows = dw.reshape(groups, filters // groups, -1)  # (G, F/G, C/G·K), a view of dw

    def share(chunk):
        dy_rows = _split(dy[chunk].astype(dtype, copy=False), groups)  # (n, G, F/G, L)
        cols = _group_columns(x[chunk], sizes, groups, dtype)  # (n, G, C/G·K, L)
        return total(matmul(dy_rows, cols.swapaxes(-1, -2)), (0,), np.float64)

    for dw_part in in_order(share, _chunks_of(len(x), channels, sizes, dtype, dw.nbytes)):
        dw_rows += dw_part
    return dw.astype(dtype, copy=False)


def _chunks_of(batch, channels, sizes, dtype, more=0):
    """Cut the batch so that the columns of a part, and more for each example, are not too large."""
    bytes_each = _chunks.bytes_each(channels, sizes, dtype) + more
    return _chunks.chunks(batch, bytes_each, math.prod(sizes.kernel))


def _filter_rows(w, groups, dtype):
    """Write each filter as a row: (G, F/G, C/G·K)."""
    return w.reshape(groups, len(w) // groups, -1).astype(dtype)


def _group_columns(x, sizes, groups, dtype):
    """Return the columns of some examples, group by group: (n, G, C/G·K, L)."""
    return _split(columns(x.astype(dtype, copy=False), sizes), groups)


def _split(rows, groups):
    """Part the rows by group, and write positions in one axis: (n, G·R, *L) → (n, G, R, ∏L)."""
    n, count, *length = rows.shape
    return rows.reshape(n, groups, count // groups, math.prod(length))
