"""Figures of matrices, tables, curves and images, drawn from the real arrays.

`convlib.figures` draws one convolution at work; this module draws what is computed with them.
Each function returns a `convlib.drawing.Drawing`.
"""

import numpy as np
from matplotlib import style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from convlib._geometry import geometry
from convlib.drawing import STYLE, Canvas, draw, line_colour, subscript

SIGNED = LinearSegmentedColormap.from_list(
    "signed", [line_colour("downstream"), "#f4f4f4", line_colour("input")]
)
"""Red for negative numbers, blue for positive ones: the colours of two roles."""


def conv_matrix(size, kernel, *, stride=1, padding=0, dilation=1, caption=""):
    """Draw the matrix C of a convolution along one axis: y = C x.

    Parameters
    ----------
    size, kernel, stride, padding, dilation : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> conv_matrix(4, 2).alt
    'A 3 by 4 matrix. Row y[o] holds w[0] to w[1], starting at column x[1·o].'
    """
    g = geometry(size, kernel, stride=stride, padding=padding, dilation=dilation)
    (out,) = g.output
    names = np.full((out, size), "0", object)
    for o in range(out):
        for k in range(kernel):
            i = stride * o + dilation * k - padding
            if 0 <= i < size:
                names[o, i] = f"w[{k}]"
    sheet = Canvas(size + 2.4, out + 1.8)
    _labelled(sheet, names, [f"x[{i}]" for i in range(size)], [f"y[{o}]" for o in range(out)])
    alt = (
        f"A {out} by {size} matrix. Row y[o] holds w[0] to w[{kernel - 1}], starting at column "
        f"x[{stride}·o{f' − {padding}' if padding else ''}]."
    )
    return sheet.drawing(alt, caption)


def conv_matrix_2d(size, kernel, *, stride=1, caption=""):
    """Draw the matrix C of a convolution over a small image: vec(y) = C vec(x).

    Parameters
    ----------
    size, kernel : tuple of (int, int)
    stride : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> conv_matrix_2d((2, 3), (2, 2)).alt
    'A 2 by 6 matrix with 4 weights in each row, in bands and blocks.'
    """
    g = geometry(size, kernel, stride=stride)
    places = list(np.ndindex(*g.output))
    names = np.full((len(places), size[0] * size[1]), "0", object)
    for row, (i, j) in enumerate(places):
        for p, q in np.ndindex(*kernel):
            column = (stride * i + p) * size[1] + stride * j + q
            names[row, column] = subscript("w", p, q)
    columns = [subscript("x", *i) for i in np.ndindex(*size)]
    sheet = Canvas(names.shape[1] + 2.4, names.shape[0] + 1.8)
    _labelled(sheet, names, columns, [subscript("y", *o) for o in places])
    for start in range(size[1], names.shape[1], size[1]):
        x = 1.7 + start
        sheet.rule((x, 1.0), (x, 1.2 + len(names)), "muted")
    alt = (
        f"A {names.shape[0]} by {names.shape[1]} matrix with {kernel[0] * kernel[1]} weights in "
        "each row, in bands and blocks."
    )
    return sheet.drawing(alt, caption)


def count_maps(maps, *, caption=""):
    """Draw small matrices of counts side by side.

    Parameters
    ----------
    maps : dict of str to ndarray
        Title to counts, all of the same shape.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> count_maps({"stride 1": np.array([[1, 2], [2, 4]])}).alt
    'Counts from 1 to 4 (stride 1).'
    """
    first = np.asarray(next(iter(maps.values())))
    sheet = Canvas(len(maps) * (first.shape[1] + 1) + 0.2, first.shape[0] + 1.6)
    for n, (title, counts) in enumerate(maps.items()):
        counts = np.asarray(counts)
        x = 0.6 + n * (first.shape[1] + 1)
        marked = {tuple(map(int, at)) for at in np.argwhere(counts == counts.max())}
        unread = counts == 0
        sheet.grid(counts, "input", x, 1.2, title=title, plain=unread, digits=0,
                   marked=marked if counts.min() < counts.max() else ())  # fmt: skip
    ranges = [f"{int(np.min(m))} to {int(np.max(m))} ({title})" for title, m in maps.items()]
    return sheet.drawing(f"Counts from {', '.join(ranges)}.", caption)


def detection_matrix(names, table, *, caption=""):
    """Draw which mistake is noticed at which setting.

    Parameters
    ----------
    names : list of str
        One row for each mistake.
    table : dict of str to list of bool
        Title of a setting to whether it notices each mistake.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> detection_matrix(["flipped", "cropped"], {"A": [True, False], "B": [True, True]}).alt
    'Mistakes noticed: 1 of 2 by A (not cropped); 2 of 2 by B.'
    """
    left, top = 7.2, 4.6
    sheet = Canvas(left + 1.5 * len(table) + 2.4, top + 0.8 * len(names) + 0.4)
    for n, name in enumerate(names):
        sheet.text(left - 0.3, top + 0.8 * n + 0.4, name.replace("_", " "), ha="right", size=9)
    said = []
    for m, (title, noticed) in enumerate(table.items()):
        x = left + 1.5 * m + 0.5
        sheet.text(x, top - 0.25, title, rotation=40, ha="left", va="bottom", size=9)
        for n, seen in enumerate(noticed):
            y = top + 0.8 * n + 0.4
            if seen:
                sheet.dot(x, y, "output")
            else:
                sheet.dot(x, y, "downstream", open=True)
        missed = [
            name.replace("_", " ") for name, seen in zip(names, noticed, strict=True) if not seen
        ]
        but = f" (not {', '.join(missed)})" if missed else ""
        said.append(f"{sum(noticed)} of {len(noticed)} by {title}{but}")
    return sheet.drawing(f"Mistakes noticed: {'; '.join(said)}.", caption)


def group_blocks(layers, *, caption=""):
    """Draw which filter reads which channel.

    Parameters
    ----------
    layers : dict of str to (int, int, int)
        Title to the numbers of filters, channels and groups.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> group_blocks({"dense": (4, 4, 1), "halves": (4, 4, 2)}).alt
    'Weights between 4 filters and 4 channels: 16 of 16 (dense); 8 of 16 (halves).'
    """
    (filters, channels, _) = next(iter(layers.values()))
    sheet = Canvas(len(layers) * (channels + 2) + 0.8, filters + 2.2)
    said = []
    for n, (title, (filters, channels, groups)) in enumerate(layers.items()):
        x, y = 1.6 + n * (channels + 2), 1.6
        row, column = np.indices((filters, channels))
        joined = row // (filters // groups) == column // (channels // groups)
        cells = np.where(joined, "w", "").astype(object)
        sheet.grid(cells, "kernel", x, y, plain=~joined)
        sheet.text(x + channels / 2, y - 1.0, title, size=10)
        sheet.text(x + channels / 2, y - 0.4, "channels", role="input", size=8.5)
        sheet.text(x - 0.4, y + filters / 2, "filters", role="output", size=8.5, rotation=90)
        said.append(f"{joined.sum()} of {joined.size} ({title})")
    between = f"Weights between {filters} filters and {channels} channels"
    return sheet.drawing(f"{between}: {'; '.join(said)}.", caption)


def max_pool_routes(x, kernel_size, *, stride, caption=""):
    """Draw which entry wins each window of max pooling, and how often.

    Parameters
    ----------
    x : ndarray, shape (H, W)
    kernel_size, stride : int
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> max_pool_routes(np.array([[1, 2, 3, 0]]).repeat(2, axis=0), 2, stride=1).alt
    '3 windows of 2 by 2. Winners, with how often each wins: 2 (once), 3 (twice).'
    """
    g = geometry(x.shape, kernel_size, stride=stride)
    y, wins = np.empty(g.output, x.dtype), np.zeros(x.shape, int)
    for i, j in np.ndindex(*g.output):
        window = x[stride * i :, stride * j :][:kernel_size, :kernel_size]
        p, q = np.unravel_index(np.argmax(window), window.shape)
        y[i, j] = window[p, q]
        wins[stride * i + p, stride * j + q] += 1
    won = [tuple(map(int, at)) for at in np.argwhere(wins)]
    sheet = Canvas(2 * x.shape[1] + y.shape[1] + 4.2, x.shape[0] + 1.6)
    x1 = x.shape[1] + 1.8
    x2 = x1 + y.shape[1] + 1.4
    sheet.grid(x, "input", 0.4, 1.2, title="x", marked=won)
    sheet.grid(y, "output", x1, 1.2, title="y")
    sheet.grid(wins, "downstream", x2, 1.2, title="dx, where dy is all ones", plain=wins == 0)
    times = {1: "once", 2: "twice"}
    said = ", ".join(f"{x[at]} ({times.get(wins[at], f'{wins[at]} times')})" for at in won)
    alt = (
        f"{y.size} windows of {kernel_size} by {kernel_size}. Winners, with how often each wins: "
        f"{said}."
    )
    return sheet.drawing(alt, caption)


def lines(curves, *, xlabel, ylabel, log=False, caption=""):
    """Plot curves over a common axis.

    Parameters
    ----------
    curves : dict of str to (array_like, array_like, str)
        Label to (x, y, role).
    xlabel, ylabel : str
    log : bool, default False
        Whether the vertical axis is logarithmic.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> lines({"loss": ([0, 1], [2, 0.5], "output")}, xlabel="step", ylabel="loss").alt
    'loss against step. loss: from 2 to 0.5.'
    """
    with style.context(STYLE):
        fig = Figure(figsize=(6.4, 3.3), layout="constrained")
        ax = fig.add_subplot(xlabel=xlabel, ylabel=ylabel)
        if log:
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for label, (x, y, role) in curves.items():
            marker = "o" if len(x) < 40 else ""
            ax.plot(x, y, marker=marker, color=line_colour(role), label=label, linewidth=1.4)
        ax.legend(labelcolor="linecolor")
    said = " ".join(
        f"{label}: from {y[0]:.3g} to {y[-1]:.3g}." for label, (_, y, _) in curves.items()
    )
    return draw(fig, alt=f"{ylabel} against {xlabel}. {said}", caption=caption)


def image_row(images, titles, *, signed=False, columns=None, caption=""):
    """Draw small images side by side.

    Parameters
    ----------
    images : list of ndarray, shape (H, W)
    titles : list of str
    signed : bool, default False
        Blue for positive and red for negative numbers, each image on its own scale; else grey.
    columns : int, optional
        Images in a row; all where it is not given.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> image_row([np.eye(2), np.ones((2, 2))], ["one", "two"]).alt
    'Images: one, two.'
    """
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    with style.context(STYLE):
        fig = Figure(figsize=(6.6, 6.6 / columns * rows * 1.25))
        axes = fig.subplots(rows, columns, squeeze=False).ravel()
        for ax, image, title in zip(axes, images, titles, strict=True):
            top = float(np.abs(image).max()) if signed else None
            colours = {"cmap": SIGNED, "vmin": -top, "vmax": top} if signed else {"cmap": "gray"}
            ax.pcolormesh(image[::-1], edgecolors="face", linewidth=0.1, **colours)
            ax.set_title(title, fontsize=8.5)
            ax.set(aspect="equal", xticks=[], yticks=[])
            ax.grid(False)
            for side in ax.spines.values():
                side.set_visible(False)
        fig.subplots_adjust(0.01, 0.01, 0.99, 0.88, wspace=0.12, hspace=0.35)
    return draw(fig, alt=f"Images: {', '.join(titles)}.", caption=caption)


def _labelled(sheet, names, columns, rows):
    """Draw a matrix of weights with its rows and columns named."""
    left, top = 1.7, 1.2
    sheet.grid(names, "kernel", left, top, plain=names == "0")
    for i, words in enumerate(columns):
        sheet.text(left + i + 0.5, top - 0.4, words, role="input", size=8.5)
    for o, words in enumerate(rows):
        sheet.text(left - 0.25, top + o + 0.5, words, role="output", size=8.5, ha="right")
