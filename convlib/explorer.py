"""A convolution to touch: a widget in Jupyter, and the same on a page without a kernel.

The widget is `explorer.js`, which works out every number that it shows. Python sends it tables of
numbers and the settings, and shares the settings and the chosen cell with it.
"""

import html
import json
import operator
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from convlib import palette
from convlib._arguments import as_array
from convlib._geometry import geometry
from convlib.figures.stills import still

HERE = Path(__file__).parent

VIEWS = ("forward", "dx", "dw", "shape")
PICKS = {"forward": ("y",), "dx": ("dx", "dy"), "dw": ("dw",), "shape": ("y",)}
"""The arrays of each view from which a cell can be chosen."""

LIMITS = {"size": (3, 6), "kernel": (1, 4), "stride": (1, 3), "padding": (0, 2), "dilation": (1, 2)}
"""The ranges of the controls: every state stays small enough to check by eye."""

LARGEST = 16
"""More rows or columns than this are no longer a picture."""

# Small integers, so that every number can be checked by eye. All nine weights of the corner differ,
# and no row or column is the reverse of another: a flipped kernel is seen to be one.
X = [
    [1, 0, 2, 3, 1, 0],
    [2, 1, 0, 1, 4, 2],
    [0, 3, 1, 2, 0, 1],
    [1, 2, 4, 0, 1, 3],
    [3, 0, 1, 2, 2, 0],
    [0, 1, 2, 1, 0, 4],
]
W = [[1, 2, -1, 0], [0, 3, -2, 1], [4, -3, 5, -1], [2, 0, 1, -2]]
DY = [
    [1, -1, 2, 0, 1, 2, -2, 1, 0, 1],
    [0, 2, 1, -2, 1, 0, 1, -1, 2, 0],
    [3, 1, -1, 1, 2, -1, 0, 2, 1, 1],
    [1, 0, 2, 1, -1, 3, 1, 0, -2, 2],
    [-2, 1, 1, 0, 2, 1, -1, 1, 1, 0],
    [2, -1, 0, 3, 1, 1, 2, -2, 0, 1],
    [0, 1, 1, -1, 0, 2, 1, 3, 1, -1],
    [1, 2, -2, 1, 1, 0, -1, 1, 2, 0],
    [1, 0, 1, 2, -1, 1, 0, 2, -1, 1],
    [-1, 1, 0, 1, 2, 0, 1, -1, 1, 2],
]


class Explorer(anywidget.AnyWidget):
    """What `explore` returns: a widget whose settings and chosen cell are shared with the page.

    Attributes
    ----------
    view : {'forward', 'dx', 'dw', 'shape'}
    size, kernel, stride, padding, dilation : int
        As the controls are set. `size` and `kernel` do nothing where the reader's own x or w is
        shown whole.
    cell : tuple
        The chosen entry as (name, row, column), counted from 0, or () for none. Where the settings
        have no such entry, nothing is shown as chosen.

    Examples
    --------
    >>> explorer = explore(stride=2)
    >>> explorer.padding = 2
    >>> explorer.settings
    {'stride': 2, 'padding': 2, 'dilation': 1}
    """

    _esm = HERE / "explorer.js"
    _css = palette.css() + (HERE / "explorer.css").read_text(encoding="utf-8")

    view = traitlets.Any("dx").tag(sync=True)
    size = traitlets.Any(5).tag(sync=True)
    kernel = traitlets.Any(3).tag(sync=True)
    stride = traitlets.Any(1).tag(sync=True)
    padding = traitlets.Any(1).tag(sync=True)
    dilation = traitlets.Any(1).tag(sync=True)
    cell = traitlets.Any(()).tag(sync=True)
    views = traitlets.List().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    fixed = traitlets.List().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)

    @traitlets.validate(*LIMITS)
    def _setting(self, proposal):
        return _within(proposal.trait.name, proposal.value)

    @traitlets.validate("view")
    def _one_view(self, proposal):
        return _view("view", proposal.value)

    @traitlets.validate("cell")
    def _one_cell(self, proposal):
        return _cell(proposal.value)

    @property
    def settings(self):
        """The keyword arguments of `convlib.conv2d`, as the controls are set."""
        return {name: getattr(self, name) for name in ("stride", "padding", "dilation")}

    @property
    def x(self):
        """The input that is shown, of shape (1, 1, H, W)."""
        return self._table("x", None if "size" in self.fixed else (self.size, self.size))

    @property
    def w(self):
        """The weights that are shown, of shape (1, 1, HH, WW)."""
        return self._table("w", None if "kernel" in self.fixed else (self.kernel, self.kernel))

    @property
    def dy(self):
        """The upstream gradient that is shown, of shape (1, 1, H_out, W_out).

        Raises
        ------
        ValueError
            If the kernel does not fit.
        """
        sizes = geometry(self.x.shape[2:], self.w.shape[2:], **self.settings)
        return self._table("dy", sizes.output)

    def _table(self, name, shape):
        table = np.array(self.tables[name])
        rows, cols = shape or table.shape
        return table[None, None, :rows, :cols]

    def __repr__(self):
        shared = {name: getattr(self, name) for name in ("view", *LIMITS) if name not in self.fixed}
        words = ", ".join(f"{name}={value!r}" for name, value in shared.items())
        return f"Explorer({words}, cell={self.cell!r})"

    def _still(self):
        """Draw the state for a page without a script, and for print."""
        try:
            dy = self.dy[0, 0]
        except ValueError:
            dy = np.zeros((1, 1))
        x, w = self.x[0, 0], self.w[0, 0]
        return still(
            self.view, x, w, dy, _existing(self.cell, self.view, x, w, dy), **self.settings
        )

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        names = ("view", *LIMITS, "cell", "views", "tables", "fixed", "limits")
        state = {name: getattr(self, name) for name in names}
        # "</" would end the script element
        words = json.dumps(state, separators=(",", ":")).replace("</", r"<\/")
        picture = self._still()._repr_mimebundle_()["text/html"]
        data["text/html"] = (
            f'<div class="cl-explorer" data-view="{self.view}">'
            f'<script type="application/json">{words}</script>{picture}</div>'
        )
        data["text/plain"] = repr(self)
        return data, metadata


def explore(
    x=None, w=None, *, view="dx", views=None, size=5, kernel=3, stride=1, padding=1, dilation=1,
    cell=None,
):  # fmt: skip
    """Show a convolution that can be touched: one channel, one filter.

    Parameters
    ----------
    x : array_like, shape (H, W), optional
        The reader's own input, shown whole. By default a table of small integers, of which `size`
        rows and columns are shown.
    w : array_like, shape (HH, WW), optional
        The same for the weights, and `kernel`.
    view : {'dx', 'forward', 'dw', 'shape'}
        What is chosen and what it shows: an entry of dx and the outputs that read it; an output
        and its window; a weight and all pairs that it meets; the sizes along one row.
    views : sequence of str, optional
        Views that the reader can go to; by default only `view`.
    size, kernel, stride, padding, dilation : int
        Where the controls start.
    cell : tuple of (str, int, int), optional
        The entry that is chosen at first: the name of its array, its row and its column. By
        default one in the middle; ``()`` for none.

    Returns
    -------
    Explorer

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type, or out of the range of its control.

    Examples
    --------
    >>> explore(view="forward", stride=2)
    Explorer(view='forward', size=5, kernel=3, stride=2, padding=1, dilation=1, cell=('y', 1, 1))
    >>> explore(np.eye(4, 7), cell=("dx", 0, 6)).x.shape
    (1, 1, 4, 7)
    """
    view = _view("view", view)
    views = [view] if views is None else [_view("views", name) for name in views]
    if view not in views:
        raise ValueError(f"views: must contain the view {view!r}, got {views}")
    fixed = [name for name, own in (("size", x), ("kernel", w)) if own is not None]
    x, w = _own("x", X if x is None else x), _own("w", W if w is None else w)
    rows, cols = (h + 2 * LIMITS["padding"][1] for h in x.shape)
    tables = {"x": x.tolist(), "w": w.tolist(), "dy": _tiled(DY, rows, cols)}
    if cell is None:
        cell = (PICKS[view][0], 0 if view == "shape" else 1, 1)
        cell = ("dw", 0, 1) if view == "dw" else cell
    return Explorer(
        view=view, views=views, size=size, kernel=kernel, stride=stride, padding=padding,
        dilation=dilation, cell=cell, tables=tables, fixed=fixed,
        limits={name: list(limits) for name, limits in LIMITS.items()},
    )  # fmt: skip


class live:  # noqa: N801 - reads as the verb that it is
    """A widget that needs a kernel, with a picture for where there is none.

    Parameters
    ----------
    widget : ipywidgets.Widget
    still : Drawing
        Stands on the page and in print.
    note : str, optional
        Says below the picture how to run the widget.

    Examples
    --------
    >>> from convlib import figures
    >>> panel = live(explore(), still=figures.kernel_steps(5, 3))
    >>> panel
    Needs a running kernel. Instead: Figure: A row of 5 inputs, a kernel of 3 at 3 positions, ...
    """

    NOTE = "A still picture: this panel runs in Python. To use it, open the chapter with make lab."

    def __init__(self, widget, *, still, note=NOTE):
        self.widget, self.still, self.note = widget, still, note

    def __repr__(self):
        return f"Needs a running kernel. Instead: {self.still!r}"

    def _repr_mimebundle_(self, **kwargs):
        data = dict(self.widget._repr_mimebundle_(**kwargs))
        picture = self.still._repr_mimebundle_()["text/html"]
        data["text/html"] = f'{picture}<p class="cl-live-note">{html.escape(self.note)}</p>'
        data["text/plain"] = repr(self)
        return data


def _within(name, value):
    """Return a setting as an int in the range of its control."""
    low, high = LIMITS[name]
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: must be an int, got {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"{name}: must be from {low} to {high}, got {value!r}")
    return number


def _view(name, value):
    """Return the name of a view."""
    if value not in VIEWS:
        raise ValueError(f"{name}: must be one of {', '.join(VIEWS)}, got {value!r}")
    return value


def _cell(value):
    """Return a cell as (name, row, column), or ()."""
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"cell: must be a tuple (name, row, column) or (), got {value!r}")
    if not value:
        return ()
    names = {name for picks in PICKS.values() for name in picks}
    if len(value) != 3 or value[0] not in names:
        raise ValueError(
            f"cell: must be (name, row, column), name one of {', '.join(sorted(names))}; "
            f"got {value!r}"
        )
    try:
        row, column = map(operator.index, value[1:])
    except TypeError:
        raise TypeError(f"cell: row and column must be ints, got {value!r}") from None
    if min(row, column) < 0:
        raise ValueError(f"cell: row and column must be at least 0, got {value!r}")
    return (value[0], row, column)


def _existing(cell, view, x, w, dy):
    """Return the cell if this state has it, else ()."""
    if not cell or cell[0] not in PICKS[view]:
        return ()
    shape = {"dx": x, "dw": w, "y": dy, "dy": dy}[cell[0]].shape
    return cell if cell[1] < shape[0] and cell[2] < shape[1] else ()


def _own(name, value):
    """Return a matrix that is small enough to be shown."""
    matrix = as_array(name, value, 2, "(rows, columns)")
    if max(matrix.shape) > LARGEST or min(matrix.shape) < 1:
        raise ValueError(f"{name}: must have 1 to {LARGEST} rows and columns, got {matrix.shape}")
    return matrix


def _tiled(table, rows, cols):
    """Repeat a table until it has so many rows and columns."""
    table = np.array(table)
    times = (-(-rows // table.shape[0]), -(-cols // table.shape[1]))
    return np.tile(table, times)[:rows, :cols].tolist()
