"""Mistakes of the gradient of x."""

import numpy as np

from convlib._arguments import common_dtype
from convlib._columns import col2im, crop, pad
from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose
from convlib._geometry import conv_geometry, geometry, spatial_padding, tap_slices
from convlib.mistakes._catalogue import also_replaces, enter, replaces
from convlib.mistakes._changes import (
    all_but_last,
    by_tap,
    conv_backward_by,
    conv_transpose_by,
    dx_padded,
    laid_out,
    last_only,
    mixed,
    of_stepped,
    rotated,
    sizes_only,
    spatial_pairs,
    transposed,
    with_dx,
)


@replaces(conv_backward, "dx")
def kernel_not_rotated(dy, x, w, **settings):
    """Gathers dx with the kernel as it stands, not rotated by 180 degrees."""
    return with_dx(conv_backward(dy, x, rotated(w), **settings).dx, dy, x, w, settings)


@replaces(conv_backward, "dx")
def kernel_half_rotated(dy, x, w, **settings):
    """Reverses only the last axis of the kernel, where a rotation reverses all of them."""
    rest = np.flip(w, axis=tuple(range(2, np.ndim(w) - 1)))
    return with_dx(conv_backward(dy, x, rest, **settings).dx, dy, x, w, settings)


@replaces(conv_backward, "dx")
def kernel_transposed(dy, x, w, **settings):
    """Reads the kernel with height and width swapped."""
    return with_dx(conv_backward(dy, x, transposed(w), **settings).dx, dy, x, w, settings)


@replaces(conv_backward, "dx")
def padding_off_by_one(dy, x, w, *, padding=0, **settings):
    """Cuts dx out of the padded gradient one place too late."""
    room = np.pad(dx_padded(dy, x, w, padding, settings), spatial_pairs(x, (0, 1)))
    starts = [before + 1 for before, _ in spatial_padding(padding, np.ndim(x) - 2)]
    cut = (slice(s, s + h) for s, h in zip(starts, np.shape(x)[2:], strict=True))
    return with_dx(room[(..., *cut)], dy, x, w, {"padding": padding, **settings})


@replaces(conv_backward, "dx")
def crop_minus_zero(dy, x, w, *, padding=0, **settings):
    """Crops with [P:-P], which is empty where P is 0."""
    pairs = spatial_padding(padding, np.ndim(x) - 2)
    cut = (slice(before, -after) for before, after in pairs)
    dx = dx_padded(dy, x, w, padding, settings)[(..., *cut)]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@replaces(conv_backward, "dx")
def remainder_dropped(dy, x, w, **settings):
    """Takes the size of dx from dy, and loses the rows that no window read."""
    right = conv_backward(dy, x, w, **settings)
    rest = conv_geometry(np.asarray(x), np.asarray(w), **sizes_only(settings))[0].remainder
    cut = (slice(0, h - r) for h, r in zip(np.shape(x)[2:], rest, strict=True))
    return right._replace(dx=right.dx[(..., *cut)])


@replaces(conv_backward, "dx")
def stride_forgotten(dy, x, w, *, stride=1, **settings):
    """Gathers dx as if the stride were 1: no zeros between the entries of dy."""
    right = conv_backward(dy, x, w, stride=stride, **settings)
    return right._replace(dx=conv_backward(laid_out(dy, x, w, settings), x, w, **settings).dx)


@replaces(conv_backward, "dx")
def first_filter_only(dy, x, w, **settings):
    """Writes the chain rule for one filter, and forgets the sum over all of them."""
    alone = np.zeros_like(dy)
    alone[:, 0] = np.asarray(dy)[:, 0]
    return with_dx(conv_backward(alone, x, w, **settings).dx, dy, x, w, settings)


@replaces(conv_backward, "dx")
def dy_padded_like_x(dy, x, w, *, stride=1, padding=0, **settings):
    """Pads dy by P and moves the rotated kernel by S: right only where S = 1 and 2P = K - 1."""
    turned = np.swapaxes(rotated(w), 0, 1)
    dx = conv(dy, turned, stride=stride, padding=padding)
    if any(have < want for have, want in zip(dx.shape, np.shape(x), strict=True)):
        raise ValueError(f"dy: too small for a dx of shape {np.shape(x)}, reaches {dx.shape}")
    dx = dx[tuple(map(slice, np.shape(x)))]
    return with_dx(dx, dy, x, w, {"stride": stride, "padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def last_filter_only(dy, x, w, **settings):
    """Writes = for += in the loop over filters, so that dx is that of the last one."""
    alone = last_only(dy, 1)
    return with_dx(conv_backward(alone, x, w, **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def dx_last_row_forgotten(dy, x, w, **settings):
    """Stops one short in the loops over windows, so that dx lacks the last row and column of dy."""
    less = all_but_last(dy)
    return with_dx(conv_backward(less, x, w, **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def dx_of_last_example(dy, x, w, **settings):
    """Makes dx anew inside the loop over examples, so that the last one is all that is left."""
    alone = last_only(dy, 0)
    return with_dx(conv_backward(alone, x, w, **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def summed_over_channels(dy, x, w, **settings):
    """Sums over the channels too, so that every channel of dx is the same."""
    right = conv_backward(dy, x, w, **settings)
    dx = right.dx.sum(axis=1, keepdims=True).repeat(np.shape(x)[1], axis=1)
    return right._replace(dx=dx)


@also_replaces(conv_backward, "dx")
def dx_dilation_ignored(dy, x, w, *, dilation=1, **settings):
    """Hands the gradient to neighbours, where the forward pass read every D-th entry."""
    right = conv_backward(dy, x, w, dilation=dilation, **settings)
    return right._replace(dx=conv_backward(laid_out(dy, x, w, settings), x, w, **settings).dx)


@also_replaces(conv_backward, "dx")
def dx_windows_transposed(dy, x, w, **settings):
    """Hands the gradient of row i and column j to the window of row j and column i."""
    return with_dx(conv_backward(transposed(dy), x, w, **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def filters_channels_mixed(dy, x, w, **settings):
    """Reshapes w to (C, F, ...), where it must swap the two axes."""
    return with_dx(conv_backward(dy, x, mixed(w), **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def dx_dy_mixed(dy, x, w, **settings):
    """Reshapes dy to (F, N, ...) to find dx, where it must swap the two axes."""
    return with_dx(conv_backward(mixed(dy), x, w, **settings).dx, dy, x, w, settings)


@also_replaces(conv_backward, "dx")
def not_cropped(dy, x, w, *, padding=0, **settings):
    """Returns the gradient of the padded x, and forgets to cut the padding off."""
    dx = dx_padded(dy, x, w, padding, settings)
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def crop_from_zero(dy, x, w, *, padding=0, **settings):
    """Keeps the first H rows of the padded gradient, where those from P on are due."""
    dx = dx_padded(dy, x, w, padding, settings)[tuple(map(slice, np.shape(x)))]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def crop_always_one(dy, x, w, *, padding=0, **settings):
    """Crops with [1:-1], whatever the padding is."""
    cut = (slice(1, -1) for _ in np.shape(x)[2:])
    dx = dx_padded(dy, x, w, padding, settings)[(..., *cut)]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def crop_to_kernel(dy, x, w, *, padding=0, **settings):
    """Crops to the size of the kernel, where the size of x is due."""
    pairs = spatial_padding(padding, np.ndim(x) - 2)
    cut = (slice(p, p + k) for (p, _), k in zip(pairs, np.shape(w)[2:], strict=True))
    dx = dx_padded(dy, x, w, padding, settings)[(..., *cut)]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


def assigned_not_added(cols, size, kernel, **settings):
    """Writes = for += when columns return to x, so that the last window wins."""
    sizes = geometry(size, kernel, **settings)
    cols = by_tap(cols, sizes)
    padded = np.zeros((*cols.shape[:2], *sizes.padded), common_dtype(cols))
    for k, places in tap_slices(sizes):
        padded[places] = cols[(slice(None), slice(None), *k)]
    return crop(padded, sizes).copy()


def window_left(cols, size, kernel, **settings):
    """Return columns to x one window over another, as loops do that write = for +=."""
    sizes = geometry(size, kernel, **settings)
    cols = by_tap(cols, sizes)
    padded = np.zeros((*cols.shape[:2], *sizes.padded), common_dtype(cols))
    # of two windows that overlap, the later one has the earlier entry of its kernel there
    for k, places in reversed(list(tap_slices(sizes))):
        padded[places] = cols[(slice(None), slice(None), *k)]
    return crop(padded, sizes).copy()


@also_replaces(conv_backward, "dx")
def dx_window_overwritten(dy, x, w, **settings):
    """Writes = for += in the loop over windows, which erases what earlier windows left."""
    return conv_backward_by(window_left)(dy, x, w, **settings)


@also_replaces(conv_backward, "dx")
def dx_all_overwritten(dy, x, w, **settings):
    """Writes = for += in the loops over filters and windows, so that the last of both is left."""
    last = last_only(dy, 1)
    dx = conv_backward_by(window_left)(last, x, w, **settings).dx
    return with_dx(dx, dy, x, w, settings)


def averaged_not_added(cols, size, kernel, **settings):
    """Divides by the number of windows, as if col2im were the inverse of im2col."""
    total, count = (col2im(c, size, kernel, **settings) for c in (cols, np.ones_like(cols)))
    return total / np.maximum(count, 1)


# columns return to x in each of these
for add in (assigned_not_added, averaged_not_added):
    by_columns = {conv_backward: conv_backward_by(add), conv_transpose: conv_transpose_by(add)}
    enter("dx", add, {col2im: add, **by_columns})


@also_replaces(conv_backward, "dx")
def dx_starts_at_x(dy, x, w, **settings):
    """Starts the sums of dx at x, where they must start at 0."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dx=right.dx + x)


@also_replaces(conv_backward, "dx")
def dx_padded_by_one(dy, x, w, *, padding=0, **settings):
    """Pads dx by 1, whatever the padding is."""
    wide = pad(x, 1)
    room = conv_backward(laid_out(dy, wide, w, settings), wide, w, **settings).dx
    dx = room[(..., *(slice(1, -1),) * (np.ndim(x) - 2))]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def dx_outputs_stepped(dy, x, w, *, stride=1, **settings):
    """Steps through dy by S, so that only every S-th part of it reaches dx."""
    return of_stepped("dx", dy, x, w, stride, settings)


@also_replaces(conv_backward, "dx")
def dx_ends_with_windows(dy, x, w, *, padding=0, **settings):
    """Lets dx end where the last window ends, though x may go on."""
    right = conv_backward(dy, x, w, padding=padding, **settings)
    settings = sizes_only(settings)
    sizes = conv_geometry(np.asarray(x), np.asarray(w), padding=padding, **settings)[0]
    edges = zip(sizes.size, sizes.remainder, sizes.padding, strict=True)
    return right._replace(dx=right.dx[(..., *(slice(h - max(0, r - p)) for h, r, (_, p) in edges))])


@also_replaces(conv_backward, "dx")
def cropped_on_one_axis(dy, x, w, *, padding=0, **settings):
    """Cuts the padding off above and below, and leaves it left and right."""
    (before, _), *_ = spatial_padding(padding, np.ndim(x) - 2)
    dx = dx_padded(dy, x, w, padding, settings)[:, :, before : before + np.shape(x)[2]]
    return with_dx(dx, dy, x, w, {"padding": padding, **settings})


@also_replaces(conv_backward, "dx")
def dx_averaged_over_batch(dy, x, w, **settings):
    """Divides dx by N, which the loss has done already where it is a mean."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dx=right.dx / len(x))
