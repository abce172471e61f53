"""The figures of the course, drawn from the real arrays.

Each function returns a `Drawing` for a notebook cell to show. Grids of numbers carry the colour of
their role, the same in every figure.

    _numbers       how a number is written, as by the explorer's script
    _svg           Drawing and Canvas: grids, frames, arrows and words, written as SVG
    _convolution   one convolution at work: windows, kernels, and what meets what
    _tables        matrices, tables and images
    plots          curves over axes: the only module that needs Matplotlib, loaded when asked for
    stills         the explorer's picture, where no script runs
"""

from convlib._late import load
from convlib.figures._convolution import (
    kernel_steps,
    one_matrix_product,
    pixel_reach,
    scatter_and_gather,
    spread_and_gather,
    three_products,
    weight_reads,
)
from convlib.figures._svg import Canvas, Drawing
from convlib.figures._tables import (
    conv_matrix,
    conv_matrix_2d,
    count_maps,
    detection_matrix,
    group_blocks,
    image_row,
    max_pool_routes,
)

__all__ = [
    "Canvas",
    "Drawing",
    "conv_matrix",
    "conv_matrix_2d",
    "count_maps",
    "detection_matrix",
    "group_blocks",
    "image_row",
    "kernel_steps",
    "max_pool_routes",
    "one_matrix_product",
    "pixel_reach",
    "scatter_and_gather",
    "spread_and_gather",
    "three_products",
    "weight_reads",
]


def __getattr__(name):
    """Load the plots, and Matplotlib with them, when they are asked for."""
    if name == "plots":
        return load("convlib.figures.plots", "figures")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
