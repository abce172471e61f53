"""By slices, for one filter per channel: no columns, and no matrix products.

For each kernel entry, what it reads in all windows is one strided slice of the padded input.
"""

import math

import numpy as np

from convlib._columns import crop, pad_by
from convlib._geometry import tap_slices
from convlib._methods import _chunks
from convlib._sums import add_up, channel_products


def supports(channels, filters, sizes, groups):
    """Say whether every channel has one filter of its own, and there are several of them."""
    return 1 < groups == channels == filters


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say that the gradients take less time without the thin products of im2col, y does not."""
    return task != "forward"


def forward(x, w, sizes, groups, dtype):
    """Add each slice of x, times the weight that reads it, to y."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    weights = _weights(w, sizes, dtype)
    for chunk in _chunks.chunks(len(x), _chunks.bytes_each(len(w), sizes, dtype, taps=1)):
        padded = pad_by(x[chunk].astype(dtype, copy=False), sizes.padding)
        terms = ((..., padded[at] * weights[(slice(None), *k)]) for k, at in tap_slices(sizes))
        y[chunk] = add_up(y[chunk].shape, dtype, terms)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Hand dy back, times each weight, to the slice of x that the weight reads."""
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    weights = _weights(w, sizes, dtype)
    for chunk in _chunks.chunks(len(dy), _chunks.bytes_each(len(w), sizes, dtype, taps=1)):
        shape = (len(dx[chunk]), len(w), *sizes.padded)
        terms = ((at, dy[chunk] * weights[(slice(None), *k)]) for k, at in tap_slices(sizes))
        dx[chunk] = crop(add_up(shape, dtype, terms, most=math.prod(sizes.output)), sizes)
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Sum the products of dy and those slices over all but the channels."""
    dw = np.zeros((x.shape[1], 1, *sizes.kernel))
    for chunk in _chunks.chunks(len(x), _chunks.bytes_each(x.shape[1], sizes, dtype, taps=1)):
        padded = pad_by(x[chunk].astype(dtype, copy=False), sizes.padding)
        for k, places in tap_slices(sizes):
            dw[(slice(None), 0, *k)] += channel_products(dy[chunk], padded[places])
    return dw.astype(dtype, copy=False)


def _weights(w, sizes, dtype):
    """Shape w so that ``weights[:, k]`` is combined with (N, C, *output)."""
    return w.astype(dtype).reshape(len(w), *sizes.kernel, *(1,) * len(sizes.size))
