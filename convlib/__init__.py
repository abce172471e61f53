"""Convolution and its gradients in vectorized NumPy, written to be read.

The modules build on one another in one direction. Each imports only from those above it::

    _late             modules that are loaded when they are asked for
    _arguments        what is given, checked: arrays, integers, shapes
    _sums             long sums that keep their digits
    _geometry         sizes, and the rule i = S·o + D·k - P
    _columns          padding, windows, columns and back
    _matmul           the matrix product
    _methods          how a convolution is computed
    _conv             convolution and its gradients
    _conv_transpose   the way back, taken as a way forward
    _pool             maxima and averages of windows
    _by_rank          the names for one, two and three axes
    _gradcheck        gradients against differences
    reference         the same operations as plain loops; shares nothing with what it judges
    layers            layers with parameters, in a row
    training          a loss and two optimizers
    mistakes          wrong variants of all this, to test the tests
    palette           the colours of the book
    _views            what the explorer shows, as a table
    examples          the arrays that the course follows
    figures           pictures of convolutions, written as SVG
    check             find the mistake in code that a reader wrote
    explorer          what a reader can play with

What stands above `reference` is there at once, and needs NumPy only. The rest is loaded when it is
asked for, as in ``convlib.layers`` or ``from convlib import layers``.
"""

from convlib import (
    _by_rank,
    _columns,
    _conv,
    _conv_transpose,
    _geometry,
    _gradcheck,
    _late,
    _methods,
    _pool,
)
from convlib._by_rank import *
from convlib._columns import *
from convlib._conv import *
from convlib._conv_transpose import *
from convlib._geometry import *
from convlib._gradcheck import *
from convlib._methods import *
from convlib._pool import *

__all__ = [
    *_by_rank.__all__,
    *_columns.__all__,
    *_conv.__all__,
    *_conv_transpose.__all__,
    *_geometry.__all__,
    *_gradcheck.__all__,
    *_methods.__all__,
    *_pool.__all__,
]

_LATE = {
    "check": None,
    "examples": None,
    "explorer": "explorer",
    "figures": None,
    "layers": None,
    "mistakes": None,
    "palette": None,
    "reference": None,
    "training": None,
}
"""Modules that are loaded when they are asked for, with the extra that they need."""


def __getattr__(name):
    """Load a module, the explorer or the version when it is asked for."""
    if name == "__version__":
        return _late.version()
    if name == "explore":
        return __getattr__("explorer").explore
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _late.load(f"{__name__}.{name}", _LATE[name])


def __dir__():
    """List what is loaded late, too."""
    return sorted({*globals(), *_LATE, "__version__", "explore"})
