"""By slices, for one filter per channel: no columns, and no matrix products.

For each kernel entry, what it reads in all windows is one strided slice of the padded input.
"""

import math

import numpy as np

from convlib._columns import crop, pad_by
from convlib._geometry import tap_slices
from convlib._methods import _chunks
from convlib._methods._workers import each, in_order
from convlib._sums import add_up, channel_products


def supports(channels, filters, sizes, groups):
    """Say whether every channel has one filter of its own, and there are several of them."""
    return 1 < groups == channels == filters


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say that the gradients take less time without the thin products of im2col, y does not."""
    return task != "forward"


def forward(x, w, sizes, groups, dtype, b=None):
    """Add each slice of x, times the weight that reads it, to y."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    weights = _weights(w, sizes, dtype)

    def fill(chunk):
        padded = pad_by(x[chunk].astype(dtype, copy=False), sizes.padding)
        terms = ((..., padded[at] * weights[(slice(None), *k)]) for k, at in tap_slices(sizes))
        _chunks.write(add_up(y[chunk].shape, dtype, terms), y[chunk], b)

    each(fill, _chunks_of(len(x), len(w), sizes, dtype))
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Hand dy back, times each weight, to the slice of x that the weight reads."""
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    weights = _weights(w, sizes, dtype)

    def fill(chunk):
        shape = (len(dx[chunk]), len(w), *sizes.padded)
        terms = ((at, dy[chunk] * weights[(slice(None), *k)]) for k, at in tap_slices(sizes))
        dx[chunk] = crop(add_up(shape, dtype, terms, most=math.prod(sizes.output)), sizes)

    each(fill, _chunks_of(len(dy), len(w), sizes, dtype))
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Sum the products of dy and those slices over all but the channels."""
    dw = np.zeros((x.shape[1], 1, *sizes.kernel))

    def share(chunk):
        padded = pad_by(x[chunk].astype(dtype, copy=False), sizes.padding)
        return [channel_products(dy[chunk], padded[places]) for _, places in tap_slices(sizes)]

    for rows in in_order(share, _chunks_of(len(x), x.shape[1], sizes, dtype)):
        dw += np.transpose(rows).reshape(dw.shape)
    return dw.astype(dtype, copy=False)


def _chunks_of(batch, channels, sizes, dtype):
    """Cut the batch so that a padded part, and what one kernel entry makes of it, is not large."""
    return _chunks.chunks(batch, _chunks.bytes_each(channels, sizes, dtype, taps=1), 1)


def _weights(w, sizes, dtype):
    """Shape w so that ``weights[:, k]`` is combined with (N, C, *output)."""
    return w.astype(dtype).reshape(len(w), *sizes.kernel, *(1,) * len(sizes.size))
