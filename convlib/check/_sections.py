"""Which section of the course explains what."""

import re
from typing import NamedTuple


class Section(NamedTuple):
    """A section of a chapter.

    Attributes
    ----------
    page, chapter, title : str
        The page's name without an ending, and the two headings.
    """

    page: str
    chapter: str
    title: str

    @property
    def address(self):
        """Where it is on the site.

        Examples
        --------
        >>> Section("any-stride", "Gather dx at any stride", "Spread dy first").address
        'any-stride.html#spread-dy-first'
        """
        return f"{self.page}.html#{re.sub('[^a-z0-9]+', '-', self.title.lower()).strip('-')}"


def _in(page, chapter, *titles):
    return [Section(page, chapter, title) for title in titles]


_POSITIONS, _DIVIDES, _SPAN, _REMAINDER = _in(
    "size-the-output", "Size the output", "Count the positions",
    "What if the stride does not divide?", "Spread the kernel", "The remainder",
)  # fmt: skip
_WINDOW, _ALL = _in("slide-the-filter", "Slide the filter", "Move the window", "All numbers")
_COLUMNS, _PRODUCT = _in(
    "from-loops", "From loops to one product", "Windows, without a copy", "One matrix product"
)
_SCATTER, _ROTATED = _in("gather-dx", "Gather dx", "Scatter", "The rotated kernel")
_SPREAD, _DX = _in(
    "any-stride", "Gather dx at any stride", "Spread dy first",
    "Two dimensions, all channels, all filters",
)  # fmt: skip
_DW, _NOT_FLIPPED, _DB = _in(
    "collect-dw-db", "Collect dw and db", "All weights", "Why nothing is flipped", "db"
)
_DILATION, _GROUPS = _in(
    "dilation-and-groups", "Dilate and group", "Dilation: a kernel with gaps",
    "Groups: channels that never meet",
)  # fmt: skip
_BACK, _SIZE_BACK = _in(
    "transposed-convolution", "Turn it around", "The way back, taken as a way forward",
    "How large is it?",
)  # fmt: skip
_MAX, _AVERAGE = _in(
    "pooling", "Pool and route", "Max pooling: the winner takes it all",
    "Average pooling: everyone gets a share",
)  # fmt: skip
_NORM, _NORM_SCALE, _NORM_DX = _in(
    "normalize-the-batch", "Normalize the batch", "The forward pass",
    "Gradients of scale and shift", "dx, and why two means go off",
)  # fmt: skip

BY_MISTAKE = {
    "remainder_counted": _DIVIDES,
    "dilation_forgotten": _SPAN,
    "x_not_padded": _WINDOW,
    "reshape_without_transpose": _PRODUCT,
    "groups_interleaved": _GROUPS,
    "channels_last": _COLUMNS,
    "kernel_not_rotated": _ROTATED,
    "kernel_half_rotated": _ROTATED,
    "stride_forgotten": _SPREAD,
    "dy_padded_like_x": _SPREAD,
    "assigned_not_added": _SCATTER,
    "crop_minus_zero": _SCATTER,
    "averaged_not_added": _SCATTER,
    "remainder_dropped": _REMAINDER,
    "dw_rotated": _NOT_FLIPPED,
    "averaged_over_batch": _DB,
    "db_over_wrong_axes": _DB,
    "output_padding_forgotten": _SIZE_BACK,
    "padding_always_counted": _AVERAGE,
    "shares_not_divided": _AVERAGE,
}
"""Mistakes that have a section of their own; for the others, it is that of the result."""

BY_RESULT = {
    "conv": {"y": _ALL, "dx": _DX, "dw": _DW, "db": _DB},
    "conv_transpose": {"y": _BACK, "dx": _BACK, "dw": _BACK, "db": _BACK},
    "max_pool": {"y": _MAX, "dx": _MAX},
    "avg_pool": {"y": _AVERAGE, "dx": _AVERAGE},
    "batch_norm": {"y": _NORM, "dx": _NORM_DX, "dgamma": _NORM_SCALE, "dbeta": _NORM_SCALE},
}

BY_OPTION = {"groups": _GROUPS, "dilation": _DILATION}


def section(operation, output, setting, names):
    """Return the section that explains a mistake, or a result that is wrong in another way."""
    for name in names:
        if name in BY_MISTAKE:
            return BY_MISTAKE[name]
    for option, found in BY_OPTION.items():
        if operation == "conv" and option in setting.needs and not names:
            return found
    return BY_RESULT[operation][output]
