"""Mistakes of the forward pass."""

import numpy as np

from convlib._conv import conv
from convlib.mistakes._catalogue import replaces
from convlib.mistakes._changes import all_after, rotated


@replaces(conv, "forward")
def forward_flipped(x, w, b=None, **settings):
    """Flips the kernel in the forward pass, as the convolution of mathematics does."""
    return conv(x, rotated(w), b, **settings)


@replaces(conv, "forward")
def x_not_padded(x, w, b=None, *, padding=0, **settings):
    """Reads x where it must read the padded x, so that every window sits P too far on."""
    return conv(x, w, b, padding=all_after(padding, np.ndim(x) - 2), **settings)


@replaces(conv, "forward")
def bias_forgotten(x, w, b=None, **settings):
    """Leaves the bias out."""
    return conv(x, w, None, **settings)


@replaces(conv, "forward")
def bias_per_channel(x, w, b=None, **settings):
    """Adds the bias to each channel's product, so that it counts C times."""
    return conv(x, w, None if b is None else np.shape(w)[1] * np.asarray(b), **settings)


@replaces(conv, "forward")
def reshape_without_transpose(x, w, b=None, **settings):
    """Reshapes (F, N, ...) into (N, F, ...), where it must swap the two axes."""
    y = conv(x, w, b, **settings)
    return y.swapaxes(0, 1).reshape(y.shape)


@replaces(conv, "forward")
def groups_interleaved(x, w, b=None, *, groups=1, **settings):
    """Takes every G-th channel for a group, where a group is a block of neighbours."""
    order = np.arange(np.shape(x)[1]).reshape(-1, groups).T.ravel()
    return conv(np.asarray(x)[:, order], w, b, groups=groups, **settings)
