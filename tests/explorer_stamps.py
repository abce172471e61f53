"""What the explorer must show of a transposed convolution, for `tests/explorer_states.py`.

Where a stamp falls comes from `convlib.conv_transpose1d` of a single 1 in x and a single 1 in w,
and every number from `conv_transpose1d` of the arrays themselves.
"""

from types import SimpleNamespace

import numpy as np

import convlib
from convlib.explorer import W, X
from tests.explorer_numbers import number, second


def allowed(settings):
    """Say whether a transposed convolution takes these settings."""
    return settings["output_padding"] < max(settings["stride"], settings["dilation"])


def layer(size, kernel, **settings):
    """Return the arrays, whole and cut, and where each stamp falls: {(i, k): o}."""
    got = SimpleNamespace(settings=settings, flat=True, fits=True)
    got.x, got.w = np.array(X)[None, :1, :size], np.array(W)[None, :1, :kernel]
    uncut = settings | {"padding": 0}
    got.whole = convlib.conv_transpose1d(got.x, got.w, **uncut)[0, 0]
    got.places = {}
    for i, k in np.ndindex(size, kernel):
        one, tap = np.eye(size)[None, None, i], np.eye(kernel)[None, None, k]
        (place,) = np.flatnonzero(convlib.conv_transpose1d(one, tap, **uncut)[0, 0])
        got.places[i, k] = int(place) - settings["padding"]
    try:
        got.y = convlib.conv_transpose1d(got.x, got.w, **settings)
    except ValueError:
        got.fits = False
    return got


def choosable(got):
    lengths = {"x": got.x.size, "y": got.y.size} if got.fits else {}
    return [(name, 0, n) for name, length in lengths.items() for n in range(length)]


def titles(got):
    return [f"x {got.x.size}"]


def cells(got):
    """List the cells: array, place in its field, text, kind and label."""
    x, w = got.x[0, 0], got.w[0, 0]
    found = [
        ["x", f"0,{i}", "0", str(i), number(v), "", f"x[{i}] = {number(v)}"]
        for i, v in enumerate(x)
    ]
    if not got.fits:
        return found
    pad = got.settings["padding"]
    for (i, k), o in got.places.items():
        inside = 0 <= o < got.y.size
        text = number(x[i] * w[k])
        kinds = ["pad"] * (not inside) + [f"gap{got.settings['dilation']}"] * (k > 0)
        label = f"x[{i}]·w[{k}] = {text}{'' if inside else ', cut off'}"
        found.append(["w", f"{i},{k}", f"{1.1 + o + pad:g}", str(i), text, " ".join(kinds), label])
    for n, value in enumerate(got.whole):
        o = n - pad
        inside, stamped = 0 <= o < got.y.size, o in got.places.values()
        if inside:
            assert value == got.y[0, 0, o]
        kinds = ["pad"] * (not inside) + ["unread"] * (not stamped)
        label = f"{f'y[{o}]' if inside else 'cut off'} = {number(value)}"
        label += "" if stamped else ", no stamp"
        spot = [f"{1.1 + n:g}", f"{x.size + 0.5:g}"]
        found.append(["y", f"0,{o}", *spot, number(value), " ".join(kinds), label])
    return found


def _mine(got, cell):
    """List the stamps (i, k, o) that a chosen cell lays down, or that lie on it."""
    name, _, at = cell
    return [(i, k, o) for (i, k), o in got.places.items() if at == (i if name == "x" else o)]


def lit(got, cell):
    w = got.w[0, 0]
    marks = {}
    for i, k, o in _mine(got, cell):
        marks[f"w {i},{k}"] = number(w[k])
        marks[f"y 0,{o}" if cell[0] == "x" else f"x 0,{i}"] = ""
    return marks


def preamble(got):
    if not got.fits:
        return []
    size, out, extra = got.x.size, got.y.size, got.settings["output_padding"]
    stride, pad = got.settings["stride"], got.settings["padding"]
    extent = max(got.places.values()) - min(got.places.values()) + 1 - stride * (size - 1)
    formula = f"{stride}·({size} − 1) + {extent} − 2·{pad} + {extra}"
    lines = [
        f"w = {', '.join(map(number, got.w[0, 0]))}",
        f"output = S·(H − 1) + Kₑ − 2P + output_padding = {formula} = {out}",
    ]
    if stride > 1:
        *first, last = map(str, _made_the_same(got))
        either = f"{', '.join(first)} or {last}" if first else last
        lines.append(
            f"output_padding chooses the size that stride {stride} turns into {size}: {either}"
        )
    kinds = ["dashed is cut off"] * (pad > 0)
    kinds += ["hatched has no stamp"] * (len(set(got.places.values())) < got.whole.size)
    return lines + ([f"In y {', '.join(kinds)}"] if kinds else [])


def _made_the_same(got):
    """List the sizes of which a convolution makes as many entries as x has."""
    settings = {name: got.settings[name] for name in ("stride", "padding", "dilation")}
    found = []
    for large in range(1, 40):
        try:
            found += [large] * (convlib.output_size(large, got.w.size, **settings) == got.x.size)
        except ValueError:
            continue
    return found


def reason(got):
    length = got.whole.size
    return f"The padding cuts everything off: an output of {length} is no longer than its two ends."


def explanation(got, cell):
    """Return the lines that explain a cell, and what a screen reader says."""
    name, _, at = cell
    x, w = got.x[0, 0], got.w[0, 0]
    me, value = f"{name}[{at}]", (x if name == "x" else got.y[0, 0])[at]
    mine = _mine(got, cell)
    if name == "y" and not mine:
        assert value == 0
        return [f"{me} = 0: no stamp reaches it"], f"{me} is 0: no stamp reaches it."
    if name == "y":
        assert value == sum(x[i] * w[k] for i, k, _ in mine)
        names = " + ".join(f"x[{i}]·w[{k}]" for i, k, _ in mine)
        numbers = " + ".join(
            f"{(second if n else number)(x[i])}·{second(w[k])}" for n, (i, k, _) in enumerate(mine)
        )
        spoken = "; ".join(
            f"x[{i}] times w[{k}], {number(x[i])} times {number(w[k])}" for i, k, _ in mine
        )
        lines = [f"{me} = {names}", f"= {numbers} = {number(value)}"]
        return lines, f"{me} is {number(value)}. It adds up {spoken}."
    real = [(k, o) for _, k, o in mine if 0 <= o < got.y.size]
    lost = len(mine) - len(real)
    entries = "1 entry" if len(real) == 1 else f"{len(real)} entries"
    lines = [f"{me} = {number(value)}"]
    if real:
        lines[0] += f" goes to {entries} of y, each time with another weight:"
        lines.append(", ".join(f"y[{o}] += {number(value)}·{second(w[k])}" for k, o in real))
    verbs = ("1 product falls", "is") if lost == 1 else (f"{lost} products fall", "are")
    dropped = f"{verbs[0]} on what is cut off, and {verbs[1]} dropped"
    sent = "; ".join(f"{number(value * w[k])} to y[{o}], through w[{k}]" for k, o in real)
    words = f"{me} is {number(value)}. It sends {sent or 'nothing to y'}"
    return lines + [dropped] * (lost > 0), f"{words}{f'; {dropped}' if lost else ''}."


def code(got, cell):
    words = ", ".join(
        f"{name}={got.settings[name]}"
        for name in ("stride", "padding", "dilation", "output_padding")
    )
    at = f"[0, 0, {cell[2]}]" if cell[0] == "y" else ""
    call = f"conv_transpose1d(x, w, {words}){at}"
    return [f"convlib.{call}", f"torch.nn.functional.{call}"]


def expect_code(got, cell, value):
    """Test that the line of NumPy, which gave this value, computes what is shown."""
    np.testing.assert_array_equal(value, got.y[0, 0, cell[2]] if cell[0] == "y" else got.y)


def given(got):
    """Return the arrays that the code names."""
    return {"x": got.x, "w": got.w}
