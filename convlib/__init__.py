"""Convolution and its gradients in vectorized NumPy, written to be read.

The modules build on one another in one direction::

    shapes → windows → conv → gradcheck → mistakes → figures → explorer

`reference` holds the same operations as plain loops, and shares nothing with what it judges.
"""

from convlib.conv import (
    ConvGrads,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
    convnd,
    convnd_backward,
)
from convlib.gradcheck import GradientReport, gradcheck
from convlib.shapes import Geometry, geometry, output_size
from convlib.windows import col2im, im2col, pad, windows

__all__ = [
    "ConvGrads",
    "Geometry",
    "GradientReport",
    "col2im",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "convnd",
    "convnd_backward",
    "geometry",
    "gradcheck",
    "im2col",
    "output_size",
    "pad",
    "windows",
]


def __getattr__(name):
    """Load the explorer when it is asked for: it brings ipywidgets, the rest needs NumPy only."""
    if name == "explore":
        from convlib.explorer import explore

        return explore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
