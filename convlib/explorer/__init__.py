"""A convolution to touch: a widget in Jupyter, and the same on a page without a kernel.

The widget is `explorer.js`, bundled from the modules in `js/`, which works out every number that it
shows. Python sends it tables of numbers, the settings and the table of views, and shares the
settings and the chosen cell with it.
"""

from convlib._views import VIEWS
from convlib.explorer._defaults import CONTROLS, DY, LARGEST, LIMITS, W, X
from convlib.explorer._widget import FOLDER, Explorer, explore
from convlib.explorer._with_still import WithStill

__all__ = [
    "CONTROLS", "DY", "FOLDER", "LARGEST", "LIMITS", "VIEWS", "Explorer", "W",
    "WithStill", "X", "explore",
]  # fmt: skip
