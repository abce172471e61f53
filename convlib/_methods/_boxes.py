"""Boxes of tiles and blocks of filters: how `winograd` cuts its work, so that memory stays small.

A box is tiles of some examples, with what they read in planes, and is computed as a whole. If it is
small, its planes stay in the cache; if it is large, weights are read fewer times.
"""

import itertools
import math

from convlib._methods._chunks import cut

PART, DW_PART, WIDE_PART = 2**20, 2**22, 2**24
"""Bytes of planes at a time: in a cache; enough for a long sum; where weights are most of it."""

AT_ONCE, LANES, FILTERS = 10**6, 16, 64
"""Products that BLAS computes without a copy of its factors; filters at a time: a multiple of the
first in y and dx, where they are what a register holds; as many as the second in dw."""

ROW = 512
"""Entries of a pixel, of all channels and examples of a box, from which on a transform is no faster
with more; more examples are taken only if their whole images fit."""

WEIGHTS, DW_WEIGHTS = 2**20, 2**21
"""Bytes of weights, and of sums for dw, at a time, where they are most of it."""


def plan(batch, channels, filters, output, axes, sums=False):
    """Cut the work into boxes of tiles and blocks of filters, so that memory stays small."""
    tiles = [-(-size // len(axis.at)) for size, axis in zip(output, axes, strict=True)]
    number = batch * math.prod(tiles)
    entries = math.prod(len(axis.bt) for axis in axes) * axes[0].bt.itemsize
    wide, weights = max(channels, filters) * entries, channels * filters
    if weights <= number * max(channels, filters) and weights * entries <= WIDE_PART:
        block = min(filters, FILTERS) if sums else filters
        uncopied = AT_ONCE // (block * channels) * wide
        if not sums:  # where weights are copied for each part, they should not be most of it
            part = min(4 * PART, weights * entries // 2)
            part = max(PART, part if uncopied < PART else min(2 * PART, uncopied))
        elif channels > 2 * FILTERS:  # it would be added up too often for what is gained
            block, part = filters, max(DW_PART, min(2 * DW_PART, weights * entries))
        else:
            part = min(DW_PART, uncopied)
    else:
        block = max(1, (DW_WEIGHTS if sums else WEIGHTS) // (channels * entries))
        part = 3 * WIDE_PART // 4 if sums else WIDE_PART  # of x and of dy at once, or of one
        most = AT_ONCE // (max(1, min(number, part // wide)) * channels)
        if sums:
            block = max(1, min(block, most))
        else:
            block = LANES * max(1, min(round(block / LANES), most // LANES))
    boxes = _boxes(batch, tiles, wide, part, max(1, ROW // max(channels, filters)))
    return boxes, cut(filters, block, 1 if sums else LANES)


def _boxes(batch, tiles, bytes_each, limit, examples):
    """Cut examples and tiles into boxes: slices of the batch, and of the tiles along each axis.

    A box takes `bytes_each` for each tile of an example, and no more than `limit` in all if it can.
    It has no more than so many `examples`, unless it is whole images that fit: with more rows of
    tiles instead, fewer pixels are read twice. If that is not one box, there is an even number if
    fewer examples or rows make it so.

    Examples
    --------
    >>> _boxes(2, (3, 2), 10, 90, examples=2)  # 4 tiles of 10 bytes for a row in both examples
    [(slice(0, 2, None), slice(0, 2, None), slice(0, 2, None)),
     (slice(0, 2, None), slice(2, 3, None), slice(0, 2, None))]
    """
    whole_images = limit // max(1, math.prod(tiles) * bytes_each)
    examples, rows = max(1, min(batch, max(examples, whole_images))), tiles[0]

    def steps(examples, rows):
        counts = [examples, rows, *tiles[1:]]
        for axis in (1, 0, *range(2, len(counts))):  # rows of tiles first, then examples
            rest = math.prod(counts[:axis] + counts[axis + 1 :]) * bytes_each
            counts[axis] = max(1, min(counts[axis], limit // rest))
        return list(zip((batch, *tiles), counts, strict=True))

    whole, halved = steps(examples, rows), steps(-(-examples // 2), rows)
    for cuts in (whole, halved):  # into equal boxes
        if _even(math.prod(-(-length // step) for length, step in cuts)):
            return _product(cuts)
    found = _product(whole)  # where a slice more may make them even
    if not _even(len(found)):
        fewer_rows = _product(steps(examples, -(-rows // 2)))
        found = fewer_rows if _even(len(fewer_rows)) else found
    return found


def _product(cuts):
    """Return the boxes of all slices of (length, step) along each axis."""
    return list(itertools.product(*(cut(*axis) for axis in cuts)))


def _even(number):
    """Say whether so many boxes give two workers as much to do, or are for one alone."""
    return number == 1 or number % 2 == 0
