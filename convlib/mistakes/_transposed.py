"""Mistakes of a transposed convolution."""

import numpy as np

from convlib._conv_transpose import conv_transpose
from convlib.mistakes._catalogue import replaces
from convlib.mistakes._changes import all_after, rotated


@replaces(conv_transpose, "transposed")
def output_padding_forgotten(x, w, b=None, *, output_padding=0, **settings):
    """Leaves the remainder out, so that the shape of before does not come back."""
    return conv_transpose(x, w, b, **settings)


@replaces(conv_transpose, "transposed")
def cropped_at_the_end(x, w, b=None, *, padding=0, **settings):
    """Cuts all of the padding off the far end, where each side must lose its own."""
    return conv_transpose(x, w, b, padding=all_after(padding, np.ndim(x) - 2), **settings)


@replaces(conv_transpose, "transposed")
def kernel_rotated_twice(x, w, b=None, **settings):
    """Rotates the kernel before it is laid down, though the adjoint turns it by itself."""
    return conv_transpose(x, rotated(w), b, **settings)
