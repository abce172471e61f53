"""What the views of the explorer show: one table for its script and its still pictures."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Array(NamedTuple):
    """What an array of a convolution is.

    Attributes
    ----------
    role : str
        Whose colour it has: a role of `convlib.palette`.
    index : {'o', 'i', 'k'}
        What counts its entries: a product is of output o, input i and weight k.
    factors : tuple of str
        The two arrays whose products it adds up, by its own index; () where it is given.
    """

    role: str
    index: str
    factors: tuple = ()


USUAL = ("size", "kernel", "stride", "padding", "dilation")
"""The controls of a convolution of pixels."""


class View(NamedTuple):
    """What a view shows.

    Attributes
    ----------
    title : str
        Stands on its button.
    arrays : tuple of str
        Its grids, from left to right.
    choose : tuple of str
        Those from which a cell can be chosen.
    over : str
        The array whose numbers are laid over the cells that a choice lights up.
    first : tuple of (int, int)
        The row and the column of the cell that is chosen at first, in the first of `choose`.
    controls : tuple of str
        The settings that it shows, each of which can be changed.
    own : dict of Array
        The arrays that are something else here than in `ARRAYS`.
    """

    title: str
    arrays: tuple
    choose: tuple
    over: str
    first: tuple = (1, 1)
    controls: tuple = USUAL
    own: Mapping = MappingProxyType({})


ARRAYS = {
    "x": Array("input", "i"),
    "w": Array("kernel", "k"),
    "y": Array("output", "o", ("x", "w")),
    "dy": Array("upstream", "o"),
    "dx": Array("downstream", "i", ("dy", "w")),
    "dw": Array("downstream", "k", ("dy", "x")),
}

POOLED = {"arrays": ("x", "dx", "dy"), "choose": ("dy", "x", "dx"), "controls": USUAL[:-1]}

VIEWS = {
    "forward": View("Forward", ("x", "y", "w"), ("y",), over="w"),
    "dx": View("dx", ("dx", "dy", "w"), ("dx", "dy"), over="w"),
    "dw": View("dw", ("x", "dy", "dw"), ("dw",), over="dy", first=(0, 1)),
    "shape": View("Sizes", ("x", "y", "w"), ("y",), over="w", first=(0, 1)),
    "spread": View("Spread dy", ("dy", "dx", "w"), ("dx",), over="w", first=(0, 2)),
    "maxpool": View("Max pooling", over="dy", **POOLED),
    "avgpool": View("Average pooling", over="dy", **POOLED),
    "stamp": View(
        "Transposed", ("x", "w", "y"), ("x", "y"), over="w", first=(0, 2),
        controls=(*USUAL, "output_padding"),
        own={"x": Array("input", "o"), "y": Array("output", "i", ("x", "w"))},
    ),
    "groups": View(
        "Groups", ("x", "y", "w", "dy", "dx"), ("y", "dx"), over="w", first=(2, 0),
        controls=("channels", "filters", "groups", "kernel"),
    ),
}  # fmt: skip
"""By name: an output and its window; an entry of dx and the outputs that read it, or of dy and the
pixels that it reaches; a weight and all pairs that it meets; the sizes along one row; dy of one
row, spread, and the rotated kernel over it; a window of max or average pooling, and what it sends
back to x, or an entry and the windows that send it something; a row that lays the kernel down,
entry by entry; the channels that meet in groups."""


def catalogue(views=tuple(VIEWS)):
    """Return the table of arrays, and of the named views, as the script reads them.

    Of what most views have in common it says nothing: it stands on every page.

    Examples
    --------
    >>> catalogue(["dw"])["views"]["dw"]["choose"]
    ('dw',)
    """
    arrays = {name: array._asdict() for name, array in ARRAYS.items()}
    shown = {name: view._asdict() for name, view in VIEWS.items() if name in views}
    for view in shown.values():
        own, controls = view.pop("own"), view.pop("controls")
        if own:
            view["own"] = {name: array._asdict() for name, array in own.items()}
        if controls != USUAL:
            view["controls"] = controls
    return {"arrays": arrays, "views": shown}
