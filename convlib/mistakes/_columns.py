"""Mistakes about columns: their layout, and the way back from them."""

import numpy as np

from convlib._columns import im2col
from convlib._geometry import geometry
from convlib.mistakes._catalogue import also_replaces, replaces


@replaces(im2col, "columns")
def channels_last(x, kernel, **settings):
    """Writes the columns kernel entry by kernel entry, where w's rows go channel by channel."""
    cols = im2col(x, kernel, **settings)
    by_channel = cols.reshape(len(cols), np.shape(x)[1], -1, cols.shape[-1])
    return by_channel.swapaxes(1, 2).reshape(cols.shape)


@also_replaces(im2col, "columns")
def columns_one_apart(x, kernel, *, stride=1, **settings):
    """Writes the windows at neighbouring places, where the next one starts S further on."""
    count = im2col(x, kernel, stride=stride, **settings).shape[-1]
    return im2col(x, kernel, **settings)[..., :count].copy()


@also_replaces(im2col, "columns")
def columns_side_by_side(x, kernel, **settings):
    """Writes the columns down the columns of y, where they go along its rows."""
    sizes = geometry(np.shape(x)[2:], kernel, **settings)
    cols = im2col(x, kernel, **settings)
    by_place = cols.reshape(*cols.shape[:2], *sizes.output)
    return by_place.swapaxes(2, -1).reshape(cols.shape)
