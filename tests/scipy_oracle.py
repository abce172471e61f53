"""Convolution and its gradients by `scipy.signal.correlate`, one pair of channels at a time.

SciPy knows no stride and no dilation. The stride becomes a subsample of the dense result, the
dilation zeros between the entries of the kernel, and dx is the one correlation of the course:
zeros between the entries of dy, Kₑ - 1 more before and Kₑ - 1 + R after, the kernel reversed.
"""

import numpy as np
from scipy.signal import correlate


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
