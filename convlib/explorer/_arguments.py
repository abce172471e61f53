"""The checks of what an explorer is given."""

import math

import numpy as np

from convlib._arguments import as_array, integer, ints
from convlib._views import VIEWS
from convlib.explorer._defaults import CONTROLS, LARGEST


def as_setting(name, value):
    """Return a setting as an int in the range of its control."""
    low, high = CONTROLS[name]
    try:
        number = integer(name, value, least=-math.inf)
    except TypeError:
        raise TypeError(f"{name}: must be an int, got {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"{name}: must be from {low} to {high}, got {value!r}")
    return number


def choices(name, settings):
    """List the values that other settings leave to this one."""
    if name == "output_padding":
        return list(range(max(settings["stride"], settings["dilation"])))
    channels, filters = settings["channels"], settings["filters"]
    return [g for g in range(1, channels + 1) if channels % g == 0 and filters % g == 0]


def as_view(name, value):
    """Return the name of a view."""
    if not isinstance(value, str) or value not in VIEWS:
        raise ValueError(f"{name}: must be one of {', '.join(VIEWS)}, got {value!r}")
    return value


def as_cell(value):
    """Return a cell as (name, row, column), or ()."""
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"cell: must be a tuple (name, row, column) or (), got {value!r}")
    if not value:
        return ()
    names = {name for view in VIEWS.values() for name in view.choose}
    if len(value) != 3 or not isinstance(value[0], str) or value[0] not in names:
        raise ValueError(
            f"cell: must be (name, row, column), name one of {', '.join(sorted(names))}; "
            f"got {value!r}"
        )
    try:
        row, column = ints("cell", value[1:], 2, least=-math.inf)
    except TypeError:
        raise TypeError(f"cell: row and column must be ints, got {value!r}") from None
    if min(row, column) < 0:
        raise ValueError(f"cell: row and column must be at least 0, got {value!r}")
    return (value[0], row, column)


def expect_use(views, given, settings):
    """Raise a ValueError for an array that no view shows, or a setting that others forbid."""
    for name in given:
        if not any("size" in VIEWS[view].controls for view in views):
            raise ValueError(f"{name}: of no use here, the view {views[0]!r} shows no numbers")
    shown = {name for view in views for name in VIEWS[view].controls}
    for name in shown & {"output_padding", "groups"}:
        allowed = choices(name, settings)
        if settings[name] not in allowed:
            others = "stride and dilation" if name == "output_padding" else "channels and filters"
            raise ValueError(
                f"{name}: {others} leave only {', '.join(map(str, allowed))}, got {settings[name]}"
            )


def existing_cell(cell, view, x, w, dy):
    """Return the cell if this state has it, else ()."""
    if not cell or cell[0] not in VIEWS[view].choose:
        return ()
    if view == "stamp":
        return cell  # there is one row, whose length its picture works out
    shape = {"dx": x, "dw": w, "y": dy, "dy": dy, "x": x}[cell[0]].shape
    return cell if cell[1] < shape[0] and cell[2] < shape[1] else ()


def as_table(name, value):
    """Return a matrix that is small enough to be shown."""
    matrix = as_array(name, value, 2, "(rows, columns)")
    if max(matrix.shape) > LARGEST or min(matrix.shape) < 1:
        raise ValueError(f"{name}: must have 1 to {LARGEST} rows and columns, got {matrix.shape}")
    expect_finite(name, matrix)
    return matrix


def expect_finite(name, table):
    """Raise a ValueError where a table holds NaN or infinity: JSON has no words for them."""
    places = np.argwhere(~np.isfinite(table))
    if len(places):
        r, c = map(int, places[0])
        raise ValueError(f"{name}: must be finite to be shown, got {table[r][c]} at [{r}, {c}]")
