"""How a convolution is computed: one module a method, and the choice among them.

Each method has the same four functions. `forward(x, w, sizes, groups, dtype)` returns y,
`input_gradient(dy, w, sizes, groups, dtype)` dx and `weight_gradient(dy, x, sizes, groups, dtype)`
dw; `supports(channels, filters, sizes, groups)` says whether the method can be used at all. Their
arguments were checked already, and `sizes` is a `Geometry`.

The three functions here do the same by the method that is best for the task. A convolution calls
them, and its transpose calls them in other roles.
"""

from convlib._methods import banded, depthwise, im2col, joined

METHODS = {"im2col": im2col, "depthwise": depthwise, "banded": banded, "joined": joined}
"""Every method, by its name."""


def choose(task, channels, filters, sizes, groups):
    """Return the method for one task: 'forward', 'input_gradient' or 'weight_gradient'.

    With one filter per channel, the matrix products of im2col are so thin that dx takes half the
    time without them; dw takes about as long, and no columns. Forward, the columns win even then
    (measured by ``benchmarks/convolution.py``).
    """
    if task != "forward" and depthwise.supports(channels, filters, sizes, groups):
        return depthwise
    return im2col


def forward(x, w, sizes, groups, dtype):
    """Return y without bias, (N, F, *output)."""
    method = choose("forward", x.shape[1], len(w), sizes, groups)
    return method.forward(x, w, sizes, groups, dtype)


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    method = choose("input_gradient", w.shape[1] * groups, len(w), sizes, groups)
    return method.input_gradient(dy, w, sizes, groups, dtype)


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    method = choose("weight_gradient", x.shape[1], dy.shape[1], sizes, groups)
    return method.weight_gradient(dy, x, sizes, groups, dtype)
