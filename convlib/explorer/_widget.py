"""The widget: its state is shared with the script, which works out every number that it shows."""

import json
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from convlib import palette
from convlib._geometry import geometry
from convlib._views import VIEWS, catalogue
from convlib.explorer._arguments import (
    as_cell,
    as_setting,
    as_table,
    as_view,
    choices,
    existing_cell,
    expect_finite,
    expect_use,
)
from convlib.explorer._defaults import CONTROLS, DY, W, X
from convlib.figures.stills import channels_still, still

FOLDER = Path(__file__).parent


class Explorer(anywidget.AnyWidget):
    """What `explore` returns: a widget whose settings and chosen cell are shared with the page.

    Attributes
    ----------
    view : str
    size, kernel, stride, padding, dilation, output_padding, channels, filters, groups : int
        As the controls are set. `size` and `kernel` do nothing where the reader's own x or w is
        shown whole, and each only in the views that have a control for it. Where other settings
        forbid an `output_padding` or a number of `groups`, the next smaller one that they allow is
        shown.
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

    _esm = FOLDER / "explorer.js"
    _css = palette.css() + (FOLDER / "explorer.css").read_text(encoding="utf-8")

    view = traitlets.Any("dx").tag(sync=True)
    size = traitlets.Any(5).tag(sync=True)
    kernel = traitlets.Any(3).tag(sync=True)
    stride = traitlets.Any(1).tag(sync=True)
    padding = traitlets.Any(1).tag(sync=True)
    dilation = traitlets.Any(1).tag(sync=True)
    output_padding = traitlets.Any(0).tag(sync=True)
    channels = traitlets.Any(4).tag(sync=True)
    filters = traitlets.Any(4).tag(sync=True)
    groups = traitlets.Any(2).tag(sync=True)
    cell = traitlets.Any(()).tag(sync=True)
    views = traitlets.List().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    fixed = traitlets.List().tag(sync=True)
    limits = traitlets.Dict({name: list(ends) for name, ends in CONTROLS.items()}).tag(sync=True)
    catalogue = traitlets.Dict(catalogue()).tag(sync=True)

    @traitlets.validate(*CONTROLS)
    def _setting(self, proposal):
        return as_setting(proposal.trait.name, proposal.value)

    @traitlets.validate("view")
    def _one_view(self, proposal):
        return as_view("view", proposal.value)

    @traitlets.validate("tables")
    def _finite_tables(self, proposal):
        for name, table in proposal.value.items():
            expect_finite(name, table)
        return proposal.value

    @traitlets.validate("cell")
    def _one_cell(self, proposal):
        return as_cell(proposal.value)

    @property
    def settings(self):
        """The keyword arguments of `convlib.conv2d`, or of pooling, as the controls are set."""
        names = [n for n in ("stride", "padding", "dilation") if n in VIEWS[self.view].controls]
        return {name: getattr(self, name) for name in names}

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

    def _narrowed(self, name):
        """Return the largest value that other settings leave, up to what this one was set to."""
        settings = {control: getattr(self, control) for control in CONTROLS}
        return max(v for v in choices(name, settings) if v <= settings[name])

    def __repr__(self):
        names = [name for name in VIEWS[self.view].controls if name not in self.fixed]
        shared = {name: getattr(self, name) for name in ("view", *names)}
        words = ", ".join(f"{name}={value!r}" for name, value in shared.items())
        return f"Explorer({words}, cell={self.cell!r})"

    def _still(self):
        """Draw the state for a page without a script, and for print."""
        if self.view == "groups":
            layer = (self.channels, self.filters, self._narrowed("groups"))
            return channels_still(*layer, self.kernel, self.cell)
        try:
            dy = self.dy[0, 0]
        except ValueError:
            dy = np.zeros((1, 1))
        x, w = self.x[0, 0], self.w[0, 0]
        settings = self.settings
        if self.view == "stamp":
            settings["output_padding"] = self._narrowed("output_padding")
        cell = existing_cell(self.cell, self.view, x, w, dy)
        return still(self.view, x, w, dy, cell, **settings)

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        reached = {self.view, *self.views} & set(VIEWS)  # a page can reach no other
        controls = [n for n in CONTROLS if any(n in VIEWS[view].controls for view in reached)]
        names = ("view", *controls, "cell", "views", "tables", "fixed")
        state = {name: getattr(self, name) for name in names}
        state["limits"] = {name: self.limits[name] for name in controls}
        state["catalogue"] = catalogue(reached)
        # "</" would end the script element
        words = json.dumps(state, separators=(",", ":"), allow_nan=False).replace("</", r"<\/")
        picture = self._still()._repr_mimebundle_()["text/html"]
        data["text/html"] = (
            f'<div class="cl-explorer" data-view="{self.view}">'
            f'<script type="application/json">{words}</script>{picture}</div>'
        )
        data["text/plain"] = repr(self)
        return data, metadata


def explore(
    x=None, w=None, *, view="dx", views=None, size=5, kernel=3, stride=1, padding=1, dilation=1,
    output_padding=0, channels=4, filters=4, groups=2, cell=None,
):  # fmt: skip
    """Show a convolution that can be touched: one channel, one filter; or which channels meet.

    Parameters
    ----------
    x : array_like, shape (H, W), optional
        The reader's own input, shown whole: up to 16 rows and columns. By default a table of small
        integers, of which `size` rows and columns are shown. A number that is longer than six
        characters is shortened in its cell, and told in full where it is used.
    w : array_like, shape (HH, WW), optional
        The same for the weights, and `kernel`.
    view : str
        What is chosen and what it shows: one of `convlib.explorer.VIEWS`.
    views : sequence of str, optional
        Views that the reader can go to; by default only `view`.
    size, kernel, stride, padding, dilation, output_padding, channels, filters, groups : int
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
        If an argument is not of its type, or out of the range of its control, or a table holds NaN
        or infinity; if settings that are shown forbid one another; or if no view shows an array.

    Examples
    --------
    >>> explore(view="forward", stride=2)
    Explorer(view='forward', size=5, kernel=3, stride=2, padding=1, dilation=1, cell=('y', 1, 1))
    >>> explore(np.eye(4, 7), cell=("dx", 0, 6)).x.shape
    (1, 1, 4, 7)
    """
    view = as_view("view", view)
    if not isinstance(views, (tuple, list, type(None))):
        raise TypeError(f"views: must be a list of names, got {views!r}")
    views = [view] if views is None else [as_view("views", name) for name in views]
    if view not in views:
        raise ValueError(f"views: must contain the view {view!r}, got {views}")
    given = [name for name, own in (("x", x), ("w", w)) if own is not None]
    fixed = [{"x": "size", "w": "kernel"}[name] for name in given]
    x, w = as_table("x", X if x is None else x), as_table("w", W if w is None else w)
    rows, cols = (h + 2 * CONTROLS["padding"][1] for h in x.shape)
    tables = {"x": x.tolist(), "w": w.tolist(), "dy": _tiled(DY, rows, cols)}
    if cell is None:
        cell = (VIEWS[view].choose[0], *VIEWS[view].first)
    settings = {
        "size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation,
        "output_padding": output_padding, "channels": channels, "filters": filters,
        "groups": groups,
    }  # fmt: skip
    explorer = Explorer(view=view, views=views, cell=cell, tables=tables, fixed=fixed, **settings)
    expect_use(views, given, settings)
    return explorer


def _tiled(table, rows, cols):
    """Repeat a table until it has so many rows and columns."""
    table = np.array(table)
    times = (-(-rows // table.shape[0]), -(-cols // table.shape[1]))
    return np.tile(table, times)[:rows, :cols].tolist()
