"""What an explorer must show in a state, worked out from convlib alone.

Which input a pair (output, weight) reads comes from `convlib.sliding_windows` on an array of names,
and the numbers from `conv2d` and `conv2d_backward`. Nothing here shares code with the explorer.

The script's own tests compare every state with a digest of what is expected:

python -m tests.explorer_states                 writes the digests of all states
python -m tests.explorer_states dx 5 3 1 1 1    prints what is expected in one: the controls of
                                                the view, here size, kernel, stride, padding and
                                                dilation
"""

import hashlib
import itertools
import json
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import convlib
from convlib.explorer import CONTROLS, DY, LIMITS, VIEWS, W, X, explore
from convlib.figures._numbers import number_in_full
from tests import explorer_channels, explorer_stamps
from tests.explorer_numbers import number, second
from tests.pairs import covering

DIGESTS = Path(__file__).parent / "data" / "explorer_states.json"
SETTINGS = list(LIMITS)
INDEX = {"y": "o", "dy": "o", "x": "i", "dx": "i", "w": "k", "dw": "k"}
POOLS = {"maxpool": "max_pool2d", "avgpool": "avg_pool2d"}
OWN = {"stamp": explorer_stamps, "groups": explorer_channels}
"""Where it stands what a view shows that is no convolution of pixels, forward or backward."""

SHOWN = {name: " ".join(view.arrays) for name, view in VIEWS.items()}


def every_setting(view="dx"):
    """List all states of the controls of a view."""
    names = VIEWS[view].controls
    ranges = [range(low, high + 1) for low, high in (CONTROLS[name] for name in names)]
    found = [dict(zip(names, values, strict=True)) for values in itertools.product(*ranges)]
    return [settings for settings in found if view not in OWN or OWN[view].allowed(settings)]


def every_pair(view="dx"):
    """List a few states in which each two controls of a view have each pair of values."""
    state = namedtuple("State", VIEWS[view].controls)
    all_of_them = (state(**settings) for settings in every_setting(view))
    return [few._asdict() for few in covering(all_of_them)]


def layer(view, *sizes, **settings):
    """Return the arrays, and where they meet; `fits` is False where there is no output."""
    return OWN[view].layer(*sizes, **settings) if view in OWN else _layer(view, *sizes, **settings)


def _layer(view, size, kernel, **settings):
    """Return the arrays, the products (o, i, k) and the sizes; no products where nothing fits."""
    if view in POOLS:
        return _pool_layer(view, size, kernel, **settings)
    flat = view in ("shape", "spread")
    rows = (1, 1) if flat else (size, kernel)
    got = SimpleNamespace(view=view, settings=settings, flat=flat, fits=True)
    got.x = np.array(X)[None, None, : rows[0], :size]
    got.w = np.array(W)[None, None, : rows[1], :kernel]
    apart = {name: (1, value) for name, value in settings.items()} if flat else dict(settings)
    if flat:
        apart["padding"] = (0, settings["padding"])
    try:
        got.sizes = convlib.geometry((rows[0], size), (rows[1], kernel), **apart)
    except ValueError:
        got.fits = False
        return got
    height, width = got.sizes.output
    got.dy = np.array(DY)[None, None, :height, :width]
    got.y = convlib.conv2d(got.x, got.w, **apart)
    got.dx, got.dw, _ = convlib.conv2d_backward(got.dy, got.x, got.w, **apart)
    # The names of the pixels are 1, 2, …, and 0 is a zero of the padding.
    names = np.arange(1, got.x.size + 1).reshape(got.x.shape)
    padded = convlib.pad(names, apart["padding"])
    seen = convlib.sliding_windows(
        padded, got.w.shape[2:], stride=apart["stride"], dilation=apart["dilation"]
    )
    place = np.arange(padded.size).reshape(padded.shape)
    where = convlib.sliding_windows(
        place, got.w.shape[2:], stride=apart["stride"], dilation=apart["dilation"]
    )
    before = [pair[0] for pair in got.sizes.padding]
    got.products = []
    for *o, p, q in np.ndindex(seen.shape[2:]):
        at = divmod(int(where[0, 0, *o, p, q]), padded.shape[3])
        i = tuple(a - b for a, b in zip(at, before, strict=True))
        inside = bool(seen[0, 0, *o, p, q])
        got.products.append({"o": tuple(o), "i": i, "k": (p, q), "inside": inside})
    return got


def choosable(view, got):
    """List the cells from which one can be chosen."""
    if view in OWN:
        return OWN[view].choosable(got)
    if not got.fits:
        return []
    return [
        (name, r, c)
        for name in VIEWS[view].choose
        for r, c in np.ndindex(getattr(got, name).shape[2:])
    ]


def grids(view, got):
    """Map each grid's cells to (text, is it hatched)."""
    if view in OWN:
        return _faces(view, OWN[view].cells(got))
    if view == "spread":
        return _spread_rows(got)
    if view in POOLS:
        return _pool_grids(got)
    if got.flat:
        return _rows(got)
    pad = got.settings["padding"]
    read = {product["i"] for product in got.products} if got.fits else None
    found = {}
    for name in SHOWN[view].split():
        cells = found[name] = {}
        if INDEX[name] == "i":
            height, width = got.x.shape[2:]
            for r, c in itertools.product(range(-pad, height + pad), range(-pad, width + pad)):
                inside = 0 <= r < height and 0 <= c < width
                text = "0" if name == "x" else ""
                if inside and (name == "x" or got.fits):
                    text = number(getattr(got, name)[0, 0, r, c])
                cells[f"{r},{c}"] = (text, got.fits and (r, c) not in read)
        elif got.fits or name == "w":
            array = getattr(got, name)[0, 0]
            cells |= {f"{r},{c}": (number(v), False) for (r, c), v in np.ndenumerate(array)}
        elif name == "dw":
            cells |= {f"{r},{c}": ("", False) for r, c in np.ndindex(got.w.shape[2:])}
    return found


def _rows(got):
    """Map the cells of the shape view."""
    pad, size, kernel = got.settings["padding"], got.x.shape[3], got.w.shape[3]
    read = {product["i"][1] for product in got.products} if got.fits else set(range(-9, 19))
    outputs = range(got.sizes.output[1] if got.fits else 0)
    return {
        "x": {
            f"0,{c}": (f"x[{c}]" if 0 <= c < size else "0", c not in read)
            for c in range(-pad, size + pad)
        },
        "y": {f"0,{o}": (f"y[{o}]", False) for o in outputs},
        "w": {f"{o},{k}": (f"w[{k}]", False) for o in outputs for k in range(kernel)},
    }


def titles(view, got):
    """List what stands above the grids."""
    if view in OWN:
        return OWN[view].titles(got)
    if view == "spread":
        return [_spread_title(got)]
    size = [n for pair in ([got.x.shape[3:]] if got.flat else [got.x.shape[2:]]) for n in pair]
    padded = [n + 2 * got.settings["padding"] for n in size]
    by = " × ".join
    around = f", padded {by(map(str, padded))}" if padded != size else ""
    hatched = ""
    if got.fits and len({product["i"] for product in got.products}) < np.prod(padded):
        hatched = " (hatched: not read)"
    said = []
    for name in ["x"] if got.flat else SHOWN[view].split():
        if INDEX[name] == "i":
            part = f"in {_part(got)}, " if name == "dx" and view in POOLS and _part(got) else ""
            wide = "" if name == "dx" and view in POOLS else around
            said.append(f"{name} {part}{by(map(str, size))}{wide}{hatched}")
        elif INDEX[name] == "k":
            said.append(f"{name} {by(map(str, got.w.shape[2:]))}")
        else:
            shape = by(map(str, got.dy.shape[2:])) if got.fits else "does not exist"
            said.append(f"{name} {shape}")
    return said


def chosen(view, got, cell):
    """Return what must be seen once a cell is chosen: lit cells, arrows, formula."""
    name, *at = cell
    if view in OWN:
        lines = [*OWN[view].preamble(got), *OWN[view].explanation(got, cell)[0]]
        return {"lit": OWN[view].lit(got, cell), "arrows": [], "lines": lines}
    if view in POOLS:
        lit, lines, _ = _pool_choice(got, cell)
        return {"lit": lit, "arrows": [], "lines": [*preamble(view, got), *lines]}
    if view == "spread":
        lit = {f"dy 0,{tap.place}": "" for tap in _taps(got, at[1])}
        lit |= {f"w {at[1]},{n}": "" for n in range(got.w.shape[3])}
        return {"lit": lit, "arrows": [], "lines": _lines(view, got, cell, [])}
    mine = [p for p in got.products if p[INDEX[name]] == tuple(at)]
    over = VIEWS[view].over
    lit = {}
    for grid in SHOWN[view].split():
        if grid == name:
            continue
        covered = not got.flat and grid != over
        for p in mine:
            where = p[INDEX[grid]]
            if got.flat and grid == "w":
                where = (p["o"][1], p["k"][1])
            chip = number(getattr(got, over)[0, 0, *p[INDEX[over]]]) if covered else ""
            lit[f"{grid} {where[0]},{where[1]}"] = chip
    arrows = []
    if {"dx", "dy"} <= set(VIEWS[view].arrays):
        arrows = [[_at(p["o"]), _at(p["i"]), str(int(got.w[0, 0, *p["k"]]))] for p in mine]
    return {"lit": lit, "arrows": arrows, "lines": _lines(view, got, cell, mine)}


def _at(pair):
    return f"{pair[0]},{pair[1]}"


def _lines(view, got, cell, mine):
    """Write the formula line by line."""
    if view == "spread":
        return [*_spread_sizes(got), *_gathered(got, cell[2])[0]]
    if got.flat:
        return [*sizes(got), _position(cell, mine)]
    name, r, c = cell
    me, value = f"{name}[{r},{c}]", getattr(got, name)[0, 0, r, c]
    real = [p for p in mine if p["inside"]]
    lost = len(mine) - len(real)
    if name == "dy":
        return _scatter(got, me, value, real, lost)
    zeros = f"{lost} product{'' if lost == 1 else 's'} with a zero of the padding"
    if not real:
        why = f"nothing but {zeros}" if mine else "no window reads this pixel"
        assert value == 0
        return [f"{me} = {number(value)}: {why}"]
    a, b = {"y": ("x", "w"), "dx": ("dy", "w"), "dw": ("dy", "x")}[name]
    pairs = [[(f, *p[INDEX[f]], getattr(got, f)[0, 0, *p[INDEX[f]]]) for f in (a, b)] for p in real]
    assert sum(one[3] * other[3] for one, other in pairs) == value
    names = " + ".join(
        f"{one[0]}[{one[1]},{one[2]}]·{two[0]}[{two[1]},{two[2]}]" for one, two in pairs
    )
    numbers = " + ".join(
        f"{second(one[3]) if n else number(one[3])}·{second(two[3])}"
        for n, (one, two) in enumerate(pairs)
    )
    if name == "dw":
        names = f"Σ dy[o_h,o_w]·x[{_meets(got, mine, 0, 'o_h')},{_meets(got, mine, 1, 'o_w')}]"
    return [
        f"{me} = {names}",
        f"= {numbers} = {number(value)}",
        *([f"and {zeros}"] if lost else []),
    ]


def _scatter(got, me, value, real, lost):
    goes = f"{me} = {number(value)} goes to {len(real)} pixel{'' if len(real) == 1 else 's'}"
    sent = [
        f"dx[{p['i'][0]},{p['i'][1]}] += {number(value)}·{second(got.w[0, 0, *p['k']])}"
        for p in real
    ]
    lines = [f"{goes}, each time with another weight:", ", ".join(sent)]
    if not real:
        lines = [f"{me} = {number(value)}"]
    if lost == 1:
        lines.append("1 product falls on the padding, and is dropped")
    elif lost:
        lines.append(f"{lost} products fall on the padding, and are dropped")
    return lines


def _meets(got, mine, axis, letter):
    """Say where a weight reads, as convlib's windows show it: where at first, and how far apart."""
    first = mine[0]["i"][axis]
    later = {p["o"][axis]: p["i"][axis] for p in mine}
    stride = later[1] - first if 1 in later else got.settings["stride"]
    tail = f"{'−' if first < 0 else '+'}{abs(first)}" if first else ""
    return f"{stride if stride > 1 else ''}{letter}{tail}"


def _position(cell, mine):
    names = [f"x[{p['i'][1]}]" if p["inside"] else "0" for p in mine]
    return f"y[{cell[2]}] reads {', '.join(names)}"


def sizes(got):
    """Write the formulas of the sizes; only the first where the kernel does not fit."""
    h, k = got.x.shape[3], got.w.shape[3]
    s, p, d = (got.settings[name] for name in ("stride", "padding", "dilation"))
    extent = d * (k - 1) + 1
    lines = [f"Kₑ = D·(K − 1) + 1 = {d}·({k} − 1) + 1 = {extent}"]
    if got.fits:
        assert got.sizes.extent[1] == extent
        out, rest = got.sizes.output[1], got.sizes.remainder[1]
        lines.append(
            f"output = ⌊(H + 2P − Kₑ) / S⌋ + 1 = ⌊({h} + 2·{p} − {extent}) / {s}⌋ + 1 = {out}"
        )
        lines.append(f"remainder = (H + 2P − Kₑ) mod S = {h + 2 * p - extent} mod {s} = {rest}")
    return lines


def preamble(view, got):
    """List the lines that stand above the explanation, if there is one."""
    if view in OWN:
        return OWN[view].preamble(got)
    if view in POOLS and got.fits:
        return [_pool_counts(got)]
    return sizes(got) if view == "shape" else []


def reason(view, got):
    """Write why there is no output."""
    if view in OWN:
        return OWN[view].reason(got)
    size, kernel = got.x.shape[3], got.w.shape[3]
    if got.view in POOLS and kernel <= size + 2 * got.settings["padding"]:
        padding = got.settings["padding"]
        return f"The padding does not fit: {padding} is more than half of the kernel, {kernel}."
    dilation, room = got.settings.get("dilation", 1), size + 2 * got.settings["padding"]
    span = f" and dilation {dilation} spans {dilation * (kernel - 1) + 1}" if dilation > 1 else ""
    return f"The kernel does not fit: size {kernel}{span}, but the padded input has only {room}."


# --- dy of one row, spread: built as an array of names, over which convlib's own windows slide ---


def _spread(got):
    """Return what stands at each place: ("entry", o) or a kind of zero."""
    stride, extent, rest = got.settings["stride"], got.sizes.extent[1], got.sizes.remainder[1]
    places = ["border"] * (extent - 1)
    for o in range(got.sizes.output[1]):
        places += [("entry", o), *["between"] * (stride - 1)]
    places = places[: len(places) - (stride - 1)]
    return places + ["remainder"] * rest + ["border"] * (extent - 1)


Tap = namedtuple("Tap", "weight place met")


def _taps(got, i):
    """List what meets the weights of the rotated kernel, from left to right, at dx[i]."""
    places = _spread(got)
    kernel, dilation = got.w.shape[3], got.settings["dilation"]
    numbers = np.arange(len(places))[None, None, None]
    seen = convlib.sliding_windows(numbers, (1, kernel), dilation=(1, dilation))[0, 0, 0]
    assert len(seen) == got.x.shape[3] + 2 * got.settings["padding"]
    window = seen[i + got.settings["padding"]].ravel().tolist()
    found = [Tap(kernel - 1 - n, at, places[at]) for n, at in enumerate(window)]
    if 0 <= i < got.x.shape[3]:
        met = {(tap.met[1], tap.weight) for tap in found if tap.met[0] == "entry"}
        assert met == {(p["o"][1], p["k"][1]) for p in got.products if p["i"] == (0, i)}
        value = sum(got.dy[0, 0, 0, o] * got.w[0, 0, 0, k] for o, k in met)
        assert value == got.dx[0, 0, 0, i]
    return found


FACES = {"between": ("0", "zero"), "border": ("·", "pad"), "remainder": ("0", "pad unread")}
NAMED = {
    "between": "a zero between entries",
    "border": "a zero of the border",
    "remainder": "a zero of the remainder",
}


def _spread_cells(got):
    """List the cells of the three arrays, as `_cells` does."""
    if not got.fits:
        return []
    pad, size, dilation = got.settings["padding"], got.x.shape[3], got.settings["dilation"]
    found = []
    for n, what in enumerate(_spread(got)):
        text, kind = (f"dy[{what[1]}]", "") if what[0] == "entry" else FACES[what]
        found.append(["dy", f"0,{n}", f"{1.6 + n:g}", "0", text, kind, NAMED.get(what, text)])
    for row, i in enumerate(range(-pad, size + pad)):
        inside = 0 <= i < size
        text, kind, label = (f"dx[{i}]", "", f"dx[{i}]") if inside else ("cut", "pad", "cut off")
        found.append(["dx", f"0,{i}", "0", f"{1.5 + row:g}", text, kind, label])
    for row, i in enumerate(range(-pad, size + pad)):
        for n, (k, place, met) in enumerate(_taps(got, i)):
            entry = met[0] == "entry"
            kinds = ([] if entry else ["zero"]) + ([f"gap{dilation}"] if n else [])
            label = f"w[{k}] meets {f'dy[{met[1]}]' if entry else NAMED[met]}"
            spot = [f"{1.6 + place:g}", f"{1.5 + row:g}"]
            found.append(["w", f"{i},{n}", *spot, f"w[{k}]", " ".join(kinds), label])
    return found


def _spread_rows(got):
    return _faces("spread", _spread_cells(got))


def _faces(view, cells):
    """Map each grid's cells to (text, is it hatched)."""
    found = {name: {} for name in VIEWS[view].arrays}
    for name, at, _, _, text, kind, _ in cells:
        found[name][at] = (text, "unread" in kind)
    return found


def _spread_title(got):
    if not got.fits:
        return "dy does not exist"
    return f"dy {got.sizes.output[1]}, spread and padded {len(_spread(got))}"


def _spread_sizes(got):
    """Write the zeros and the sizes, as they are counted in the spread array."""
    places, stride = _spread(got), got.settings["stride"]
    entries = [n for n, what in enumerate(places) if what[0] == "entry"]
    before, after = entries[0], len(places) - 1 - entries[-1]
    inner, out, rest = entries[-1] - entries[0] + 1, len(entries), places.count("remainder")
    looks = {"between": "0 between entries", "border": "· of the border"}
    looks["remainder"] = "hatched of the remainder"
    zeros = ", ".join(look for kind, look in looks.items() if kind in places)
    return [
        f"Zeros: {zeros or 'none'}",
        f"spread = S·(output − 1) + 1 = {stride}·({out} − 1) + 1 = {inner}",
        f"padded by Kₑ − 1 = {before} in front, Kₑ − 1 + R = {before} + {rest} = {after} behind",
    ]


def _gathered(got, i):
    """Return the lines of an entry of dx, and what a screen reader says."""
    taps = _taps(got, i)
    pairs = [(f"dy[{tap.met[1]}]", f"w[{tap.weight}]") for tap in taps if tap.met[0] == "entry"]
    none = "0: every weight meets a zero"
    lines, spoken = [f"dx[{i}] = {none}"], [f"dx[{i}] is {none}."]
    if pairs:
        lines = [f"dx[{i}] = {' + '.join(map('·'.join, pairs))}"]
        spoken = [f"dx[{i}] adds up {'; '.join(map(' times '.join, pairs))}."]
    for kind, words in NAMED.items():
        met = ", ".join(f"w[{tap.weight}]" for tap in taps if tap.met == kind)
        if met:
            zeros = f"Zeros{words.removeprefix('a zero')} meet {met}"
            lines.append(zeros)
            spoken.append(f"{zeros}.")
    return lines, " ".join(spoken)


# --- pooling: where a window's gradient goes is what convlib sends back of a single 1 -----------


def _pool_layer(view, size, kernel, *, stride, padding):
    """Return the arrays of a view of pooling, which has no dilation."""
    got = SimpleNamespace(view=view, flat=False, fits=True)
    got.settings = {"stride": stride, "padding": padding}
    got.x, got.w = (np.array(table)[None, None, :n, :n] for table, n in ((X, size), (W, kernel)))
    pool, back = (getattr(convlib, POOLS[view] + end) for end in ("", "_backward"))
    try:
        got.y = pool(got.x, kernel, **got.settings)
    except ValueError:
        got.fits = False
        return got
    height, width = got.y.shape[2:]
    got.dy = np.array(DY)[None, None, :height, :width]
    dx = back(got.dy, got.x, kernel, **got.settings)
    # A whole number of parts: without the last bits of a sum of fractions.
    got.dx = np.rint(dx * got.w.size) / got.w.size
    assert np.allclose(got.dx, dx)
    # One example for each window, whose gradient is 1, on an image without a border.
    ones = np.eye(height * width).reshape(-1, 1, height, width)
    images = np.repeat(got.x, height * width, axis=0)
    sends = back(ones, images, kernel, **got.settings)
    shares = convlib.avg_pool2d_backward(ones, images, kernel, **got.settings)
    got.gets, got.holds = {}, {}
    for n, o in enumerate(np.ndindex(height, width)):
        got.gets[o] = [(int(r), int(c)) for r, c in np.argwhere(sends[n, 0])]
        got.holds[o] = [(int(r), int(c)) for r, c in np.argwhere(shares[n, 0])]
    got.products = [
        {"o": o, "i": i, "inside": i in holds}
        for o, holds in got.holds.items()
        for i in _places(got, o)
    ]
    return got


def _ties(got, o):
    """List the entries of a window that equal its maximum."""
    return [i for i in got.holds[o] if got.x[0, 0, *i] == got.y[0, 0, *o]]


def _places(got, o):
    """List all places of a window, those of the padding among them."""
    first = [a * got.settings["stride"] - got.settings["padding"] for a in o]
    return list(itertools.product(*(range(a, a + got.w.shape[3]) for a in first)))


def _pool_counts(got):
    """Count windows, winners and ties; or the entries that share."""
    if got.view == "avgpool":
        return f"Each entry of a window gets {_part(got) or 'all'} of its dy"
    winners = {i for gets in got.gets.values() for i in gets}
    ties = sum(len(_ties(got, o)) > 1 for o in got.holds)
    counts = [_many(len(got.holds), "window"), f"{_many(len(winners), 'winner')} (filled)"]
    return ", ".join([*counts, _many(ties, "tie") if ties else "no tie"])


def _part(got):
    """Write the share of an entry; nothing where it is the only one."""
    return f"1/{got.w.size}" if got.view == "avgpool" and got.w.size > 1 else ""


def _many(n, one, more=None):
    return f"{n} {one if n == 1 else more or f'{one}s'}"


def _pool_faces(got):
    """List the cells: array, place, text, kind and label."""
    pad, size = got.settings["padding"], got.x.shape[3]
    read = {product["i"] for product in got.products} if got.fits else None
    found = []
    for name, *i in itertools.product(["x", "dx"], *[range(-pad, size + pad)] * 2):
        text, kind, label = "", [], f"{name}[{_at(i)}] = "
        if not _inside(got, *i):
            text = {"maxpool": "−∞", "avgpool": "0"}[got.view] if name == "x" else ""
            kind, label = ["pad"], "padding"
        elif name == "x" or got.fits:
            value = getattr(got, name)[0, 0, *i]
            unit = _part(got)[1:] if name == "dx" else ""
            text = number(np.rint(value * got.w.size) if unit else value)
            label += text + unit
        if got.fits and tuple(i) not in read:
            kind, label = [*kind, "unread"], f"{label}, not read"
        if got.fits and got.view == "maxpool" and "pad" not in kind:
            wins = sum(tuple(i) in gets for gets in got.gets.values())
            kind += {("x", True): ["won"], ("dx", False): ["zero"]}.get((name, wins > 0), [])
            label += f", wins {_many(wins, 'window')}" if name == "x" and wins else ""
        found.append([name, _at(i), text, " ".join(kind), label])
    for o in got.holds if got.fits else []:
        value = number(got.dy[0, 0, *o])
        found.append(["dy", _at(o), value, "", f"dy[{_at(o)}] = {value}"])
    return found


def _pool_cells(got):
    """List them with their places: each array in the middle of what it can fill."""
    side = {"x": LIMITS["size"][1] + 2 * LIMITS["padding"][1], "dy": LIMITS["size"][1] + 1}
    found = []
    for name, at, *face in _pool_faces(got):
        length = got.dy.shape[3] if name == "dy" else got.x.shape[3]
        margin = (side["dy" if name == "dy" else "x"] - length) / 2
        r, c = map(int, at.split(","))
        found.append([name, at, f"{margin + c:g}", f"{margin + r:g}", *face])
    return found


def _pool_grids(got):
    grids = {name: {} for name in VIEWS[got.view].arrays}
    for name, at, text, kind, _ in _pool_faces(got):
        grids[name][at] = (text, "unread" in kind)
    return grids


def _pool_choice(got, cell):
    """Return what is lit, the lines, and what a screen reader says."""
    name, *at = cell
    at = tuple(at)
    largest = got.view == "maxpool"
    if name == "dy":
        return _max_window(got, at) if largest else _avg_window(got, at)
    takes = [o for o in got.holds if at in got.gets[o]]
    other = {"x": "dx", "dx": "x"}[name]
    lit = {f"{other} {_at(at)}": ""} | {f"dy {_at(o)}": "" for o in takes}
    lines, spoken = _max_entry(got, at, takes) if largest else _avg_entry(got, at, takes)
    me = f"{name}[{_at(at)}] is {number_in_full(getattr(got, name)[0, 0, *at])}"
    if not takes and name == "dx":
        return lit, lines, " ".join(spoken)
    return lit, lines, " ".join([f"{me}.", *spoken])


def _max_window(got, o):
    (winner,) = got.gets[o]
    tied, held = _ties(got, o), got.holds[o]
    most, sent = number(got.y[0, 0, *o]), number(got.dy[0, 0, *o])
    lit = {f"x {_at(i)}": "" for i in _places(got, o)}
    lit |= {f"x {_at(i)}": "tie" for i in tied} | {f"x {_at(winner)}": "max"}
    lit |= {f"dx {_at(i)}": "0" for i in held} | {f"dx {_at(winner)}": sent}
    numbers = ", ".join(number(got.x[0, 0, *i]) for i in held)
    me = _at(o)
    x, dx = f"x[{_at(winner)}]", f"dx[{_at(winner)}]"
    lines = [
        f"y[{me}] = max({numbers}) = {most}",
        f"Won by {x}: {dx} += dy[{me}] = {sent}, all others += 0",
    ]
    more = []
    if len(tied) > 1:
        more.append(f"{' and '.join(f'x[{_at(i)}]' for i in tied)} tie: the first wins, row by row")
    pads = got.w.size - len(held)
    if pads:
        more.append(f"{_many(pads, 'entry', 'entries')} of the padding, −∞, cannot win")
    spoken = f"It goes to {dx}, because {x} wins the window with {most}; all others get 0."
    words = [f"dy[{me}] is {sent}.", spoken, *(f"{text}." for text in more)]
    return lit, [*lines, *more], " ".join(words)


def _max_entry(got, i, takes):
    x, dx, value = f"x[{_at(i)}]", f"dx[{_at(i)}]", number(got.dx[0, 0, *i])
    held = [o for o in got.holds if i in _places(got, o)]
    sent = [got.dy[0, 0, *o] for o in takes]
    assert sum(sent) == got.dx[0, 0, *i]
    of = _many(len(held), "window that reads it", "windows that read it")
    why = f"{x} = {number(got.x[0, 0, *i])} wins {len(takes) or 'none'} of {of}"
    if not held:
        why = "no window reads this pixel"
    names = [f"dy[{_at(o)}]" for o in takes]
    lines, spoken, more = [f"{dx} = {value}: {why}"], [f"{dx} is 0: {why}."], []
    if takes:
        sums = " + ".join([number(sent[0]), *map(second, sent[1:])])
        lines = [f"{dx} = {' + '.join(names)}", f"= {sums} = {value}"]
        if len(takes) == 1:
            lines = [f"{dx} = {names[0]} = {value}"]
        terms = "; ".join(f"{one}, {number(v)}" for one, v in zip(names, sent, strict=True))
        spoken, more = [f"{dx} adds up {terms}."], [why]
    lost = sum(i in _ties(got, o) and i not in got.gets[o] for o in held)
    if lost:
        more.append(f"{_many(lost, 'tie')} lost: the first wins, row by row")
    return [*lines, *more], [*spoken, *(f"{text}." for text in more)]


def _over(terms):
    return f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]


def _avg_window(got, o):
    held, parts, me = got.holds[o], got.w.size, _at(o)
    dy = got.dy[0, 0, *o]
    lit = {f"{name} {_at(i)}": "" for name in ("x", "dx") for i in _places(got, o)}
    lit |= {f"dx {_at(i)}": number(dy) for i in _places(got, o)}
    values = [got.x[0, 0, *i] for i in held]
    assert np.isclose(got.y[0, 0, *o], sum(values) / parts)
    sums = _over([number(values[0]), *map(second, values[1:])])
    share = f"{number(dy)} / {parts} = {number_in_full(dy / parts)}"
    lines = [
        f"y[{me}] = {sums} / {parts} = {number_in_full(sum(values) / parts)}",
        f"Each entry gets dy[{me}] / {parts} = {share}",
    ]
    lost = parts - len(held)
    cut = f"{lost} of them are padding: they add 0 to y, and are cut off dx"
    if lost == 1:
        cut = "1 of them is padding: it adds 0 to y, and is cut off dx"
    words = f"dy[{me}] is {number(dy)}. Each of {_many(parts, 'entry', 'entries')} gets {share}"
    return lit, [*lines, *[cut] * bool(lost)], f"{words}{f'; {cut}' if lost else ''}."


def _avg_entry(got, i, takes):
    dx, parts = f"dx[{_at(i)}]", got.w.size
    if not takes:
        return [f"{dx} = 0: no window reads this pixel"], [
            f"{dx} is 0: no window reads this pixel."
        ]
    sent = [got.dy[0, 0, *o] for o in takes]
    assert got.dx[0, 0, *i] == sum(sent) / parts
    names = [f"dy[{_at(o)}]" for o in takes]
    sums = _over([number(sent[0]), *map(second, sent[1:])])
    lines = [
        f"{dx} = {_over(names)} / {parts}",
        f"= {sums} / {parts} = {number_in_full(got.dx[0, 0, *i])}",
    ]
    terms = "; ".join(f"{one}, {number(v)}" for one, v in zip(names, sent, strict=True))
    return lines, [f"{dx} adds up {terms}, and divides by {parts}."]


# --- where it stands, what is said, and the code; for the tests of the script -------------------


def expected(view, settings):
    """Return all that a state shows, as JSON does: in every choice of a cell, or in none."""
    got = layer(view, **settings)
    choices = [[list(cell), *_choice(view, got, cell)] for cell in choosable(view, got)]
    if not got.fits:
        choices = [[*preamble(view, got), reason(view, got)]]
    return {"titles": titles(view, got), "cells": _cells(view, got), "choices": choices}


def _cells(view, got):
    """List the cells: array, place in its field, text, kind and label."""
    found = []
    if view in OWN:
        return OWN[view].cells(got)
    if view == "spread":
        return _spread_cells(got)
    if view in POOLS:
        return _pool_cells(got)
    for name, cells in grids(view, got).items():
        for at, (text, hatched) in cells.items():
            r, c = map(int, at.split(","))
            padding = INDEX[name] == "i" and not _inside(got, r, c)
            kinds = ["pad"] * padding + ["unread"] * hatched
            if got.flat:
                kinds += [f"gap{got.settings['dilation']}"] * (name == "w" and c > 0)
                label = text
            else:
                label = "padding" if padding else f"{name}[{at}] = {text}"
            label += ", not read" * hatched
            place = [f"{v:g}" for v in _place(got, name, r, c)]
            found.append([name, at, *place, text, " ".join(kinds), label])
    return found


def _inside(got, r, c):
    return 0 <= r < got.x.shape[2] and 0 <= c < got.x.shape[3]


def _place(got, name, r, c):
    """Return where a cell stands: in the middle of the place that its grid can ever fill."""
    size, kernel = got.x.shape[3], got.w.shape[3]
    widest = LIMITS["size"][1] + 2 * LIMITS["padding"][1]
    margin = (widest - size) / 2
    if got.flat:
        if name == "y":
            return 0, 1.5 + c
        if name == "w":
            taps = [p["i"][1] for p in got.products if p["o"][1] == r and p["k"][1] == c]
            return 1.6 + margin + taps[0], 1.5 + r
        return 1.6 + margin + c, 0
    if INDEX[name] == "i":
        return margin + c, margin + r
    if INDEX[name] == "k":
        margin = (LIMITS["kernel"][1] - kernel) / 2
        return margin + c, margin + r
    height, width = got.dy.shape[2:]
    return (widest - width) / 2 + c, (widest - height) / 2 + r


def _choice(view, got, cell):
    """List what a chosen cell shows: lit cells, arrows, window, lines, spoken words, code."""
    seen = chosen(view, got, cell)
    lit = sorted([at, over] for at, over in seen["lit"].items())
    if view in OWN:
        words = OWN[view].explanation(got, cell)[1]
        return lit, seen["arrows"], None, seen["lines"], words, code(view, got, cell)
    mine = [p for p in got.products if p[INDEX[cell[0]]] == tuple(cell[1:])]
    frame = None
    if INDEX[cell[0]] == "o" and not got.flat:
        rows, cols = ([p["i"][axis] for p in mine] for axis in (0, 1))
        margin = (LIMITS["size"][1] + 2 * LIMITS["padding"][1] - got.x.shape[3]) / 2
        frame = [f"{v:g}" for v in (min(cols) + margin, min(rows) + margin)]
        frame += [str(max(cols) - min(cols) + 1), str(max(rows) - min(rows) + 1)]
    return (
        lit,
        seen["arrows"],
        frame,
        seen["lines"],
        _words(view, got, cell, mine),
        code(view, got, cell),
    )


def _words(view, got, cell, mine):
    """Say what a screen reader says."""
    if view in POOLS:
        return _pool_choice(got, cell)[2]
    if view == "spread":
        return _gathered(got, cell[2])[1]
    if got.flat:
        names = [f"x[{p['i'][1]}]" if p["inside"] else "a zero of the padding" for p in mine]
        return f"y[{cell[2]}] reads {', '.join(names)}."
    name, r, c = cell
    value = getattr(got, name)[0, 0, r, c]
    me = f"{name}[{r},{c}] is {number(value)}"
    real = [p for p in mine if p["inside"]]
    lost = len(mine) - len(real)
    lines = _lines(view, got, cell, mine)
    if name == "dy":
        sent = [
            f"{number(value * got.w[0, 0, *p['k']])} to dx[{_at(p['i'])}], through w[{_at(p['k'])}]"
            for p in real
        ]
        dropped = f"; {lines[-1]}" if lost else ""
        return f"{me}. It sends {'; '.join(sent) or 'nothing to dx'}{dropped}."
    if not real:
        return f"{me}:{lines[0].split(':')[1]}."
    a, b = {"y": ("x", "w"), "dx": ("dy", "w"), "dw": ("dy", "x")}[name]
    terms = []
    for p in real:
        one, two = (getattr(got, f)[0, 0, *p[INDEX[f]]] for f in (a, b))
        named = f"{a}[{_at(p[INDEX[a]])}] times {b}[{_at(p[INDEX[b]])}]"
        terms.append(f"{named}, {number(one)} times {number(two)}")
    said = "; ".join(terms) if len(terms) < 10 else f"{len(terms)} products"
    return f"{me}. It adds up {said}{f', {lines[-1]}' if lost else ''}."


def code(view, got, cell):
    """Write the lines of NumPy and of PyTorch; `tests/test_explorer.py` runs the first."""
    if view in OWN:
        return OWN[view].code(got, cell)
    words = ", ".join(f"{name}={value}" for name, value in got.settings.items())
    if view == "spread":
        at = f"[0, 0, {cell[2]}]"
        rest = f"output_padding={got.sizes.remainder[1]}"
        return [
            f"convlib.conv1d_backward(dy, x, w, {words}).dx{at}",
            f"torch.nn.functional.conv_transpose1d(dy, w, {words}, {rest}){at}",
        ]
    at = f"[0, 0, {cell[1]}, {cell[2]}]"
    if view in POOLS:
        name, given = POOLS[view], f"{got.w.shape[3]}, {words})"
        if cell[0] == "dy":
            return [f"convlib.{name}(x, {given}{at}", f"torch.nn.functional.{name}(x, {given}{at}"]
        forward = f"torch.nn.functional.{name}(x, {given}"
        return [
            f"convlib.{name}_backward(dy, x, {given}{at}",
            f"torch.autograd.grad({forward}, x, dy)[0]{at}",
        ]
    at = "" if cell[0] == "dy" else at
    lines = {
        "forward": (f"conv2d(x, w, {words}){at}", f"functional.conv2d(x, w, {words}){at}"),
        "dx": (
            f"conv2d_backward(dy, x, w, {words}).dx{at}",
            f"grad.conv2d_input(x.shape, w, dy, {words}){at}",
        ),
        "dw": (
            f"conv2d_backward(dy, x, w, {words}).dw{at}",
            f"grad.conv2d_weight(x, w.shape, dy, {words}){at}",
        ),
        "shape": (
            f"output_size({got.x.shape[3]}, {got.w.shape[3]}, {words})",
            f"functional.conv2d(x, w, {words}).shape[-1]",
        ),
    }
    ours, theirs = lines[view]
    return [f"convlib.{ours}", f"torch.nn.{theirs}"]


def digest(view, settings):
    """Return a short name of all that a state shows."""
    text = json.dumps(expected(view, settings), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def page_state():
    """Return the state that Python sends by default."""
    widget = explore()
    names = ("view", *CONTROLS, "cell", "views", "tables", "fixed", "limits", "catalogue")
    return {name: getattr(widget, name) for name in names}


def write_digests():
    """Write the state by default, and of each view the digests of its settings."""
    digests = {view: [digest(view, settings) for settings in every_setting(view)] for view in SHOWN}
    text = json.dumps({"state": page_state(), "digests": digests}, ensure_ascii=False)
    text = text.replace('], "', '],\n "').replace(', "digests"', ',\n"digests"')
    DIGESTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        write_digests()
    else:
        numbers = dict(zip(VIEWS[sys.argv[1]].controls, map(int, sys.argv[2:]), strict=True))
        print(json.dumps(expected(sys.argv[1], numbers), ensure_ascii=False, indent=1))
