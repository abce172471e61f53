"""Convolution and its gradients in vectorized NumPy, written to be read.

The modules build on one another in one direction::

    _geometry → _columns → _conv → _conv_transpose, _pool → layers → training
                           _conv → _gradcheck → mistakes → figures, charts → explorer

`reference` holds the same operations as plain loops, and shares nothing with what it judges.
`layers` is not loaded with the package: write ``from convlib import layers``.
"""

from convlib._columns import col2im, fold, im2col, pad, sliding_windows, unfold
from convlib._conv import (
    ConvGrads,
    conv,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
    conv_backward,
)
from convlib._conv_transpose import (
    conv_transpose,
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
    conv_transpose_backward,
)
from convlib._geometry import Geometry, geometry, output_size
from convlib._gradcheck import GradientReport, gradcheck
from convlib._pool import (
    avg_pool,
    avg_pool1d,
    avg_pool1d_backward,
    avg_pool2d,
    avg_pool2d_backward,
    avg_pool3d,
    avg_pool3d_backward,
    avg_pool_backward,
    max_pool,
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
    max_pool3d,
    max_pool3d_backward,
    max_pool_backward,
)

__all__ = [
    "ConvGrads",
    "Geometry",
    "GradientReport",
    "avg_pool",
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
    "avg_pool_backward",
    "col2im",
    "conv",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_backward",
    "conv_transpose",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "conv_transpose_backward",
    "fold",
    "geometry",
    "gradcheck",
    "im2col",
    "max_pool",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool3d",
    "max_pool3d_backward",
    "max_pool_backward",
    "output_size",
    "pad",
    "sliding_windows",
    "unfold",
]


def __getattr__(name):
    """Load the explorer when it is asked for: it brings ipywidgets, the rest needs NumPy only."""
    if name == "explore":
        from convlib.explorer import explore

        return explore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
