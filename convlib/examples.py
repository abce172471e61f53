"""The layer that the course follows from its first page to its last."""

from typing import NamedTuple

import numpy as np


class ConvArrays(NamedTuple):
    """The arrays of one convolutional layer, and the gradient that arrives at it."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    dy: np.ndarray


def cs231n_layer():
    """Return the layer with which CS231n's second assignment tests a backward pass.

    Returns
    -------
    ConvArrays
        x (4, 3, 5, 5), w (2, 3, 3, 3), b (2,) and dy (4, 2, 5, 5), float64, the same numbers
        each time. They belong to stride 1 and padding 1.

    Notes
    -----
    Drawn in this order from ``np.random.seed(231)``, as in ``ConvolutionalNetworks.ipynb`` of
    the assignment (https://cs231n.github.io, MIT licence).

    Examples
    --------
    >>> layer = cs231n_layer()
    >>> layer.x.shape, layer.w.shape, layer.b.shape, layer.dy.shape
    ((4, 3, 5, 5), (2, 3, 3, 3), (2,), (4, 2, 5, 5))
    """
    draw = np.random.RandomState(231).randn  # the generator that CS231n used
    return ConvArrays(draw(4, 3, 5, 5), draw(2, 3, 3, 3), draw(2), draw(4, 2, 5, 5))
