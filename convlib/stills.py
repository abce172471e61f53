"""The still picture of an explorer: for print, and for pages without a script."""

import numpy as np

from convlib import figures
from convlib._conv import conv2d, conv2d_backward
from convlib._geometry import geometry
from convlib._views import ARRAYS, VIEWS
from convlib.drawing import Canvas, number


def still(view, x, w, dy, cell=(), *, stride=1, padding=1, dilation=1):
    """Draw one state of the explorer.

    Parameters
    ----------
    view : {'forward', 'dx', 'dw', 'shape'}
    x : ndarray, shape (H, W)
    w : ndarray, shape (HH, WW)
    dy : ndarray, shape (H_out, W_out)
        Of any shape where the kernel does not fit.
    cell : tuple of (str, int, int), optional
        The chosen entry: its array's name, row and column.
    stride, padding, dilation : int

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
    said = f"Stride {stride}, padding {padding}, dilation {dilation}."
    try:
        sizes = geometry(x.shape, w.shape, **settings)
    except ValueError as error:
        sheet = Canvas(x.shape[1] + w.shape[1] + 3, max(x.shape[0], w.shape[0]) + 1.8)
        sheet.grid(x, "input", 0.5, 1.2, title="x")
        sheet.grid(w, "kernel", x.shape[1] + 2, 1.2, title="w")
        return sheet.drawing(f"An input and a kernel that does not fit: {error}.", said)
    if view == "shape":
        return figures.kernel_steps(x.shape[1], w.shape[1], **settings, caption=said)
    arrays = {"x": x, "w": w, "dy": dy, "y": conv2d(x[None, None], w[None, None], **settings)[0, 0]}
    grads = conv2d_backward(dy[None, None], x[None, None], w[None, None], **settings)
    arrays |= {"dx": grads.dx[0, 0], "dw": grads.dw[0, 0]}
    terms = _products(sizes, cell)
    sheet = _draw(VIEWS[view].arrays, arrays, sizes, cell, terms)
    shapes = ", ".join(
        f"{name} {arrays[name].shape[0]} × {arrays[name].shape[1]}" for name in VIEWS[view].arrays
    )
    chosen = f" Chosen: {_formula(arrays, cell, terms)}." if cell else ""
    return sheet.drawing(f"Grids of numbers: {shapes}.{chosen}", said + chosen)


def _products(sizes, cell):
    """List the products (o, i, k) that a cell adds up, or hands out."""
    if not cell:
        return []
    found = []
    for o in np.ndindex(*sizes.output):
        for k in np.ndindex(*sizes.kernel):
            axes = zip(o, k, sizes.stride, sizes.dilation, sizes.padding, strict=True)
            i = tuple(s * a + d * b - p for a, b, s, d, (p, _) in axes)
            product = (o, i, k)
            if product[_index(cell[0])] == tuple(cell[1:]):
                found.append(product)
    return found


def _index(name):
    """Return which index of a product (o, i, k) counts the entries of an array."""
    return "oik".index(ARRAYS[name].index)


def _formula(arrays, cell, terms):
    """Write the sum that makes a cell; of an entry of dy, only its value."""
    name, at = cell[0], tuple(cell[1:])
    start = f"{name}[{at[0]},{at[1]}]"
    value = number(arrays[name][at], 2)
    if name == "dy":
        return f"{start} = {value}"
    first, second = ARRAYS[name].factors
    parts = []
    for product in terms:
        if all(0 <= a < h for a, h in zip(product[1], arrays["x"].shape, strict=True)):
            a, b = (arrays[f][product[_index(f)]] for f in (first, second))
            first_factor = _after_sign(a) if parts else number(a, 2)
            parts.append(f"{first_factor}·{_after_sign(b)}")
    middle = " + ".join(parts) + " = " if parts else ""
    return f"{start} = {middle}{value}"


def _after_sign(value):
    """Write a number that stands after a sign."""
    return f"({number(value, 2)})" if value < 0 else number(value, 2)


def _draw(names, arrays, sizes, cell, terms):
    """Draw three grids, the chosen cell, what it uses, and for dx the arrows."""
    pads = tuple(before for before, _ in sizes.padding)
    shape = {name: sizes.padded if _index(name) == 1 else arrays[name].shape for name in names}
    sheet = Canvas(sum(shape[n][1] for n in names) + 4.4, max(shape[n][0] for n in names) + 1.8)
    corner, left = {}, 0.4
    for name in names:
        corner[name] = (left, 1.2)
        used = {product[_index(name)] for product in terms}
        if cell and name == cell[0]:
            used = {tuple(cell[1:])}
        shift = pads if _index(name) == 1 else (0, 0)
        words = np.full(shape[name], "0" if name == "x" else "", object)
        plain = np.ones(shape[name], bool)
        inner = tuple(slice(p, p + n) for p, n in zip(shift, arrays[name].shape, strict=True))
        words[inner] = np.vectorize(lambda v: number(v, 2), otypes=[object])(arrays[name])
        plain[inner] = False
        marked = {tuple(a + p for a, p in zip(at, shift, strict=True)) for at in used}
        sheet.grid(words, ARRAYS[name].role, left, 1.2, title=name, plain=plain, marked=marked)
        left += shape[name][1] + 1.8
    if cell and names[0] == "dx":
        for o, i, _ in terms:
            start = (corner["dy"][0] + o[1] + 0.1, corner["dy"][1] + o[0] + 0.5)
            end = (corner["dx"][0] + i[1] + pads[1] + 1, corner["dx"][1] + i[0] + pads[0] + 0.5)
            sheet.arrow(start, end, "kernel", width=0.9)
    return sheet
