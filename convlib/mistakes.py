"""Wrong variants of convlib, each a mistake that people make.

They prove that a check can fail: a check that accepts one of them is blind to it. Every variant
calls the right function and spoils what the mistake would spoil, so that it stays a few lines.
"""

import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from convlib._columns import _add_columns, _crop, col2im, im2col, pad
from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose
from convlib._geometry import conv_geometry, geometry, output_size, spatial_padding, tap_slices
from convlib._gradcheck import _slope
from convlib._pool import avg_pool, avg_pool_backward, max_pool, max_pool_backward
from convlib.layers import _less_what_statistics_carry
from convlib.training import softmax_cross_entropy


class Mistake(NamedTuple):
    """A wrong variant.

    Attributes
    ----------
    name : str
    topic : str
        What it is about: 'sizes', 'forward', 'dx', 'dw, db', 'checking', 'transposed', 'pooling'
        or 'layers'.
    target : callable
        The function of convlib that it stands in for.
    sentence : str
        What the mistake is.
    variant : callable
        The wrong function, with the signature of the right one.
    """

    name: str
    topic: str
    target: Callable
    sentence: str
    variant: Callable


MISTAKES = {}
"""Every `Mistake`, by its name."""


@contextmanager
def made(name):
    """Run a block of code with one mistake built into convlib.

    Parameters
    ----------
    name : str
        A key of `MISTAKES`.

    Raises
    ------
    ValueError
        If there is no such mistake.

    Notes
    -----
    The right function is replaced in every module of convlib that calls it by name, for all
    threads, and put back at the end.

    Examples
    --------
    >>> import convlib
    >>> with made("remainder_counted"):
    ...     convlib.output_size(6, 3, stride=2)
    3
    >>> convlib.output_size(6, 3, stride=2)
    2
    """
    if name not in MISTAKES:
        raise ValueError(f"name: expected one of {', '.join(MISTAKES)}; got {name!r}")
    mistake = MISTAKES[name]
    packages = [module for key, module in sys.modules.items() if key.split(".")[0] == "convlib"]
    # this module keeps the right functions, because its variants call them
    homes = [vars(module) for module in packages if module.__name__ != __name__]
    places = [(home, key) for home in homes for key in home if home[key] is mistake.target]
    try:
        for home, key in places:
            home[key] = mistake.variant
        yield mistake
    finally:
        for home, key in places:
            home[key] = mistake.target


def _replaces(target, topic):
    """Enter a function into `MISTAKES`; its docstring is the sentence."""

    def enter(variant):
        sentence = " ".join(variant.__doc__.split())
        MISTAKES[variant.__name__] = Mistake(variant.__name__, topic, target, sentence, variant)
        return variant

    return enter


# --- sizes ------------------------------------------------------------------------------------


@_replaces(output_size, "sizes")
def remainder_counted(size, kernel, **settings):
    """Rounds up where the stride does not divide, and counts a window that is not there."""
    sizes = geometry(size, kernel, **settings)
    out = tuple(o + (r > 0) for o, r in zip(sizes.output, sizes.remainder, strict=True))
    return out if isinstance(size, tuple) else out[0]


@_replaces(output_size, "sizes")
def padding_counted_once(size, kernel, *, padding=0, **settings):
    """Adds P to the input size where it must add 2P: zeros stand on both sides."""
    return output_size(size, kernel, padding=((padding, 0),), **settings)


@_replaces(output_size, "sizes")
def dilation_forgotten(size, kernel, *, dilation=1, **settings):
    """Takes K for the span of the kernel, where its gaps make it D(K - 1) + 1."""
    return output_size(size, kernel, **settings)


@_replaces(output_size, "sizes")
def height_width_swapped(size, kernel, **settings):
    """Subtracts the kernel's width from the height, and its height from the width."""
    return output_size(size, kernel[::-1], **settings)


# --- forward ----------------------------------------------------------------------------------


@_replaces(conv, "forward")
def forward_flipped(x, w, b=None, **settings):
    """Flips the kernel in the forward pass, as the convolution of mathematics does."""
    return conv(x, _rotated(w), b, **settings)


@_replaces(conv, "forward")
def x_not_padded(x, w, b=None, *, padding=0, **settings):
    """Reads x where it must read the padded x, so that every window sits P too far on."""
    return conv(x, w, b, padding=_all_after(padding, np.ndim(x) - 2), **settings)


@_replaces(conv, "forward")
def bias_forgotten(x, w, b=None, **settings):
    """Leaves the bias out."""
    return conv(x, w, None, **settings)


@_replaces(conv, "forward")
def bias_per_channel(x, w, b=None, **settings):
    """Adds the bias to each channel's product, so that it counts C times."""
    return conv(x, w, None if b is None else np.shape(w)[1] * np.asarray(b), **settings)


@_replaces(conv, "forward")
def reshape_without_transpose(x, w, b=None, **settings):
    """Reshapes (F, N, ...) into (N, F, ...), where it must swap the two axes."""
    y = conv(x, w, b, **settings)
    return y.swapaxes(0, 1).reshape(y.shape)


@_replaces(conv, "forward")
def groups_interleaved(x, w, b=None, *, groups=1, **settings):
    """Takes every G-th channel for a group, where a group is a block of neighbours."""
    order = np.arange(np.shape(x)[1]).reshape(-1, groups).T.ravel()
    return conv(np.asarray(x)[:, order], w, b, groups=groups, **settings)


@_replaces(im2col, "forward")
def channels_last(x, kernel, **settings):
    """Writes the columns kernel entry by kernel entry, where w's rows go channel by channel."""
    cols = im2col(x, kernel, **settings)
    by_channel = cols.reshape(len(cols), np.shape(x)[1], -1, cols.shape[-1])
    return by_channel.swapaxes(1, 2).reshape(cols.shape)


# --- backward: dx -----------------------------------------------------------------------------


@_replaces(conv_backward, "dx")
def kernel_not_rotated(dy, x, w, **settings):
    """Gathers dx with the kernel as it stands, not rotated by 180 degrees."""
    return _with_dx(conv_backward(dy, x, _rotated(w), **settings).dx, dy, x, w, settings)


@_replaces(conv_backward, "dx")
def kernel_half_rotated(dy, x, w, **settings):
    """Reverses only the last axis of the kernel, where a rotation reverses all of them."""
    rest = np.flip(w, axis=tuple(range(2, np.ndim(w) - 1)))
    return _with_dx(conv_backward(dy, x, rest, **settings).dx, dy, x, w, settings)


@_replaces(conv_backward, "dx")
def kernel_transposed(dy, x, w, **settings):
    """Reads the kernel with height and width swapped."""
    swapped = np.swapaxes(w, -1, -2).reshape(np.shape(w))
    return _with_dx(conv_backward(dy, x, swapped, **settings).dx, dy, x, w, settings)


@_replaces(conv_backward, "dx")
def padding_off_by_one(dy, x, w, *, padding=0, **settings):
    """Cuts dx out of the padded gradient one place too late."""
    room = np.pad(_dx_padded(dy, x, w, padding, settings), _spatial_pairs(x, (0, 1)))
    starts = [before + 1 for before, _ in spatial_padding(padding, np.ndim(x) - 2)]
    cut = (slice(s, s + h) for s, h in zip(starts, np.shape(x)[2:], strict=True))
    return _with_dx(room[(..., *cut)], dy, x, w, {"padding": padding, **settings})


@_replaces(conv_backward, "dx")
def crop_minus_zero(dy, x, w, *, padding=0, **settings):
    """Crops with [P:-P], which is empty where P is 0."""
    pairs = spatial_padding(padding, np.ndim(x) - 2)
    cut = (slice(before, -after) for before, after in pairs)
    dx = _dx_padded(dy, x, w, padding, settings)[(..., *cut)]
    return _with_dx(dx, dy, x, w, {"padding": padding, **settings})


@_replaces(conv_backward, "dx")
def remainder_dropped(dy, x, w, **settings):
    """Takes the size of dx from dy, and loses the rows that no window read."""
    right = conv_backward(dy, x, w, **settings)
    rest = conv_geometry(np.asarray(x), np.asarray(w), **settings)[0].remainder
    cut = (slice(0, h - r) for h, r in zip(np.shape(x)[2:], rest, strict=True))
    return right._replace(dx=right.dx[(..., *cut)])


@_replaces(conv_backward, "dx")
def stride_forgotten(dy, x, w, *, stride=1, **settings):
    """Gathers dx as if the stride were 1: no zeros between the entries of dy."""
    right = conv_backward(dy, x, w, stride=stride, **settings)
    dense = np.zeros_like(conv(x, w, **settings))
    dense[tuple(map(slice, np.shape(dy)))] = dy
    return right._replace(dx=conv_backward(dense, x, w, **settings).dx)


@_replaces(conv_backward, "dx")
def first_filter_only(dy, x, w, **settings):
    """Writes the chain rule for one filter, and forgets the sum over all of them."""
    alone = np.zeros_like(dy)
    alone[:, 0] = np.asarray(dy)[:, 0]
    return _with_dx(conv_backward(alone, x, w, **settings).dx, dy, x, w, settings)


@_replaces(conv_backward, "dx")
def dy_padded_like_x(dy, x, w, *, stride=1, padding=0, **settings):
    """Pads dy by P and moves the rotated kernel by S: right only where S = 1 and 2P = K - 1."""
    turned = np.swapaxes(_rotated(w), 0, 1)
    dx = conv(dy, turned, stride=stride, padding=padding)
    if any(have < want for have, want in zip(dx.shape, np.shape(x), strict=True)):
        raise ValueError(f"dy: too small for a dx of shape {np.shape(x)}, reaches {dx.shape}")
    dx = dx[tuple(map(slice, np.shape(x)))]
    return _with_dx(dx, dy, x, w, {"stride": stride, "padding": padding, **settings})


@_replaces(_add_columns, "dx")
def assigned_not_added(cols, sizes, channels):
    """Writes = for += when columns return to x, so that the last window wins."""
    cols = cols.reshape(len(cols), channels, *sizes.kernel, *sizes.output)
    padded = np.zeros((len(cols), channels, *sizes.padded), cols.dtype)
    for k, places in tap_slices(sizes):
        padded[places] = cols[(slice(None), slice(None), *k)]
    return _crop(padded, sizes)


@_replaces(_add_columns, "dx")
def averaged_not_added(cols, sizes, channels):
    """Divides by the number of windows, as if col2im were the inverse of im2col."""
    total, count = (_add_columns(c, sizes, channels) for c in (cols, np.ones_like(cols)))
    return total / np.maximum(count, 1)


# --- backward: dw and db ----------------------------------------------------------------------


@_replaces(conv_backward, "dw, db")
def dw_rotated(dy, x, w, **settings):
    """Rotates dw by 180 degrees, as if the rule for dx held for it too."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=_rotated(right.dw))


@_replaces(conv_backward, "dw, db")
def dw_from_x_not_padded(dy, x, w, *, padding=0, **settings):
    """Collects dw from x where it must use the padded x."""
    after = _all_after(padding, np.ndim(x) - 2)
    right = conv_backward(dy, x, w, padding=padding, **settings)
    return right._replace(dw=conv_backward(dy, x, w, padding=after, **settings).dw)


@_replaces(conv_backward, "dw, db")
def last_example_only(dy, x, w, **settings):
    """Writes = for += in the loop over examples, so that dw is that of the last one."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(dy[-1:], x[-1:], w, **settings).dw)


@_replaces(conv_backward, "dw, db")
def averaged_over_batch(dy, x, w, **settings):
    """Divides dw and db by N, which the loss has done already where it is a mean."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=right.dw / len(x), db=right.db / len(x))


@_replaces(conv_backward, "dw, db")
def db_over_wrong_axes(dy, x, w, **settings):
    """Sums dy over its first axes, which is right for (N, H, W, F) and wrong for (N, F, H, W)."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.sum(dy, axis=tuple(range(np.ndim(dy) - 1))))


# --- checking ---------------------------------------------------------------------------------


@_replaces(_slope, "checking")
def divided_by_h(loss, point, direction, step):
    """Divides the central difference by h, where the two points are 2h apart."""
    return (loss(point + step * direction) - loss(point - step * direction)) / step


# --- transposed convolution -------------------------------------------------------------------


@_replaces(conv_transpose, "transposed")
def output_padding_forgotten(x, w, b=None, *, output_padding=0, **settings):
    """Leaves the remainder out, so that the shape of before does not come back."""
    return conv_transpose(x, w, b, **settings)


@_replaces(conv_transpose, "transposed")
def cropped_at_the_end(x, w, b=None, *, padding=0, **settings):
    """Cuts all of the padding off the far end, where each side must lose its own."""
    return conv_transpose(x, w, b, padding=_all_after(padding, np.ndim(x) - 2), **settings)


@_replaces(conv_transpose, "transposed")
def kernel_rotated_twice(x, w, b=None, **settings):
    """Rotates the kernel before it is laid down, though the adjoint turns it by itself."""
    return conv_transpose(x, _rotated(w), b, **settings)


# --- pooling ----------------------------------------------------------------------------------


@_replaces(max_pool, "pooling")
def zeros_win(x, kernel_size, *, padding=0, **settings):
    """Pads with zeros, which win over what is negative."""
    return max_pool(pad(x, padding), kernel_size, **settings)


@_replaces(max_pool_backward, "pooling")
def last_window_wins(dy, x, kernel_size, **settings):
    """Writes = for += where windows overlap, so that an entry keeps one window's gradient only."""
    dx = np.zeros_like(max_pool_backward(dy, x, kernel_size, **settings))
    for o in np.ndindex(np.shape(dy)):
        alone = np.zeros_like(dy)
        alone[o] = dy[o]
        there = max_pool_backward(alone, x, kernel_size, **settings)
        dx[there != 0] = there[there != 0]
    return dx


@_replaces(max_pool_backward, "pooling")
def all_maxima_paid(dy, x, kernel_size, *, stride=None, ceil_mode=False, **settings):
    """Hands the whole gradient to every entry that equals the maximum, not to the first."""
    kernel = tuple(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    settings["stride"] = kernel if stride is None else stride
    cols = im2col(x, kernel, **settings)
    windows = cols.reshape(*np.shape(x)[:2], -1, cols.shape[-1])
    paid = (windows == windows.max(axis=2, keepdims=True)) * dy.reshape(*dy.shape[:2], 1, -1)
    return col2im(paid.reshape(cols.shape), np.shape(x)[2:], kernel, **settings)


@_replaces(avg_pool, "pooling")
def padding_always_counted(x, kernel_size, *, count_include_pad=True, **settings):
    """Divides by the size of the kernel where only entries of x are to be counted."""
    return avg_pool(x, kernel_size, **settings)


@_replaces(avg_pool_backward, "pooling")
def shares_not_divided(dy, x, kernel_size, **settings):
    """Hands the whole gradient to every entry of a window, not a share of it."""
    taps = np.prod(np.broadcast_to(kernel_size, np.ndim(x) - 2))
    return taps * avg_pool_backward(dy, x, kernel_size, **settings)


# --- layers -----------------------------------------------------------------------------------


@_replaces(_less_what_statistics_carry, "layers")
def statistics_as_constants(dy, normalized):
    """Takes mean and variance for constants, though they move with x."""
    return dy


@_replaces(softmax_cross_entropy, "layers")
def loss_gradient_not_averaged(logits, labels):
    """Forgets that the loss is a mean over the examples, when it comes to its gradient."""
    loss, dlogits = softmax_cross_entropy(logits, labels)
    return loss, len(logits) * dlogits


# --- what several of them need ----------------------------------------------------------------


def _rotated(w):
    """Turn the kernel by 180 degrees: reverse every spatial axis."""
    return np.flip(w, axis=tuple(range(2, np.ndim(w))))


def _with_dx(dx, dy, x, w, settings):
    """Return the right gradients but for dx."""
    return conv_backward(dy, x, w, **settings)._replace(dx=dx)


def _all_after(padding, ndim):
    """Move all zeros behind x: the sizes stay, and windows start in x itself."""
    pairs = spatial_padding(padding, ndim)
    return tuple((0, before + after) for before, after in pairs)


def _dx_padded(dy, x, w, padding, settings):
    """Return the gradient of the padded x."""
    return conv_backward(dy, pad(x, padding), w, **settings).dx


def _spatial_pairs(x, pair):
    """Return one pair per axis of x for `np.pad`: nothing for batch and channels."""
    return [(0, 0), (0, 0)] + [pair] * (np.ndim(x) - 2)
