"""Compare gradients with differences of the function itself.

The loss is L = Σ y·dy for a fixed dy, so the gradient of L is what a backward pass returns when
it is given this dy.
"""

from typing import NamedTuple

import numpy as np

from convlib._arguments import as_array, expect_shape

__all__ = ["GradientReport", "gradcheck"]


class GradientError(NamedTuple):
    """Where one gradient differs most from the differences.

    Attributes
    ----------
    name : str
        Which gradient.
    index : tuple of int or None
        The worst entry; None where a random direction was tried instead.
    analytic, numeric : float
        What the backward pass says there, and what the differences say.
    error : float
        Their distance, divided by the largest entry of the gradient (by its norm for a direction).
    """

    name: str
    index: tuple | None
    analytic: float
    numeric: float
    error: float

    def __str__(self):
        """Say it in one line."""
        place = "in a random direction" if self.index is None else f"at {list(self.index)}"
        return (
            f"{self.name}: worst {place}: analytic {self.analytic:.6g}, "
            f"numeric {self.numeric:.6g}, relative error {self.error:.1e}"
        )


class GradientReport(NamedTuple):
    """The result of `gradcheck`: one `GradientError` per gradient, and whether all are small.

    Examples
    --------
    >>> gradcheck(lambda v: 3 * v, [[1.0]], [[3.0]], dy=[1.0]).ok
    True
    """

    ok: bool
    errors: tuple

    def __str__(self):
        """Say it in one line, and one line more per gradient."""
        verdict = "gradients agree" if self.ok else "gradients DISAGREE"
        return "\n".join([verdict, *map(str, self.errors)])


def gradcheck(function, inputs, grads, dy, *, step=1e-5, tolerance=1e-6, max_entries=4096, seed=0):
    """Check gradients by central differences, entry by entry or in one random direction.

    Parameters
    ----------
    function : callable
        ``function(*inputs)`` returns the output y.
    inputs : sequence of array_like
        Where to take the gradients. Computed in float64; never changed.
    grads : sequence of array_like
        One gradient for each input. A NamedTuple, such as `ConvGrads`, lends its names.
    dy : array_like
        Upstream gradient, of the shape of y.
    step : float, default 1e-5
        h in (L(v + h) - L(v - h)) / 2h.
    tolerance : float, default 1e-6
        Largest relative error that passes.
    max_entries : int, default 4096
        Larger inputs are checked in one random direction: two evaluations instead of two per
        entry. A wrong gradient passes that only by an unlikely accident, but is not located.
    seed : int, default 0
        Seed of the direction.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError
        If an input is not numeric.
    ValueError
        If the counts or the shapes do not fit, or a step or tolerance is not positive.

    Notes
    -----
    The random direction is the test of `jax.test_util.check_grads`.

    Examples
    --------
    >>> print(gradcheck(lambda v: v**3, [np.array([1.0, 2.0])], [np.array([3.0, 11.0])], [1, 1]))
    gradients DISAGREE
    grads[0]: worst at [1]: analytic 11, numeric 12, relative error 8.3e-02
    """
    if not (step > 0 and tolerance > 0):
        raise ValueError(f"step, tolerance: must be positive, got {step!r} and {tolerance!r}")
    if len(inputs) != len(grads):
        raise ValueError(f"grads: expected one for each of {len(inputs)} inputs, got {len(grads)}")
    points = [np.array(as_array(f"inputs[{i}]", v), np.float64) for i, v in enumerate(inputs)]
    names = getattr(grads, "_fields", [f"grads[{i}]" for i in range(len(grads))])
    dy = as_array("dy", dy)
    expect_shape("dy", dy, np.shape(function(*points)), "that of the output of function")
    errors = []
    for i, (name, grad) in enumerate(zip(names, grads, strict=True)):
        grad = as_array(name, grad)
        expect_shape(name, grad, points[i].shape, f"that of inputs[{i}]")

        def loss(value, i=i):
            return float(np.sum(dy * function(*points[:i], value, *points[i + 1 :])))

        if grad.size <= max_entries:
            errors.append(_worst_entry(name, loss, points[i], grad, step))
        else:
            errors.append(_random_direction(name, loss, points[i], grad, step, seed))
    # `<=` and not `>`, so that a NaN counts as a disagreement
    return GradientReport(all(e.error <= tolerance for e in errors), tuple(errors))


def _worst_entry(name, loss, point, grad, step):
    """Try every entry, and return the one with the largest error."""
    numeric = np.empty(point.shape)
    for index in np.ndindex(point.shape):
        direction = np.zeros(point.shape)
        direction[index] = 1.0
        numeric[index] = _slope(loss, point, direction, step)
    if not grad.size:
        return GradientError(name, None, 0.0, 0.0, 0.0)
    gap = np.abs(grad - numeric)
    worst = tuple(map(int, np.unravel_index(np.argmax(gap), gap.shape)))
    scale = max(np.abs(grad).max(), np.abs(numeric).max())
    return _error(name, worst, grad[worst], numeric[worst], scale)


def _random_direction(name, loss, point, grad, step, seed):
    """Compare the slope in one random direction with ⟨gradient, direction⟩."""
    direction = np.random.default_rng(seed).standard_normal(point.shape)
    numeric = _slope(loss, point, direction, step)
    scale = max(np.linalg.norm(grad), abs(numeric))
    return _error(name, None, np.sum(grad * direction), numeric, scale)


def _slope(loss, point, direction, step):
    """Return the central difference of the loss along a direction."""
    return (loss(point + step * direction) - loss(point - step * direction)) / (2 * step)


def _error(name, index, analytic, numeric, scale):
    gap = abs(float(analytic) - float(numeric))
    error = gap / float(scale) if scale else gap
    return GradientError(name, index, float(analytic), float(numeric), error)
