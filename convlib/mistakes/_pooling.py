"""Mistakes of pooling."""

import numpy as np

from convlib._columns import crop, pad, pad_by, windows
from convlib._geometry import tap_slices
from convlib._pool import (
    avg_pool,
    avg_pool_backward,
    max_pool,
    max_pool_backward,
    pool_geometry,
)
from convlib.mistakes._catalogue import replaces


@replaces(max_pool, "pooling")
def zeros_win(x, kernel_size, *, padding=0, **settings):
    """Pads with zeros, which win over what is negative."""
    return max_pool(pad(x, padding), kernel_size, **settings)


@replaces(max_pool_backward, "pooling")
def last_window_wins(dy, x, kernel_size, **settings):
    """Writes = for += where windows overlap, so that an entry keeps one window's gradient only."""
    dx = np.zeros_like(max_pool_backward(dy, x, kernel_size, **settings))
    for o in np.ndindex(np.shape(dy)):
        alone = np.zeros_like(dy)
        alone[o] = dy[o]
        there = max_pool_backward(alone, x, kernel_size, **settings)
        dx[there != 0] = there[there != 0]
    return dx


@replaces(max_pool_backward, "pooling")
def all_maxima_paid(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Hands the whole gradient to every entry that equals the maximum, not to the first."""
    sizes, _ = pool_geometry(np.asarray(x), kernel_size, stride, padding, dilation, ceil_mode)
    padded = pad_by(np.asarray(x, float), sizes.padding, -np.inf)
    kernel_axes = tuple(range(-len(sizes.kernel), 0))
    paid, y = np.zeros_like(padded), windows(padded, sizes).max(kernel_axes)
    for _, places in tap_slices(sizes):
        paid[places] += np.where(padded[places] == y, dy, 0)
    return crop(paid, sizes).copy()


@replaces(avg_pool, "pooling")
def padding_always_counted(x, kernel_size, *, count_include_pad=True, **settings):
    """Divides by the size of the kernel where only entries of x are to be counted."""
    return avg_pool(x, kernel_size, **settings)


@replaces(avg_pool_backward, "pooling")
def shares_not_divided(dy, x, kernel_size, **settings):
    """Hands the whole gradient to every entry of a window, not a share of it."""
    taps = np.prod(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    return taps * avg_pool_backward(dy, x, kernel_size, **settings)
