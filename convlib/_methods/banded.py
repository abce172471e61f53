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

Backward, dT = dy @ shifted(x)ᵀ, and dw adds up the diagonals of dT. In dx, S·o + D·k - P = i is
read for o. Entries of dx that are S apart read dy with the same kernel entries, at a stride of 1.
So along all axes but the first, each such phase of dx is computed as y is; along the first one,
the rows of all phases are in one band.

All axes but the first are shifted by all their taps. An input with one axis gets another in front.
"""

import functools
import itertools
import math
import operator
import threading
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from convlib._geometry import Geometry, geometry
from convlib._matmul import product
from convlib._methods import _chunks
from convlib._methods._workers import each, in_order
from convlib._sums import total

CHUNK_BYTES = 2**22
"""What may be shifted at a time: channels, examples and blocks of rows; at least one of each."""

MOST_BYTES = 2**25
"""What one of each may take where this method is chosen."""

ROWS = 4
"""Rows of a block; as many as a quarter of the kernel if that is more: few rows are read twice."""

MORE = 1.4
"""How many times the columns may be computed, so that they can be shifted all at once."""


class Axis(NamedTuple):
    """How `count` places read `size` others: o, with kernel entry taps[n], step · o + starts[n].

    The least start comes first.
    """

    size: int
    count: int
    step: int
    kernel: int
    taps: list
    starts: list


class Phase(NamedTuple):
    """Taps that read every step-th place from the same one on: the columns `to` read `at`.

    Each starts `distance` columns after the last.
    """

    taps: list
    distance: int
    to: slice
    at: slice


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


def _with_two_axes(function):
    """Put an axis of length 1 before a single one."""

    @functools.wraps(function)
    def called(first, second, sizes, *rest):
        if len(sizes.size) > 1:
            return function(first, second, sizes, *rest)
        sizes = Geometry(*map(operator.add, geometry(1, 1), sizes))
        return function(first[:, :, None], second[:, :, None], sizes, *rest)[:, :, 0]

    return called


@_with_two_axes
def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, C, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    _slide(x, w, _bands(sizes), y, b)
    return y


@_with_two_axes
def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    for phase in itertools.product(*map(range, sizes.stride[1:])):
        steps = (slice(q, None, s) for q, s in zip(phase, sizes.stride[1:], strict=True))
        _slide(dy, w, _bands_back(sizes, phase), dx[(..., slice(None), *steps)])
    return dx


@_with_two_axes
def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (C, 1, *kernel): dT = dy @ shifted(x)ᵀ, and the sums of its diagonals."""
    bands = _bands(sizes)
    dT = np.zeros((x.shape[1], bands.m, bands.height, len(bands.taps)))
    dy = _channels_first(dy)
    pieces, read = bands.pieces(_channels_first(x), dy.shape, dtype, np.zeros)

    def share(piece):
        room, (c, rows, _) = read(piece), piece
        count = rows.stop - rows.start
        room.part[:, :count] = dy[piece]  # rows after these stay 0
        products = product(room.rows, room.bands.swapaxes(-1, -2))
        return dT[c], total(products, (1,), np.float64)

    for part, values in in_order(share, pieces):
        part += values.reshape(part.shape)
    dw = np.empty((len(dT), sizes.kernel[0], len(bands.taps)), dtype)
    dw[..., bands.taps] = sum(dT[:, a, rows] for a, (rows, _) in enumerate(bands.diagonals))
    return dw.reshape(len(dw), 1, *sizes.kernel)


@functools.lru_cache(256)
def _bands(sizes):
    """Return how y reads x: i = S·o + D·k - P along each axis."""
    axes = [
        Axis(size, count, s, kernel, [*range(kernel)], [d * k - p for k in range(kernel)])
        for size, kernel, s, (p, _), d, _, _, count, _ in zip(*sizes, strict=True)
    ]
    rows, *others = axes
    m = min(max(ROWS, rows.kernel // 4), rows.count)
    d, extent = sizes.dilation[0], sizes.extent[0]
    starts = range(0, rows.step * m, rows.step)
    diagonals = [(slice(start, start + extent, d), slice(None)) for start in starts]
    return Bands(rows.starts[0], rows.step * m, starts[-1] + extent, diagonals, others)


@functools.lru_cache(256)
def _bands_back(sizes, phase):
    """Return how the entries S·u + q of dx read dy, o = u + (q + P - D·k) / S where that is whole.

    The first axis is not taken phase by phase: each row of a block has kernel entries of its own.
    """
    (size, *_), (kernel, *_), (s, *_), ((p, _), *_), (d, *_), (extent, *_), *_ = sizes
    m = s * -(-min(max(ROWS, kernel // 4), size) // s)
    first, last = -((extent - 1 - p) // s), (p + m - 1) // s
    diagonals = []
    for a in range(m):
        taps = [k for k in range(kernel) if (a + p - d * k) % s == 0]
        diagonals.append(([(a + p - d * k) // s - first for k in taps], taps))
    step, others = m // s, []
    for q, size, kernel, s, (p, _), d, _, _, count, _ in zip(
        phase, *(v[1:] for v in sizes), strict=True
    ):
        taps = [k for k in reversed(range(kernel)) if (q + p - d * k) % s == 0]
        starts = [(q + p - d * k) // s for k in taps]
        others.append(Axis(count, len(range(q, size, s)), 1, kernel, taps, starts))
    there = all(axis.taps and axis.count for axis in others)
    return Bands(first, step, last + 1 - first, diagonals, others) if there else None


def _phases(axis, columns):
    """List the phases of an axis: of taps that start a multiple of the step apart."""
    phases = []
    for rest in dict.fromkeys(start % axis.step for start in axis.starts):
        same = [n for n, start in enumerate(axis.starts) if start % axis.step == rest]
        first, *others = (axis.starts[n] // axis.step for n in same)
        begin = min(columns, max(0, -first))
        end = max(begin, min(columns, -((rest - axis.size) // axis.step) - first))
        at = slice(*(axis.step * (o + first) + rest for o in (begin, end)), axis.step)
        distance = others[0] - first if others else 0
        phases.append(Phase([axis.taps[n] for n in same], distance, slice(begin, end), at))
    return phases


def _channels_first(a):
    """Show (N, C, rows, ...) as (C, rows, N, ...)."""
    return np.moveaxis(a, 0, 2)


def _slide(source, w, bands, target, b=None):
    """Fill the target with the products of the banded matrices and the shifted source, plus b."""
    if bands is None:
        target[...] = 0  # no window reads it
        return
    matrices = bands.matrices(w, target.dtype)
    target = _channels_first(target)
    pieces, read = bands.pieces(_channels_first(source), target.shape, target.dtype)

    def fill(piece):
        room, (c, rows, _) = read(piece), piece
        product(matrices[c], room.bands, out=room.rows)
        _chunks.check(room.rows)
        if b is not None:
            room.rows += b[c, np.newaxis, np.newaxis, np.newaxis]
        target[piece] = room.part[:, : rows.stop - rows.start]

    each(fill, pieces)


class Bands:
    """Blocks of rows, and what they read: along the first axis, `height` rows from `first` on.

    The next block starts to read `step` rows after. Row a of a block reads some of these rows with
    some kernel entries: they are diagonals[a]. Along the other axes, all places read with all
    `taps`, kernel entries that are numbered through, phase by phase.
    """

    def __init__(self, first, step, height, diagonals, others):
        self.first, self.step, self.height = first, step, height
        self.diagonals, self.m = diagonals, len(diagonals)
        self.count = [axis.count for axis in others]
        spans = [axis.starts[-1] // axis.step - axis.starts[0] // axis.step for axis in others]
        self.padded = [count + span for count, span in zip(self.count, spans, strict=True)]
        # columns that count for nothing make long rows, and work
        few = math.prod(self.padded) <= MORE * math.prod(self.count)
        self.columns = self.padded if few else self.count
        self.phases = [*itertools.product(*map(_phases, others, self.padded))]
        numbers = np.arange(math.prod(axis.kernel for axis in others))
        numbers = numbers.reshape([axis.kernel for axis in others])
        every = [numbers[np.ix_(*(axis.taps for axis in phase))] for phase in self.phases]
        self.taps = np.concatenate([some.ravel() for some in every])

    def matrices(self, w, dtype):
        """Write the weights along the diagonals: (C, 1, m, rows · taps)."""
        w = w.reshape(len(w), w.shape[2], -1)[..., self.taps]
        matrices = np.zeros((len(w), self.m, self.height, len(self.taps)), dtype)
        for a, (rows, entries) in enumerate(self.diagonals):
            matrices[:, a, rows] = w[:, entries]
        return matrices.reshape(len(w), 1, self.m, -1)

    def pieces(self, source, shape, dtype, new=np.empty):
        """List pieces of an array of this shape, and return what reads the source for a piece.

        Both have the axes (C, rows, N, ...). A room holds until the thread reads the next piece.
        """
        mine, blocks = threading.local(), -(-shape[1] // self.m)
        places = len(self.taps) * self.step + self.m
        bytes_each = places * math.prod(self.columns) * dtype.itemsize
        of_block, of_rows = CHUNK_BYTES // max(1, bytes_each), max(1, bytes_each * blocks)
        rows = _chunks.cut(shape[1], of_block * self.m, self.m)
        examples = _chunks.cut(shape[2], CHUNK_BYTES // of_rows)
        channels = _chunks.cut(shape[0], CHUNK_BYTES // (of_rows * max(1, shape[2])))

        def read(piece):
            wanted = [part.stop - part.start for part in piece]
            if getattr(mine, "wanted", None) != wanted:
                mine.room, mine.wanted = None, wanted
                mine.room = Room(self, *wanted, dtype, new)
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
    """

    def __init__(self, of, channels, rows, batch, dtype, new):
        self.of, blocks, width = of, -(-rows // of.m), batch * math.prod(of.columns)
        part = new((channels, blocks * of.m, batch, *of.columns), dtype)
        self.rows = part.reshape(channels, blocks, of.m, width)
        self.part = part[(..., *map(slice, of.count))]
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
        self.planes = []
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

    def read(self, source, piece):
        """Copy what the piece reads."""
        channels, rows, examples = piece
        first = self.of.first + self.of.step * (rows.start // self.of.m)
        start = min(self.high, max(0, -first))
        stop = max(start, min(self.high, source.shape[1] - first))
        read = source[channels, max(0, first) : max(0, first + stop), examples]
        for phase, (plane, each_tap, into) in zip(self.of.phases, self.planes, strict=True):
            plane[:, :start] = plane[:, stop:] = 0
            to, at = ([getattr(axis, name) for axis in phase] for name in ("to", "at"))
            plane[(slice(None), slice(start, stop), slice(None), *to)] = read[(..., *at)]
            into[...] = each_tap
