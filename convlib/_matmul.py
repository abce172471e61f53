"""The matrix product, without the warnings that NumPy gives for no reason."""

import numpy as np


def matmul(a, b, out=None):
    """Return a @ b; no entry of it warns.

    Examples
    --------
    >>> matmul(np.array([[1e308]]), np.array([[10.0]]))
    array([[inf]])
    """
    # BLAS may work on places of a register that hold no entry. What was left there can overflow or
    # be invalid, and NumPy would warn of it though every entry is right (its issue 24067). Where
    # entries do overflow, the result says so itself: it is infinite or not a number.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.matmul(a, b, out=out)
