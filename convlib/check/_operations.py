"""What can be checked: each operation with its inputs, its gradients and its right results."""

from typing import NamedTuple

import numpy as np

from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose, conv_transpose_backward
from convlib._pool import avg_pool, avg_pool_backward, max_pool, max_pool_backward
from convlib.check import _settings
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


class Case(NamedTuple):
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
    setting: object
    arrays: dict
    expected: dict
    slack: dict

    @classmethod
    def of(cls, operation, setting, arrays=None):
        """Work out the right results of a setting, for its own numbers or for others."""
        if arrays is None:
            most = 15 if operation.parameters else None
            arrays = {
                name: _settings.numbers(setting.shapes[name], seed, setting.form, most)
                for seed, name in enumerate(("x", *operation.parameters), 3)
            }
            if setting.form == "equal":
                arrays["x"][arrays["x"] < 0] = 1
            y = operation.results(arrays, setting.options, (operation.functions[0], None))["y"]
            form = setting.form if setting.form not in ("negative", "equal") else ""
            arrays["dy"] = _settings.numbers(y.shape, 29, form, most)
        expected = operation.results(arrays, setting.options)
        sizes = {name: np.abs(array) for name, array in arrays.items()}
        if operation.name == "batch_norm":
            sizes["x"] = arrays["x"]
        largest = operation.results(sizes, setting.options)
        slack = {name: 3e-6 * (1 + np.max(np.abs(a), initial=0)) for name, a in largest.items()}
        return cls(operation, setting, arrays, expected, slack)

    def same(self, output, got, expected=None):
        """Whether an array has the shape and, but for rounding, the numbers that are expected."""
        expected = self.expected[output] if expected is None else expected
        return np.shape(got) == np.shape(expected) and np.allclose(
            got, expected, rtol=0, atol=self.slack[output], equal_nan=True
        )


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
