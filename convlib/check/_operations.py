"""What can be checked: each operation with its inputs, its gradients and its right results."""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose, conv_transpose_backward
from convlib._pool import avg_pool, avg_pool_backward, max_pool, max_pool_backward
from convlib.check import _settings
from convlib.check._settings import Setting, numbers
from convlib.layers import BatchNorm2d


class Operation(NamedTuple):
    """An operation and its two passes.

    Attributes
    ----------
    name : str
    parameters, grads : tuple of str
        What it takes beside x, and the gradients in their documented order.
    settings : tuple of Setting
    functions : tuple of callable
        The right forward and backward pass: what a mistake of `convlib.mistakes` replaces.
    calls : tuple of callable
        How either is called: ``call(function, arrays, options)``.
    """

    name: str
    parameters: tuple
    grads: tuple
    settings: tuple
    functions: tuple
    calls: tuple

    def only(self, outputs):
        """Return the operation with some of its gradients; with all where `outputs` is None."""
        if outputs is None:
            return self
        if not outputs or set(outputs) - set(self.grads):
            raise ValueError(f"outputs: expected some of {', '.join(self.grads)}; got {outputs!r}")
        return self._replace(grads=tuple(name for name in self.grads if name in outputs))

    def results(self, arrays, options, functions=None):
        """Return y and the gradients by name, with the right functions or those that are given.

        A function that is None leaves its results out.
        """
        (forward, backward), (run, run_back) = functions or self.functions, self.calls
        found = {} if forward is None else {"y": run(forward, arrays, options)}
        if backward is not None:
            grads = run_back(backward, arrays, options)
            found |= zip(self.grads, grads, strict=True)
        return found


@dataclass(frozen=True, eq=False)
class Case:
    """A setting with its numbers.

    Attributes
    ----------
    operation : Operation
    setting : Setting
    arrays : dict
        x, the parameters and dy.
    expected : dict
        The right y and gradients.
    slack : dict
        How far a result may be off: what float32 rounds.
    """

    operation: Operation
    setting: Setting
    arrays: dict
    expected: dict
    slack: dict

    @staticmethod
    def of(operation, setting, *, has_bias=True):
        """Return a setting with its own numbers; b is 0 where there is none."""
        return _case(operation.name, setting, has_bias)

    @classmethod
    def with_arrays(cls, operation, setting, arrays):
        """Work out the right results for some numbers."""
        expected = operation.results(arrays, setting.options)
        sizes = {name: np.abs(array) for name, array in arrays.items()}
        if operation.name == "batch_norm":
            sizes["x"] = arrays["x"]
        largest = operation.results(sizes, setting.options)
        slack = {name: 3e-6 * (1 + np.max(np.abs(a), initial=0)) for name, a in largest.items()}
        return cls(operation, setting, arrays, expected, slack)

    def ties_shared(self, dx):
        """Whether equal maxima share what their window hands on, in whichever parts.

        PyTorch gives all to the first, others to the last or a part to each: all are
        subgradients. The windows of this setting stand side by side.
        """
        x, dy = self.arrays["x"], self.arrays["dy"]
        step = [n // m for n, m in zip(x.shape[2:], dy.shape[2:], strict=True)]
        kernel = np.ones((1, 1, *step))
        largest = np.kron(self.expected["y"], kernel)
        sums = avg_pool(dx, tuple(step)) * np.prod(step)
        none = np.all((dx == 0) | (x == largest)) and np.all(dx * np.kron(dy, kernel) >= 0)
        return bool(none and np.allclose(sums, dy, rtol=0, atol=self.slack["dx"]))

    def same(self, output, got, expected=None):
        """Whether an array has the shape and, but for rounding, the numbers that are expected."""
        expected = self.expected[output] if expected is None else expected
        return np.shape(got) == np.shape(expected) and np.allclose(
            got, expected, rtol=0, atol=self.slack[output], equal_nan=True
        )


@functools.lru_cache(maxsize=1000)
def _case(name, setting, has_bias):
    """Make up the numbers of a setting: each time the same."""
    operation, form = OPERATIONS[name], setting.form
    most = 15 if operation.parameters else None
    arrays = {
        name: numbers(setting.shapes[name], seed, form, most)
        for seed, name in enumerate(("x", *operation.parameters), 3)
    }
    if form == "equal":
        arrays["x"][arrays["x"] < 0] = 2  # beside ones: a tie need not be of all
    if not has_bias:
        arrays["b"][:] = 0
    y = operation.results(arrays, setting.options, (operation.functions[0], None))["y"]
    arrays["dy"] = numbers(y.shape, 29, "" if form in ("negative", "equal") else form, most)
    return Case.with_arrays(operation, setting, arrays)


def _conv_forward(function, arrays, options):
    return function(arrays["x"], arrays["w"], arrays["b"], **options)


def _conv_backward(function, arrays, options):
    return tuple(function(arrays["dy"], arrays["x"], arrays["w"], **options))


def _pool_forward(function, arrays, options):
    return function(arrays["x"], **options)


def _pool_backward(function, arrays, options):
    return (function(arrays["dy"], arrays["x"], **options),)


def _norm_layer(arrays, options):
    layer = BatchNorm2d(arrays["x"].shape[1], eps=options["eps"])
    layer.params |= {"weight": arrays["gamma"], "bias": arrays["beta"]}
    return layer


def _norm_forward(function, arrays, options):
    return function(_norm_layer(arrays, options), arrays["x"])


def _norm_backward(function, arrays, options):
    dx, grads = function(_norm_layer(arrays, options), arrays["dy"], arrays["x"])
    return dx, grads["weight"], grads["bias"]


_CONV = (_conv_forward, _conv_backward)
_POOL = (_pool_forward, _pool_backward)
_THREE = ("dx", "dw", "db")
OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("conv", ("w", "b"), _THREE, _settings.CONV, (conv, conv_backward), _CONV),
        Operation("conv_transpose", ("w", "b"), _THREE, _settings.CONV_TRANSPOSE,
                  (conv_transpose, conv_transpose_backward), _CONV),
        Operation("max_pool", (), ("dx",), _settings.MAX_POOL,
                  (max_pool, max_pool_backward), _POOL),
        Operation("avg_pool", (), ("dx",), _settings.AVG_POOL,
                  (avg_pool, avg_pool_backward), _POOL),
        Operation("batch_norm", ("gamma", "beta"), ("dx", "dgamma", "dbeta"),
                  _settings.BATCH_NORM, (BatchNorm2d.forward, BatchNorm2d.backward),
                  (_norm_forward, _norm_backward)),
    )
}  # fmt: skip
"""Every `Operation`, by its name."""


def operation_named(name):
    """Return an operation, or say which there are."""
    if name not in OPERATIONS:
        raise ValueError(f"operation: expected one of {', '.join(OPERATIONS)}; got {name!r}")
    return OPERATIONS[name]
