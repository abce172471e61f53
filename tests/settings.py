"""The settings at which convolution is tested, and the arrays to test it with.

`tests.operations` has the same for pooling and transposed convolution.
"""

import itertools
import json
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

import convlib
from convlib import reference

BOOK_DATA = Path(__file__).parents[1] / "book" / "data"
CS231N = json.loads((BOOK_DATA / "cs231n_expected.json").read_text())
"""Numbers that CS231n publishes for its assignment, with their source."""


def draw(setting, shapes, dtype):
    """Return random arrays, the same ones for a setting in every run."""
    rng = np.random.default_rng(zlib.crc32(str(setting).encode()))
    return tuple(rng.standard_normal(shape).astype(dtype) for shape in shapes)


def each_axis(value, ndim):
    """Return a setting's value along each axis."""
    return value if isinstance(value, tuple) else (value,) * ndim


def in_pairs(padding, ndim):
    """Return padding as one (before, after) per axis, worked out apart from convlib."""
    return tuple(v if isinstance(v, tuple) else (v, v) for v in each_axis(padding, ndim))


class Setting(NamedTuple):
    """One convolution: its sizes and its keywords."""

    size: tuple
    kernel: tuple
    stride: int | tuple = 1
    padding: int | tuple | str = 0
    dilation: int | tuple = 1
    channels: int = 2
    filters: int = 3
    groups: int = 1
    batch: int = 2

    def __str__(self):
        size, kernel = ("x".join(map(str, v)) for v in (self.size, self.kernel))
        keywords = f"S{self.stride} P{self.padding} D{self.dilation}"
        channels = f"C{self.channels} F{self.filters} G{self.groups}"
        return f"{size} by {kernel} {keywords} {channels}".replace(", ", ",")

    @property
    def keywords(self):
        """The keyword arguments of conv."""
        names = ("stride", "padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    @property
    def strides(self):
        return each_axis(self.stride, len(self.size))

    @property
    def dilations(self):
        return each_axis(self.dilation, len(self.size))

    @property
    def extents(self):
        """What the dilated kernel spans."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilations, strict=True))

    @property
    def pairs(self):
        """The padding as one (before, after) per axis, worked out apart from convlib."""
        if self.padding == "valid":
            return tuple((0, 0) for _ in self.size)
        if self.padding == "same":
            return tuple(((e - 1) // 2, e // 2) for e in self.extents)
        return in_pairs(self.padding, len(self.size))

    @property
    def spare(self):
        """How far the kernel can move along each axis; negative where it does not fit."""
        axes = zip(self.size, self.pairs, self.extents, strict=True)
        return tuple(h + sum(pair) - e for h, pair, e in axes)

    @property
    def remainders(self):
        return tuple(r % s for r, s in zip(self.spare, self.strides, strict=True))

    @property
    def is_possible(self):
        one_step = self.padding != "same" or set(self.strides) == {1}
        return one_step and min(self.spare) >= 0

    def arrays(self, dtype=np.float64):
        """Random x, w, b and dy, the same ones in every run."""
        output = (r // s + 1 for r, s in zip(self.spare, self.strides, strict=True))
        shapes = (
            (self.batch, self.channels, *self.size),
            (self.filters, self.channels // self.groups, *self.kernel),
            (self.filters,),
            (self.batch, self.filters, *output),
        )
        return draw(self, shapes, dtype)

    def run(self, x, w, b, dy, **way):
        """Return y, dx, dw and db, as convlib computes them; the way is a method and workers."""
        y = convlib.conv(x, w, b, **self.keywords, **way)
        return {"y": y, **convlib.conv_backward(dy, x, w, **self.keywords, **way)._asdict()}

    def by_loops(self, x, w, b, dy):
        """Return the same, as the loops compute them."""
        keywords = self.keywords | {"padding": self.pairs}
        y = reference.conv(x, w, b, **keywords)
        dx, dw, db = reference.conv_backward(dy, x, w, **keywords)
        return {"y": y, "dx": dx, "dw": dw, "db": db}

    def scale(self, x, w, b, dy):
        """Return what the terms of each sum add up to before they cancel."""
        return self.by_loops(*map(np.abs, (x, w, b, dy)))


CHANNELS = (
    {"channels": 1, "filters": 1, "groups": 1},
    {"channels": 2, "filters": 3, "groups": 1},
    {"channels": 4, "filters": 2, "groups": 2},
    {"channels": 2, "filters": 4, "groups": 2},  # two filters for each channel
    {"channels": 3, "filters": 3, "groups": 3},  # depthwise
)

CHOICES = (
    {
        "size": [(7,), (10,)],
        "kernel": [(1,), (2,), (3,), (4,)],
        "stride": [1, 2, 3],
        "padding": ["valid", "same", 0, 1, ((2, 0),), ((9, 11),)],
        "dilation": [1, 3],
        "more": CHANNELS,
    },
    {
        "size": [(5, 5), (7, 6)],
        "kernel": [(1, 1), (3, 3), (2, 3), (4, 1)],
        "stride": [1, 2, (3, 2)],
        "padding": ["same", 0, 1, (2, 0), ((0, 2), (1, 0)), ((5, 4), (6, 7))],
        "dilation": [1, (2, 1)],
        "more": CHANNELS,
    },
    {
        "size": [(4, 3, 5)],
        "kernel": [(1, 1, 1), (2, 1, 3)],
        "stride": [1, (2, 1, 3)],
        "padding": ["same", 0, ((1, 0), (0, 1), (3, 2))],
        "dilation": [1, (2, 1, 1)],
        "more": CHANNELS[:3],
    },
)
"""What the grid goes through for 1, 2 and 3 axes: every combination that is possible."""


def combinations(make, **choices):
    """Return every combination of the choices that is possible; `more` stands for several."""
    found = []
    for values in itertools.product(*choices.values()):
        chosen = dict(zip(choices, values, strict=True))
        setting = make(**(chosen | chosen.pop("more", {})))
        if setting.is_possible:
            found.append(setting)
    return found


GRID = [setting for choices in CHOICES for setting in combinations(Setting, **choices)]

FEW = [
    Setting((5, 5), (3, 3), padding=1, channels=3, filters=2),  # the example of the course
    Setting((5, 5), (3, 3), padding=2),
    Setting((7, 6), (3, 2), stride=2, channels=4, filters=2, groups=2),
    Setting((6, 8), (2, 4), stride=(3, 2), padding=((0, 2), (1, 0)), dilation=(2, 1)),
    Setting((9,), (3,), stride=2, padding=2, dilation=2, channels=1, filters=1),
    Setting((4, 3, 5), (2, 1, 3), stride=(2, 1, 1), padding=(1, 0, 2), channels=2, groups=1),
]
"""A handful of different settings, for what need not run on the whole grid."""


TOLERANCE = {dtype: 8 * np.finfo(dtype).eps for dtype in (np.float64, np.float32)}
"""Relative error allowed for each dtype; four times the worst that the grid shows."""


def worst_error(got, expected, size):
    """Return the largest |got - expected| / size over all entries and arrays.

    `size` is what the terms of each sum add up to before they cancel.
    Rounding errors are proportional to it, and not to the sum. Where it is 0, nothing was added,
    and only an exact 0 is right.
    """
    worst = 0.0
    for name, right in expected.items():
        assert got[name].shape == right.shape, name
        unlike = got[name] != right
        gap = np.abs(np.subtract(got[name], right, out=np.zeros(right.shape), where=unlike))
        error = np.divide(gap, size[name], out=np.where(gap == 0, 0, np.inf), where=size[name] > 0)
        assert not np.isnan(error).any(), name
        worst = max(worst, error.max(initial=0))
    return float(worst)


def error_against_loops(setting, dtype):
    """Return the worst relative error of an operation's results at one setting."""
    arrays = setting.arrays(dtype)
    exact = [v.astype(np.float64) for v in arrays]
    return worst_error(setting.run(*arrays), setting.by_loops(*exact), setting.scale(*exact))


def errors_against_loops(setting):
    """Return the same for each dtype, on numbers that are float32: the loops run once for both."""
    single = setting.arrays(np.float32)
    double = [v.astype(np.float64) for v in single]
    right, size = setting.by_loops(*double), setting.scale(*double)
    return {
        np.float64: worst_error(setting.run(*double), right, size),
        np.float32: worst_error(setting.run(*single), right, size),
    }
