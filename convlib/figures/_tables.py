"""Figures of matrices, tables and images, drawn from the real arrays.

Each function returns a `Drawing`.
"""

import html

import numpy as np

from convlib import palette
from convlib._geometry import geometry, products
from convlib.figures._numbers import number_in_full
from convlib.figures._svg import Canvas, Drawing, shade, short, subscript, svg

IMAGE_ROW = 634
"""Pixels that a row of images is wide."""


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
    for (o,), (k,), (i,) in products(g):
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
    for o, k, i in products(g):
        at = np.ravel_multi_index(o, g.output), np.ravel_multi_index(i, size)
        names[at] = subscript("w", *k)
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
        sheet.grid(counts, "input", x, 1.2, name="counts", title=title, plain=unread,
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
        sheet.text(left - 0.3, top + 0.8 * n + 0.4, name.replace("_", " "), anchor="end")
    said = []
    for m, (title, noticed) in enumerate(table.items()):
        x = left + 1.5 * m + 0.5
        sheet.text(x, top - 0.3, title, turned=-40, anchor="start")
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
        sheet.grid(cells, "kernel", x, y, name="w", plain=~joined)
        sheet.text(x + channels / 2, y - 1.0, title, size=13.3)
        sheet.text(x + channels / 2, y - 0.4, "channels", role="input", size=11.3)
        sheet.text(x - 0.4, y + filters / 2, "filters", role="output", size=11.3, turned=-90)
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
    windows = {}
    for o, _, i in products(g):
        windows.setdefault(o, []).append(i)
    y, wins = np.empty(g.output, x.dtype), np.zeros(x.shape, int)
    for o, places in windows.items():
        winner = max(places, key=x.__getitem__)  # the first, where several are largest
        y[o] = x[winner]
        wins[winner] += 1
    won = [tuple(map(int, at)) for at in np.argwhere(wins)]
    sheet = Canvas(2 * x.shape[1] + y.shape[1] + 4.2, x.shape[0] + 1.6)
    x1 = x.shape[1] + 1.8
    x2 = x1 + y.shape[1] + 1.4
    sheet.grid(x, "input", 0.4, 1.2, name="x", title="x", marked=won)
    sheet.grid(y, "output", x1, 1.2, name="y", title="y")
    sheet.grid(wins, "downstream", x2, 1.2, name="dx", title="dx, where dy is all ones",
               plain=wins == 0)  # fmt: skip
    times = {1: "once", 2: "twice"}
    said = ", ".join(
        f"{number_in_full(x[at])} ({times.get(wins[at], f'{wins[at]} times')})" for at in won
    )
    alt = (
        f"{y.size} windows of {kernel_size} by {kernel_size}. Winners, with how often each wins: "
        f"{said}."
    )
    return sheet.drawing(alt, caption)


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

    Raises
    ------
    ValueError
        If there is no image, or not one title for each.

    Examples
    --------
    >>> image_row([np.eye(2), np.ones((2, 2))], ["one", "two"]).alt
    'Images: one, two.'
    """
    if not images or len(titles) != len(images):
        raise ValueError(f"titles: expected one for each of {len(images)} images, got {titles!r}")
    columns = columns or len(images)
    side = IMAGE_ROW / (columns + 0.12 * (columns - 1))
    pixel = max(1, int(side / max(n for image in images for n in image.shape)))
    height = 1.12 * side + 30
    parts = []
    for n, (image, title) in enumerate(zip(images, titles, strict=True)):
        x, y = 1.12 * side * (n % columns), 22 + height * (n // columns)
        left = x + (side - pixel * image.shape[1]) / 2
        top = y + (side - pixel * image.shape[0]) / 2
        words = f'<text x="{short(x + side / 2)}" y="{short(top - 7)}">{html.escape(title)}</text>'
        place = f'transform="translate({round(left)} {round(top)}) scale({pixel})"'
        parts.append(
            f'{words}<g data-grid="{html.escape(title)}" {place}>{_pixels(image, signed)}</g>'
        )
    style = f"fill:{shade('ink')};font-size:11.3px"
    body = f'<g style="{style}" shape-rendering="crispEdges">{"".join(parts)}</g>'
    rows = -(-len(images) // columns)
    alt = f"Images: {', '.join(titles)}."
    return Drawing(svg(IMAGE_ROW, 22 + height * rows - 30 - 0.12 * side, body, alt), alt, caption)


def _pixels(image, signed):
    """Return one path for each colour of an image, of unit squares."""
    places = {}
    for (row, column), colour in np.ndenumerate(_colours(image, signed)):
        places.setdefault(colour, []).append(f"M{column} {row}h1v1h-1z")
    return "".join(f'<path fill="{colour}" d="{"".join(d)}"/>' for colour, d in places.items())


def _colours(image, signed):
    """Return the colour of each pixel: grey, or signed from that of dx to that of x.

    Examples
    --------
    >>> _colours(np.array([[0.0, 2.0]]), signed=False).tolist()
    [['#000000', '#ffffff']]
    >>> _colours(np.array([[-1.0, 0.0, 1.0]]), signed=True).tolist()
    [['#b0243b', '#f4f4f4', '#1f66b0']]
    """
    image = np.asarray(image, float)
    if signed:
        ends = [palette.ROLES[role]["line"].light for role in ("downstream", "input")]
        stops = (ends[0], "#f4f4f4", ends[1])
        values, knots = image / (np.abs(image).max() or 1), (-1, 0, 1)
    else:
        stops, knots = ("#000000", "#ffffff"), (0, 1)
        values = (image - image.min()) / (np.ptp(image) or 1)
    parts = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in stops])
    mixed = [np.interp(values, knots, part).round().astype(int) for part in parts.T]
    return np.vectorize("#{:02x}{:02x}{:02x}".format, otypes=[object])(*mixed)


def _labelled(sheet, names, columns, rows):
    """Draw a matrix of weights with its rows and columns named."""
    left, top = 1.7, 1.2
    sheet.grid(names, "kernel", left, top, name="C", plain=names == "0")
    for i, words in enumerate(columns):
        sheet.text(left + i + 0.5, top - 0.4, words, role="input", size=11.3)
    for o, words in enumerate(rows):
        sheet.text(left - 0.25, top + o + 0.5, words, role="output", size=11.3, anchor="end")
