"""Compare gradients with differences of the function itself.

The loss is L = Σ y·dy for a fixed dy, so the gradient of L is what a backward pass returns when
it is given this dy. Along a line v + t·d, two evaluations give the slope

    Σ dy·(f(v + h·d) - f(v - h·d)) / 2h

Outputs are subtracted before they are summed, so that what does not change cancels exactly.
Where this slope and the gradient disagree, `_Check.closer` takes it at many steps, which tells
a wrong gradient from rounding, from a kink and from a function that cannot be checked so.
"""

from typing import NamedTuple

import numpy as np

from convlib._arguments import as_array, expect_shape

__all__ = ["GradientReport", "gradcheck"]

EPS = np.finfo(np.float64).eps
COARSE = 1e-11
"""Relative error of one evaluation that float64 does not explain; that of float32 is 6e-8."""

RANDOM = "the function is random or impure: at the same point it returned two different outputs"
NOT_FINITE = "the function returned NaN or infinity"
FLOAT32 = "the function computes in float32, or rounds as coarsely: use float64 within it"
KINK = "there is a kink inside the step: the slopes on its two sides differ"


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
        Their distance, divided by the size of the terms, ``Σ |dy·∂y/∂v|``, of which the gradient is
        the sum (by the norm of the gradient for a direction). What rounding hides counts as no
        more than the tolerance.
    """

    name: str
    index: tuple | None
    analytic: float
    numeric: float
    error: float

    @property
    def place(self):
        """Where this is, in words."""
        return "in a random direction" if self.index is None else f"at {list(self.index)}"

    def __str__(self):
        """Say it in one line."""
        return (
            f"{self.name}: worst {self.place}: analytic {self.analytic:.6g}, "
            f"numeric {self.numeric:.6g}, relative error {self.error:.1e}"
        )


class GradientReport(NamedTuple):
    """The result of `gradcheck`: one `GradientError` per gradient, and whether all are small.

    `suspicion` is None, or a sentence that says what makes differences unfit to judge here: a
    kink inside the step, float32, a random or impure function, NaN or infinity.

    Examples
    --------
    >>> gradcheck(lambda v: 3 * v, [[1.0]], [[3.0]], dy=[1.0]).ok
    True
    >>> print(gradcheck(np.abs, [[0.0]], [[1.0]], dy=[1.0]).suspicion)
    grads[0] at [0]: there is a kink inside the step: the slopes on its two sides differ
    """

    ok: bool
    errors: tuple
    suspicion: str | None = None

    def __str__(self):
        """Say it in one line, one line more per gradient, and one for a suspicion."""
        lines = ["gradients agree" if self.ok else "gradients DISAGREE", *map(str, self.errors)]
        return "\n".join(lines + [f"suspicion: {self.suspicion}"] * (self.suspicion is not None))


def gradcheck(function, inputs, grads, dy, *, step=1e-5, tolerance=1e-6, max_entries=4096, seed=0):
    """Check gradients by central differences, entry by entry or in a random direction.

    Parameters
    ----------
    function : callable
        ``function(*inputs)`` returns the output y. It is given copies, and may change them.
    inputs : sequence of array_like
        Where to take the gradients. Computed in float64; never changed.
    grads : sequence of array_like
        One gradient for each input. A NamedTuple, such as `ConvGrads`, lends its names.
    dy : array_like
        Upstream gradient, of the shape of y.
    step : float, default 1e-5
        h in Σ dy·(f(v + h) - f(v - h)) / 2h, as a part of each entry's own size: 1e-5 moves
        200 by 2e-3, and 1e-7 by 1e-12. A 0 has the mean size of its array, or else 1.
    tolerance : float, default 1e-6
        Largest relative error that passes; see Notes.
    max_entries : int, default 4096
        Larger inputs are checked in a random direction: two evaluations instead of two per
        entry. Entries that differ in size by more than a hundredfold move apart from each other.
        A wrong gradient passes that only by an unlikely accident, but is not located.
    seed : int, default 0
        Seed of the direction.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError
        If an input or the output is not numeric.
    ValueError
        If the counts or the shapes do not fit, or a step or tolerance is not positive.

    Notes
    -----
    An error is relative to ``Σ |dy·∂y/∂v|``, the size of the terms, so that terms that cancel do
    not make it large. Where a gradient disagrees, two evaluations more at each of ten steps or
    more, from 1e-10 of the size of the entry upwards, find the step that is disturbed
    least. What rounding still hides there is no error: a gradient that is 0 up to rounding
    agrees with 0. Those steps also show a kink, float32, or a random or impure
    function, and the report says so. A kink is named even if a smaller step has settled the matter.

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
    grads = [np.array(as_array(*pair), np.float64) for pair in zip(names, grads, strict=True)]
    for i, (name, grad) in enumerate(zip(names, grads, strict=True)):
        expect_shape(name, grad, points[i].shape, f"that of inputs[{i}]")
    check = _Check(function, points, np.array(as_array("dy", dy), np.float64), tolerance)
    errors, suspicions = [], []
    for i, (name, grad) in enumerate(zip(names, grads, strict=True)):
        if grad.size <= max_entries:
            lines = _entries(i, points[i], grad)
        else:
            lines = _directions(i, points[i], grad, seed)
        error, suspicion = check.worst(name, lines, step)
        errors.append(error)
        if suspicion and suspicion not in suspicions:
            suspicions.append(suspicion)
    # `<=` and not `>`, so that a NaN counts as a disagreement
    agree = all(e.error <= tolerance for e in errors)
    return GradientReport(agree, tuple(errors), "; ".join(suspicions) or None)


class _Line(NamedTuple):
    """A line through one input, with the gradient along it."""

    which: int
    index: tuple | None
    size: float
    scale: float
    """How large the gradient says that a slope is here."""
    grad: np.ndarray
    direction: np.ndarray | None = None


def _sizes(point):
    """Return the size of every entry, on which its step depends; it is never 0."""
    size = np.abs(point)
    some = np.isfinite(size) & (size > np.finfo(np.float64).tiny / EPS)
    return np.where(some, size, np.mean(size, where=some) if some.any() else 1.0)


def _entries(which, point, grad):
    """Yield a line for every entry."""
    sizes = _sizes(point)
    for index in np.ndindex(point.shape):
        yield _Line(which, index, float(sizes[index]), float(abs(grad[index])), grad)


def _directions(which, point, grad, seed):
    """Yield a random line for the largest entries, one for those a hundred times smaller, ..."""
    direction = np.random.default_rng(seed).standard_normal(point.shape)
    sizes = _sizes(point)
    ranks = np.floor(np.log(sizes.max() / sizes) / np.log(100))
    for rank in np.unique(ranks):
        own = ranks == rank
        size, scale = float(sizes.max() / 100**rank), float(np.linalg.norm(grad[own]))
        yield _Line(which, None, size, scale, grad, direction * own)


class _Probe(NamedTuple):
    """What two evaluations say, at one step along a line."""

    step: float
    analytic: float
    numeric: float
    terms: float
    """Σ |dy·∂y|: what the slope is the sum of, without the signs."""
    bend: float
    """Σ |dy·(slope ahead - slope behind)|: of the order of h, and constant at a kink."""
    outputs: float
    """Σ |dy·y| of the outputs that changed."""
    upstream: float
    """Σ |dy| of these outputs."""

    @property
    def gap(self):
        """How far the two are apart."""
        return abs(self.analytic - self.numeric)


class _Check:
    """A function at its point, and dy: what all lines have in common."""

    def __init__(self, function, points, dy, tolerance):
        self.function, self.points, self.dy, self.tolerance = function, points, dy, tolerance
        self.float32 = False
        self.y = self.evaluate()
        expect_shape("dy", dy, self.y.shape, "that of the output of function")

    def evaluate(self, which=None, value=None):
        """Return y in float64, with another value of one input; no call can disturb the next."""
        given = [value if i == which else p.copy("K") for i, p in enumerate(self.points)]
        y = np.array(self.function(*given))
        if y.dtype.kind not in "biuf":
            raise TypeError(f"function: expected real numbers as output, got dtype {y.dtype}")
        self.float32 |= y.dtype.kind == "f" and y.dtype.itemsize < 8
        return y.astype(np.float64)

    def weigh(self, y):
        """Return Σ |dy·y|."""
        return float(np.sum(np.abs(self.dy * y)))

    def probe(self, line, step):
        """Evaluate the function on both sides of its point."""
        point = self.points[line.which]
        direction = line.direction
        if direction is None:
            direction = np.zeros(point.shape)
            direction[line.index] = 1.0
        size = np.abs(point)
        with np.errstate(all="ignore"):  # a long step may leave what the function is made for
            # what floating point makes of the step, so that v + h and v - h are exact
            move = np.copysign((size + np.abs(step * direction)) - size, direction)
            if line.index is None:
                analytic = np.sum(line.grad * move) / step
            else:
                analytic, step = line.grad[line.index], float(move[line.index])
            high = self.evaluate(line.which, point + move)
            low = self.evaluate(line.which, point - move)
            slopes = (high - low) / (2 * step)
            return _Probe(
                step,
                float(analytic),
                float(np.sum(self.dy * slopes)),
                self.weigh(slopes),
                self.weigh(((high - self.y) + (low - self.y)) / step),
                self.weigh((np.abs(high) + np.abs(low)) / 2 * (high != low)),
                self.weigh(high != low),
            )

    def scale(self, line, probe):
        """Return what an error is relative to."""
        return max(line.scale, abs(probe.numeric) if line.index is None else probe.terms)

    def error(self, line, probe, hidden=0.0):
        """Return the relative error; what rounding hides is no more than the tolerance."""
        scale = max(self.scale(line, probe), hidden / self.tolerance)
        return probe.gap / scale if scale else probe.gap

    def worst(self, name, lines, step):
        """Return the `GradientError` of the worst line, and what is suspected."""
        worst, suspicion, doubtful = GradientError(name, None, 0.0, 0.0, 0.0), None, []
        for line in lines:
            probe = self.probe(line, step * line.size)
            error = self.error(line, probe, 0.0 if probe.terms else self.unseen(line) / probe.step)
            if not error <= self.tolerance or self.swallowed(line, probe):
                doubtful.append((error, line, probe))
            elif error >= worst.error:
                worst = GradientError(name, line.index, probe.analytic, probe.numeric, error)
        # a NaN first
        for _, line, first in sorted(doubtful, key=lambda d: -np.nan_to_num(d[0], nan=np.inf)):
            probe, error, suspected = self.closer(line, first)
            found = GradientError(name, line.index, probe.analytic, probe.numeric, error)
            wrong = not error <= self.tolerance
            if wrong and suspected != KINK:
                return found, suspected
            if suspected == KINK and (wrong or not suspicion):
                suspected = f"{name} {found.place}: {KINK}"
            if error > worst.error:
                worst = found
            suspicion = suspicion or suspected
        return worst, suspicion

    def unseen(self, line):
        """Return how much Σ dy·y may change in the rounding of y and of v."""
        largest = float(np.abs(self.points[line.which]).max())
        return EPS * (self.weigh(self.y) + self.weigh(1.0) * largest)

    def swallowed(self, line, probe):
        """Say whether nothing changed, and the step is lost beside the other numbers."""
        largest = max(np.abs(self.points[line.which]).max(), np.abs(self.y).max(initial=0))
        return probe.terms == 0 and probe.step < 1e3 * EPS * largest

    def closer(self, line, first):
        """Take the slope at many steps: return the steadiest, its error, and what is suspected."""
        if not np.isfinite(first.gap):
            function_is = np.isfinite(first.analytic) and np.isfinite(self.dy).all()
            return first, self.error(line, first), NOT_FINITE if function_is else None
        if self.varies(line, first):
            return first, self.error(line, first), RANDOM
        probes = [self.probe(line, line.size * 10.0**k) for k in range(-12, 1)]
        best, doubt, noise = _steadiest(probes)
        largest = float(np.abs(self.points[line.which]).max())
        if not best.terms or not doubt <= self.tolerance * self.scale(line, best):
            # lost beside larger numbers: go on to steps of their size
            further = range(1, round(np.log10(largest / line.size)) if largest else 0)
            probes += [self.probe(line, line.size * 10.0**k) for k in further]
            best, doubt, noise = _steadiest(probes)
        if not best.terms:
            doubt = self.unseen(line) / best.step
        size = best.outputs + best.terms * line.size + best.upstream * largest
        coarse = self.float32 or noise > COARSE * size or self.swallowed(line, best)
        hidden = 0.0 if coarse else 4 * doubt
        if abs(best.numeric) <= hidden:  # nothing but rounding, and the gradient has its own
            hidden *= 8
        error = self.error(line, best, hidden)
        explained = error <= self.tolerance or best.bend >= 0.9 * best.gap
        if explained and not self.float32 and self.kinked(line, first, probes):
            return best, error, KINK
        return best, error, FLOAT32 if coarse else None

    def varies(self, line, first):
        """Say whether repeated evaluations differ by enough to explain the disagreement."""
        size = self.weigh(self.y) + self.weigh(1.0) * np.abs(self.points[line.which]).max()
        enough = max(1e-3 * first.gap * first.step, 1e-12 * size)
        again = self.probe(line, first.step)
        drifts = [self.weigh(self.evaluate() - self.y) for _ in range(2)]
        return max(*drifts, abs(again.numeric - first.numeric) * first.step) > enough

    def kinked(self, line, first, probes):
        """Say whether the slopes on both sides differ, and by as much at four steps in a row."""
        bends = np.array([p.bend for p in probes if p.step > 0.5e-7 * line.size])
        enough = bends >= max(0.9 * first.gap, self.tolerance * self.scale(line, first))
        with np.errstate(divide="ignore", invalid="ignore"):
            same = np.abs(np.diff(np.log(np.where(enough, bends, np.nan)))) < np.log(4)
        return bool((same[:-2] & same[1:-1] & same[2:]).any())


def _steadiest(probes):
    """Return the probe that smaller steps and rounding leave least in doubt.

    Returns
    -------
    probe : _Probe
    doubt : float
        What may be wrong with its slope.
    noise : float
        What may be wrong with Σ dy·y at one point, by the slopes at all smaller steps.
    """
    found = []
    for k, probe in enumerate(probes):
        if k < 2 or not (probe.terms and np.isfinite(probe.numeric)):
            continue
        away = [abs(p.numeric - probe.numeric) for p in probes[:k]]
        noise = max(a * p.step for a, p in zip(away, probes, strict=False))
        doubt = max(away[-1], (noise + 2 * EPS * probe.outputs) / probe.step)
        found.append((probe, doubt, noise))
    if not found:
        return probes[-1], 0.0, 0.0
    # relative, where the slope shows at all: far away every slope looks like 0
    clear = [f for f in found if f[1] <= 0.01 * f[0].terms]
    if clear:
        return min(clear, key=lambda f: f[1] / f[0].terms)
    return min(found, key=lambda f: f[1])
