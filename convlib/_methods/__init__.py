"""How a convolution is computed: one module a method, and the choice among them.

Each method has the same functions. `forward(x, w, sizes, groups, dtype, b)` returns y,
`input_gradient(dy, w, sizes, groups, dtype)` dx and `weight_gradient(dy, x, sizes, groups, dtype)`
dw. `supports(channels, filters, sizes, groups)` says whether the method can be used at all, and
`pays(task, batch, channels, filters, sizes, groups, dtype)` whether it is expected to take less
time than those after it. Their arguments were checked already, and `sizes` is a `Geometry`. Where a
method has `gradients(dy, x, w, sizes, groups, dtype)`, it takes less time for dx and dw together.

The functions here do the same by the method that is best for the task, or by the one that
was asked for. A convolution calls them, and its transpose calls them in other roles, both where
NumPy is `quiet`: what overflows or is not a number shows in the result.
"""

import functools
import math

from convlib._methods import (
    _chunks,
    _workers,
    banded,
    dense,
    depthwise,
    im2col,
    joined,
    phases,
    shifted,
    winograd,
)
from convlib._methods._matrices import winograd_matrices

__all__ = ["winograd_matrices"]

METHODS = {
    "dense": dense,
    "winograd": winograd,
    "phases": phases,
    "banded": banded,
    "depthwise": depthwise,
    "joined": joined,
    "shifted": shifted,
    "im2col": im2col,
}
"""Every method by its name, in the order in which they are asked. The last one does everything."""

WORTH_SHARING = 2**23
"""Products that take longer than to start two threads."""

EXACT = "im2col"
"""Computes with nothing but the products and sums of the formula."""

CHECKED = {
    "forward": ("winograd", "phases", "banded", EXACT),
    "input_gradient": ("winograd", "phases", "banded", EXACT),
    "weight_gradient": ("banded", EXACT),
    "gradients": ("banded",),
}
"""Methods whose results are not checked for what is not finite: their parts are, or need not be."""


def forward(x, w, b, sizes, groups, dtype, method="auto", workers=1):
    """Return y, (N, F, *output)."""
    setting = (len(x), x.shape[1], len(w), sizes, groups)
    more = () if b is None else (b.astype(dtype, copy=False),)
    return _compute("forward", x, w, setting, dtype, method, workers, *more)


def input_gradient(dy, w, sizes, groups, dtype, method="auto", workers=1):
    """Return dx, (N, C, *size)."""
    setting = (len(dy), w.shape[1] * groups, len(w), sizes, groups)
    return _compute("input_gradient", dy, w, setting, dtype, method, workers)


def weight_gradient(dy, x, sizes, groups, dtype, method="auto", workers=1):
    """Return dw, (F, C // groups, *kernel)."""
    setting = (len(x), x.shape[1], dy.shape[1], sizes, groups)
    return _compute("weight_gradient", dy, x, setting, dtype, method, workers)


def gradients(dy, x, w, sizes, groups, dtype, method="auto", workers=1):
    """Return dx and dw, at once if both are computed by one method that can do so."""
    _expect_name(method)
    setting, rest = (len(x), x.shape[1], len(w), sizes, groups), (sizes, groups, dtype)
    whole = _has_integers(dy, w), _has_integers(dy, x)
    of_dx, of_dw, of_both = _names(method, *whole, *setting, dtype)
    if of_both:
        return _shared(of_both, "gradients", (dy, x, w, *rest), setting, workers)
    dx = _shared(of_dx, "input_gradient", (dy, w, *rest), setting, workers)
    return dx, _shared(of_dw, "weight_gradient", (dy, x, *rest), setting, workers)


def explain(x, w, sizes, groups, dtype):
    """Return the method that is taken for y, dx and dw, and why."""
    whole = _has_integers(x, w)
    names, lines = [], []
    for task, result in (("forward", "y"), ("input_gradient", "dx"), ("weight_gradient", "dw")):
        said = _asked(task, whole, len(x), x.shape[1], len(w), sizes, groups, dtype)
        names.append([*said][-1])
        lines.append(f"{result}: " + ", ".join(f"{name} {words}" for name, words in said.items()))
    return (*names, "\n".join(lines))


def _compute(task, first, second, setting, dtype, method, workers, *more):
    """Compute a task from two arrays by the method that is best, or was asked for."""
    _expect_name(method)
    name = _name(method, task, _has_integers(first, second), *setting, dtype)
    return _shared(name, task, (first, second, *setting[3:], dtype, *more), setting, workers)


def _expect_name(method):
    """Raise unless `method` is a string."""
    if not isinstance(method, str):
        raise TypeError(f"method: expected 'auto' or the name of a method, got {method!r}")


def _shared(name, task, arguments, setting, workers):
    """Compute a task by a method, with so many workers."""
    if type(workers) is int and workers == 1:
        return _by_method(name, task, arguments)
    return _workers.call(_worth(workers, *setting), _by_method, name, task, arguments)


def _by_method(name, task, arguments):
    """Compute a task, and once more by im2col if the result is not finite.

    Methods that compute with sums of entries spread one infinity over all of a sum. Where any
    entry that counts is not finite, or a sum overflows, the result is not finite, so one pass over
    the result finds it, or the method itself checks the parts that it computes.
    """
    try:
        result = getattr(METHODS[name], task)(*arguments)
        if name not in CHECKED[task]:
            with _workers.one_blas_thread():
                _chunks.check(result)
        return result
    except _chunks.NotFiniteError:
        pass  # and with the error goes what the method had in memory
    exact = METHODS[EXACT]
    if task == "gradients":
        dy, x, w, *rest = arguments
        return exact.input_gradient(dy, w, *rest), exact.weight_gradient(dy, x, *rest)
    return getattr(exact, task)(*arguments)


def _worth(workers, batch, channels, filters, sizes, groups):
    """Return how many workers to call: one, where it takes longer to call others than to work."""
    workers, per_output = _workers.count(workers), channels // groups * math.prod(sizes.kernel)
    products = batch * filters * math.prod(sizes.output) * per_output
    return workers if products >= WORTH_SHARING else 1


def _has_integers(a, b):
    """Say whether results may be expected to be whole."""
    return a.dtype.kind != "f" or b.dtype.kind != "f"


@functools.lru_cache(maxsize=1024)
def _names(method, whole_dx, whole_dw, *rest):
    """Return the names of the methods for dx and dw, and that of one for both if it does both."""
    of_dx = _name(method, "input_gradient", whole_dx, *rest)
    of_dw = _name(method, "weight_gradient", whole_dw, *rest)
    both = of_dx == of_dw and hasattr(METHODS[of_dx], "gradients")
    return of_dx, of_dw, of_dx if both else None


@functools.lru_cache(maxsize=1024)
def _name(method, task, whole, batch, channels, filters, sizes, groups, dtype):
    """Return the name of the method for a task; `method` is a name or 'auto'."""
    if method == "auto":
        return [*_asked(task, whole, batch, channels, filters, sizes, groups, dtype)][-1]
    able = [name for name, m in METHODS.items() if m.supports(channels, filters, sizes, groups)]
    if method not in METHODS:
        raise ValueError(f"method: expected one of {_listed(METHODS)}; got {method!r}")
    if method not in able:
        raise ValueError(
            f"method: {method!r} cannot be used with {channels} channels, {filters} filters, "
            f"groups={groups} and {sizes}; expected one of {_listed(able)}"
        )
    return method


def _listed(names):
    """Write the names that `method` may have."""
    return ", ".join(map(repr, ("auto", *names)))


def _asked(task, whole, batch, channels, filters, sizes, groups, dtype):
    """Ask method after method, down to the one that is taken: return what each says."""
    if whole:
        return {EXACT: "is exact with integers"}
    said = {}
    for name, method in METHODS.items():
        if not method.supports(channels, filters, sizes, groups):
            said[name] = "cannot be used"
        elif not method.pays(task, batch, channels, filters, sizes, groups, dtype):
            said[name] = "does not pay"
        else:
            said[name] = "is taken"
            break
    return said
