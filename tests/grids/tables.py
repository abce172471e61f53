"""The grids: the settings of every operation, and the features that a sample of them must have.

The features are what published tests leave out, and mistakes hide in.
"""

from functools import cached_property

from tests import pairs
from tests.operations import POOL_GRID, TRANSPOSED_GRID
from tests.settings import GRID, each_axis


class Grid:
    """Settings of one operation, and named features: functions that say if a setting has them."""

    def __init__(self, settings, features):
        self.settings, self.features = list(settings), features

    @cached_property
    def sample(self):
        """Few settings with every pair of values, and every feature."""
        return pairs.sample(self.settings, self.features.values())


AXES = {f"{n} axes": lambda s, n=n: len(s.size) == n for n in (1, 2, 3)}

CONV_FEATURES = AXES | {
    "kernel not square": lambda s: len(set(s.kernel)) > 1,
    "input not square": lambda s: len(set(s.size)) > 1,
    "padding 0": lambda s: s.padding == 0,
    "padding on one side": lambda s: any(before != after for before, after in s.pairs),
    "more padding than the kernel spans": lambda s: any(
        min(pair) > e - 1 > 0 for pair, e in zip(s.pairs, s.extents, strict=True)
    ),
    "'same' with an even kernel": lambda s: s.padding == "same" and s.kernel[0] % 2 == 0,
    "even kernel": lambda s: any(k % 2 == 0 for k in s.kernel),
    "kernel of one entry": lambda s: set(s.kernel) == {1},
    "a remainder": lambda s: any(s.remainders),
    "a remainder beyond the padding": lambda s: any(
        r > after for r, (_, after) in zip(s.remainders, s.pairs, strict=True)
    ),
    "stride larger than the kernel": lambda s: any(
        step > e for step, e in zip(s.strides, s.extents, strict=True)
    ),
    "dilation and stride": lambda s: max(s.dilations) > 1 and max(s.strides) > 1,
    "single channel": lambda s: s.channels == 1,
    "groups": lambda s: 1 < s.groups < s.channels,
    "depthwise": lambda s: s.groups == s.channels > 1,
}

TRANSPOSED_FEATURES = AXES | {
    "output padding": lambda s: s.output_padding != 0,
    "output padding as large as the stride": lambda s: any(
        more >= stride
        for more, stride in zip(
            each_axis(s.output_padding, len(s.size)), each_axis(s.stride, len(s.size)), strict=True
        )
    ),
    "padding on one side": lambda s: any(before != after for before, after in s.pairs),
    "stride larger than the kernel": lambda s: max(each_axis(s.stride, 1)) > max(s.kernel),
    "dilation and stride": lambda s: s.dilation != 1 and s.stride != 1,
    "one entry": lambda s: set(s.size) == {1},
    "groups": lambda s: 1 < s.groups < s.channels,
    "depthwise": lambda s: s.groups == s.channels == s.filters > 1,
    "more filters than channels": lambda s: s.filters > s.channels,
    "fewer filters than channels": lambda s: s.filters < s.channels,
}

POOL_FEATURES = AXES | {
    "overlapping windows": lambda s: s.stride == 1 and each_axis(s.kernel_size, 1)[0] > 1,
    "gaps between windows": lambda s: s.stride == 5,
    "stride left out": lambda s: s.stride is None,
    "a window that overhangs": lambda s: (
        s.ceil_mode and s.output != s._replace(ceil_mode=False).output
    ),
    "ceil_mode that adds nothing": lambda s: (
        s.ceil_mode and s.output == s._replace(ceil_mode=False).output
    ),
    "a window larger than the input": lambda s: (
        s.ceil_mode and each_axis(s.kernel_size, 1)[0] > s.size[0] + sum(s.pairs[0])
    ),
    "padding on one side": lambda s: any(before != after for before, after in s.pairs),
}

MAX_POOL_FEATURES = POOL_FEATURES | {
    "dilation": lambda s: s.dilation != 1,
    "a window of padding only": lambda s: s.size == (1,) and s.padding == 1 and s.dilation == 2,
}

AVG_POOL_FEATURES = POOL_FEATURES | {
    "padding not counted": lambda s: not s.count_include_pad and s.padding != 0
}

CONV = Grid(GRID, CONV_FEATURES)
TRANSPOSED = Grid(TRANSPOSED_GRID, TRANSPOSED_FEATURES)
MAX_POOL = Grid((s for s in POOL_GRID if s.kind == "max"), MAX_POOL_FEATURES)
AVG_POOL = Grid((s for s in POOL_GRID if s.kind == "avg"), AVG_POOL_FEATURES)

GRIDS = {"conv": CONV, "conv_transpose": TRANSPOSED, "max_pool": MAX_POOL, "avg_pool": AVG_POOL}
