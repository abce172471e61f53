"""Mistakes of a gradient check."""

import numpy as np

from convlib._gradcheck import gradcheck
from convlib.mistakes._catalogue import also_replaces, replaces


@replaces(gradcheck, "checking")
def divided_by_h(function, inputs, grads, dy, **settings):
    """Divides the central difference by h, where the two points are 2h apart."""
    return gradcheck(function, inputs, grads, 2 * np.asarray(dy), **settings)


@replaces(gradcheck, "checking")
def point_not_copied(function, inputs, grads, dy, **settings):
    """Lets the function change the point at which its gradients are taken."""
    points = [np.array(v, np.float64) for v in inputs]
    function(*points)
    return gradcheck(function, points, grads, dy, **settings)


@replaces(gradcheck, "checking")
def relative_to_the_sum(function, inputs, grads, dy, **settings):
    """Judges by the size of the sum, which rounding alone decides where its terms cancel."""
    report = gradcheck(function, inputs, grads, dy, **settings)
    sums = [(e.analytic, e.numeric) for e in report.errors]
    return report._replace(ok=all(abs(a - n) <= 1e-6 * max(abs(a), abs(n)) for a, n in sums))


@replaces(gradcheck, "checking")
def suspicion_dropped(function, inputs, grads, dy, **settings):
    """Says that a gradient disagrees, and not that differences cannot judge it."""
    return gradcheck(function, inputs, grads, dy, **settings)._replace(suspicion=None)


@also_replaces(gradcheck, "checking")
def one_sided(function, inputs, grads, dy, *, step=1e-5, **settings):
    """Looks ahead only, (f(v + h) - f(v)) / h, whose error falls with h and not with h²."""
    points = [np.array(v, np.float64) for v in inputs]
    report, ok = gradcheck(function, inputs, grads, dy, step=step, **settings), True
    for point, grad in zip(points, grads, strict=True):
        here = function(*points)
        for index in np.ndindex(point.shape):
            kept, point[index] = point[index], point[index] + step
            slope = np.sum(dy * (function(*points) - here)) / step
            point[index] = kept
            ok &= bool(np.isclose(slope, np.asarray(grad)[index], rtol=1e-6, atol=1e-7))
    return report._replace(ok=ok)
