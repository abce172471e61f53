"""The settings at which transposed convolution and pooling are tested, and all operations at once.

Run as a module, it measures convlib against the loops over all grids::

    python -m tests.operations
"""

import time
from typing import NamedTuple

import numpy as np

import convlib
from convlib import reference
from tests.settings import (
    CHANNELS,
    FEW,
    GRID,
    Setting,
    combinations,
    draw,
    each_axis,
    errors_against_loops,
    in_pairs,
)


class Transposed(NamedTuple):
    """One transposed convolution: its sizes and its keywords."""

    size: tuple
    kernel: tuple
    stride: int | tuple = 1
    padding: int | tuple = 0
    output_padding: int | tuple = 0
    dilation: int | tuple = 1
    channels: int = 3
    filters: int = 2
    groups: int = 1
    batch: int = 2

    def __str__(self):
        size, kernel = ("x".join(map(str, v)) for v in (self.size, self.kernel))
        keywords = f"S{self.stride} P{self.padding}+{self.output_padding} D{self.dilation}"
        channels = f"C{self.channels} F{self.filters} G{self.groups}"
        return f"transposed {size} by {kernel} {keywords} {channels}".replace(", ", ",")

    @property
    def keywords(self):
        names = ("stride", "padding", "output_padding", "dilation", "groups")
        return {name: getattr(self, name) for name in names}

    @property
    def pairs(self):
        return in_pairs(self.padding, len(self.size))

    @property
    def output(self):
        """Size of the result, worked out apart from convlib."""
        ndim = len(self.size)
        values = (self.stride, self.dilation, self.output_padding)
        axes = zip(self.size, self.kernel, *(each_axis(v, ndim) for v in values), strict=True)
        full = [(h - 1) * s + d * (k - 1) + 1 + more for h, k, s, d, more in axes]
        return tuple(h - sum(pair) for h, pair in zip(full, self.pairs, strict=True))

    @property
    def is_possible(self):
        ndim = len(self.size)
        values = (self.output_padding, self.stride, self.dilation)
        axes = zip(*(each_axis(v, ndim) for v in values), strict=True)
        return min(self.output) > 0 and all(more < max(s, d) for more, s, d in axes)

    def arrays(self, dtype=np.float64):
        """Random x, w, b and dy, the same ones in every run."""
        shapes = (
            (self.batch, self.channels, *self.size),
            (self.channels, self.filters // self.groups, *self.kernel),
            (self.filters,),
            (self.batch, self.filters, *self.output),
        )
        return draw(self, shapes, dtype)

    def run(self, x, w, b, dy, **way):
        """Return y, dx, dw and db, as convlib computes them; the way is a method and workers."""
        grads = convlib.conv_transpose_backward(dy, x, w, **self.keywords, **way)
        return {"y": convlib.conv_transpose(x, w, b, **self.keywords, **way), **grads._asdict()}

    def by_loops(self, x, w, b, dy):
        """Return the same, as the loops compute them."""
        y = reference.conv_transpose(x, w, b, **self.keywords)
        dx, dw, db = reference.conv_transpose_backward(dy, x, w, **self.keywords)
        return {"y": y, "dx": dx, "dw": dw, "db": db}

    def scale(self, x, w, b, dy):
        """Return what the terms of each sum add up to before they cancel."""
        return self.by_loops(*map(np.abs, (x, w, b, dy)))


class Pool(NamedTuple):
    """One pooling: its kind, sizes and keywords."""

    kind: str
    size: tuple
    kernel_size: int | tuple
    stride: int | tuple | None = None
    padding: int | tuple = 0
    dilation: int | tuple = 1
    ceil_mode: bool = False
    count_include_pad: bool = True
    channels: int = 2
    batch: int = 2

    def __str__(self):
        size = "x".join(map(str, self.size))
        keywords = f"S{self.stride} P{self.padding} D{self.dilation}"
        words = "ceil " * self.ceil_mode + "without pad" * (not self.count_include_pad)
        name = f"{self.kind} {size} by {self.kernel_size} {keywords} {words}"
        return name.strip().replace(", ", ",")

    @property
    def keywords(self):
        own = {"max": "dilation", "avg": "count_include_pad"}[self.kind]
        names = ("kernel_size", "stride", "padding", "ceil_mode", own)
        return {name: getattr(self, name) for name in names}

    @property
    def pairs(self):
        return in_pairs(self.padding, len(self.size))

    @property
    def output(self):
        """Size of the result, counted by the loops."""
        x = np.empty((1, 1, *self.size))
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)
        return reference.pooled(x, *sizes)

    @property
    def is_possible(self):
        ndim = len(self.size)
        kernel = each_axis(self.kernel_size, ndim)
        fits = all(max(pair) <= k / 2 for k, pair in zip(kernel, self.pairs, strict=True))
        keeps_to_kind = self.dilation == 1 if self.kind == "avg" else self.count_include_pad
        return fits and keeps_to_kind and min(self.output) > 0

    def arrays(self, dtype=np.float64):
        """Random x and dy, the same ones in every run."""
        shapes = (
            (self.batch, self.channels, *self.size),
            (self.batch, self.channels, *self.output),
        )
        return draw(self, shapes, dtype)

    def run(self, x, dy):
        """Return y and dx, as convlib computes them."""
        return self._run(convlib, x, dy)

    def by_loops(self, x, dy):
        """Return the same, as the loops compute them."""
        return self._run(reference, x, dy)

    def scale(self, x, dy):
        """Return what the terms of each sum add up to before they cancel."""
        if self.kind == "avg":
            return self.by_loops(abs(x), abs(dy))
        size = self.by_loops(x, abs(dy))  # the winners of x, not of |x|
        return size | {"y": abs(size["y"])}

    def _run(self, module, x, dy):
        forward = getattr(module, f"{self.kind}_pool")
        backward = getattr(module, f"{self.kind}_pool_backward")
        return {"y": forward(x, **self.keywords), "dx": backward(dy, x, **self.keywords)}


SWAPPED = [
    {"channels": c["filters"], "filters": c["channels"], "groups": c["groups"]} for c in CHANNELS
]

TRANSPOSED_GRID = [
    *combinations(
        Transposed,
        size=[(1,), (4,)],
        kernel=[(1,), (2,), (3,)],
        stride=[1, 2, 3],
        padding=[0, 1, ((2, 0),)],
        output_padding=[0, 1, 2],
        dilation=[1, 3],
        more=SWAPPED,
    ),
    *combinations(
        Transposed,
        size=[(3, 2)],
        kernel=[(1, 1), (3, 3), (2, 3)],
        stride=[1, 2, (3, 2)],
        padding=[0, 1, ((0, 2), (1, 0))],
        output_padding=[0, (1, 0), (2, 1)],
        dilation=[1, (2, 1)],
        more=SWAPPED,
    ),
    *combinations(
        Transposed,
        size=[(2, 3, 2)],
        kernel=[(2, 1, 3)],
        stride=[1, (2, 1, 3)],
        padding=[0, ((1, 0), (0, 0), (1, 2))],
        output_padding=[0, (1, 0, 2)],
        dilation=[1, (2, 1, 1)],
        more=SWAPPED[:3],
    ),
]

POOL_GRID = [
    *combinations(
        Pool,
        kind=["max", "avg"],
        size=[(1,), (2,), (6,), (7,)],
        kernel_size=[1, 2, 3, 4],
        stride=[None, 1, 2, 3, 5],
        padding=[0, 1, 2, ((0, 1),), ((2, 1),)],
        dilation=[1, 2],
        ceil_mode=[False, True],
        count_include_pad=[True, False],
    ),
    *combinations(
        Pool,
        kind=["max", "avg"],
        size=[(5, 6)],
        kernel_size=[2, 3, (3, 2)],
        stride=[None, 1, (2, 3)],
        padding=[0, 1, (0, 1), ((0, 1), (1, 0))],
        dilation=[1, (2, 1)],
        ceil_mode=[False, True],
        count_include_pad=[True, False],
    ),
    *combinations(
        Pool,
        kind=["max", "avg"],
        size=[(3, 4, 5)],
        kernel_size=[(2, 1, 3)],
        stride=[None, (1, 2, 2)],
        padding=[0, (1, 0, 1)],
        dilation=[1, (1, 2, 1)],
        ceil_mode=[False, True],
        count_include_pad=[True, False],
    ),
]

TRANSPOSED_FEW = [
    Transposed((3, 4), (3, 3), stride=2, padding=1, output_padding=1),
    Transposed((3, 2), (2, 3), stride=(1, 3), padding=((1, 0), (0, 2)), dilation=(2, 1)),
    Transposed((4,), (3,), stride=2, output_padding=2, dilation=3, channels=4, groups=2),
    Transposed((5,), (2,), stride=2, channels=3, filters=3, groups=3),
    Transposed((2, 3, 2), (2, 1, 3), stride=(2, 1, 1), padding=(1, 0, 1)),
]

POOL_FEW = [
    Pool("max", (5, 6), 2),
    Pool("max", (5, 6), 3, stride=2, padding=1, ceil_mode=True),
    Pool("max", (7,), 4, stride=1, padding=2, dilation=2),
    Pool("max", (3, 4, 5), (2, 1, 3), stride=1),
    Pool("avg", (5, 6), 2),
    Pool("avg", (5, 6), 3, stride=2, padding=1, ceil_mode=True),
    Pool("avg", (6, 5), (3, 2), stride=1, padding=((1, 0), (0, 1)), count_include_pad=False),
    Pool("avg", (3, 4, 5), (2, 1, 3), stride=1),
]

DEPTHWISE = Setting((6, 5), (3, 2), stride=2, padding=1, channels=3, filters=3, groups=3)

# as many filters as channels, and yet not depthwise
GROUPED = Setting((6, 5), (3, 2), stride=2, padding=1, channels=4, filters=4, groups=2)

EVERY_FEW = [*FEW, DEPTHWISE, GROUPED, *TRANSPOSED_FEW, *POOL_FEW]
"""A handful of settings of each operation, for what need not run on the grids."""


def main():
    """Print the worst errors over the grids."""
    grids = {"convolution": GRID, "transposed": TRANSPOSED_GRID, "pooling": POOL_GRID}
    for name, grid in grids.items():
        start = time.perf_counter()
        errors = {setting: errors_against_loops(setting) for setting in grid}
        print(f"{name}, {len(grid)} settings ({time.perf_counter() - start:.0f} s)")
        for dtype in (np.float64, np.float32):
            worst = max(grid, key=lambda setting: errors[setting][dtype])
            error = errors[worst][dtype]
            print(f"  {dtype.__name__}: worst relative error {error:.2e}, at {worst}")


if __name__ == "__main__":
    main()
