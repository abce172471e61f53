"""The still picture of an explorer: for print, and for pages without a script."""

import math

import numpy as np

from convlib._geometry import geometry, products
from convlib._pool import _winners, pool_geometry
from convlib._views import ARRAYS, VIEWS
from convlib.figures._convolution import kernel_steps, spread_and_gather
from convlib.figures._numbers import number, number_in_full
from convlib.figures._svg import Canvas


def still(view, x, w, dy, cell=(), *, stride=1, padding=1, dilation=1, output_padding=0):
    """Draw one state of the explorer.

    Parameters
    ----------
    view : {'forward', 'dx', 'dw', 'shape', 'spread', 'maxpool', 'avgpool', 'stamp'}
    x : ndarray, shape (H, W)
    w : ndarray, shape (HH, WW)
    dy : ndarray, shape (H_out, W_out)
        Of any shape where the kernel does not fit.
    cell : tuple of (str, int, int), optional
        The chosen entry: its array's name, row and column.
    stride, padding, dilation : int
    output_padding : int
        Of a transposed convolution.

    Returns
    -------
    Drawing

    Examples
    --------
    >>> ones = np.ones((2, 2), int)
    >>> still("dx", np.ones((3, 3), int), 3 * ones, 2 * ones, ("dx", 0, 0), padding=0).caption
    'Stride 1, padding 0, dilation 1. Chosen: dx[0,0] = 2·3 = 6.'
    """
    settings = {"stride": stride, "padding": padding, "dilation": dilation}
    own = [f"{name} {settings[name]}" for name in settings if name in VIEWS[view].controls]
    said = f"{', '.join(own).capitalize()}."
    if view == "stamp":
        return _stamps(x[0], w[0], cell, settings, output_padding, said)
    pooling = view in ("maxpool", "avgpool")
    try:
        sizes = geometry(x.shape, w.shape, **settings)
        if pooling:
            sizes, _ = pool_geometry(x[None, None], w.shape, stride, padding, 1, ceil_mode=False)
    except ValueError as error:
        sheet = Canvas(x.shape[1] + w.shape[1] + 3, max(x.shape[0], w.shape[0]) + 1.8)
        sheet.grid(x, "input", 0.5, 1.2, name="x", title="x")
        sheet.grid(w, "kernel", x.shape[1] + 2, 1.2, name="w", title="w")
        return sheet.drawing(f"An input and a kernel that does not fit: {error}.", said)
    if view == "shape":
        return kernel_steps(x.shape[1], w.shape[1], **settings, caption=said)
    if view == "spread":
        return _spread_row(x, w, dy, cell, settings, said)
    if pooling:
        return _pooled(view, x, dy, cell, sizes, said)
    arrays = _added_up({"x": x, "w": w, "dy": dy}, sizes, products(sizes))
    terms = [p for p in products(sizes) if cell and _place(p, cell[0]) == tuple(cell[1:])]
    sheet = _draw(VIEWS[view].arrays, arrays, sizes, cell, terms)
    chosen = f" Chosen: {_formula(arrays, sizes, cell, terms)}." if cell else ""
    return sheet.drawing(f"{_shapes(view, arrays)}.{chosen}", said + chosen)


def _shapes(view, arrays):
    """Say which grids there are."""
    shapes = ("{} {} × {}".format(name, *arrays[name].shape) for name in VIEWS[view].arrays)
    return f"Grids of numbers: {', '.join(shapes)}"


def _spread_row(x, w, dy, cell, settings, said):
    """Draw the first row of dy, spread, and the rotated kernel where it gathers an entry of dx."""
    size, before = (1, x.shape[1]), {"stride": 1, "padding": 0, "dilation": 1}
    apart = {name: (before[name], value) for name, value in settings.items()}
    chosen = cell and cell[1] == 0
    at = tuple(cell[1:]) if chosen else (0, 0)
    if chosen:
        met = [p for p in products(geometry(size, (1, w.shape[1]), **apart)) if p.i == at]
        terms = " + ".join(f"dy[{p.o[1]}]·w[{p.k[1]}]" for p in met)
        said += f" Chosen: dx[{at[1]}] = {terms or 0}."
    return spread_and_gather(dy[:1], w[:1], size=size, **apart, at=at, caption=said)


def _stamps(x, w, cell, settings, output_padding, said):
    """Draw a row that lays the kernel down, entry by entry, and below it what the stamps add up to.

    Of a cell that is not there nothing is said: only here it is known how long y is.
    """
    stride, padding, dilation = settings.values()
    full = stride * (len(x) - 1) + dilation * (len(w) - 1) + 1 + output_padding
    size = full - 2 * padding
    walk = products(geometry(full, len(w), stride=stride, dilation=dilation))
    met = [{"x": i, "w": k, "y": o - padding} for (i,), (k,), (o,) in walk if i < len(x)]
    name, row, at = cell or ("x", 0, full)
    there = row == 0 and at < {"x": len(x), "y": size}[name]
    chosen = [stamp for stamp in met if there and stamp[name] == at]
    values = dict.fromkeys(range(-padding, full - padding), 0.0)
    for stamp in met:
        values[stamp["y"]] += float(x[stamp["x"]]) * float(w[stamp["w"]])
    said += f" Output padding {output_padding}."
    if there and name == "x":
        said += f" Chosen: x[{at}] = {number_in_full(x[at])}."
    elif there:
        total = _sum([(x[stamp["x"]], w[stamp["w"]]) for stamp in chosen])
        said += f" Chosen: y[{at}] = {total}{number_in_full(values[at])}."
    lit = {(array, stamp[array]) for stamp in chosen for array in "xy"}
    lit |= {(name, at)} if there else set()
    alt = f"A row of {len(x)} entries lays a kernel of {len(w)} down, {stride} apart. "
    alt += f"The stamps add up to {full} entries, of which {max(size, 0)} are left."
    return _draw_stamps(x, w, values, size, met, chosen, lit).drawing(alt, said)


def _draw_stamps(x, w, values, size, met, chosen, lit):
    """Draw x in a column, beside each entry its stamp, and y below."""
    sheet = Canvas(max(len(values) + 2.4, 8), len(x) + 3)
    left, top, bottom = 2, 1.2, len(x) + 1.7
    places = np.array(list(values))
    sheet.grid(x[:, None], "input", 0.4, top, name="x", title="x",
               marked={(i, 0) for name, i in lit if name == "x"})  # fmt: skip
    for stamp in met:
        i, k, o = stamp.values()
        sheet.grid([[float(x[i]) * float(w[k])]], "kernel", left + o - places[0], top + i, name="w",
                   plain=np.array([[not 0 <= o < size]]),
                   marked=[(0, 0)] if stamp in chosen else ())  # fmt: skip
    sheet.grid(
        [list(values.values())], "output", left, bottom, name="y",
        plain=((places < 0) | (places >= size))[None],
        hatched=~np.isin(places, [stamp["y"] for stamp in met])[None],
        marked={(0, o - places[0]) for name, o in lit if name == "y"},
    )  # fmt: skip
    sheet.text(left - 0.4, bottom + 0.5, "y", role="output", size=12.7)
    return sheet


def channels_still(channels, filters, groups, kernel, cell=()):
    """Draw which channels meet which filters: forward from x to y, backward from dy to dx.

    Parameters
    ----------
    channels, filters, groups, kernel : int
    cell : tuple of (str, int, int), optional
        An entry of y, by its filter, or of dx, by its channel: (``"y"``, filter, 0) or
        (``"dx"``, 0, channel).

    Returns
    -------
    Drawing

    Examples
    --------
    >>> channels_still(4, 2, 2, 3, ("y", 1, 0)).caption
    '4 channels, 2 filters, 2 groups, kernels of 3 × 3. Chosen: y[1] reads x[2], x[3].'
    """
    f, c = np.indices((filters, channels))
    width = channels // groups
    met = f // (filters // groups) == c // width
    names = np.array([[f"w[{r},{n % width}]" for n in range(channels)] for r in range(filters)])
    lit, said = {}, ""
    if cell and cell[0] == "y" and cell[1] < filters and cell[2] == 0:
        pairs = [(cell[1], n) for n in range(channels) if met[cell[1], n]]
        lit = {"y": {(cell[1], 0)}, "x": {(0, n) for _, n in pairs}, "w": set(pairs)}
        said = f"y[{cell[1]}] reads {', '.join(f'x[{n}]' for _, n in pairs)}"
    elif cell and cell[0] == "dx" and cell[2] < channels and cell[1] == 0:
        pairs = [(r, cell[2]) for r in range(filters) if met[r, cell[2]]]
        lit = {"dx": {(0, cell[2])}, "dy": {(r, 0) for r, _ in pairs}, "w": set(pairs)}
        said = f"dx[{cell[2]}] comes from {', '.join(f'dy[{r}]' for r, _ in pairs)}"
    sheet = Canvas(channels + 4, filters + 4)
    for name, left, top in (("x", 2, 0.4), ("dx", 2, filters + 2.4)):
        row = [[f"{name}[{n}]" for n in range(channels)]]
        sheet.grid(row, ARRAYS[name].role, left, top, name=name, marked=lit.get(name, ()))
    for name, left in (("y", 0.4), ("dy", channels + 2.4)):
        column = [[f"{name}[{n}]"] for n in range(filters)]
        sheet.grid(column, ARRAYS[name].role, left, 1.9, name=name, marked=lit.get(name, ()))
    words = np.where(met, names, "").astype(object)
    sheet.grid(words, "kernel", 2, 1.9, name="w", plain=~met, marked=lit.get("w", ()))
    sizes = f"{channels} channels, {filters} filters, {groups} groups"
    sizes += f", kernels of {kernel} × {kernel}."
    chosen = f" Chosen: {said}." if said else ""
    alt = f"Which filter, a row, reads which channel, a column: {met.sum()} of {met.size} pairs."
    return sheet.drawing(alt + chosen, sizes + chosen)


def _pooled(view, x, dy, cell, sizes, said):
    """Draw x, dx and dy of a pooling layer; of x, a ring around each entry that wins a window."""
    found, parts, rings = list(products(sizes)), math.prod(sizes.kernel), set()
    if view == "maxpool":
        won = _winners(x[None, None], sizes)[0, 0]
        found = [p for p in found if np.ravel_multi_index(p.k, sizes.kernel) == won[p.o]]
        parts, rings = 1, {p.i for p in found}
    arrays = _added_up({"x": x, "w": np.ones(sizes.kernel), "dy": dy}, sizes, found)
    terms = [p for p in found if cell and _place(p, cell[0]) == tuple(cell[1:])]
    border = "−∞" if rings else "0"
    unit = f" in 1/{parts}" if parts > 1 else ""
    sheet = _draw(VIEWS[view].arrays, arrays, sizes, cell, terms, border, unit)
    for r, c in sorted(rings):
        (top, _), (left, _) = sizes.padding
        sheet.frame(0.4 + left + c, 1.2 + top + r, 1, 1, "input", inset=0.14)
    if cell and cell[0] == "dy":
        r, c = (s * o for s, o in zip(sizes.stride, cell[1:], strict=True))
        sheet.frame(0.4 + c, 1.2 + r, *sizes.kernel[::-1], "kernel")
    chosen = f" Chosen: {_sent(arrays, cell, terms, parts)}." if cell else ""
    ringed = " Ringed: what wins a window." if rings else ""
    return sheet.drawing(f"{_shapes(view, arrays)}.{chosen}", said + chosen + ringed)


def _sent(arrays, cell, terms, parts):
    """Write where the gradient of a window goes, or the sum of what an entry receives."""
    at = tuple(cell[1:])
    if cell[0] == "dy":
        value = arrays["dy"][at]
        goes = f"gives each entry of its window 1/{parts} of that"
        if parts == 1:
            goes = f"goes to dx[{terms[0].i[0]},{terms[0].i[1]}]"
        return f"dy[{at[0]},{at[1]}] = {number_in_full(value)} {goes}"
    sent = [arrays["dy"][product.o] for product in terms]
    added = " + ".join([number_in_full(sent[0]), *map(_after_sign, sent[1:])]) if sent else ""
    added = f"({added})" if len(sent) > 1 and parts > 1 else added
    middle = f"{added} / {parts} = " if sent and parts > 1 else f"{added} = " * (len(sent) > 1)
    return f"dx[{at[0]},{at[1]}] = {middle}{number_in_full(arrays['dx'][at] / parts)}"


def _added_up(given, sizes, found):
    """Return the given arrays, and those that add up the products of them that were found.

    The script adds in this order too. NumPy's kernels do not, and a digit could differ.
    """
    values = {name: np.asarray(array, float).tolist() for name, array in given.items()}
    shapes = {"o": sizes.output, "i": sizes.size, "k": sizes.kernel}
    sums = {name: array for name, array in ARRAYS.items() if array.factors}
    values |= {name: np.zeros(shapes[array.index]).tolist() for name, array in sums.items()}
    for product in found:
        if not _inside(product, sizes):
            continue
        for name, array in sums.items():
            (r, c), (a, b) = _place(product, name), array.factors
            (ra, ca), (rb, cb) = _place(product, a), _place(product, b)
            values[name][r][c] += values[a][ra][ca] * values[b][rb][cb]
    return {name: np.array(rows) for name, rows in values.items()}


def _inside(product, sizes):
    """Say whether a product reads an entry of x, and not a zero of the padding."""
    return all(0 <= a < h for a, h in zip(product.i, sizes.size, strict=True))


def _place(product, name):
    """Return the place of a product in an array."""
    return getattr(product, ARRAYS[name].index)


def _formula(arrays, sizes, cell, terms):
    """Write the sum that makes a cell; of an entry of dy, only its value."""
    name, at = cell[0], tuple(cell[1:])
    start = f"{name}[{at[0]},{at[1]}]"
    value = number_in_full(arrays[name][at])
    if name == "dy":
        return f"{start} = {value}"
    first, second = ARRAYS[name].factors
    factors = [
        [arrays[f][_place(product, f)] for f in (first, second)]
        for product in terms
        if _inside(product, sizes)
    ]
    return f"{start} = {_sum(factors)}{value}"


def _sum(factors):
    """Write a sum of products, and that it is equal to what follows; nothing where it is empty."""
    parts = [
        f"{(_after_sign if n else number_in_full)(a)}·{_after_sign(b)}"
        for n, (a, b) in enumerate(factors)
    ]
    return " + ".join(parts) + " = " if parts else ""


def _after_sign(value):
    """Write a number that stands after a sign."""
    return f"({number_in_full(value)})" if value < 0 else number_in_full(value)


def _draw(names, arrays, sizes, cell, terms, border="0", unit=""):
    """Draw three grids, the chosen cell, what it uses, and for dx the arrows."""
    shape = {n: sizes.padded if ARRAYS[n].index == "i" else arrays[n].shape for n in names}
    sheet = Canvas(sum(shape[n][1] for n in names) + 4.4, max(shape[n][0] for n in names) + 1.8)
    pads = tuple(before for before, _ in sizes.padding)
    read = {product.i for product in products(sizes)}
    corner, left, top = {}, 0.4, 1.2
    for name in names:
        padded = ARRAYS[name].index == "i"
        first = pads if padded else (0, 0)
        corner[name] = (left + first[1], top + first[0])
        used = {_place(product, name) for product in terms}
        if cell and name == cell[0]:
            used = {tuple(cell[1:])}
        words = np.full(shape[name], border if name == "x" else "", object)
        plain, unread = np.ones(shape[name], bool), np.zeros(shape[name], bool)
        inner = tuple(slice(p, p + n) for p, n in zip(first, arrays[name].shape, strict=True))
        words[inner] = np.vectorize(number, otypes=[object])(arrays[name])
        plain[inner] = False
        if padded:
            for at in np.ndindex(*shape[name]):
                unread[at] = (at[0] - pads[0], at[1] - pads[1]) not in read
        title = f"{name}{unit}" if name == "dx" else name
        sheet.grid(
            words, ARRAYS[name].role, left, top, name=name, plain=plain, hatched=unread,
            title=f"{title} (hatched: not read)" if unread.any() else title,
            marked={(r + first[0], c + first[1]) for r, c in used},
        )  # fmt: skip
        left += shape[name][1] + 1.8
    for o, _, i in terms if names[0] == "dx" else ():
        _route(sheet, *(_corner(corner[name], at) for name, at in (("dy", o), ("dx", i))),
               channel=corner["dy"][0] - 0.9)  # fmt: skip
    return sheet


def _corner(first, at):
    """Return the upper left corner of a cell, where that of the first one is known."""
    return first[0] + at[1], first[1] + at[0]


def _route(sheet, start, end, *, channel):
    """Draw an arrow from cell to cell along the lines between cells: it crosses no number."""
    out, into = start[0] + 0.2, end[0] + 0.2
    via = ((out, start[1]), (channel, start[1]), (channel, end[1]), (into, end[1]))
    sheet.arrow((out, start[1] + 0.22), (into, end[1] + 0.28), "kernel", width=1.4, via=via)
