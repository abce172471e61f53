"""Mistakes about the methods that make a convolution fast."""

from convlib._columns import sliding_windows
from convlib._methods._matrices import POINTS, winograd_matrices
from convlib.mistakes._catalogue import also_replaces


@also_replaces(sliding_windows, "methods")
def tiles_side_by_side(x, kernel, *, stride=1, dilation=1):
    """Starts each window where the last one ended, though they must overlap."""
    return sliding_windows(x, kernel, stride=kernel, dilation=dilation)


@also_replaces(winograd_matrices, "methods")
def sign_in_b(m, k, points=POINTS):
    """Writes one entry of Winograd's B with the wrong sign."""
    a, g, b = winograd_matrices(m, k, points)
    b[0, -2] *= -1
    return a, g, b


@also_replaces(winograd_matrices, "methods")
def points_collide(m, k, points=POINTS):
    """Evaluates the polynomials at one point twice, where each point must be another one."""
    a, g, b = winograd_matrices(m, k, points)
    a[:, 1], g[1], b[1] = a[:, 0], g[0], b[0]
    return a, g, b
