"""Convolution and its gradients by `scipy.signal`, one pair of channels at a time; pooling too.

SciPy knows no stride and no dilation. The stride becomes a subsample of the dense result, the
dilation zeros between the entries of the kernel, and dx is the one correlation of the course:
zeros between the entries of dy, Kₑ - 1 more before and Kₑ - 1 + R after, the kernel reversed.
"""

import numpy as np
from scipy.ndimage import maximum_filter
from scipy.signal import convolve as full_convolution
from scipy.signal import correlate

from tests.settings import each_axis


def convolve(setting, x, w, b, dy):
    """Return y, dx, dw and db."""
    y, dx, dw = np.zeros_like(dy), np.zeros_like(x), np.zeros_like(w)
    padded = np.pad(x, ((0, 0), (0, 0), *setting.pairs))
    inside = tuple(slice(p, p + h) for (p, _), h in zip(setting.pairs, setting.size, strict=True))
    room = [(e - 1, e - 1 + r) for e, r in zip(setting.extents, setting.remainders, strict=True)]
    for f, c, n in np.ndindex(*w.shape[:2], len(x)):
        channel = f // (len(w) // setting.groups) * w.shape[1] + c
        kernel = with_zeros_between(w[f, c], setting.dilations)
        apart = with_zeros_between(dy[n, f], setting.strides)
        y[n, f] += valid(padded[n, channel], kernel)[every(setting.strides)]
        dw[f, c] += valid(padded[n, channel], apart)[every(setting.dilations)][upto(w[f, c].shape)]
        dx[n, channel] += valid(np.pad(apart, room), np.flip(kernel))[inside]
    axes = tuple(range(2, dy.ndim))
    return {"y": y + np.expand_dims(b, tuple(a - 1 for a in axes)), "dx": dx, "dw": dw} | {
        "db": dy.sum(axis=(0, *axes))
    }


def valid(array, kernel):
    return correlate(array, kernel, mode="valid", method="direct")


def with_zeros_between(array, steps):
    """Move the entries `steps` apart."""
    shape = tuple((n - 1) * s + 1 for n, s in zip(array.shape, steps, strict=True))
    apart = np.zeros(shape)
    apart[every(steps)] = array
    return apart


def every(steps):
    return tuple(slice(None, None, step) for step in steps)


def upto(shape):
    return tuple(map(slice, shape))


def transposed(setting, x, w, b, dy):
    """Return y, dx, dw and db of a transposed convolution: y is a full convolution, then a crop."""
    ndim = len(setting.size)
    strides, dilations = (each_axis(v, ndim) for v in (setting.stride, setting.dilation))
    y, dx, dw = np.zeros_like(dy), np.zeros_like(x), np.zeros_like(w)
    crop = tuple(slice(p, p + h) for (p, _), h in zip(setting.pairs, setting.output, strict=True))
    room = [max(pair) + max(strides) + max(dilations) for pair in setting.pairs]
    padded = np.pad(dy, ((0, 0), (0, 0), *setting.pairs))
    for c, f, n in np.ndindex(*w.shape[:2], len(x)):
        filter_ = c // (len(w) // setting.groups) * w.shape[1] + f
        kernel, apart = with_zeros_between(w[c, f], dilations), with_zeros_between(x[n, c], strides)
        full = np.pad(convolve_full(apart, kernel), [(0, more) for more in room])
        y[n, filter_] += full[crop]
        up = padded[n, filter_]
        dx[n, c] += valid(up, kernel)[every(strides)][upto(x.shape[2:])]
        dw[c, f] += valid(up, apart)[every(dilations)][upto(w.shape[2:])]
    axes = tuple(range(2, dy.ndim))
    y += np.expand_dims(b, tuple(a - 1 for a in axes))
    return {"y": y, "dx": dx, "dw": dw, "db": dy.sum(axis=(0, *axes))}


def convolve_full(array, kernel):
    return full_convolution(array, kernel, mode="full", method="direct")


def maxima(setting, x):
    """Return what max pooling gives, by SciPy's filter over a footprint."""
    ndim = len(setting.size)
    kernel, dilations = (each_axis(v, ndim) for v in (setting.kernel_size, setting.dilation))
    strides = kernel if setting.stride is None else each_axis(setting.stride, ndim)
    footprint = with_zeros_between(np.ones(kernel), dilations) > 0
    far = [size * stride for size, stride in zip(setting.output, strides, strict=True)]
    room = [
        (p, q + e + f) for (p, q), e, f in zip(setting.pairs, footprint.shape, far, strict=True)
    ]
    padded = np.pad(x, [(0, 0), (0, 0), *room], constant_values=-np.inf)
    # SciPy centres the footprint; this moves its first entry to the place itself
    origin = [-(e // 2) for e in footprint.shape]
    y = np.empty((*x.shape[:2], *setting.output))
    for n, c in np.ndindex(*x.shape[:2]):
        every_place = maximum_filter(
            padded[n, c], footprint=footprint, mode="constant", cval=-np.inf, origin=origin
        )
        y[n, c] = every_place[every(strides)][upto(setting.output)]
    return y
