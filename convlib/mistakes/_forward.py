"""Mistakes of the forward pass."""

import numpy as np

from convlib._columns import pad, pad_by
from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose
from convlib._geometry import spatial_padding
from convlib.mistakes._catalogue import also_replaces, enter, replaces
from convlib.mistakes._changes import (
    all_after,
    all_but_last,
    last_only,
    rotated,
    stepped,
    transposed,
    zeros_around,
)


@replaces(conv, "forward")
def forward_flipped(x, w, b=None, **settings):
    """Flips the kernel in the forward pass, as the convolution of mathematics does."""
    return conv(x, rotated(w), b, **settings)


@replaces(conv, "forward")
def x_not_padded(x, w, b=None, *, padding=0, **settings):
    """Reads x where it must read the padded x, so that every window sits P too far on."""
    return conv(x, w, b, padding=all_after(padding, np.ndim(x) - 2), **settings)


def bias_forgotten(convolve):
    """Leaves the bias out."""
    return lambda x, w, b=None, **settings: convolve(x, w, None, **settings)


enter("forward", bias_forgotten, {f: bias_forgotten(f) for f in (conv, conv_transpose)})


@replaces(conv, "forward")
def bias_per_channel(x, w, b=None, **settings):
    """Adds the bias to each channel's product, so that it counts C times."""
    return conv(x, w, None if b is None else np.shape(w)[1] * np.asarray(b), **settings)


@replaces(conv, "forward")
def reshape_without_transpose(x, w, b=None, **settings):
    """Reshapes (F, N, ...) into (N, F, ...), where it must swap the two axes."""
    y = conv(x, w, b, **settings)
    return y.swapaxes(0, 1).reshape(y.shape)


@also_replaces(conv, "forward")
def examples_last_reshaped(x, w, b=None, **settings):
    """Reshapes (F, ..., N) into (N, F, ...), where it must move the last axis to the front."""
    y = conv(x, w, b, **settings)
    return np.moveaxis(y, 0, -1).reshape(y.shape)


@replaces(conv, "forward")
def groups_interleaved(x, w, b=None, *, groups=1, **settings):
    """Takes every G-th channel for a group, where a group is a block of neighbours."""
    order = np.arange(np.shape(x)[1]).reshape(-1, groups).T.ravel()
    return conv(np.asarray(x)[:, order], w, b, groups=groups, **settings)


@also_replaces(conv, "forward")
def windows_one_apart(x, w, b=None, *, stride=1, **settings):
    """Moves the window by 1, where it must move by S."""
    shape = conv(x, w, b, stride=stride, **settings).shape
    return conv(x, w, b, **settings)[tuple(map(slice, shape))].copy()


@also_replaces(conv, "forward")
def dilation_ignored(x, w, b=None, *, dilation=1, **settings):
    """Reads neighbours under the kernel, where it must read every D-th entry."""
    shape = conv(x, w, b, dilation=dilation, **settings).shape
    return conv(x, w, b, **settings)[tuple(map(slice, shape))].copy()


@also_replaces(conv, "forward")
def last_channel_only(x, w, b=None, **settings):
    """Writes = for += in the loop over channels, so that the last one is all that is left."""
    return conv(x, last_only(w, 1), b, **settings)


@also_replaces(conv, "forward")
def output_transposed(x, w, b=None, **settings):
    """Swaps rows and columns, and writes the window of row i and column j at column i and row j."""
    return transposed(conv(x, w, b, **settings))


@also_replaces(conv, "forward")
def output_sizes_swapped(x, w, b=None, **settings):
    """Unpacks the shape of x as N, C, W, H, and stops where windows are missing for such a y."""
    y, wanted = conv(x, w, b, **settings), conv(np.swapaxes(x, 2, -1), w, **settings).shape
    if y.shape != wanted:
        raise ValueError(f"x: no windows for a y of {wanted[2:]}, only for {y.shape[2:]}")
    return y


@also_replaces(conv, "forward")
def weights_transposed(x, w, b=None, **settings):
    """Reads each filter with height and width swapped."""
    return conv(x, transposed(w), b, **settings)


@also_replaces(conv, "forward")
def edge_values_padded(x, w, b=None, *, padding=0, **settings):
    """Pads with what stands at the border of x, where zeros are due."""
    pairs = zeros_around(x, w, padding, settings)
    return conv(np.pad(x, ((0, 0), (0, 0), *pairs), mode="edge"), w, b, **settings)


@also_replaces(conv, "forward")
def padded_with_ones(x, w, b=None, *, padding=0, **settings):
    """Pads with ones, where zeros are due."""
    pairs = zeros_around(x, w, padding, settings)
    return conv(pad_by(np.asarray(x), pairs, 1), w, b, **settings)


@also_replaces(conv, "forward")
def first_axis_padded_only(x, w, b=None, *, padding=0, **settings):
    """Pads above and below, and forgets left and right."""
    first, *rest = spatial_padding(padding, np.ndim(x) - 2)
    return conv(x, w, b, padding=(first, *((0, 0) for _ in rest)), **settings)


@also_replaces(conv, "forward")
def bias_along_width(x, w, b=None, **settings):
    """Adds b as it is, so that it runs along the last axis and not along the filters."""
    y = conv(x, w, **settings)
    return y if b is None else y + np.asarray(b)


@also_replaces(conv, "forward")
def bias_per_term(x, w, b=None, **settings):
    """Adds the bias inside the sum over the window, so that it counts once a term."""
    return conv(x, w, None if b is None else np.prod(np.shape(w)[1:]) * np.asarray(b), **settings)


@also_replaces(conv, "forward")
def window_averaged(x, w, b=None, **settings):
    """Takes the mean of the products of a window, where their sum is due."""
    return conv(x, np.divide(w, np.prod(np.shape(w)[1:])), b, **settings)


@also_replaces(conv, "forward")
def first_group_read_by_all(x, w, b=None, *, groups=1, **settings):
    """Lets the filters of every group read the channels of the first one."""
    first = np.arange(np.shape(x)[1]) % np.shape(w)[1]
    return conv(np.asarray(x)[:, first], w, b, groups=groups, **settings)


@also_replaces(conv, "forward")
def weights_channels_last(x, w, b=None, **settings):
    """Reads w kernel entry by kernel entry, where the columns go channel by channel."""
    return conv(x, np.moveaxis(w, 1, -1).reshape(np.shape(w)), b, **settings)


@also_replaces(conv, "forward")
def last_row_forgotten(x, w, b=None, **settings):
    """Stops one short in the loops over windows, so that the last row and column of y stay 0."""
    return all_but_last(conv(x, w, b, **settings))


@also_replaces(conv, "forward")
def padded_by_one(x, w, b=None, *, padding=0, **settings):
    """Pads x by 1, whatever the padding is."""
    want = conv(x, w, b, padding=padding, **settings).shape
    y = conv(pad(x, 1), w, b, **settings)
    if any(n < m for n, m in zip(y.shape, want, strict=True)):
        raise ValueError(f"x: too small for a y of shape {want}, reaches {y.shape}")
    return y[tuple(map(slice, want))].copy()


@also_replaces(conv, "forward")
def outputs_stepped(x, w, b=None, *, stride=1, **settings):
    """Steps through the outputs by S, so that only every S-th part of y is written."""
    return stepped(conv(x, w, b, stride=stride, **settings), stride)


def kernel_taken_as_square(x, w, b=None, **settings):
    """Takes the kernel for a square, and stops where it is none."""
    return conv(x, square(w), b, **settings)


def gradient_of_squares(dy, x, w, **settings):
    """Do the same in the backward pass."""
    return conv_backward(dy, x, square(w), **settings)


def square(w):
    """Return w, or stop where its kernel is no square."""
    if len({*np.shape(w)[2:]}) > 1:
        raise ValueError(f"w: expected a square kernel, got {np.shape(w)[2:]}")
    return w


squares = {conv: kernel_taken_as_square, conv_backward: gradient_of_squares}
enter("forward", kernel_taken_as_square, squares, jury=False)
