"""Convolution and its gradients in vectorized NumPy, written to be read.

The modules build on one another in one direction::

    shapes → windows → conv → conv_transpose, pool → layers → training
                       conv → gradcheck → mistakes → figures, charts → explorer

`reference` holds the same operations as plain loops, and shares nothing with what it judges.
`layers` is not loaded with the package: write ``from convlib import layers``.
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
from convlib.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
    conv_transposend,
    conv_transposend_backward,
)
from convlib.gradcheck import GradientReport, gradcheck
from convlib.pool import (
    avg_pool1d,
    avg_pool1d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool3d,
    avg_pool3d_backward,
    avg_poolnd,
    avg_poolnd_backward,
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool3d,
    max_pool3d_backward,
    max_poolnd,
    max_poolnd_backward,
)
from convlib.shapes import Geometry, geometry, output_size
from convlib.windows import col2im, fold, im2col, pad, unfold, windows

__all__ = [
    "ConvGrads",
    "Geometry",
    "GradientReport",
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
    "avg_poolnd",
    "avg_poolnd_backward",
    "col2im",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "conv_transposend",
    "conv_transposend_backward",
    "convnd",
    "convnd_backward",
    "fold",
    "geometry",
    "gradcheck",
    "im2col",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool3d",
    "max_pool3d_backward",
    "max_poolnd",
    "max_poolnd_backward",
    "output_size",
    "pad",
    "unfold",
    "windows",
]


def __getattr__(name):
    """Load the explorer when it is asked for: it brings ipywidgets, the rest needs NumPy only."""
    if name == "explore":
        from convlib.explorer import explore

        return explore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
