"""The figures of the course, drawn from the real arrays.

Each function returns a `convlib.drawing.Drawing` for a notebook cell to show. Grids of numbers
carry the colour of their role, the same in every figure.
"""

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from convlib._columns import pad
from convlib._geometry import geometry
from convlib.drawing import STYLE, Canvas, draw, line_colour, number, subscript

DASHES = ["solid", (0, (4, 2)), (0, (1, 1.4)), (0, (6, 1.6, 1, 1.6))]
"""Line styles that tell windows apart, where colour already tells the role."""


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
    sheet.text(left - 0.3, top + 0.5, "x", role="input", size=11, ha="right")
    for i in range(padded):
        inside = before <= i < before + size
        sheet.cell(left + i, top, str(i - before) if inside else "0", "input" if inside else None,
                   dashed=not inside)  # fmt: skip
    if rest:
        sheet.frame(left + padded - rest, top, rest, 1, "muted", dashes=DASHES[1])
        sheet.text(left + padded - rest / 2, top - 0.4, "not read", role="muted", size=8.5)
    for o in range(out):
        row = top + 1.45 + 1.25 * o
        sheet.text(left - 0.3, row + 0.5, f"y[{o}]", role="output", size=9.5, ha="right")
        for k in range(kernel):
            place = left + stride * o + dilation * k
            sheet.cell(place, row, f"w[{k}]", "kernel", strong=True)
            if k:
                start = place - dilation + 1
                sheet.rule((start, row + 0.5), (place, row + 0.5), "kernel")
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
    channels, height, width = w.shape
    padded = pad(x[None], padding)[0]
    zeros = pad(np.ones_like(x)[None], padding)[0] == 0
    sheet = Canvas(padded.shape[2] + 3 * width + 6.2, channels * (height + 1.35) + 2.3)
    x0, top = 0.3, 1.1
    sheet.grid(padded[0], "input", x0, top, title="channel 1, padded", plain=zeros[0])
    sheet.frame(x0, top, width, height, "kernel")
    sums = []
    for c in range(channels):
        y0, x1 = top + c * (height + 1.35), x0 + padded.shape[2] + 1.2
        window, blank = padded[c, :height, :width], zeros[c, :height, :width]
        sheet.grid(window, "input", x1, y0, plain=blank, title=f"window, channel {c + 1}")
        sheet.text(x1 + width + 0.5, y0 + height / 2, "⊙", size=12)
        x2 = x1 + width + 1
        sheet.grid(w[c], "kernel", x2, y0, title=f"w, channel {c + 1}")
        sums.append(float(np.sum(window * w[c])))
        sheet.text(x2 + width + 0.5, y0 + height / 2, "→", size=12)
        sheet.text(x2 + width + 2.4, y0 + height / 2, number(sums[-1], 2), size=11, ha="right")
        if c:
            sheet.text(x2 + width + 2.05, y0 - 0.6, "+", size=12)
    x3, y0 = x2 + width + 2.4, top + channels * (height + 1.35) - 0.6
    sheet.text(x3, y0, f"{'+' if b >= 0 else '−'} {abs(b):.2f}", size=11, ha="right")
    sheet.text(x3 + 0.2, y0, "bias", role="kernel", size=9.5, ha="left")
    sheet.rule((x3 - 1.6, y0 + 0.45), (x3, y0 + 0.45))
    total = sum(sums) + float(b)
    sheet.text(x3, y0 + 0.95, number(total, 2), role="output", size=12, ha="right",
               fontweight="bold")  # fmt: skip
    sheet.text(x3 + 0.2, y0 + 0.95, "y₁₁", role="output", size=11, ha="left")
    words = " and ".join(", ".join(number(s, 2) for s in sums).rsplit(", ", 1))
    alt = (
        f"Window times kernel, channel by channel: {words}; "
        f"with bias {number(float(b), 2)}, y is {number(total, 2)}."
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
    sheet.grid(x, "input", 0.3, top, title="x")
    sheet.frame(0.3, top, w.shape[1], w.shape[0], "kernel", inset=0.04)
    x1 = x.shape[1] + 1.5
    sheet.grid(w.reshape(1, -1), "kernel", x1, top + taps + 0.8, title="w as a row")
    x2 = x1 + taps + 1.2
    sheet.grid(cols, "input", x2, top, title="one column per window")
    sheet.frame(x2, top, 1, taps, "kernel", inset=0.04)
    sheet.grid(y.reshape(1, -1), "output", x2, top + taps + 0.8)
    sheet.text(x2 + places + 0.3, top + taps + 1.3, "y", role="output", size=11, ha="left")
    sheet.text(x2 - 0.6, top + taps + 1.3, "→", size=12)
    alt = (
        f"A {x.shape[0]} by {x.shape[1]} input whose {places} windows are the columns of a "
        f"{taps} by {places} matrix; w as a row times it is y."
    )
    return sheet.drawing(alt, caption)


def pixel_reach(size, kernel, pixel, *, stride=1, padding=0, caption=""):
    """Draw the windows that read one pixel, and the weight with which each reads it.

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
    readers = _readers(g, pixel)
    sheet = Canvas(g.padded[1] + kernel[1] + 9.2, max(g.padded[0], 2 * len(readers)) + 1.8)
    left, top, name = 0.4, 1.2, subscript("x", *pixel)
    _padded_names(sheet, g, left, top, marked=pixel)
    for n, ((i, j), _) in enumerate(readers):
        sheet.frame(left + stride * j, top + stride * i, kernel[1], kernel[0], "output",
                    dashes=DASHES[n % len(DASHES)], inset=0.04 + 0.07 * n)  # fmt: skip
    x1 = left + g.padded[1] + 1.2
    met = {k for _, k in readers}
    sheet.grid(_names("w", kernel), "kernel", x1, top, title="w", marked=met)
    x2 = x1 + kernel[1] + 1.2
    for n, (o, k) in enumerate(readers):
        row = top + 0.2 + 1.6 * n
        sheet.frame(x2, row, 1, 1, "output", dashes=DASHES[n % len(DASHES)])
        sheet.text(x2 + 0.5, row + 0.5, subscript("y", *o), role="output", size=10)
        sheet.text(x2 + 1.3, row + 0.5, f"reads {name} with", size=9.5, ha="left")
        sheet.text(x2 + 4.35, row + 0.5, subscript("w", *k), role="kernel", size=11, ha="left",
                   fontweight="bold")  # fmt: skip
    pairs = ", ".join(f"{subscript('y', *o)} with {subscript('w', *k)}" for o, k in readers)
    alt = f"Pixel {subscript('x', *pixel)} is read by {_count(len(readers), 'window')}: {pairs}."
    return sheet.drawing(alt, caption)


def scatter_and_gather(size, kernel, *, stride=1, padding=0, dilation=1, pixel, caption=""):
    """Draw every product of one axis as an arrow from dy to dx, those into one pixel in colour.

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
    pixel : int
        The entry of dx, counted from 0, whose arrows are in colour.
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
    (padded,), (out,) = g.padded, g.output
    step = 1.7
    sheet = Canvas(padded * step + 1.6, 6.1)
    left, top, low = 1.3, 0.4, 4.6
    centre = [left + step * (stride * o + dilation * (kernel - 1) / 2) for o in range(out)]
    sheet.text(left - 0.8, top + 0.5, "dy", role="upstream", size=11)
    sheet.text(left - 0.8, low + 0.5, "dx", role="downstream", size=11)
    for i in range(padded):
        inside = 0 <= i - padding < size
        hot = i - padding == pixel
        sheet.cell(left + step * i, low, f"{i - padding}" if inside else "",
                   "downstream" if inside else None, strong=hot, dashed=not inside,
                   weight="bold" if hot else "normal")  # fmt: skip
    terms = []
    for o in range(out):
        hot_o = any(stride * o + dilation * k - padding == pixel for k in range(kernel))
        sheet.cell(centre[o], top, f"{o}", "upstream", strong=hot_o,
                   weight="bold" if hot_o else "normal")  # fmt: skip
        for k in range(kernel):
            i = stride * o + dilation * k
            hot = i - padding == pixel
            start, end = (centre[o] + 0.5, top + 1.05), (left + step * i + 0.5, low - 0.08)
            sheet.arrow(start, end, "kernel" if hot else "hair", width=1.8 if hot else 0.9)
            if hot:
                terms.append(f"dy[{o}]·w[{k}]")
                x, y = 0.6 * start[0] + 0.4 * end[0], 0.6 * start[1] + 0.4 * end[1]
                sheet.text(x, y, f"w[{k}]", role="kernel", size=9.5, fontweight="bold", paper=True)
    into = " and ".join(", ".join(terms).rsplit(", ", 1))
    verb = "goes" if len(terms) == 1 else "go"
    arrives = f"Into dx[{pixel}] {verb} {into}." if terms else f"Nothing reaches dx[{pixel}]."
    alt = f"Arrows from {_count(out, 'entry')} of dy to {size} of dx. {arrives}"
    return sheet.drawing(alt, caption)


def spread_and_gather(dy, w, *, size, stride=1, padding=0, at=(0, 0), caption=""):
    """Draw dx of one channel and one filter: dy spread by the stride, under the rotated kernel.

    Parameters
    ----------
    dy : ndarray, shape (H_out, W_out)
    w : ndarray, shape (HH, WW)
    size : tuple of (int, int)
        Of x.
    stride, padding : int
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
    g = geometry(size, w.shape, stride=stride, padding=padding)
    shape = tuple(h + e - 1 for h, e in zip(g.padded, g.extent, strict=True))
    spread, known = np.zeros(shape), np.zeros(shape, bool)
    spots = tuple(
        slice(e - 1, e - 1 + s * (o - 1) + 1, s)
        for e, s, o in zip(g.extent, g.stride, g.output, strict=True)
    )
    spread[spots], known[spots] = dy, True
    sheet = Canvas(shape[1] + w.shape[1] + 2.8, shape[0] + 1.8)
    left, top = 0.4, 1.2
    sheet.grid(spread, "upstream", left, top, plain=~known, title="dy, spread and padded")
    row, col = at[0] + padding, at[1] + padding
    sheet.frame(left + col, top + row, w.shape[1], w.shape[0], "kernel")
    x1 = left + shape[1] + 1.4
    sheet.grid(_names("w", w.shape)[::-1, ::-1], "kernel", x1, top + 1, title="w, rotated")
    alt = (
        f"dy ({dy.shape[0]} by {dy.shape[1]}) spread to {shape[0]} by {shape[1]} with zeros; "
        f"the rotated kernel over it at the place of dx[{at[0]}, {at[1]}]."
    )
    return sheet.drawing(alt, caption)


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
    sheet = Canvas(g.padded[1] + kernel[1] + g.output[1] + 3.6, g.padded[0] + 1.8)
    left, top = 0.4, 1.2
    met = {(stride * i + weight[0], stride * j + weight[1]) for i, j in np.ndindex(*g.output)}
    _padded_names(sheet, g, left, top)
    for r, c in met:
        sheet.frame(left + c, top + r, 1, 1, "kernel", inset=0.09)
    x1 = left + g.padded[1] + 1.4
    names = _names("w", kernel)
    sheet.grid(names, "kernel", x1, top + 1, title="weights", marked={tuple(weight)})
    x2 = x1 + kernel[1] + 1.4
    sheet.grid(_names("dy", g.output), "upstream", x2, top + 1, title="dy")
    alt = (
        f"Weight {subscript('w', *weight)} meets {len(met)} entries of the padded input, a block "
        f"of {g.output[0]} by {g.output[1]} with steps of {stride}."
    )
    return sheet.drawing(alt, caption)


def step_errors(steps, curves, *, caption=""):
    """Plot the error of a difference quotient against its step, both on logarithmic axes.

    Parameters
    ----------
    steps : ndarray
    curves : dict of str to (ndarray, str)
        Label to (errors, role).
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> step_errors([0.1, 0.01], {"a line": ([1e-3, 1e-5], "input")}).alt
    'Relative error against step h, both logarithmic. a line: least, 1e-05, at h = 1e-02.'
    """
    with style.context(STYLE):
        fig = Figure(figsize=(6.4, 3.5), layout="constrained")
        ax = fig.add_subplot(xlabel="step h", ylabel="relative error", xscale="log", yscale="log")
        ax.xaxis.set_major_formatter(_power)
        ax.yaxis.set_major_formatter(_power)
        said = []
        for marker, (label, (errors, role)) in zip("osD^", curves.items(), strict=False):
            ax.plot(steps, errors, marker=marker, color=line_colour(role), label=label)
            best = int(np.argmin(errors))
            said.append(f"{label}: least, {errors[best]:.0e}, at h = {steps[best]:.0e}.")
        ax.legend(labelcolor="linecolor")
    alt = "Relative error against step h, both logarithmic. " + " ".join(said)
    return draw(fig, alt=alt, caption=caption)


def _power(value, _):
    """Label a tick without mathtext, which would not stay text."""
    exponent = round(np.log10(value))
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _readers(g, pixel):
    """List the (output, weight) index pairs of the windows that read a pixel."""
    readers = []
    for o in np.ndindex(*g.output):
        k = tuple(
            p + b - s * i for p, (b, _), s, i in zip(pixel, g.padding, g.stride, o, strict=True)
        )
        if all(0 <= i < n for i, n in zip(k, g.kernel, strict=True)):
            readers.append((o, k))
    return readers


def _padded_names(sheet, g, x, y, marked=None):
    """Draw the padded input with the names of its entries."""
    names, plain = np.full(g.padded, "0", object), np.ones(g.padded, bool)
    inner = tuple(slice(b, b + h) for (b, _), h in zip(g.padding, g.size, strict=True))
    names[inner], plain[inner] = _names("x", g.size), False
    here = {tuple(p + b for p, (b, _) in zip(marked, g.padding, strict=True))} if marked else ()
    sheet.grid(names, "input", x, y, title="padded input", plain=plain, marked=here)


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
