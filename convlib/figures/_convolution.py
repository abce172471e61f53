"""The figures of one convolution at work, drawn from the real arrays.

Each function returns a `Drawing` for a notebook cell to show. Grids of numbers carry the colour
of their role, the same in every figure. Which entry meets which comes from
`convlib._geometry.products` alone.
"""

import itertools
import math

import numpy as np

from convlib._columns import pad
from convlib._geometry import geometry, products
from convlib.figures._numbers import number
from convlib.figures._svg import DASHES, Canvas, subscript


def kernel_steps(size, kernel, *, stride=1, padding=0, dilation=1, caption=""):
    """Draw one axis of an input, and the kernel at each of its positions below it.

    Parameters
    ----------
    size, kernel, stride, dilation : int
    padding : int or tuple of (int, int)
    caption : str, optional

    Returns
    -------
    Drawing

    Raises
    ------
    TypeError, ValueError
        As in `convlib.geometry`.

    Examples
    --------
    >>> kernel_steps(6, 3, stride=2).alt
    'A row of 6 inputs, a kernel of 3 at 2 positions, 2 apart; 1 entry at the end is never read.'
    """
    pairs = (padding,) if isinstance(padding, tuple) else padding
    g = geometry(size, kernel, stride=stride, padding=pairs, dilation=dilation)
    (before, _), (padded,), (out,), (rest,) = g.padding[0], g.padded, g.output, g.remainder
    sheet = Canvas(padded + 4.2, out * 1.25 + 2.6)
    left, top = 2.6, 0.9
    sheet.text(left - 0.3, top + 0.5, "x", role="input", size=14.7, anchor="end")
    places = np.arange(padded) - before
    outside = (places < 0) | (places >= size)
    words = [["0" if blank else str(i) for i, blank in zip(places, outside, strict=True)]]
    unread = ~np.isin(places, [i for _, _, (i,) in products(g)])
    sheet.grid(words, "input", left, top, name="x", plain=outside[None], hatched=unread[None])
    if rest:
        sheet.frame(left + padded - rest, top, rest, 1, "muted", dashes=DASHES[1])
    for blank, run in itertools.groupby(range(padded), key=unread.__getitem__):
        if blank:
            middle = left + np.mean(list(run)) + 0.5
            sheet.text(middle, top - 0.4, "not read", role="muted", size=11.3)
    kernel_names, outlined = [f"w[{k}]" for k in range(kernel)], {(0, k) for k in range(kernel)}
    for (o,), (k,), (i,) in products(g):
        row, place = top + 1.45 + 1.25 * o, left + before + i
        if k == 0:
            sheet.text(left - 0.3, row + 0.5, f"y[{o}]", role="output", size=12.7, anchor="end")
            sheet.grid([kernel_names], "kernel", place, row, name="w", marked=outlined, bold=False,
                       step=dilation)  # fmt: skip
        elif dilation > 1:
            sheet.rule((place - dilation + 1, row + 0.5), (place, row + 0.5), "kernel")
    zeros = sum(g.padding[0])
    around = f" with {_count(zeros, 'zero')} around it" if zeros else ""
    gaps = f", its entries {dilation} apart" if dilation > 1 else ""
    be = "is" if rest == 1 else "are"
    end = (
        f"{_count(rest, 'entry')} at the end {be} never read"
        if rest
        else "none is left over at the end"
    )
    alt = (
        f"A row of {_count(size, 'input')}{around}, a kernel of {kernel} at "
        f"{_count(out, 'position')}, {stride} apart{gaps}; {end}."
    )
    return sheet.drawing(alt, caption)


def three_products(x, w, b, *, padding, caption=""):
    """Draw y₁₁ of one example as one 2-D product per channel, added up.

    Parameters
    ----------
    x : ndarray, shape (C, H, W)
    w : ndarray, shape (C, HH, WW)
        One filter.
    b : float
    padding : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> three_products(np.ones((2, 3, 3)), np.ones((2, 2, 2)), 0.5, padding=0).alt
    'Window times kernel, channel by channel: 4 and 4; with bias 0.50, y is 8.50.'
    """
    x, w, b = x.astype(float), w.astype(float), float(b)  # narrow integers would wrap
    channels, height, width = w.shape
    padded = pad(x[None], padding)[0]
    zeros = pad(np.ones_like(x)[None], padding)[0] == 0
    below = max(channels * (height + 1.35) + 2.3, padded.shape[1] + 1.6)
    sheet = Canvas(padded.shape[2] + 3 * width + 6.2, below)
    x0, top = 0.3, 1.1
    sheet.grid(padded[0], "input", x0, top, name="x", title="channel 1, padded", plain=zeros[0])
    sheet.frame(x0, top, width, height, "kernel")
    sums = []
    for c in range(channels):
        y0, x1 = top + c * (height + 1.35), x0 + padded.shape[2] + 1.2
        window, blank = padded[c, :height, :width], zeros[c, :height, :width]
        sheet.grid(window, "input", x1, y0, plain=blank, name="window",
                   title=f"window, channel {c + 1}")  # fmt: skip
        sheet.text(x1 + width + 0.5, y0 + height / 2, "⊙", size=16)
        x2 = x1 + width + 1
        sheet.grid(w[c], "kernel", x2, y0, name="w", title=f"w, channel {c + 1}")
        sums.append(float(np.sum(window * w[c])))
        sheet.text(x2 + width + 0.5, y0 + height / 2, "→", size=16)
        sheet.text(x2 + width + 2.4, y0 + height / 2, number(sums[-1]), size=14.7, anchor="end")
        if c:
            sheet.text(x2 + width + 2.05, y0 - 0.6, "+", size=16)
    x3, y0 = x2 + width + 2.4, top + channels * (height + 1.35) - 0.6
    sheet.text(x3, y0, f"{'+' if b >= 0 else '−'} {number(abs(b))}", size=14.7, anchor="end")
    sheet.text(x3 + 0.2, y0, "bias", role="kernel", size=12.7, anchor="start")
    sheet.rule((x3 - 1.6, y0 + 0.45), (x3, y0 + 0.45))
    total = sum(sums) + float(b)
    sheet.text(x3, y0 + 0.95, number(total), role="output", size=16, anchor="end",
               bold=True)  # fmt: skip
    sheet.text(x3 + 0.2, y0 + 0.95, "y₁₁", role="output", size=14.7, anchor="start")
    words = " and ".join(", ".join(number(s) for s in sums).rsplit(", ", 1))
    alt = (
        f"Window times kernel, channel by channel: {words}; "
        f"with bias {number(b)}, y is {number(total)}."
    )
    return sheet.drawing(alt, caption)


def one_matrix_product(x, w, cols, y, *, caption=""):
    """Draw a convolution of one channel as a row of weights times a matrix of columns.

    Parameters
    ----------
    x : ndarray, shape (H, W)
    w : ndarray, shape (HH, WW)
    cols : ndarray, shape (HH · WW, L)
        What `convlib.im2col` makes of x.
    y : ndarray, shape (L,)
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> one_matrix_product(np.ones((2, 3)), np.ones((2, 2)), np.ones((4, 2)), np.full(2, 4)).alt
    'A 2 by 3 input whose 2 windows are the columns of a 4 by 2 matrix; w as a row times it is y.'
    """
    taps, places = cols.shape
    sheet = Canvas(x.shape[1] + taps + places + 4.4, max(taps, x.shape[0]) + 3.4)
    top = 1.0
    sheet.grid(x, "input", 0.3, top, name="x", title="x")
    sheet.frame(0.3, top, w.shape[1], w.shape[0], "kernel", inset=0.04)
    x1 = x.shape[1] + 1.5
    sheet.grid(w.reshape(1, -1), "kernel", x1, top + taps + 0.8, name="w",
               title="w as a row")  # fmt: skip
    x2 = x1 + taps + 1.2
    sheet.grid(cols, "input", x2, top, name="cols", title="one column per window")
    sheet.frame(x2, top, 1, taps, "kernel", inset=0.04)
    sheet.grid(y.reshape(1, -1), "output", x2, top + taps + 0.8, name="y")
    sheet.text(x2 + places + 0.3, top + taps + 1.3, "y", role="output", size=14.7, anchor="start")
    sheet.text(x2 - 0.6, top + taps + 1.3, "→", size=16)
    alt = (
        f"A {x.shape[0]} by {x.shape[1]} input whose {places} windows are the columns of a "
        f"{taps} by {places} matrix; w as a row times it is y."
    )
    return sheet.drawing(alt, caption)


def pixel_reach(size, kernel, pixel, *, stride=1, padding=0, caption=""):
    """Draw each window that reads one pixel in a panel of its own, with the weights laid into it.

    Parameters
    ----------
    size, kernel, pixel : tuple of (int, int)
        The pixel counts from 0.
    stride, padding : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> print(pixel_reach((5, 5), (3, 3), (0, 0), padding=1).alt)
    Pixel x₁₁ is read by 4 windows: y₁₁ with w₂₂, y₁₂ with w₂₁, y₂₁ with w₁₂, y₂₂ with w₁₁.
    """
    g = geometry(size, kernel, stride=stride, padding=padding)
    _expect_place("pixel", pixel, g.size)
    readers = [(o, k) for o, k, i in products(g) if i == tuple(pixel)]
    windows = [
        {k: _padded(g, i) for o, k, i in products(g) if o == reader} for reader, _ in readers
    ]
    met = np.array([place for window in windows for place in window.values()] or [pixel])
    first, rows_columns = met.min(axis=0), np.ptp(met, axis=0) + 1
    wide = max(1, math.ceil(math.sqrt(len(readers))))  # panels in a row
    high = max(1, math.ceil(len(readers) / wide))
    step = np.add(rows_columns, (1.6, 0.7))
    sheet = Canvas(wide * step[1] + 0.1, high * step[0] + 0.2)
    for n, ((o, k), window) in enumerate(zip(readers, windows, strict=True)):
        top, left = step * divmod(n, wide) + (1.2, 0.4)
        title = f"{subscript('y', *o)} reads with {subscript('w', *k)}"
        shown = [slice(f, f + length) for f, length in zip(first, rows_columns, strict=True)]
        plain = pad(np.ones((1, 1, *g.size)), g.padding)[0, 0][tuple(shown)] == 0
        sheet.grid(np.full(rows_columns, "", object), "input", left, top, name="x", title=title,
                   plain=plain, marked={tuple(_padded(g, pixel) - first)})  # fmt: skip
        for weight, place in window.items():
            y, x = place - first + (top + 0.5, left + 0.5)
            sheet.text(x, y, subscript("w", *weight), role="kernel", bold=weight == k)
        y, x = window[0, 0] - first + (top, left)
        sheet.frame(x, y, *g.extent[::-1], "kernel")
    name = subscript("x", *pixel)
    pairs = ", ".join(f"{subscript('y', *o)} with {subscript('w', *k)}" for o, k in readers)
    alt = f"Pixel {name} is read by {_count(len(readers), 'window')}"
    alt += f": {pairs}." if readers else "."
    return sheet.drawing(alt, caption)


_ROLES = {"x": "input", "y": "output", "dy": "upstream", "dx": "downstream"}


def scatter_and_gather(
    size, kernel, *, stride=1, padding=0, dilation=1, pixel, forward=False, caption=""
):
    """Draw every product of one axis as an arrow from dy to dx, those into one pixel in colour.

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
    pixel : int
        The entry of dx, counted from 0, whose arrows are in colour.
    forward : bool
        Draw it as a transposed convolution forward, with the names and colours of x and y.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> scatter_and_gather(5, 3, stride=2, padding=1, pixel=1).alt
    'Arrows from 3 entries of dy to 5 of dx. Into dx[1] go dy[0]·w[2] and dy[1]·w[0].'
    """
    g = geometry(size, kernel, stride=stride, padding=padding, dilation=dilation)
    _expect_place("pixel", (pixel,), g.size)
    (padded,), (out,), ((before, _),) = g.padded, g.output, g.padding
    step, left, top, low = 1.7, 1.3, 0.4, 4.6
    source, target = ("x", "y") if forward else ("dy", "dx")
    sheet = Canvas(padded * step + 1.6, 6.1)
    sheet.text(left - 0.8, top + 0.5, source, role=_ROLES[source], size=14.7)
    sheet.text(left - 0.8, low + 0.5, target, role=_ROLES[target], size=14.7)
    places = np.arange(padded) - before
    plain = (places < 0) | (places >= size)
    words = [["" if blank else str(i) for i, blank in zip(places, plain, strict=True)]]
    sheet.grid(words, _ROLES[target], left, low, name=target, plain=plain[None], step=step,
               marked={(0, pixel + before)})  # fmt: skip
    found = list(products(g))
    hot = [product for product in found if product.i == (pixel,)]
    # An entry of dy stands over the middle of its window.
    middle = [np.mean([i for (o,), _, (i,) in found if o == at]) for at in range(out)]
    above = [left + step * (before + i) for i in middle]
    apart = above[1] - above[0] if out > 1 else step
    sheet.grid([[str(o) for o in range(out)]], _ROLES[source], above[0], top, name=source,
               step=apart, marked={(0, o) for (o,), _, _ in hot})  # fmt: skip
    terms = []
    for product in sorted(found, key=hot.__contains__):  # those in colour last, over the others
        (o,), (k,), (i,) = product
        start = (above[o] + 0.5, top + 1.05)
        end = (left + step * (before + i) + 0.5, low - 0.08)
        if product not in hot:
            sheet.arrow(start, end, "hair", width=1.2)
            continue
        sheet.arrow(start, end, "kernel", width=2.4)
        terms.append(f"{source}[{o}]·w[{k}]")
        x, y = 0.6 * start[0] + 0.4 * end[0], 0.6 * start[1] + 0.4 * end[1]
        sheet.text(x, y, f"w[{k}]", role="kernel", size=12.7, bold=True, halo=True)
    into = " and ".join(", ".join(terms).rsplit(", ", 1))
    verb = "goes" if len(terms) == 1 else "go"
    here = f"{target}[{pixel}]"
    arrives = f"Into {here} {verb} {into}." if terms else f"Nothing reaches {here}."
    alt = f"Arrows from {_count(out, 'entry')} of {source} to {size} of {target}. {arrives}"
    return sheet.drawing(alt, caption)


def spread_and_gather(dy, w, *, size, stride=1, padding=0, dilation=1, at=(0, 0), caption=""):
    """Draw dx of one channel and one filter: dy spread by the stride, under the rotated kernel.

    Parameters
    ----------
    dy : ndarray, shape (H_out, W_out)
    w : ndarray, shape (HH, WW)
    size : tuple of (int, int)
        Of x.
    stride, padding, dilation : int or tuple of (int, int)
    at : tuple of (int, int)
        The pixel of dx, counted from 0, whose window is outlined.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> spread_and_gather(np.ones((2, 2)), np.ones((2, 2)), size=(4, 4), stride=2).alt
    'dy (2 by 2) spread to 5 by 5 with zeros; the rotated kernel over it at the place of dx[0, 0].'
    """
    g = geometry(size, w.shape, stride=stride, padding=padding, dilation=dilation)
    _expect_place("at", at, g.size)
    shape = tuple(h + e - 1 for h, e in zip(g.padded, g.extent, strict=True))
    kinds = _kinds_of_zero(g, shape)
    words = np.where(kinds == "border", "·", "0").astype(object)
    last = tuple(k - 1 for k in g.kernel)
    for o, k, i in products(g):
        if k == last:  # the rotated kernel reads with it first, where its window begins
            words[_padded(g, i)], kinds[_padded(g, i)] = number(dy[o]), "entry"
    sheet = Canvas(max(shape[1] + w.shape[1] + 2.8, 14), shape[0] + 2.9)
    left, top = 0.4, 1.2
    sheet.grid(words, "upstream", left, top, name="dy", plain=kinds != "entry",
               hatched=kinds == "remainder", title="dy, spread and padded")  # fmt: skip
    row, column = _padded(g, at)
    sheet.frame(left + column, top + row, *g.extent[::-1], "kernel")
    rotated = _names("w", w.shape)[::-1, ::-1]
    for (r, c), name in np.ndenumerate(rotated):
        x = left + column + g.dilation[1] * c + 0.03
        y = top + row + g.dilation[0] * r + 0.16
        sheet.text(x, y, name, role="kernel", size=9, anchor="start", bold=True)
    x1 = left + shape[1] + 1.4
    below = min(1, shape[0] - len(rotated))  # beside one row it stands as high as that
    sheet.grid(rotated, "kernel", x1, top + below, name="w", title="w, rotated")
    _legend(sheet, left, top + shape[0] + 0.4, [k for k in ZEROS if np.any(kinds == k)])
    alt = (
        f"dy ({dy.shape[0]} by {dy.shape[1]}) spread to {shape[0]} by {shape[1]} with zeros; "
        f"the rotated kernel over it at the place of dx[{at[0]}, {at[1]}]."
    )
    return sheet.drawing(alt, caption)


ZEROS = {"between": "between entries", "border": "border", "remainder": "remainder"}
"""The kinds of zero in dy, spread and padded, and what a legend says of each."""


def _kinds_of_zero(g, shape):
    """Name the kind of each place of dy, spread and padded: an array of the keys of `ZEROS`."""
    kinds = np.full(shape, "between", object)
    for axis, length in enumerate(shape):
        places, border = np.arange(length), g.extent[axis] - 1
        end = length - border - g.remainder[axis]  # the border at the far end comes last
        across = (slice(None),) * axis
        kinds[*across, (places >= end) & (places < end + g.remainder[axis])] = "remainder"
    for axis, length in enumerate(shape):
        places, border = np.arange(length), g.extent[axis] - 1
        kinds[*(slice(None),) * axis, (places < border) | (places >= length - border)] = "border"
    return kinds


def _legend(sheet, x, y, kinds):
    """Draw a cell of each kind of zero, and say beside it which it is."""
    for kind in kinds:
        cell = np.array([["·" if kind == "border" else "0"]], object)
        here = np.array([[True]])
        sheet.grid(cell, "upstream", x, y, name="legend", plain=here,
                   hatched=here & (kind == "remainder"))  # fmt: skip
        sheet.text(x + 1.2, y + 0.5, ZEROS[kind], size=12.7, anchor="start")
        x += 2 + 0.22 * len(ZEROS[kind])


def weight_reads(size, kernel, weight, *, stride=1, padding=0, caption=""):
    """Draw which inputs one weight meets, each with the dy that it is paired with.

    Parameters
    ----------
    size, kernel, weight : tuple of (int, int)
        The weight counts from 0.
    stride, padding : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> weight_reads((5, 5), (3, 3), (0, 1), padding=1).alt
    'Weight w₁₂ meets 25 entries of the padded input, a block of 5 by 5 with steps of 1.'
    """
    g = geometry(size, kernel, stride=stride, padding=padding)
    _expect_place("weight", weight, g.kernel)
    sheet = Canvas(g.padded[1] + kernel[1] + g.output[1] + 3.6, g.padded[0] + 1.8)
    left, top = 0.4, 1.2
    met = [_padded(g, i) for _, k, i in products(g) if k == tuple(weight)]
    _padded_names(sheet, g, left, top)
    for row, column in met:
        sheet.frame(left + column, top + row, 1, 1, "kernel", inset=0.09)
    x1 = left + g.padded[1] + 1.4
    sheet.grid(_names("w", kernel), "kernel", x1, top + 1, name="w", title="weights",
               marked={tuple(weight)})  # fmt: skip
    x2 = x1 + kernel[1] + 1.4
    sheet.grid(_names("dy", g.output), "upstream", x2, top + 1, name="dy", title="dy")
    alt = (
        f"Weight {subscript('w', *weight)} meets {len(met)} entries of the padded input, a block "
        f"of {g.output[0]} by {g.output[1]} with steps of {stride}."
    )
    return sheet.drawing(alt, caption)


def _expect_place(name, place, shape):
    """Raise a ValueError unless an array of this shape has an entry at the place."""
    if len(place) != len(shape) or not all(0 <= p < n for p, n in zip(place, shape, strict=True)):
        raise ValueError(f"{name}: expected a place in {shape}, counted from 0; got {place}")


def _padded(g, i):
    """Return the place in the padded input of an entry that counts from the first of x."""
    return tuple(place + before for place, (before, _) in zip(i, g.padding, strict=True))


def _padded_names(sheet, g, x, y, marked=()):
    """Draw the padded input with the names of its entries."""
    names, plain = np.full(g.padded, "0", object), np.ones(g.padded, bool)
    inner = tuple(slice(b, b + h) for (b, _), h in zip(g.padding, g.size, strict=True))
    names[inner], plain[inner] = _names("x", g.size), False
    sheet.grid(names, "input", x, y, name="x", title="padded input", plain=plain, marked=marked)


def _names(letter, shape):
    """Return the names of a matrix's entries, counted from 1 as in the formulas."""
    return np.array([[subscript(letter, i, j) for j in range(shape[1])] for i in range(shape[0])])


def _count(number, noun):
    """Say a number with its noun.

    Examples
    --------
    >>> _count(1, "entry"), _count(2, "entry")
    ('1 entry', '2 entries')
    """
    plural = noun[:-1] + "ies" if noun.endswith("ry") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
