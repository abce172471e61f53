"""The tiles of `winograd` along an axis: Aᵀ, G and Bᵀ in floating point, and what tiles read.

Without a stride, a tile of m outputs reads m + k - 1 entries. With a stride S, y is a sum of S
convolutions without one, phase by phase: with r from 0 to S - 1,

    y_o = Σ_k w_k x_{S·o + k} = Σ_r Σ_j w_{S·j + r} x_{S·(o + j) + r}

So Aᵀ = [A_0ᵀ A_1ᵀ ...] adds the phases up, and the rows of G and Bᵀ for phase r have what is theirs
in the columns of phase r, and zeros elsewhere. In dx, entry S·u + r - P meets the kernel entries
S·j + r alone, with dy_{u - j}; there, the rows of A are those of one phase each.

**How large tiles may be** is a matter of digits. An error in each product grows on the way to y by
what `_loss` says, on average: 10 times for 4×4 outputs of a 3×3 kernel, 43 times for 5×5, and twice
in tiles with a stride. Next to the sum over absolute values that is little where many terms are
added up, and more for an entry at a rim that has few of them.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from convlib._methods._matrices import POINTS, winograd_matrices

OUTPUTS = 5, 4, 2
"""Outputs of a tile along an axis, of which the best is taken."""

FEWEST_TERMS = 32
"""Terms of a sum from which on it does not happen to be small next to the others of its tile."""

MOST_LOSS, MOST_LOSS_OF_DX, MOST_LOSS_OF_DW = 8.6, 6, 5
"""How much larger the errors of float32 may grow, relative to the sum over absolute values: in y,
in dx and in dw, where more and more entries have few terms (measured)."""

LARGER = 1.15
"""What it costs to transform tiles of 5 and not 4 outputs, as a factor."""

STRIDED = 2
"""Outputs of a tile along an axis with a stride. More take no less time, as was measured."""

TILES_FOR_WEIGHTS = 16
"""Tiles whose products take as long as it takes to transform the weights."""


class Axis(NamedTuple):
    """Tiles along one axis of what is written, and what they read: y = Aᵀ [(G w) ⊙ (Bᵀ x)].

    Attributes
    ----------
    at, g, bt : ndarray, shapes (m, t), (t, k), (t, n)
        The matrices, for n entries that m are written from.
    step : int
        From what one tile reads to what the next one does.
    first : int
        Where the first tile begins to read.
    """

    at: np.ndarray
    g: np.ndarray
    bt: np.ndarray
    step: int
    first: int

    def as_read(self):
        """Return what takes dy to planes, for dw: A dy, for the tiles that y is written in."""
        return self._replace(bt=np.ascontiguousarray(self.at.T), step=len(self.at), first=0)


def axes_of_y(batch, sizes, terms, part, dtype, most=MOST_LOSS):
    """Return the tiles of y along each axis, and G of all: those that take the fewest products.

    Larger tiles lose more digits than float32 can spare where few `terms` are added up, or where
    some entry has few of them: one in `part` of what others have. None is returned if no tiles will
    do.
    """
    most = _most_loss(most, terms, part, dtype)
    # the function is a part of the key, so that no mistake that is built into it is remembered
    return _best(_of_y, batch, sizes, sizes.output, most, np.dtype(dtype), winograd_matrices)


def axes_of_dx(batch, sizes, terms, part, dtype):
    """Return the tiles of dx along each axis, and G of all, in the same way."""
    most = _most_loss(MOST_LOSS_OF_DX, terms, part, dtype)
    return _best(_of_dx, batch, sizes, sizes.size, most, np.dtype(dtype), winograd_matrices)


def _most_loss(most, terms, part, dtype):
    """Return by how much an error in each product may grow."""
    if dtype == np.float64:
        return math.inf
    return 0 if terms < FEWEST_TERMS * part else most * math.sqrt(terms) / part


@functools.lru_cache(256)
def _best(axis_of, batch, sizes, written, most, dtype, matrices):
    """Return the tiles, of those that do not lose too many digits, with the fewest products."""
    longest = max([k for k, s in zip(sizes.kernel, sizes.stride, strict=True) if s == 1], default=1)
    settings = list(zip(sizes.kernel, sizes.stride, sizes.padding, strict=True))
    found = {}
    for m in [m for m in OUTPUTS if m + longest - 2 <= len(POINTS)]:
        axes = [
            axis_of(1 if k == 1 else m if s == 1 else STRIDED, k, s, pads, dtype, matrices)
            for k, s, pads in settings
        ]
        tiles = math.prod(-(-h // len(axis.at)) for h, axis in zip(written, axes, strict=True))
        products = (batch * tiles + TILES_FOR_WEIGHTS) * math.prod(len(axis.bt) for axis in axes)
        if math.prod(map(_loss, axes)) <= most:
            found[products * (LARGER if m > 4 else 1)] = axes
    if not found:
        return None
    axes = found[min(found)]
    return axes, functools.reduce(np.kron, [axis.g for axis in axes])


def _loss(axis):
    """Return by how much the roundings of the products grow on average: in y or dw, the larger.

    Examples
    --------
    >>> def in_image(m, k, stride):
    ...     axis = _of_y(m, k, stride, (0, 0), np.dtype(float), winograd_matrices)
    ...     return round(_loss(axis) ** 2)
    >>> in_image(4, 3, stride=1), in_image(5, 3, stride=1), in_image(2, 3, stride=2)
    (10, 43, 2)
    """
    at, g, bt = (np.square(matrix, dtype=np.float64) for matrix in axis[:3])
    of_y = at @ (g.sum(axis=1) * bt.sum(axis=1)) / g.shape[1]
    of_w = g.T @ (at.sum(axis=0) * bt.sum(axis=1)) / len(at)
    return math.sqrt(max(of_y.max(), of_w.max()))


@functools.lru_cache(64)
def _of_y(m, k, stride, padding, dtype, matrices):
    """Tile y along an axis: phase r of x, every S-th entry, meets phase r of the kernel."""
    phases, reads = range(min(k, stride)), range(stride * (m - 1) + k)
    parts = [(range(m), range(r, k, stride), reads[r::stride]) for r in phases]
    return Axis(*_side_by_side(m, k, parts, dtype, matrices), stride * m, -padding[0])


@functools.lru_cache(64)
def _of_dx(m, k, stride, padding, dtype, matrices):
    """Tile dx along an axis: entry S·u + r - P meets entry S·j + r of the kernel in dy[u - j]."""
    before, parts = padding[0], []
    for r in range(min(k, stride)):
        written = range((r - before) % stride, stride * m, stride)
        taps, last = range(r, k, stride)[::-1], (before + written[0]) // stride
        parts.append((written, taps, range(last - len(taps) + 1, last + m)))
    first = min(read[0] for *_, read in parts)
    parts = [(*part, range(read[0] - first, read[-1] + 1 - first)) for *part, read in parts]
    return Axis(*_side_by_side(stride * m, k, parts, dtype, matrices), m, first)


def _side_by_side(written, k, parts, dtype, matrices):
    """Return Aᵀ, G and Bᵀ that have those of each part, for the places which are its own."""
    length = 1 + max(read[-1] for *_, read in parts)
    all_at, all_g, all_bt = [], [], []
    for write, taps, read in parts:
        at, g, bt = _rounded(len(write), len(taps), dtype, matrices)
        all_at.append(_spread(at.T, write, written))
        all_g.append(_spread(g, taps, k))
        all_bt.append(_spread(bt, read, length))
    at, g, bt = (np.concatenate(v) for v in (all_at, all_g, all_bt))
    return np.ascontiguousarray(at.T), g, bt


def _spread(matrix, places, count):
    """Put the columns of a matrix at their places among so many."""
    spread = np.zeros((len(matrix), count), matrix.dtype)
    spread[:, list(places)] = matrix
    return spread


@functools.lru_cache(64)
def _rounded(m, k, dtype, matrices):
    """Return Aᵀ, G and Bᵀ, with rows of G and Bᵀ of like size: in floating point."""
    at, g, bt = (matrix.astype(np.float64) for matrix in matrices(m, k))
    scale = 2.0 ** np.round(np.log2(abs(bt).sum(axis=1, keepdims=True)))
    return tuple(matrix.astype(dtype) for matrix in (at, g * scale, bt / scale))
