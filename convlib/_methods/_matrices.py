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

import numpy as np

POINTS = (0, 1, -1, Fraction(1, 2), -2, 2, Fraction(-1, 2))
"""Where polynomials are evaluated: the fewer digits points have, the fewer digits get lost."""

LARGER = 1.15
"""What it costs to transform tiles of 5 and not 4 outputs, as a factor."""

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


def best_matrices(batch, size, kernel, terms, fewest, dtype):
    """Return Aᵀ, G and Bᵀ, one each for every axis, for the tiles that take the fewest products.

    Larger tiles lose more digits than float32 can spare where few terms are added up, or where some
    entry sums over a small part of the kernel only: `fewest` of its entries along each axis.
    """
    taps, part = math.prod(kernel), math.prod(kernel) / math.prod(fewest)
    if dtype == np.float64 or (terms >= 32 and part <= 4 and taps <= 9):
        outputs = (4, 5)
    else:
        outputs = (4,) if part <= (9 if terms >= 32 else 4) else (2,)

    def work(m):
        axes = [(1 if k == 1 else m, h, k) for h, k in zip(size, kernel, strict=True)]
        tiles = batch * math.prod(-(-h // m) for m, h, _ in axes) + TILES_FOR_WEIGHTS
        return tiles * math.prod(m + k - 1 for m, _, k in axes) * (LARGER if m > 4 else 1)

    m = min((m for m in outputs if m + max(kernel) - 2 <= len(POINTS)), key=work)
    # the function is a part of the key, so that no mistake that is built into it is remembered
    axes = ((1 if k == 1 else m, k, np.dtype(dtype), winograd_matrices) for k in kernel)
    return zip(*(_rounded(*axis) for axis in axes), strict=True)


@functools.lru_cache(64)
def _rounded(m, k, dtype, matrices):
    """Return the matrices for one axis, with rows of G and Bᵀ of like size: in floating point."""
    a, g, b = (matrix.astype(np.float64) for matrix in matrices(m, k))
    scale = 2.0 ** np.round(np.log2(abs(b).sum(axis=1, keepdims=True)))
    return tuple(np.ascontiguousarray(matrix, dtype) for matrix in (a, g * scale, b / scale))


def _polynomial(roots):
    """Return the coefficients of ∏(z - root), the lowest power first."""
    factors = (np.array([-root, Fraction(1)]) for root in roots)
    return list(functools.reduce(np.convolve, factors, np.array([Fraction(1)])))
