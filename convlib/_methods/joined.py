"""By matrix products, as im2col, with the columns of several examples side by side in one.

In the last layers of a network, images are small and weights are many: 512 filters of 3×3 for 512
channels read images of 7×7. Example by example, im2col multiplies 512 × 4608 weights by 49 columns.
That product spends its time on the weights, which come from memory again for each example, and in
dw, every example has a gradient as large as the weights, that must be added to the others.

Here, n examples have n·L columns in one matrix, and the weights are read once for all of them:

    Y = W @ [columns of x₁ | columns of x₂ | ...]        dW = dY @ [columns of x₁ | ...]ᵀ

The sum over the examples has become a part of the product. The price is that y comes as (F, N, L)
and is copied into the order (N, F, L), and that dy is copied the other way. So it pays where these
factors of the product are much smaller than the weights: 2·L·(F + C·K²) < F·C·K², as was measured.
"""

import math

import numpy as np

from convlib._columns import add_columns, pad_by, windows
from convlib._matmul import matmul
from convlib._methods import _chunks
from convlib._methods._workers import each, in_order
from convlib._methods.im2col import filter_rows
from convlib._sums import add_up


def supports(channels, filters, sizes, groups):
    """Say that this works for everything."""
    return True


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether there are several examples, and twice the weights of the columns and y of one."""
    rows, entries = filters // groups, channels // groups * math.prod(sizes.kernel)
    return batch > 1 and 2 * math.prod(sizes.output) * (rows + entries) < rows * entries


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    w_rows = filter_rows(w, groups, dtype)  # (G, F/G, C/G·K)

    def fill(chunk):
        product = matmul(w_rows, _joined_columns(x[chunk], sizes, groups, dtype))  # (G, F/G, n·L)
        _chunks.write(product.reshape(len(w), -1, *sizes.output).swapaxes(0, 1), y[chunk], b)

    each(fill, _chunks.chunks(len(x), _chunks.bytes_each(x.shape[1], sizes, dtype)))
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    channels = w.shape[1] * groups
    dx = np.empty((len(dy), channels, *sizes.size), dtype)
    w_columns = filter_rows(w, groups, dtype).swapaxes(1, 2)  # (G, C/G·K, F/G)

    def fill(chunk):
        dcols = matmul(w_columns, _joined_rows(dy[chunk], groups, dtype))  # (G, C/G·K, n·L)
        dcols = dcols.reshape(-1, len(dy[chunk]), math.prod(sizes.output)).swapaxes(0, 1)
        dx[chunk] = add_columns(dcols, sizes, channels)

    each(fill, _chunks.chunks(len(dy), _chunks.bytes_each(channels, sizes, dtype)))
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    shape = (dy.shape[1], x.shape[1] // groups, *sizes.kernel)

    def share(chunk):
        cols = _joined_columns(x[chunk], sizes, groups, dtype)
        return ..., matmul(_joined_rows(dy[chunk], groups, dtype), cols.swapaxes(1, 2)).reshape(
            shape
        )

    chunks = _chunks.chunks(len(x), _chunks.bytes_each(x.shape[1], sizes, dtype))
    return add_up(shape, dtype, in_order(share, chunks))


def _joined_columns(x, sizes, groups, dtype):
    """Return the columns of some examples, group by group: (G, C/G·K, n·L)."""
    view = windows(pad_by(x.astype(dtype, copy=False), sizes.padding), sizes)
    ndim = len(sizes.size)
    outputs, kernels = range(2, 2 + ndim), range(2 + ndim, 2 + 2 * ndim)
    rows = view.transpose(1, *kernels, 0, *outputs)  # (C, *kernel, n, *output)
    return rows.reshape(groups, -1, len(x) * math.prod(sizes.output))


def _joined_rows(dy, groups, dtype):
    """Return the rows of dy of some examples, group by group: (G, F/G, n·L)."""
    rows = dy.swapaxes(0, 1).astype(dtype, copy=False)
    return rows.reshape(groups, dy.shape[1] // groups, -1)
