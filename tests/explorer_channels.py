"""What the explorer must show of channels in groups, for `tests/explorer_states.py`.

Which filter reads which channel, and with which kernel, comes from `convlib.conv2d` of one channel
that is not zero, or of one kernel that is not; and which filters a channel's gradient comes from,
from `conv2d_backward` of one filter's dy.
"""

from math import gcd
from types import SimpleNamespace

import numpy as np

import convlib


def allowed(settings):
    """Say whether a convolution takes these settings."""
    return gcd(settings["channels"], settings["filters"]) % settings["groups"] == 0


def layer(channels, filters, groups, kernel):
    """Return the arrays, and which channels meet: {(f, c): the kernel's place in w}."""
    got = SimpleNamespace(flat=True, fits=True, groups=groups)
    got.x = np.arange(1, channels + 1)[None, :, None, None] * np.ones((kernel, kernel))
    got.w = np.ones((filters, channels // groups, kernel, kernel))
    got.y = convlib.conv2d(got.x, got.w, groups=groups)
    got.dy = np.arange(1.0, filters + 1)[None, :, None, None]
    got.dx = convlib.conv2d_backward(got.dy, got.x, got.w, groups=groups).dx
    got.met, got.back = {}, set()
    for f, k in np.ndindex(got.w.shape[:2]):
        one = np.zeros(got.w.shape)
        one[f, k, 0, 0] = 1
        y = convlib.conv2d(got.x, one, groups=groups)[0, :, 0, 0]
        assert list(np.flatnonzero(y)) == [f]
        got.met[f, int(y[f]) - 1] = (f, k)
        alone = got.dy * (np.arange(filters) == f)[None, :, None, None]
        dx = convlib.conv2d_backward(alone, got.x, got.w, groups=groups).dx
        got.back |= {(f, int(c)) for c in np.flatnonzero(dx[0, :, 0, 0])}
    assert got.back == set(got.met)
    return got


def _sizes(got):
    return got.x.shape[1], got.w.shape[0], got.w.shape[2]


def _weight(got, pair):
    return "w[{},{}]".format(*got.met[pair])


def choosable(got):
    channels, filters, _ = _sizes(got)
    return [("y", f, 0) for f in range(filters)] + [("dx", 0, c) for c in range(channels)]


def _count(n, noun):
    return f"{n} {noun}{'' if n == 1 else 's'}"


def titles(got):
    return [f"x {_count(_sizes(got)[0], 'channel')} in {_count(got.groups, 'group')}"]


def cells(got):
    """List the cells: array, place in its field, text, kind and label."""
    channels, filters, _ = _sizes(got)

    def across(name, y):
        return [
            [name, f"0,{c}", f"{1.1 + c:g}", f"{y:g}", f"{name}[{c}]", "", f"{name}[{c}]"]
            for c in range(channels)
        ]

    def down(name, x):
        return [
            [name, f"{f},0", f"{x:g}", f"{1.1 + f:g}", f"{name}[{f}]", "", f"{name}[{f}]"]
            for f in range(filters)
        ]

    weights = []
    for f, c in np.ndindex(filters, channels):
        name = _weight(got, (f, c)) if (f, c) in got.met else ""
        face = [name, "", name] if name else ["", "pad", f"y[{f}] never reads x[{c}]"]
        weights.append(["w", f"{f},{c}", f"{1.1 + c:g}", f"{1.1 + f:g}", *face])
    return [
        *across("x", 0),
        *down("y", 0),
        *weights,
        *down("dy", channels + 1.2),
        *across("dx", filters + 1.2),
    ]


def _mine(got, cell):
    """List the pairs of a filter and a channel that a chosen cell is about."""
    name, f, c = cell
    return sorted(pair for pair in got.met if (pair[0] == f if name == "y" else pair[1] == c))


def lit(got, cell):
    marks = {}
    for f, c in _mine(got, cell):
        marks[f"w {f},{c}"] = ""
        marks[f"x 0,{c}" if cell[0] == "y" else f"dy {f},0"] = ""
    return marks


def preamble(got):
    channels, filters, kernel = _sizes(got)
    dense = convlib.conv2d(got.x, np.ones((filters, channels, kernel, kernel))).shape
    assert dense == got.y.shape
    times = filters * channels * kernel**2 / got.w.size
    kind = f"A dense layer has {times:g} times as many"
    if got.w.shape[1] == channels:
        kind = "One group: every filter reads every channel"
    elif got.w.shape[1] == 1:
        kind += f". Depthwise: {_count(filters // channels, 'filter')} to each channel"
    fitting = [str(g) for g in range(1, 9) if channels % g == filters % g == 0]
    shape = ", ".join(map(str, got.w.shape))
    return [
        f"w has shape (F, C/G, K, K) = ({shape})",
        f"weights = K²·C/G·F = {kernel}²·{channels}/{got.groups}·{filters} = {got.w.size}",
        kind,
        f"G divides C = {channels} and F = {filters}: {', '.join(fitting)}",
    ]


def explanation(got, cell):
    """Return the lines that explain a cell, and what a screen reader says."""
    mine = _mine(got, cell)
    if cell[0] == "y":
        terms = ", ".join(f"x[{pair[1]}] with {_weight(got, pair)}" for pair in mine)
        first = f"y[{cell[1]}] reads {terms}"
        assert got.y[0, cell[1], 0, 0] == sum(c + 1 for _, c in mine) * _sizes(got)[2] ** 2
    else:
        terms = ", ".join(f"dy[{pair[0]}] through {_weight(got, pair)}" for pair in mine)
        first = f"dx[{cell[2]}] comes from {terms}"
        assert got.dx[0, cell[2], 0, 0] == sum(f + 1 for f, _ in mine)
    reads = [frozenset(c for f, c in got.met if f == filter_) for filter_ in range(len(got.w))]
    own = reads[mine[0][0]]
    channels = ", ".join(map(str, sorted(own)))
    filters = ", ".join(str(f) for f, read in enumerate(reads) if read == own)
    group = f"Group {list(dict.fromkeys(reads)).index(own)}: channels {channels}; filters {filters}"
    return [first, group], f"{first}. {group}."


def code(got, cell):
    name, f, c = cell
    if name == "y":
        call = f"conv2d(x, w, groups={got.groups})[0, {f}]"
        return [f"convlib.{call}", f"torch.nn.functional.{call}"]
    return [
        f"convlib.conv2d_backward(dy, x, w, groups={got.groups}).dx[0, {c}]",
        f"torch.nn.grad.conv2d_input(x.shape, w, dy, groups={got.groups})[0, {c}]",
    ]


def given(got):
    """Return the arrays that the code names."""
    return {"x": got.x, "w": got.w, "dy": got.dy}


def expect_code(got, cell, value):
    """Test that the line of NumPy, which gave this value, computes what is shown."""
    name, f, c = cell
    np.testing.assert_array_equal(value, got.y[0, f] if name == "y" else got.dx[0, c])
