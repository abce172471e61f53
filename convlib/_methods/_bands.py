"""Which rows and columns the blocks of `banded` read: the rule i = S·o + D·k - P, axis by axis.

Along the first axis, a block of rows reads a few more rows than it has, each of its own with
kernel entries of its own. Along all others, every place reads with the same entries, at the same
distances, so that these are copies of the input, shifted. With a stride, copies are taken from
every S-th column on, one phase after another.
"""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

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

    def add_diagonals(self, dT, dw):
        """Add the diagonals of dT, (C, m, rows · taps), to dw, (C, 1, *kernel)."""
        dT = dT.reshape(len(dT), self.m, self.height, len(self.taps))
        sums = np.zeros((len(dw), dw.shape[2], len(self.taps)))
        for a, (rows, entries) in enumerate(self.diagonals):
            sums[:, entries] += dT[:, a, rows]
        dw.reshape(*sums.shape[:2], -1)[..., self.taps] += sums


@functools.lru_cache(256)
def bands_of_y(sizes):
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
def bands_of_dx(sizes, phase):
    """Return how the entries S·u + q of dx read dy, o = u + (q + P - D·k) / S where that is whole.

    The first axis is not taken phase by phase: each row of a block has kernel entries of its own.
    """
    (size, *_), (kernel, *_), (s, *_), ((p, _), *_), (d, *_), (extent, *_), *_ = sizes
    m = s * -(-min(max(ROWS, kernel // 4), size) // s)
    first, last = -((extent - 1 - p) // s), (p + m - 1) // s
    diagonals = []
    for a in range(m):
        taps = [k for k in range(kernel) if (a + p - d * k) % s == 0]
        rows = [(a + p - d * k) // s - first for k in taps]
        diagonals.append((_as_slice(rows), _as_slice(taps)))
    step, others = m // s, []
    for q, size, kernel, s, (p, _), d, _, _, count, _ in zip(
        phase, *(v[1:] for v in sizes), strict=True
    ):
        taps = [k for k in reversed(range(kernel)) if (q + p - d * k) % s == 0]
        starts = [(q + p - d * k) // s for k in taps]
        others.append(Axis(count, len(range(q, size, s)), 1, kernel, taps, starts))
    there = all(axis.taps and axis.count for axis in others)
    return Bands(first, step, last + 1 - first, diagonals, others) if there else None


def _as_slice(numbers):
    """Write numbers from 0 on, which are the same step apart, as a slice."""
    first, *more = numbers or [0]
    step = more[0] - first if more else 1
    return slice(
        first, first + step * len(numbers) if first + step * len(numbers) >= 0 else None, step
    )


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
