"""The small matrices of Winograd's algorithm, from polynomials.

A polynomial u with m coefficients times one, w, with k has t = m + k - 1 coefficients, which t of
its values determine; and a value of it is one product, of a value of u and one of w. So it takes t
products, not m·k: evaluate, multiply, interpolate. As matrices, uw = B [(A u) ⊙ (G w)]. (Infinity
is a point, too: the value there is the leading coefficient.) For a given w, what takes u to uw is
the matrix B diag(G w) A, and it has w_k in row i + k of column i. Its transpose has it in column
i + k of row i, and is a convolution, y_i = Σ_k w_k x_{i+k}::

    y = Aᵀ [(G w) ⊙ (Bᵀ x)]

`winograd_matrices` are exact, and `best_matrices` are rounded, one of each for every axis.

After A. L. Toom (1963) and S. Winograd (*Arithmetic Complexity of Computations*, 1980).
"""

import functools
import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

POINTS = (0, 1, -1, Fraction(1, 2), -2, 2, Fraction(-1, 2))
"""Where polynomials are evaluated: the fewer digits points have, the fewer digits get lost."""

OUTPUTS = 5, 4, 2
"""Outputs of a tile along an axis, of which the best is taken."""

FEWEST_TERMS = 32
"""Terms of a sum from which on it does not happen to be small next to the others of its tile."""

MOST_LOSS = 6
"""How much larger the errors of float32 may grow, relative to the sum over absolute values."""

LARGER = 1.15
"""What it costs to transform tiles of 5 and not 4 outputs, as a factor."""

STRIDED = 2
"""Outputs of a tile along an axis with a stride. More take no less time, as was measured."""

TILES_FOR_WEIGHTS = 16
"""Tiles whose products take as long as it takes to transform the weights."""


def winograd_matrices(m, k, points=POINTS):
    """Return the exact matrices for m outputs of a kernel of k: ``y = Aᵀ [(G w) ⊙ (Bᵀ x)]``.

    Parameters
    ----------
    m, k : int
        At least 1.
    points : sequence of int or Fraction, optional
        Where to evaluate, at infinity too; the first m + k - 2 are taken.

    Returns
    -------
    (ndarray, ndarray, ndarray)
        Aᵀ of shape (m, t), G of shape (t, k) and Bᵀ of shape (t, t), with t = m + k - 1. Their
        entries are `fractions.Fraction`.

    Raises
    ------
    ValueError
        If there are too few points, or two are equal.

    Examples
    --------
    >>> for matrix in winograd_matrices(2, 3):
    ...     print(matrix.astype(float))
    [[ 1.  1.  1.  0.]
     [ 0.  1. -1.  1.]]
    [[ 1.   0.   0. ]
     [ 0.5  0.5  0.5]
     [ 0.5 -0.5  0.5]
     [ 0.   0.   1. ]]
    [[ 1.  0. -1.  0.]
     [ 0.  1.  1.  0.]
     [ 0. -1.  1.  0.]
     [ 0. -1.  0.  1.]]
    """
    points = [Fraction(p) for p in points[: m + k - 2]]
    if len({*points}) < m + k - 2:
        raise ValueError(f"points: expected {m + k - 2} different ones, got {[*map(str, points)]}")
    values = [[p**i for i in range(max(m, k))] for p in points]
    infinity = [Fraction(0)] * (max(m, k) - 1) + [Fraction(1)]
    a = [*(row[:m] for row in values), infinity[-m:]]
    g = [*(row[:k] for row in values), infinity[-k:]]
    b = []
    for i, p in enumerate(points):
        others = points[:i] + points[i + 1 :]
        scale = math.prod(p - q for q in others)
        # the denominators of the interpolation go to w; the sign is that of the textbooks
        g[i] = [value / abs(scale) for value in g[i]]
        b.append([c if scale > 0 else -c for c in _polynomial(others)] + [Fraction(0)])
    b.append(_polynomial(points))
    return np.array(a).T, np.array(g), np.array(b)


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


def axes_of_y(batch, sizes, terms, part, dtype):
    """Return the tiles of y along each axis: those that take the fewest products.

    Larger tiles lose more digits than float32 can spare where few `terms` are added up, or where
    some entry has few of them: one in `part` of what others have. If no tiles will do, they are in
    float64.
    """
    # the function is a part of the key, so that no mistake that is built into it is remembered
    return _best(_of_y, batch, sizes, sizes.output, terms, part, np.dtype(dtype), winograd_matrices)


def axes_of_dx(batch, sizes, terms, part, dtype):
    """Return the tiles of dx along each axis, in the same way."""
    return _best(_of_dx, batch, sizes, sizes.size, terms, part, np.dtype(dtype), winograd_matrices)


@functools.lru_cache(256)
def _best(axis_of, batch, sizes, written, terms, part, dtype, matrices):
    """Return the tiles, of those that do not lose too many digits, with the fewest products."""
    longest = max([k for k, s in zip(sizes.kernel, sizes.stride, strict=True) if s == 1], default=1)
    settings = list(zip(sizes.kernel, sizes.stride, sizes.padding, strict=True))
    few, found = terms < FEWEST_TERMS * part, {}
    most = math.inf if dtype == np.float64 else 0 if few else MOST_LOSS * math.sqrt(terms) / part
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
        return _best(axis_of, batch, sizes, written, terms, part, np.dtype(np.float64), matrices)
    return found[min(found)]


def _loss(axis):
    """Return by how much the roundings of the products grow on average: in y or dw, the larger."""
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


def _polynomial(roots):
    """Return the coefficients of ∏(z - root), the lowest power first."""
    factors = (np.array([-root, Fraction(1)]) for root in roots)
    return list(functools.reduce(np.convolve, factors, np.array([Fraction(1)])))
