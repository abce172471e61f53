"""Tiles of an image, moved by one small matrix along each axis: what `winograd` works with.

An array of *pixels* has its spatial axes first, and the examples and channels last, side by side:
(*size, N·C), and a gap. There, tiles that overlap are a strided view, and a small matrix goes
through all of them as a plain matrix product. The last axis is written straight to *planes*,
(entries of a tile, tiles · N, C), one plane for each place within a tile. Nothing is gathered or
scattered.
"""

import math

import numpy as np

from convlib._matmul import product

GAP, ALIKE = 16, 64
"""Entries between planes, and between pixels of a multiple of so many: a power of two apart, they
would fight for cache."""

STRIP = 256
"""Pixels are turned this many at a time: the cache lines that are read meanwhile stay there."""


def pixels(x, starts, counts, dtype):
    """Copy a box of x, (N, C, *size), that may reach beyond x into zeros, to (*counts, N·C + gap).

    Examples
    --------
    >>> pixels(np.array([[[1, 2]], [[3, 4]]]), (-1,), (4,), float)
    array([[0., 0.],
           [1., 3.],
           [2., 4.],
           [0., 0.]])
    """
    number = math.prod(x.shape[:2])
    out = _with_gap(counts, number, dtype)
    read, write = [], []
    for size, start, count in zip(x.shape[2:], starts, counts, strict=True):
        first, end = max(start, 0), min(start + count, size)
        read.append(slice(first, end))
        write.append(slice(first - start, end - start))
    part = x[(slice(None), slice(None), *read)]
    if part.shape[2:] != (*counts,):
        out[...] = 0
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
    product(matrix, view[..., : out.shape[-1]], out=out)


def from_planes(planes, matrices, tiles):
    """Multiply planes by a matrix (m, t) along each axis, and put the tiles side by side.

    Returns
    -------
    ndarray, shape (m · tiles along each axis, N·C + gap)
    """
    entries = [matrix.shape[1] for matrix in matrices]
    view = by_tile(planes, tiles, entries)
    number = view.shape[-1]
    matrix = matrices[-1]
    a = _with_gap((*view.shape[:-2], len(matrix)), number, planes.dtype)
    product(matrix, view, out=a[..., :number])
    row = tiles[-1] * len(matrix) * a.shape[-1]
    for axis in range(len(tiles) - 2, -1, -1):
        matrix = matrices[axis]
        a = product(matrix, a.reshape(-1, matrix.shape[1], row))
        row *= tiles[axis] * len(matrix)
    return a.reshape(*(t * len(m) for t, m in zip(tiles, matrices, strict=True)), -1)


def new_planes(number, rows, columns, dtype):
    """Return an empty array of planes, (rows, columns) each, a gap apart."""
    lot = np.empty((number, rows * columns + 3 * GAP), dtype)
    return lot[:, : rows * columns].reshape(number, rows, columns)


def _with_gap(shape, number, dtype):
    """Return an empty array of pixels; the gap is zero, since products run over it."""
    if number % ALIKE:
        return np.empty((*shape, number), dtype)
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
