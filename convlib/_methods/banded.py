"""By banded matrices, for one filter per channel: few products, none of them thin.

With one filter per channel, im2col copies each entry of x K² times and multiplies the copies by a
single row of weights. Here several rows of y are computed at once. Take one channel and one column
j of its kernel, and write the K weights of this column along the diagonals of a matrix:

    T_j = [ w0j w1j w2j  .   .   .  ]
          [  .  w0j w1j w2j  .   .  ]     4 rows of y from the 6 rows of x that they read
          [  .   .  w0j w1j w2j  .  ]
          [  .   .   .  w0j w1j w2j ]

Row a of T_j holds w[i, j] in column S·a + D·i: the rule i = S·o + D·k along the first axis. With x
shifted by j along its rows, T_j @ x is the share of column j in these rows of y, and their sum
y = Σ_j T_j @ shifted_j(x) is one product:

    y = [T_0 T_1 T_2] @ [shifted_0(x); shifted_1(x); shifted_2(x)]

So x is copied K times, not K² times. Half of the terms are products with a zero, and cost less
than the copies. The rows of all examples stand side by side, (C, rows, taps, N · columns), so that
the right factor is wide, and the blocks of rows, which overlap, are views of it.

Backward, dT = dy @ shifted(x)ᵀ, and dw adds up the diagonals of dT. In dx, S·o + D·k - P = i is
read for o: along the first axis, that is a band again, the other way round. Along the others, the
entries that are S apart read dy with the same taps, at a stride of 1. So each such phase of dx is
computed as y is.

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
from convlib._matmul import matmul
from convlib._methods._workers import each, in_order
from convlib._sums import total

CHUNK_BYTES = 2**21
"""What may be shifted at a time: channels, examples and blocks of rows; at least one of each."""

MOST_BYTES = 2**25
"""What one of each may take where this method is chosen."""

ROWS = 4
"""Rows of a block; as many as a quarter of the kernel if that is more: few rows are read twice."""


class Reading(NamedTuple):
    """How blocks of rows of one array read the rows of another.

    Attributes
    ----------
    entry : ndarray of int, shape (m, rows)
        Where row a of a block reads row r, the kernel entry it does it with, along the first axis;
        elsewhere -1.
    first, step : int
        The row that the first block starts to read at, and from there to the next.
    taps : list of int
        Kernel entries along the other axes, numbered through.
    shifts : list of (tuple of slice, tuple of slice)
        For each tap, along the other axes, the places that read something, and what they read.
    """

    entry: np.ndarray
    first: int
    step: int
    taps: list
    shifts: list


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


def forward(x, w, sizes, groups, dtype):
    """Return y without bias, (N, C, *output)."""
    if len(sizes.size) == 1:
        return forward(x[:, :, None], w[:, :, None], _with_another(sizes), groups, dtype)[:, :, 0]
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    _slide(x, w, _reading(sizes), y)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    if len(sizes.size) == 1:
        lifted = dy[:, :, None], w[:, :, None], _with_another(sizes)
        return input_gradient(*lifted, groups, dtype)[:, :, 0]
    dx = np.empty((len(dy), len(w), *sizes.size), dtype)
    for phase in itertools.product(*map(range, sizes.stride[1:])):
        steps = (slice(q, None, s) for q, s in zip(phase, sizes.stride[1:], strict=True))
        part = dx[(..., slice(None), *steps)]
        _slide(dy, w, _reading_back(sizes, phase, part.shape[3:]), part)
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (C, 1, *kernel): dT = dy @ shifted(x)ᵀ, and the sums of its diagonals."""
    if len(sizes.size) == 1:
        lifted = dy[:, :, None], x[:, :, None], _with_another(sizes)
        return weight_gradient(*lifted, groups, dtype)[:, :, 0]
    reading = _reading(sizes)
    m, rows = reading.entry.shape
    dT = np.zeros((x.shape[1], m, rows * len(reading.taps)))
    pieces, read = _pieces(x, reading, dy.shape, dtype)

    def share(piece):
        places, shifted = read(piece)
        part = np.moveaxis(dy[places], 0, 2)  # (C, rows, N, ...)
        dy_rows = np.empty((len(part), shifted.shape[1] * m, *part.shape[2:]), dtype)
        dy_rows[:, : part.shape[1]], dy_rows[:, part.shape[1] :] = part, 0
        dy_rows = dy_rows.reshape(*shifted.shape[:2], m, -1)  # (C, blocks, m, N · columns)
        product = matmul(dy_rows, shifted.swapaxes(-1, -2))
        return dT[places[1]], total(product, (1,), np.float64)

    for part, values in in_order(share, pieces):
        part += values
    dT = dT.reshape(len(dT), m, rows, -1)
    dw = np.stack([dT[:, reading.entry == i].sum(axis=1) for i in range(sizes.kernel[0])], axis=1)
    return dw.reshape(len(dw), 1, *sizes.kernel).astype(dtype)


def _with_another(sizes):
    """Put an axis of length 1 before all others."""
    return Geometry(*map(operator.add, geometry(1, 1), sizes))


@functools.lru_cache(256)
def _reading(sizes):
    """Return how y reads x: i = S·o + D·k - P along each axis."""
    (s, *strides), (d, *dilations) = sizes.stride, sizes.dilation
    m = min(max(ROWS, sizes.kernel[0] // 4), sizes.output[0])
    a, r = np.ogrid[:m, : s * (m - 1) + sizes.extent[0]]
    shifts = []
    for k in _taps(sizes):
        axes = zip(dilations, k, sizes.padding[1:], strict=True)
        offsets = [d * k - before for d, k, (before, _) in axes]
        shifts.append(_shift(offsets, strides, sizes.size[1:], sizes.output[1:]))
    entry = _entries(r - s * a, d, sizes.kernel[0])
    return Reading(entry, -sizes.padding[0][0], s * m, [*range(len(shifts))], shifts)


@functools.lru_cache(256)
def _reading_back(sizes, phase, count):
    """Return how one phase of dx reads dy: o = (i + P - D·k) / S, where that is whole."""
    (s, *strides), (d, *dilations), before = sizes.stride, sizes.dilation, sizes.padding[0][0]
    m = s * -(-min(max(ROWS, sizes.kernel[0] // 4), sizes.size[0]) // s)
    first, last = -((sizes.extent[0] - 1 - before) // s), (before + m - 1) // s
    a, o = np.ogrid[:m, first : last + 1]
    taps, shifts = [], []
    for number, k in enumerate(_taps(sizes)):
        axes = zip(phase, sizes.padding[1:], dilations, k, strides, strict=True)
        offsets = [divmod(q + before - d * k, s) for q, (before, _), d, k, s in axes]
        if not any(rest for _, rest in offsets):
            taps.append(number)
            steps = [1] * len(phase)
            shifts.append(_shift([at for at, _ in offsets], steps, sizes.output[1:], count))
    entry = _entries(before + a - s * o, d, sizes.kernel[0])
    return Reading(entry, first, m // s, taps, shifts)


def _taps(sizes):
    """List the kernel entries along all axes but the first."""
    return itertools.product(*map(range, sizes.kernel[1:]))


def _entries(places, dilation, kernel):
    """Return the kernel entries that lie at these places of a dilated kernel, or -1."""
    reads = (places % dilation == 0) & (places >= 0) & (places < dilation * kernel)
    return np.where(reads, places // dilation, -1)


def _shift(offsets, steps, size, count):
    """Return which of `count` places ``step · o + offset`` lie in an array, and which these are."""
    to, source = [], []
    for offset, step, length, most in zip(offsets, steps, size, count, strict=True):
        start = min(most, max(0, -(offset // step)))
        stop = max(start, min(most, (length - 1 - offset) // step + 1))
        to.append(slice(start, stop))
        source.append(slice(step * start + offset, max(0, step * stop + offset), step))
    return tuple(to), tuple(source)


def _slide(source, w, reading, target):
    """Fill the target with the products of the banded matrices and the shifted source."""
    if not reading.taps or not target.size:
        target[...] = 0  # no window reads it
        return
    matrices = _matrices(w, reading, target.dtype)
    pieces, read = _pieces(source, reading, target.shape, target.dtype)

    def fill(piece):
        places, shifted = read(piece)
        out = matmul(matrices[places[1]], shifted)  # (C, blocks, m, N · columns)
        part = np.moveaxis(target[places], 0, 2)
        out = out.reshape(len(out), -1, *part.shape[2:])
        part[...] = out[:, : part.shape[1]]

    each(fill, pieces)


def _matrices(w, reading, dtype):
    """Write the weights along the diagonals: (C, 1, m, rows · taps)."""
    w = w.reshape(len(w), w.shape[2], -1)[:, :, reading.taps].astype(dtype)
    w = np.pad(w, ((0, 0), (0, 1), (0, 0)))  # entry -1 is a zero
    return w[:, reading.entry].reshape(len(w), 1, len(reading.entry), -1)


def _pieces(source, reading, shape, dtype):
    """Return pieces of an array of this shape, and a function that says what a piece reads.

    It returns the places of the piece, (N, C, rows), and of the source what these read,
    (C, blocks, rows · taps, N · columns), which holds until the same thread asks again.
    """
    (m, rows), taps, mine = reading.entry.shape, len(reading.taps), threading.local()
    count = -(-shape[2] // m)
    bytes_each = (taps * reading.step + m) * math.prod(shape[3:]) * dtype.itemsize
    chunks = _chunks(count, bytes_each), _chunks(shape[0], bytes_each * count)

    def read(piece):
        block, n, c = piece
        blocks = block.stop - block.start
        height = (blocks - 1) * reading.step + rows
        want = (c.stop - c.start, height, taps, n.stop - n.start, *shape[3:])
        if getattr(mine, "want", None) != want:
            mine.want, mine.shifted = want, np.zeros(want, dtype)
        shifted = mine.shifted
        _fill(shifted, source[n, c], reading, reading.first + block.start * reading.step)
        flat = shifted.reshape(*want[:3], -1)
        of_channel, of_row, *rest = flat.strides
        bands = as_strided(
            flat,
            (want[0], blocks, rows * taps, flat.shape[-1]),
            (of_channel, reading.step * of_row, *rest),
        )
        return (n, c, slice(block.start * m, min(block.stop * m, shape[2]))), bands

    channels = _chunks(shape[1], bytes_each * count * shape[0])
    return itertools.product(*chunks, channels), read


def _fill(shifted, source, reading, first):
    """Copy what the taps read of the rows from `first` on: (C, rows, taps, N, ...)."""
    height = shifted.shape[1]
    start = min(height, max(0, -first))
    stop = max(start, min(height, source.shape[2] - first))
    shifted[:, :start] = shifted[:, stop:] = 0
    rows = np.moveaxis(source[:, :, max(0, first) : max(0, first + stop)], 0, 2)
    for tap, (to, at) in enumerate(reading.shifts):
        shifted[(slice(None), slice(start, stop), tap, slice(None), *to)] = rows[(..., *at)]


def _chunks(count, bytes_each):
    """Cut `count` things into slices that fit in `CHUNK_BYTES`, or one by one."""
    step = max(1, min(count, CHUNK_BYTES // max(1, bytes_each)))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]
