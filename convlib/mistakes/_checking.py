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
    report = gradcheck(function, inputs, grads, dy, step=step, **settings)
    points = [np.array(v, np.float64) for v in inputs]
    slopes = [slopes_ahead(function, points, number, dy, step) for number in range(len(points))]
    pairs = zip(slopes, grads, strict=True)
    return report._replace(ok=all(np.allclose(s, g, rtol=1e-6, atol=1e-7) for s, g in pairs))


def slopes_ahead(function, points, number, dy, step):
    """Return what a difference that looks ahead only says of one of the inputs."""
    here, slopes = function(*points), np.empty(points[number].shape)
    for index in np.ndindex(slopes.shape):
        moved = [point.copy() for point in points]
        moved[number][index] += step
        slopes[index] = np.sum(dy * (function(*moved) - here)) / step
    return slopes
