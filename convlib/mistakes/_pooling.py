"""Mistakes of pooling."""

import numpy as np

from convlib._arguments import common_dtype
from convlib._columns import crop, pad, pad_by, windows
from convlib._geometry import tap_slices
from convlib._pool import (
    _counts,
    _winners,
    avg_pool,
    avg_pool_backward,
    max_pool,
    max_pool_backward,
    pool_geometry,
)
from convlib.mistakes._catalogue import also_replaces, enter, replaces


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


@also_replaces(max_pool_backward, "pooling")
def window_overwritten(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Writes = for += on the whole window, which erases what an earlier window left there."""
    x = np.asarray(x)
    sizes, _ = pool_geometry(x, kernel_size, stride, padding, dilation, ceil_mode)
    dx = pad_by(np.zeros(x.shape), sizes.padding)
    winners = _winners(x, sizes)
    # where windows overlap, the later one holds the earlier entry of its kernel there
    for number, (_, places) in reversed(list(enumerate(tap_slices(sizes)))):
        dx[places] = np.where(winners == number, dy, 0)
    return crop(dx, sizes).copy()


@also_replaces(avg_pool_backward, "pooling")
def shares_overwritten(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Writes = for += where windows overlap, so that an entry keeps the share of the last one."""
    x = np.asarray(x)
    sizes, declared = pool_geometry(x, kernel_size, stride, padding, 1, ceil_mode)
    dx = pad_by(np.zeros(x.shape), sizes.padding)
    for _, places in reversed(list(tap_slices(sizes))):
        dx[places] = dy / _counts(sizes, declared, count_include_pad, float)
    return crop(dx, sizes).copy()


@also_replaces(max_pool_backward, "pooling")
def every_entry_paid(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Hands the gradient to every entry of a window, not to the one that won."""
    sizes, _ = pool_geometry(np.asarray(x), kernel_size, stride, padding, dilation, ceil_mode)
    dx = pad_by(np.zeros(np.shape(x)), sizes.padding)
    for _, places in tap_slices(sizes):
        dx[places] += dy
    return crop(dx, sizes).copy()


@also_replaces(max_pool, "pooling")
def maximum_over_channels(x, kernel_size, **settings):
    """Takes the maximum of a window over all channels, where each channel has its own."""
    y = max_pool(x, kernel_size, **settings)
    return y.max(axis=1, keepdims=True).repeat(y.shape[1], axis=1)


@also_replaces(avg_pool, "pooling")
def summed_not_averaged(x, kernel_size, **settings):
    """Sums the entries of a window, and forgets to divide."""
    taps = np.prod(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    return taps * avg_pool(x, kernel_size, **settings)


def pool_windows_one_apart(pool):
    """Moves the window by 1, where it must move by the stride."""

    def variant(x, kernel_size, *, stride=None, **settings):
        shape = pool(x, kernel_size, stride=stride, **settings).shape
        return pool(x, kernel_size, stride=1, **settings)[tuple(map(slice, shape))].copy()

    return variant


def pool_gradient_one_apart(backward):
    """Hands the gradients to windows one apart, where the forward pass moved by the stride."""

    def variant(dy, x, kernel_size, *, stride=None, **settings):
        dense = np.zeros_like(pools[backward](x, kernel_size, stride=1, **settings))
        dense[tuple(map(slice, np.shape(dy)))] = dy
        return backward(dense, x, kernel_size, stride=1, **settings)

    return variant


pools = {max_pool_backward: max_pool, avg_pool_backward: avg_pool}
for change, targets in ((pool_windows_one_apart, pools.values()), (pool_gradient_one_apart, pools)):
    enter("pooling", change, {target: change(target) for target in targets}, jury=False)


def windows_counted_side_by_side(pool):
    """Divides the size of x by that of a window, which counts windows that stand side by side."""

    def variant(x, kernel_size, **settings):
        y = pool(x, kernel_size, **settings)
        out = np.floor_divide(np.shape(x)[2:], kernel_size)
        if np.any(out > y.shape[2:]):
            raise ValueError(f"x: too small for {out} windows, holds {y.shape[2:]}")
        return y[(..., *map(slice, out))].copy()

    return variant


counted = {target: windows_counted_side_by_side(target) for target in (max_pool, avg_pool)}
enter("pooling", windows_counted_side_by_side, counted, jury=False)


def pool_windows_turned(pool):
    """Lays every window down with height and width swapped."""

    def variant(x, kernel_size, *, stride=None, **settings):
        kernel = np.broadcast_to(kernel_size, np.ndim(x) - 2)
        settings["stride"] = kernel if stride is None else stride
        shape = pool(x, kernel, **settings).shape
        y = pool(with_room(x, max(kernel), pool), kernel[::-1], **settings)
        return y[tuple(map(slice, shape))].copy()

    return variant


def with_room(x, size, pool):
    """Put what no window minds behind x: a window that is turned can reach beyond the far end."""
    x = np.asarray(x).astype(common_dtype(x))
    behind = [(0, 0), (0, 0), *[(0, size)] * (x.ndim - 2)]
    return np.pad(x, behind, constant_values=-np.inf if pool is max_pool else 0)


turned = {target: pool_windows_turned(target) for target in (max_pool, avg_pool)}
enter("pooling", pool_windows_turned, turned, jury=False)
