"""Mistakes of the gradients of w and b."""

import numpy as np

from convlib._columns import pad
from convlib._conv import conv_backward
from convlib._geometry import conv_geometry
from convlib.mistakes._catalogue import also_replaces, replaces
from convlib.mistakes._changes import (
    all_after,
    all_but_last,
    laid_out,
    last_only,
    mixed,
    of_stepped,
    rotated,
    sizes_only,
    transposed,
)


@replaces(conv_backward, "dw, db")
def dw_rotated(dy, x, w, **settings):
    """Rotates dw by 180 degrees, as if the rule for dx held for it too."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=rotated(right.dw))


@replaces(conv_backward, "dw, db")
def dw_from_x_not_padded(dy, x, w, *, padding=0, **settings):
    """Collects dw from x where it must use the padded x."""
    after = all_after(padding, np.ndim(x) - 2)
    right = conv_backward(dy, x, w, padding=padding, **settings)
    return right._replace(dw=conv_backward(dy, x, w, padding=after, **settings).dw)


@replaces(conv_backward, "dw, db")
def last_example_only(dy, x, w, **settings):
    """Writes = for += in the loop over examples, so that dw is that of the last one."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(dy[-1:], x[-1:], w, **settings).dw)


@replaces(conv_backward, "dw, db")
def averaged_over_batch(dy, x, w, **settings):
    """Divides dw and db by N, which the loss has done already where it is a mean."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=right.dw / len(x), db=right.db / len(x))


@replaces(conv_backward, "dw, db")
def db_over_wrong_axes(dy, x, w, **settings):
    """Sums dy over its first axes, which is right for (N, H, W, F) and wrong for (N, F, H, W)."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.sum(dy, axis=tuple(range(np.ndim(dy) - 1))))


@also_replaces(conv_backward, "dw, db")
def dw_stride_forgotten(dy, x, w, *, stride=1, **settings):
    """Collects dw from windows one apart, where the forward pass moved by S."""
    right = conv_backward(dy, x, w, stride=stride, **settings)
    return right._replace(dw=conv_backward(laid_out(dy, x, w, settings), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_dilation_ignored(dy, x, w, *, dilation=1, **settings):
    """Collects dw from neighbours, where the forward pass read every D-th entry."""
    right = conv_backward(dy, x, w, dilation=dilation, **settings)
    return right._replace(dw=conv_backward(laid_out(dy, x, w, settings), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_steps_swapped(dy, x, w, *, stride=1, dilation=1, **settings):
    """Moves by S from one entry of the kernel to the next, where dy moves by S."""
    right = conv_backward(dy, x, w, stride=stride, dilation=dilation, **settings)
    swapped = {"stride": dilation, "dilation": stride, **settings}
    return right._replace(dw=conv_backward(laid_out(dy, x, w, swapped), x, w, **swapped).dw)


@also_replaces(conv_backward, "dw, db")
def dw_transposed(dy, x, w, **settings):
    """Returns dw with height and width swapped."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=transposed(right.dw))


@also_replaces(conv_backward, "dw, db")
def dw_windows_transposed(dy, x, w, **settings):
    """Takes the window of row j and column i for dy's row i and column j."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(transposed(dy), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_of_rotated_dy(dy, x, w, **settings):
    """Rotates dy by 180 degrees before it collects dw."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(rotated(dy), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_of_last_window(dy, x, w, **settings):
    """Writes = for += in the loop over windows, so that dw is that of the last one."""
    alone = last_only(dy, 0, *range(2, np.ndim(dy)))
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(alone, x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_last_row_forgotten(dy, x, w, **settings):
    """Stops one short in the loops over windows, so that dw lacks the last row and column of dy."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(all_but_last(dy), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_dy_mixed(dy, x, w, **settings):
    """Reshapes dy to (F, N, ...) to find dw, where it must swap the two axes."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(mixed(dy), x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_channels_last(dy, x, w, **settings):
    """Reads the rows of dw kernel entry by kernel entry, where they go channel by channel."""
    right = conv_backward(dy, x, w, **settings)
    filters, channels, *kernel = right.dw.shape
    read = right.dw.reshape(filters, *kernel, channels)
    return right._replace(dw=np.moveaxis(read, -1, 1))


@also_replaces(conv_backward, "dw, db")
def dw_averaged_over_windows(dy, x, w, **settings):
    """Takes the mean over the windows of dw's products, where their sum is due."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=right.dw / np.prod(np.shape(dy)[2:]))


@also_replaces(conv_backward, "dw, db")
def db_averaged(dy, x, w, **settings):
    """Takes the mean of dy for db, where its sum is due."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.mean(dy, axis=(0, *range(2, np.ndim(dy)))))


@also_replaces(conv_backward, "dw, db")
def db_of_last_example(dy, x, w, **settings):
    """Writes = for += in the loop over examples, so that db is that of the last one."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=conv_backward(dy[-1:], x[-1:], w, **settings).db)


@also_replaces(conv_backward, "dw, db")
def db_of_last_window(dy, x, w, **settings):
    """Writes = for += in the loop over windows, so that db is the last entry of dy."""
    right = conv_backward(dy, x, w, **settings)
    alone = last_only(dy, 0, *range(2, np.ndim(dy)))
    return right._replace(db=conv_backward(alone, x, w, **settings).db)


@also_replaces(conv_backward, "dw, db")
def db_last_row_forgotten(dy, x, w, **settings):
    """Stops one short in the loops over windows, so that db lacks the last row and column of dy."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=conv_backward(all_but_last(dy), x, w, **settings).db)


@also_replaces(conv_backward, "dw, db")
def db_per_example(dy, x, w, **settings):
    """Sums dy over its places only, so that db has a row for each example."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.sum(dy, axis=tuple(range(2, np.ndim(dy)))))


@also_replaces(conv_backward, "dw, db")
def db_over_filters_too(dy, x, w, **settings):
    """Sums dy over everything, so that every filter has the same db."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.full_like(right.db, np.sum(dy)))


@also_replaces(conv_backward, "dw, db")
def dw_starts_at_w(dy, x, w, **settings):
    """Starts the sums of dw at w, where they must start at 0."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=right.dw + w)


@also_replaces(conv_backward, "dw, db")
def dw_padded_by_one(dy, x, w, *, padding=0, **settings):
    """Collects dw from x padded by 1, whatever the padding is."""
    right, wide = conv_backward(dy, x, w, padding=padding, **settings), pad(x, 1)
    dw = conv_backward(laid_out(dy, wide, w, settings), wide, w, **settings).dw
    return right._replace(dw=dw)


@also_replaces(conv_backward, "dw, db")
def dw_outputs_stepped(dy, x, w, *, stride=1, **settings):
    """Steps through dy by S, so that only every S-th part of it reaches dw."""
    return of_stepped("dw", dy, x, w, stride, settings)


@also_replaces(conv_backward, "dw, db")
def db_outputs_stepped(dy, x, w, *, stride=1, **settings):
    """Steps through dy by S, so that only every S-th part of it reaches db."""
    return of_stepped("db", dy, x, w, stride, settings)


@also_replaces(conv_backward, "dw, db")
def dw_height_for_width(dy, x, w, **settings):
    """Counts the columns of dy by its rows, so that dw lacks those beyond the last row's number."""
    right = conv_backward(dy, x, w, **settings)
    counted, inside = np.zeros_like(dy), (..., slice(np.shape(dy)[2]))
    counted[inside] = np.asarray(dy)[inside]
    return right._replace(dw=conv_backward(counted, x, w, **settings).dw)


@also_replaces(conv_backward, "dw, db")
def dw_not_cut(dy, x, w, **settings):
    """Keeps the places of dw that only the remainder makes, so that it is larger than w."""
    right = conv_backward(dy, x, w, **settings)
    sizes, _ = conv_geometry(np.asarray(x), np.asarray(w), **sizes_only(settings))
    more = (r // d for r, d in zip(sizes.remainder, sizes.dilation, strict=True))
    wide = pad(w, tuple((0, m) for m in more))
    return right._replace(dw=conv_backward(dy, x, wide, **settings).dw)
