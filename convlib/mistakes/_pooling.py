"""Mistakes of pooling."""

import numpy as np

from convlib._columns import col2im, im2col, pad
from convlib._pool import avg_pool, avg_pool_backward, max_pool, max_pool_backward
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
def all_maxima_paid(dy, x, kernel_size, *, stride=None, ceil_mode=False, **settings):
    """Hands the whole gradient to every entry that equals the maximum, not to the first."""
    kernel = tuple(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    settings["stride"] = kernel if stride is None else stride
    cols = im2col(x, kernel, **settings)
    windows = cols.reshape(*np.shape(x)[:2], -1, cols.shape[-1])
    paid = (windows == windows.max(axis=2, keepdims=True)) * dy.reshape(*dy.shape[:2], 1, -1)
    return col2im(paid.reshape(cols.shape), np.shape(x)[2:], kernel, **settings)


@replaces(avg_pool, "pooling")
def padding_always_counted(x, kernel_size, *, count_include_pad=True, **settings):
    """Divides by the size of the kernel where only entries of x are to be counted."""
    return avg_pool(x, kernel_size, **settings)


@replaces(avg_pool_backward, "pooling")
def shares_not_divided(dy, x, kernel_size, **settings):
    """Hands the whole gradient to every entry of a window, not a share of it."""
    taps = np.prod(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    return taps * avg_pool_backward(dy, x, kernel_size, **settings)
