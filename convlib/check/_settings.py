"""The settings at which code is run, from simple to hard, and the numbers that it is given.

Every number is a small whole one, so that sums are exact in float32 too, whatever their order.
"""

import functools
from typing import NamedTuple

import numpy as np

PLAIN = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0,
         "eps": 1e-5, "count_include_pad": True}  # fmt: skip
"""What an operation may be told, with what it means if it is not."""


class Setting(NamedTuple):
    """One layer to run: shapes, options, and what is new about it.

    Attributes
    ----------
    name, before : str
        What it tries, and what an earlier one tried in its place: "stride 2", "stride 1".
    shapes : dict of str to tuple
        Of x, and of the parameters.
    options : dict
        As convlib's function takes them.
    form : {'', 'float32', 'channels-last memory'}
        What is unusual about the arrays.
    """

    name: str
    before: str
    shapes: dict
    options: dict
    form: str = ""

    def __hash__(self):
        return hash((self.name, str(self)))

    def __str__(self):
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        options = ", ".join(f"{name} {value}" for name, value in self.options.items())
        return ", ".join(filter(None, (shapes, options, self.form)))

    @property
    def needs(self):
        """What a convention must be able to say, for this setting to be put to it."""
        needs = {key for key, value in self.options.items() if value != PLAIN.get(key)}
        values = [self.options[key] for key in needs]
        if any(isinstance(value, tuple) for value in values):
            needs.add("a number per axis")
        padding = self.options.get("padding", 0)
        if isinstance(padding, tuple) and any(isinstance(pair, tuple) for pair in padding):
            needs.add("padding before and after")
        kernel = self.shapes.get("w", ())[2:] or self.options.get("kernel_size", 1)
        if isinstance(kernel, tuple) and len(set(kernel)) > 1:
            needs.add("a kernel that is not square")
        if self.name == "equal maxima":
            needs.add(self.name)
        return needs


def _conv(
    name, before, size=5, kernel=3, batch=(2, 3, 2), form="", w_channels_first=False, **options
):
    """Return a setting of a convolution; `batch` is N, C and F.

    The w of a transposed convolution has its channels first.
    """
    (n, c, f), groups = batch, options.get("groups", 1)
    size, kernel = np.broadcast_to(size, 2).tolist(), np.broadcast_to(kernel, 2).tolist()
    axes = (c, f // groups) if w_channels_first else (f, c // groups)
    shapes = {"x": (n, c, *size), "w": (*axes, *kernel), "b": (f,)}
    return Setting(name, before, shapes, {"stride": 1, "padding": 0} | options, form)


CONV = (
    _conv("the course's layer", "", padding=1, batch=(4, 3, 2)),
    _conv("stride 2", "stride 1", padding=1, stride=2),
    _conv("padding 0", "padding 1"),
    _conv("padding 2", "padding 1", padding=2),
    _conv("stride 2 without padding", "stride 1", stride=2),
    _conv("stride 3", "stride 1", size=7, padding=1, stride=3),
    _conv("an input that is not square", "a square input", size=(4, 7), padding=1),
    _conv("an input higher than wide", "a square input", size=(7, 5), padding=1, stride=2),
    _conv("a kernel that is not square", "a square kernel", kernel=(3, 2), padding=1),
    _conv("a kernel wider than high", "a square kernel", size=(4, 6), kernel=(2, 3)),
    _conv("an even kernel", "an odd kernel", kernel=2, padding=1),
    _conv("a kernel of 4", "an odd kernel", size=6, kernel=4, padding=1, stride=2),
    _conv("a remainder", "a stride that divides", size=6, stride=2),
    _conv("a remainder within the padding", "a stride that divides", size=6, padding=1, stride=2),
    _conv("a remainder of 2", "a stride that divides", size=(7, 6), kernel=2, stride=3),
    _conv("a kernel of 1", "a kernel of 3", size=(3, 4), kernel=1),
    _conv("a stride wider than the kernel", "a stride of the kernel or less", kernel=1, stride=2),
    _conv("a kernel as large as the input", "a smaller kernel", size=3),
    _conv("one example", "several examples", padding=1, batch=(1, 3, 2)),
    _conv("one channel", "several channels", padding=1, batch=(3, 1, 2)),
    _conv("one filter", "several filters", padding=1, batch=(3, 2, 1)),
    _conv("one of each", "several of each", size=4, padding=1, batch=(1, 1, 1)),
    _conv("more filters than channels", "fewer filters", size=4, padding=1, batch=(2, 2, 5)),
    _conv("padding wider than the kernel", "narrow padding", size=3, kernel=2, padding=3),
    _conv("dilation 2", "dilation 1", size=6, padding=1, dilation=2),
    _conv("dilation 2 with stride 2", "dilation 1", size=(7, 9), stride=2, dilation=2),
    _conv("2 groups", "1 group", padding=1, groups=2, batch=(2, 4, 6)),
    _conv("a group per channel", "1 group", size=4, padding=1, groups=3, batch=(2, 3, 3)),
    _conv("groups, stride and dilation", "1 group", size=7, stride=2, padding=1, dilation=2,
          groups=2, batch=(2, 4, 4)),
    _conv("a stride per axis", "one stride", size=(5, 7), padding=1, stride=(2, 3)),
    _conv("a padding per axis", "one padding", padding=(2, 0), stride=2),
    _conv("a dilation per axis", "one dilation", size=(5, 7), padding=1, dilation=(1, 2)),
    _conv("padding on one side", "equal padding", size=(4, 5), padding=((0, 1), (2, 0)), stride=2),
    _conv("float32", "float64", padding=1, stride=2, form="float32"),
    _conv("channels-last memory", "contiguous memory", size=(4, 5), padding=1,
          form="channels-last memory"),
    _conv("no example", "several examples", padding=1, batch=(0, 3, 2)),
)  # fmt: skip


_transposed = functools.partial(_conv, size=3, w_channels_first=True)

CONV_TRANSPOSE = (
    _transposed("stride 1 without padding", ""),
    _transposed("stride 2", "stride 1", stride=2),
    _transposed("padding 1", "padding 0", padding=1),
    _transposed("stride 2 with padding 1", "stride 1", stride=2, padding=1),
    _transposed("stride 3", "stride 1", size=2, stride=3),
    _transposed("an input that is not square", "a square input", size=(2, 4), stride=2),
    _transposed("a kernel that is not square", "a square kernel", kernel=(3, 2), stride=2),
    _transposed("an even kernel", "an odd kernel", kernel=4, stride=2, padding=1),
    _transposed("a stride wider than the kernel", "a narrow stride", kernel=1, stride=2),
    _transposed("one example", "several examples", batch=(1, 3, 2)),
    _transposed("one channel", "several channels", batch=(2, 1, 2)),
    _transposed("one filter", "several filters", batch=(2, 3, 1)),
    _transposed("output padding 1", "no output padding", stride=2, padding=1, output_padding=1),
    _transposed("dilation 2", "dilation 1", dilation=2, stride=2),
    _transposed("2 groups", "1 group", groups=2, batch=(2, 4, 6), stride=2),
    _transposed("a stride per axis", "one stride", stride=(1, 2)),
    _transposed("float32", "float64", stride=2, form="float32"),
    _transposed("channels-last memory", "contiguous memory", form="channels-last memory"),
    _transposed("no example", "several examples", batch=(0, 3, 2)),
)


def _pool(name, before, size=4, kernel=2, stride=None, batch=(2, 3), form="", **options):
    """Return a setting of pooling; `batch` is N and C."""
    shapes = {"x": (*batch, *np.broadcast_to(size, 2).tolist())}
    options = {"kernel_size": kernel, "stride": kernel if stride is None else stride} | options
    return Setting(name, before, shapes, options, form)


POOL = (
    _pool("windows side by side", ""),
    _pool("windows that overlap", "windows side by side", kernel=2, stride=1),
    _pool("windows of 3", "windows of 2", size=6, kernel=3),
    _pool("windows of 3 with stride 2", "windows side by side", size=5, kernel=3, stride=2),
    _pool("an input that is not square", "a square input", size=(4, 6)),
    _pool("windows that are not square", "square windows", size=(4, 5), kernel=(2, 3), stride=2),
    _pool("a remainder", "a stride that divides", size=5),
    _pool("a stride wider than the window", "windows side by side", size=5, kernel=1, stride=2),
    _pool("one example", "several examples", batch=(1, 3)),
    _pool("one channel", "several channels", batch=(2, 1)),
    _pool("one window", "several windows", size=3, kernel=3),
    _pool("negative numbers", "both signs", form="negative"),
    _pool("padding 1", "padding 0", size=5, kernel=3, stride=2, padding=1),
    _pool("padding around negative numbers", "both signs", kernel=3, stride=1, padding=1,
          form="negative"),
    _pool("padding that is not counted", "padding that is counted", size=5, kernel=3, stride=2,
          padding=1, count_include_pad=False),
    _pool("equal maxima", "maxima of their own", form="equal"),
    _pool("float32", "float64", size=5, kernel=3, stride=2, form="float32"),
    _pool("channels-last memory", "contiguous memory", form="channels-last memory"),
    _pool("no example", "several examples", batch=(0, 3)),
)  # fmt: skip


MAX_POOL = tuple(s for s in POOL if "count_include_pad" not in s.options)
AVG_POOL = tuple(s for s in POOL if s.form != "equal")


def _norm(name, before, shape, form="", eps=1e-5):
    shapes = {"x": shape, "gamma": shape[1:2], "beta": shape[1:2]}
    return Setting(name, before, shapes, {"eps": eps}, form)


BATCH_NORM = (
    _norm("a batch", "", (4, 3, 2, 2)),
    _norm("another batch", "a batch", (2, 5, 3, 2)),
    _norm("a batch that is not square", "a square batch", (3, 2, 1, 4)),
    _norm("one channel", "several channels", (4, 1, 2, 2)),
    _norm("two examples", "several examples", (2, 3, 1, 1)),
    _norm("eps 0.5", "eps 1e-05", (4, 3, 2, 2), eps=0.5),
    _norm("float32", "float64", (4, 3, 2, 3), form="float32"),
    _norm("channels-last memory", "contiguous memory", (4, 3, 2, 2), form="channels-last memory"),
)


def numbers(shape, seed, form="", most=None):
    """Return whole numbers other than 0, up to `most`; all different where that is None.

    Examples
    --------
    >>> numbers((2, 3), 1)
    array([[ 1.,  2., -1.],
           [ 3., -3., -2.]])
    """
    count, draw = int(np.prod(shape)), np.random.RandomState(seed)
    half = 1 if form == "equal" else min((count + 1) // 2, most or count)
    values = np.array([v for v in range(-half, half + 1) if v] or [1])
    if form == "negative":
        values = -np.arange(1, count + 1)
    values = draw.permutation(np.resize(draw.permutation(values), count))
    array = values.reshape(shape).astype(np.float32 if form == "float32" else np.float64)
    if form == "channels-last memory" and array.ndim == 4:
        array = np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return array
