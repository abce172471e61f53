"""Mistakes of a gradient check."""

import numpy as np

from convlib._gradcheck import gradcheck
from convlib.mistakes._catalogue import replaces


@replaces(gradcheck, "checking")
def divided_by_h(function, inputs, grads, dy, **settings):
    """Divides the central difference by h, where the two points are 2h apart."""
    return gradcheck(function, inputs, grads, 2 * np.asarray(dy), **settings)
