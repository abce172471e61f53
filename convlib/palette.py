"""One colour per role, for every figure, widget and page.

The figures draw with the light values. Each value is also a custom property of the page's
style sheet (`css`), so that a drawing inside a page follows its light or dark mode.
"""

from typing import NamedTuple


class Shade(NamedTuple):
    """A colour in light mode and in dark mode, as ``#rrggbb``."""

    light: str
    dark: str


ROLES = {
    "input": {"fill": Shade("#d7e8fb", "#17334f"), "line": Shade("#1f66b0", "#86bdf2")},
    "kernel": {"fill": Shade("#fde8c8", "#493314"), "line": Shade("#8f5400", "#f0b860")},
    "output": {"fill": Shade("#cdeee2", "#123d32"), "line": Shade("#0b7053", "#66d2ae")},
    "upstream": {"fill": Shade("#e7defb", "#352852"), "line": Shade("#6a3fb5", "#bba3f2")},
    "downstream": {"fill": Shade("#fcdbe0", "#4e1f29"), "line": Shade("#b0243b", "#f494a1")},
}
"""The five roles: x, w, y, dy, and the gradients dx, dw, db that a layer sends on."""

NEUTRALS = {
    "ink": Shade("#1b2430", "#e7eaee"),
    "muted": Shade("#586473", "#9fabb9"),
    "hair": Shade("#c6ced8", "#3d4754"),
    "paper": Shade("#ffffff", "#14181d"),
}


def properties():
    """Map each custom property's name to its `Shade`.

    Examples
    --------
    >>> properties()["--cl-input-line"]
    Shade(light='#1f66b0', dark='#86bdf2')
    """
    names = {f"--cl-{name}": shade for name, shade in NEUTRALS.items()}
    for role, parts in ROLES.items():
        names |= {f"--cl-{role}-{part}": shade for part, shade in parts.items()}
    return names


def css():
    """Return a style sheet that defines the custom properties in light and in dark mode.

    Examples
    --------
    >>> "--cl-input-fill: #d7e8fb;" in css()
    True
    """
    light = "".join(f"  {name}: {shade.light};\n" for name, shade in properties().items())
    dark = "".join(f"  {name}: {shade.dark};\n" for name, shade in properties().items())
    dark_hosts = 'html[data-theme="dark"], body[data-jp-theme-light="false"]'
    return f":root {{\n{light}}}\n{dark_hosts} {{\n{dark}}}\n"
