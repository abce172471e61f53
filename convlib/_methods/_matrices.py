"""The small matrices of Winograd's algorithm, from polynomials.

A polynomial u with m coefficients times one, w, with k has t = m + k - 1 coefficients, which t of
its values determine; and a value of it is one product, of a value of u and one of w. So it takes t
products, not m·k: evaluate, multiply, interpolate. As matrices, uw = B [(A u) ⊙ (G w)]. (Infinity
is a point, too: the value there is the leading coefficient.) For a given w, what takes u to uw is
the matrix B diag(G w) A, and it has w_k in row i + k of column i. Its transpose has it in column
i + k of row i, and is a convolution, y_i = Σ_k w_k x_{i+k}::

    y = Aᵀ [(G w) ⊙ (Bᵀ x)]

After A. L. Toom (1963) and S. Winograd (*Arithmetic Complexity of Computations*, 1980).
"""

import functools
import math
from fractions import Fraction

import numpy as np

POINTS = (0, 1, -1, Fraction(1, 2), -2, 2, Fraction(-1, 2))
"""Where polynomials are evaluated: the fewer digits points have, the fewer digits get lost."""


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


def _polynomial(roots):
    """Return the coefficients of ∏(z - root), the lowest power first."""
    factors = (np.array([-root, Fraction(1)]) for root in roots)
    return list(functools.reduce(np.convolve, factors, np.array([Fraction(1)])))
