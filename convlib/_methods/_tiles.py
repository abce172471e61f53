"""Tiles of an image, moved by one small matrix along each axis: what `winograd` works with.

An array of *pixels* has its spatial axes first, and the examples and channels last, side by side:
(*size, N·C + GAP). There, tiles that overlap are a strided view, and a small matrix goes through
all of them as a plain matrix product. The last axis is written straight to *planes*, (entries of a
tile, tiles · N, C), one plane for each place within a tile. Nothing is gathered or scattered.
"""

import itertools
import math

import numpy as np

from convlib._matmul import product
from convlib._methods._chunks import cut

GAP = 16
"""Entries between pixels and between planes: a power of two apart, they would fight for cache."""

STRIP = 256
"""Pixels are turned this many at a time: the cache lines that are read meanwhile stay there."""


def pixels(x, starts, counts, dtype):
    """Copy a box of x, (N, C, *size), that may reach beyond x into zeros, to (*counts, N·C + GAP).

    Examples
    --------
    >>> pixels(np.array([[[1, 2]], [[3, 4]]]), (-1,), (4,), float)[:, :2]
    array([[0., 0.],
           [1., 3.],
           [2., 4.],
           [0., 0.]])
    """
    number = math.prod(x.shape[:2])
    out = _with_gap(counts, number, dtype)
    ends = [start + count for start, count in zip(starts, counts, strict=True)]
    axes = zip(x.shape[2:], starts, ends, strict=True)
    read = [slice(max(start, 0), min(end, h)) for h, start, end in axes]
    write = [slice(r.start - start, r.stop - start) for r, start in zip(read, starts, strict=True)]
    if [r.stop - r.start for r in read] != list(counts):
        out[...] = 0
    part = x[(slice(None), slice(None), *read)]
    part = part.reshape(number, *part.shape[2:])
    for start in range(0, number, STRIP):
        strip = slice(start, min(start + STRIP, number))
        images = part[strip] if part.strides[0] % 1024 else _apart(part[strip])
        out[(*write, strip)] = images.transpose(*range(1, images.ndim), 0)
    return out


def to_planes(a, matrices, steps, out):
    """Cut pixels into tiles that start at multiples of `steps`; multiply these along each axis.

    `out` is a view of planes as `by_tile` returns it, or of some examples there, for matrices of
    shapes (t, n), one per axis.
    """
    *sizes, pitch = a.shape
    tiled = []  # tiles along an axis and entries of a tile, for each axis that is done
    for size, matrix, step in zip(sizes[:-1], matrices[:-1], steps[:-1], strict=True):
        a = product(matrix, _overlapping(a.reshape(math.prod(tiled), size, -1), step, matrix))
        tiled += a.shape[1:3]
    matrix = matrices[-1]
    view = _overlapping(a.reshape(*tiled, sizes[-1], pitch), steps[-1], matrix)
    product(matrix, view[..., :-GAP], out=out)


def from_planes(planes, matrices, tiles):
    """Multiply planes by a matrix (m, t) along each axis, and put the tiles side by side.

    Returns
    -------
    ndarray, shape (m · tiles along each axis, N·C + GAP)
    """
    entries = [matrix.shape[1] for matrix in matrices]
    view = by_tile(planes, tiles, entries)
    number = view.shape[-1]
    matrix = matrices[-1]
    a = _with_gap((*view.shape[:-2], len(matrix)), number, planes.dtype)
    product(matrix, view, out=a[..., :number])
    row = tiles[-1] * len(matrix) * (number + GAP)
    for axis in range(len(tiles) - 2, -1, -1):
        matrix = matrices[axis]
        a = product(matrix, a.reshape(-1, matrix.shape[1], row))
        row *= tiles[axis] * len(matrix)
    return a.reshape(*(t * len(m) for t, m in zip(tiles, matrices, strict=True)), -1)


def new_planes(number, rows, columns, dtype):
    """Return an empty array of planes, (rows, columns) each, a gap apart."""
    lot = np.empty((number, rows * columns + 3 * GAP), dtype)
    return lot[:, : rows * columns].reshape(number, rows, columns)


def boxes(batch, tiles, bytes_each, limit, examples):
    """Cut examples and tiles into boxes: slices of the batch, and of the tiles along each axis.

    A box takes `bytes_each` for each tile of an example, and no more than `limit` in all if it can.
    It has no more than so many `examples`, unless it is whole images that fit: with more rows of
    tiles instead, fewer pixels are read twice. If that is not one box, there is an even number if
    fewer examples or rows make it so.

    Examples
    --------
    >>> boxes(2, (3, 2), 10, 90, examples=2)  # 4 tiles of 10 bytes for a row in both examples
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


def _with_gap(shape, number, dtype):
    """Return an empty array of pixels; the gap is zero, since products run over it."""
    out = np.empty((*shape, number + GAP), dtype)
    out[..., number:] = 0
    return out


def _apart(part):
    """Copy images to where they do not start a power of two apart."""
    lot = np.empty((len(part), math.prod(part.shape[1:]) + GAP), part.dtype)
    moved = lot[:, :-GAP].reshape(part.shape)
    moved[...] = part
    return moved


def _overlapping(a, step, matrix):
    """View the axis before the last, (..., size, rest), as tiles: (..., tiles, n, rest)."""
    *lead, size, rest = a.shape
    *far, row, near = a.strides
    n = matrix.shape[1]
    shape, strides = (*lead, (size - n) // step + 1, n, rest), (*far, step * row, row, near)
    return np.ndarray(shape, a.dtype, a, 0, strides)  # unlike `as_strided`, this checks the bounds


def by_tile(planes, tiles, entries):
    """View planes (∏entries, ∏tiles · N, C) as (tiles, entries, ..., N·C), axis after axis."""
    row = planes[0].size // math.prod(tiles) * planes.itemsize
    shape, strides = [planes[0].size // math.prod(tiles)], [planes.itemsize]
    between = planes.strides[0]
    for count, t in zip(tiles[::-1], entries[::-1], strict=True):
        shape[:0], strides[:0] = [count, t], [row, between]
        row, between = row * count, between * t
    return np.ndarray(shape, planes.dtype, planes.base, 0, strides)
