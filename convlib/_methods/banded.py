"""By banded matrices, for one filter per channel: few products, none of them thin.

With one filter per channel, im2col copies each entry of x K² times and multiplies the copies by a
single row of weights. Here several rows of y are computed at once. Take one channel and one column
kw of its kernel, and write the K weights of this column, w0 = w[0, kw] and so on, along the
diagonals of a matrix:

    T_kw = [ w0 w1 w2  .  .  . ]
           [  . w0 w1 w2  .  . ]     4 rows of y from the 6 rows of x that they read
           [  .  . w0 w1 w2  . ]
           [  .  .  . w0 w1 w2 ]

Row o of T_kw holds w[kh, kw] in column S·o + D·kh: the rule i = S·o + D·k along the first axis.
With x shifted by kw along its rows, T_kw @ x is the share of column kw in these rows of y, and
their sum y = Σ_kw T_kw @ shifted_kw(x) is one product:

    y = [T_0 T_1 T_2] @ [shifted_0(x); shifted_1(x); shifted_2(x)]

So x is copied K times, not K² times. Half of the terms are products with a zero, and cost less
than the copies. The rows of all examples stand side by side, (C, rows, taps, N · columns), so that
the right factor is wide, and the blocks of rows, which overlap, are views of it. First x gets its
zeros around it; then shifting all rows is to read a long row from another place on. The last
columns of each example, where that runs into the next one, count for nothing.

Backward, in dx, S·o + D·k - P = i is read for o. Entries of dx that are S apart read dy with the
same kernel entries, at a stride of 1. So along all axes but the first, each such phase of dx is
computed as y is; along the first one, the rows of all phases are in one band. And as dx is T @
shifted(dy), the sum of x dx, which is that of y dy, has the gradient dT = x @ shifted(dy)ᵀ, and dw
adds up the diagonals of dT. So dx and dw together shift dy once.

All axes but the first are shifted by all their taps. An input with one axis gets another in front.
"""

import functools
import itertools
import math
import operator
import threading

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convlib._geometry import Geometry, geometry, uses_every_place
from convlib._matmul import product
from convlib._methods import _chunks
from convlib._methods._bands import ROWS, bands_of_dx, bands_of_y
from convlib._methods._workers import in_order
from convlib._sums import total

CHUNK_BYTES = 2**22
"""What may be shifted at a time: channels, examples and blocks of rows; at least one of each."""

MOST_BYTES = 2**25
"""What one of each may take where this method is chosen."""


def supports(channels, filters, sizes, groups):
    """Say whether every channel has one filter of its own, and there are several of them."""
    return 1 < groups == channels == filters


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether this takes less time than the slices and the columns do, as was measured.

    It saves copies where windows overlap along the first axis, and there must be enough to do. dx
    gains more than other tasks: to add columns back takes longer than to copy them.
    """
    taps, overlap = math.prod(sizes.kernel), sizes.kernel[0] / sizes.stride[0]
    shifted = math.prod(sizes.kernel[1:]) * math.prod(sizes.output[1:]) * dtype.itemsize
    if shifted * (ROWS * sizes.stride[0] + sizes.extent[0]) > MOST_BYTES:
        return False
    if overlap <= 1 or sizes.output[0] < ROWS:
        return False
    terms = batch * channels * math.prod(sizes.output) * taps
    enough = 2**17 if overlap >= 2 else 2**20
    if task == "input_gradient":
        return terms >= (2 * enough if len(sizes.size) == 1 else enough // 2)
    width = batch * math.prod(sizes.output[1:])
    return terms >= enough and width * taps >= 500 and math.prod(sizes.kernel[1:]) > 1


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, C, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    sizes, x, w, target = _with_two_axes(sizes, x, w, y)
    _slide(x, bands_of_y(sizes), dtype, w, target, b)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    sizes, dy, w, target = _with_two_axes(sizes, dy, w, dx)
    for bands, at in _phases(sizes):
        _slide(dy, bands, dtype, w, target[at])
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (C, 1, *kernel)."""
    dw = np.zeros((dy.shape[1], 1, *sizes.kernel))
    sizes, dy, x, sums = _with_two_axes(sizes, dy, x, dw)
    _slide(x, bands_of_y(sizes), dtype, other=dy, sums=sums)
    return _checked(dw, dtype)


def gradients(dy, x, w, sizes, groups, dtype):
    """Return dx and dw: for both, dy is shifted once."""
    if not uses_every_place(sizes):
        _chunks.check(dy)  # or entries whose windows read no x would count for nothing in dw
    dx, dw = np.empty(x.shape, dtype), np.zeros((dy.shape[1], 1, *sizes.kernel))
    sizes, dy, x, w, target, sums = _with_two_axes(sizes, dy, x, w, dx, dw)
    for bands, at in _phases(sizes):
        _slide(dy, bands, dtype, w, target[at], other=x[at], sums=sums)
    return dx, _checked(dw, dtype)


def _phases(sizes):
    """Yield the bands of each phase of dx, and the index of its entries."""
    for phase in itertools.product(*map(range, sizes.stride[1:])):
        steps = (slice(q, None, s) for q, s in zip(phase, sizes.stride[1:], strict=True))
        yield bands_of_dx(sizes, phase), (..., slice(None), *steps)


def _checked(dw, dtype):
    """Return dw in its dtype, if all of it is finite."""
    dw = dw.astype(dtype)
    _chunks.check(dw)
    return dw


def _with_two_axes(sizes, *arrays):
    """Put an axis of length 1 before a single one: return the sizes and views of the arrays."""
    if len(sizes.size) > 1:
        return sizes, *arrays
    sizes = Geometry(*map(operator.add, geometry(1, 1), sizes))
    return sizes, *(None if a is None else a[:, :, np.newaxis] for a in arrays)


def _slide(source, bands, dtype, w=None, target=None, b=None, other=None, sums=None):
    """Fill the target with the products of the banded matrices and the shifted source, plus b.

    If there is another array, of the shape of the target, add its products with the same source to
    the sums for dw.
    """
    if bands is None:  # no window reads it
        if target is not None:
            target[...] = 0
        return
    matrices = None if target is None else bands.matrices(w, dtype)
    source, target, other = (
        None if a is None else np.moveaxis(a, 0, 2)  # (N, C, rows, ...) as (C, rows, N, ...)
        for a in (source, target, other)
    )
    pieces, read = _pieces(bands, source, (other if target is None else target).shape, dtype)

    def work(piece):
        room, (c, rows, _) = read(piece), piece
        count = rows.stop - rows.start
        if target is not None:
            product(matrices[c], room.bands, out=room.rows)
            _chunks.check(room.rows)
            if b is not None:
                room.rows += b[c, np.newaxis, np.newaxis, np.newaxis]
            target[piece] = room.part[:, :count]
        if other is None:
            return None
        factor, part = room.with_zeros
        part[:, :count] = other[piece]
        return c, total(product(factor, room.bands.swapaxes(-1, -2)), (1,), np.float64)

    for found in in_order(work, pieces):
        if found:
            bands.add_diagonals(found[1], sums[found[0]])


def _pieces(bands, source, shape, dtype):
    """List pieces of an array of this shape, and return what reads the source for a piece.

    Both have the axes (C, rows, N, ...). A room holds until the thread reads the next piece.
    """
    mine, blocks = threading.local(), -(-shape[1] // bands.m)
    places = len(bands.taps) * bands.step + bands.m
    bytes_each = places * math.prod(bands.columns) * dtype.itemsize
    of_block, of_rows = CHUNK_BYTES // max(1, bytes_each), max(1, bytes_each * blocks)
    rows = _chunks.cut(shape[1], of_block * bands.m, bands.m)
    examples = _chunks.cut(shape[2], CHUNK_BYTES // of_rows)
    channels = _chunks.cut(shape[0], CHUNK_BYTES // (of_rows * max(1, shape[2])))

    def read(piece):
        wanted = [part.stop - part.start for part in piece]
        if getattr(mine, "wanted", None) != wanted:
            mine.room, mine.wanted = None, wanted
            mine.room = Room(bands, *wanted, dtype)
        mine.room.read(source, piece)
        return mine.room

    return itertools.product(channels, rows, examples), read


class Room:
    """Memory for pieces of one size, and views of it.

    Attributes
    ----------
    bands : ndarray, shape (C, blocks, rows · taps, N · columns)
        What all taps read, in blocks of rows, which overlap.
    rows : ndarray, shape (C, blocks, m, N · columns)
        The rows of a piece.
    part : ndarray, shape (C, blocks · m, N, *count)
        The same, without the columns that count for nothing.
    with_zeros : (ndarray, ndarray)
        Such rows, and such a part of them; all else is 0.
    """

    def __init__(self, of, channels, rows, batch, dtype):
        self.of, blocks, width = of, -(-rows // of.m), batch * math.prod(of.columns)
        self.shape = channels, blocks, of.m, batch
        self.rows, self.part = self._rows(np.empty, dtype)
        self.high, done = (blocks - 1) * of.step + of.height, 0
        shifted = np.empty((channels, self.high, len(of.taps), width), dtype)
        of_channel, of_row, *rest = shifted.strides
        self.bands = as_strided(
            shifted,
            (channels, blocks, of.height * len(of.taps), width),
            (of_channel, of.step * of_row, *rest),
        )
        shape = channels, self.high, batch, *of.padded
        apart = [math.prod(of.padded[i + 1 :]) for i in range(len(of.padded))]
        self.planes, self.filled = [], None
        for phase in of.phases:
            counts = [len(axis.taps) for axis in phase]
            apart_here = [axis.distance * n for axis, n in zip(phase, apart, strict=True)]
            more = sum(n * (count - 1) for n, count in zip(apart_here, counts, strict=True))
            plane = np.zeros((channels, self.high, math.prod(shape[2:]) + more), dtype)
            strides = (
                *plane.strides[:2],
                *(n * dtype.itemsize for n in (*apart_here, math.prod(of.padded), *apart)),
            )
            each_tap = as_strided(plane, (*shape[:2], *counts, batch, *of.columns), strides)
            into = shifted[:, :, done : done + math.prod(counts)].reshape(each_tap.shape)
            done += math.prod(counts)
            self.planes.append((plane[..., : math.prod(shape[2:])].reshape(shape), each_tap, into))

    def _rows(self, new, dtype):
        """Return new rows, and the part of them that counts."""
        channels, blocks, m, batch = self.shape
        part = new((channels, blocks * m, batch, *self.of.columns), dtype)
        return part.reshape(channels, blocks, m, -1), part[(..., *map(slice, self.of.count))]

    @functools.cached_property
    def with_zeros(self):
        """Return rows that are 0 but for the part of them that counts."""
        return self._rows(np.zeros, self.rows.dtype)

    def read(self, source, piece):
        """Copy what the piece reads."""
        channels, rows, examples = piece
        first = self.of.first + self.of.step * (rows.start // self.of.m)
        start = min(self.high, max(0, -first))
        stop = max(start, min(self.high, source.shape[1] - first))
        read = source[channels, max(0, first) : max(0, first + stop), examples]
        other_rows, self.filled = self.filled != (start, stop), (start, stop)
        for phase, (plane, each_tap, into) in zip(self.of.phases, self.planes, strict=True):
            if other_rows:
                plane[:, :start] = plane[:, stop:] = 0
            to, at = ([getattr(axis, name) for axis in phase] for name in ("to", "at"))
            plane[(slice(None), slice(start, stop), slice(None), *to)] = read[(..., *at)]
            into[...] = each_tap
