"""The layers that are timed, each a row of the tables."""

from typing import NamedTuple


class Row(NamedTuple):
    """A layer and its batch; `settings` are the keyword arguments of a convolution."""

    group: str
    name: str
    x: tuple
    w: tuple
    settings: dict


def row(group, name, x, filters, kernel, stride=1, padding=0, groups=1, dilation=1):
    """Make a row; a number for the kernel stands for all axes of x."""
    axes = len(x) - 2
    kernel = kernel if isinstance(kernel, tuple) else (kernel,) * axes
    given = {"stride": stride, "padding": padding, "groups": groups, "dilation": dilation}
    settings = {name: value for name, value in given.items() if value != (name != "padding")}
    return Row(group, name, x, (filters, x[1] // groups, *kernel), settings)


MAIN = [
    row("main", "the seed's layer", (4, 3, 5, 5), 2, 3, 1, 1),
    row("main", "CS231n, stride 2", (100, 3, 31, 31), 25, 3, 2, 1),
    row("main", "32×64×32², 64", (32, 64, 32, 32), 64, 3, 1, 1),
    row("main", "ResNet 56², 64", (8, 64, 56, 56), 64, 3, 1, 1),
    row("main", "ResNet 28², 128", (8, 128, 28, 28), 128, 3, 1, 1),
    row("main", "ResNet 14², 256", (8, 256, 14, 14), 256, 3, 1, 1),
    row("main", "ResNet 7², 512", (8, 512, 7, 7), 512, 3, 1, 1),
    row("main", "VGG 112², 128", (2, 128, 112, 112), 128, 3, 1, 1),
    row("main", "7×7 stem, stride 2", (8, 3, 224, 224), 64, 7, 2, 3),
    row("main", "3×3, stride 2", (8, 128, 56, 56), 128, 3, 2, 1),
    row("main", "1×1", (8, 256, 28, 28), 512, 1),
    row("main", "5×5", (16, 32, 28, 28), 64, 5, 1, 2),
    row("main", "depthwise 56²", (8, 128, 56, 56), 128, 3, 1, 1, 128),
]
"""Thirteen that stand for the rest; their geometric mean is the figure to watch."""

OTHERS = [
    row("others", "depthwise 28²", (8, 256, 28, 28), 256, 3, 1, 1, 256),
    row("others", "depthwise 7²", (8, 1024, 7, 7), 1024, 3, 1, 1, 1024),
    row("others", "depthwise 31×31", (4, 128, 32, 32), 128, 31, 1, 15, 128),
    row("others", "3×3 in 32 groups", (8, 128, 28, 28), 128, 3, 1, 1, 32),
    row("others", "3×3, dilation 2", (8, 64, 28, 28), 64, 3, 1, 2, 1, 2),
    row("others", "5×5, stride 2", (8, 64, 28, 28), 128, 5, 2, 2),
    row("others", "11×11, stride 4", (8, 3, 224, 224), 64, 11, 4, 2),
    row("others", "3×5", (8, 64, 28, 28), 64, (3, 5), 1, (1, 2)),
    row("others", "1-D, kernel 3", (16, 64, 1024), 64, 3, 1, 1),
    row("others", "1-D, kernel 9", (16, 64, 1024), 64, 9, 1, 4),
    row("others", "1-D, first, stride 4", (16, 1, 8192), 32, 16, 4, 6),
    row("others", "3-D, 3×3×3", (2, 32, 16, 28, 28), 32, 3, 1, 1),
    row("others", "3-D, stride 2", (2, 32, 16, 28, 28), 64, 3, 2, 1),
]


def resnet50(batch):
    """List every distinct convolution of ResNet-50, with the stride at the 3×3 ones."""
    rows = [row("resnet50", "7×7 stem", (batch, 3, 224, 224), 64, 7, 2, 3)]
    size, channels = 56, 64
    for width in (64, 128, 256, 512):
        stride = 1 if width == 64 else 2
        small = size // stride
        shapes = [
            (channels, size, width, 1, 1),
            (width, size, width, 3, stride),
            (width, small, 4 * width, 1, 1),
            (channels, size, 4 * width, 1, stride),
            (4 * width, small, width, 1, 1),
            (width, small, width, 3, 1),
        ]
        for C, H, F, K, S in dict.fromkeys(shapes):
            name = f"{K}×{K}, {C} → {F}, {H}²" + (f", stride {S}" if S > 1 else "")
            rows.append(row("resnet50", name, (batch, C, H, H), F, K, S, K // 2))
        size, channels = small, 4 * width
    return rows


def vgg16(batch):
    """List every distinct convolution of VGG-16."""
    shapes = [(3, 224, 64), (64, 224, 64), (64, 112, 128), (128, 112, 128), (128, 56, 256)]
    shapes += [(256, 56, 256), (256, 28, 512), (512, 28, 512), (512, 14, 512)]
    return [
        row("vgg16", f"3×3, {C} → {F}, {H}²", (batch, C, H, H), F, 3, 1, 1) for C, H, F in shapes
    ]


def mobilenet(batch):
    """List every distinct depthwise convolution of MobileNet."""
    shapes = [(32, 112, 1), (64, 112, 2), (128, 56, 1), (128, 56, 2), (256, 28, 1), (256, 28, 2)]
    shapes += [(512, 14, 1), (512, 14, 2), (1024, 7, 1)]
    return [
        row("mobilenet", f"depthwise {C}, {H}², stride {S}", (batch, C, H, H), C, 3, S, 1, C)
        for C, H, S in shapes
    ]


NETWORKS = [
    r._replace(name=f"{r.name}, N = {n}")
    for network in (resnet50, vgg16, mobilenet)
    for n in (8, 1)
    for r in network(n)
]
ROWS = [*MAIN, *OTHERS, *NETWORKS]


def chosen(words):
    """Return the rows of which a group or a part of the name is among the words; all for none."""
    if not words:
        return ROWS
    rows = [r for r in ROWS if any(word in (r.group, "all") or word in r.name for word in words)]
    if not rows:
        raise SystemExit(f"--rows: no row has {' or '.join(map(repr, words))} in its name")
    return rows
