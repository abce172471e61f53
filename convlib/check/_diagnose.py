"""Name a mistake by its numbers: no code is read.

Every mistake of `convlib.mistakes` makes its own wrong results at the settings that were run. One
whose results are the learner's at each of them, right ones included, is found; two, where no
one is.
"""

import functools
import itertools
import types
from typing import NamedTuple

import numpy as np

from convlib._columns import im2col
from convlib._geometry import output_size
from convlib.mistakes import MISTAKES

CRASHES = ("ValueError", "IndexError", "AssertionError", "ZeroDivisionError", "AxisError")
"""Exceptions that a wrong shape or index leads to; a wrong name leads to others."""


class Finding(NamedTuple):
    """What explains one result.

    Attributes
    ----------
    names : tuple of str
        Of mistakes: one or two.
    alike : tuple of str
        Others that make the same numbers at every setting that was run.
    left : int
        At so many settings more is wrong than they explain.
    """

    names: tuple
    alike: tuple = ()
    left: int = 0


class Shape(tuple):
    """What is known of a result whose numbers are not."""


def diagnose(trials, output, operation, convention, names=None):
    """Find the mistakes that explain every outcome of one result.

    Parameters
    ----------
    trials : list of (Case, Outcome)
        In the order in which they were run; at least one outcome is not right.
    output : str
        'y', 'dx', ...
    operation : Operation
    convention : Convention
    names : tuple of str, optional
        The only mistakes to try.

    Returns
    -------
    Finding or None
    """
    judge = _Judge(trials, output, operation, convention)
    wrong = [number for number, (_, outcome) in enumerate(trials) if not outcome.right]
    others = [number for number in range(len(trials)) if number not in wrong]
    first = trials[wrong[0]][1]
    if not others and all(_crashed(trials[number][1]) for number in wrong):
        return None  # what always stops may be anything
    wrong.sort(key=lambda number: trials[number][0].arrays["dy"].size)  # what is small is fast
    singles = [(name,) for name, mistake in MISTAKES.items() if judge.concerns(mistake)]
    spoils = [name for (name,) in singles if any(judge.spoils((name,), n) for n in wrong)]
    pairs = list(itertools.permutations(spoils, 2))
    groups = [singles, pairs] if first.got is not None else [singles]
    for group in groups if names is None else ([names],):
        fits = [names for names in group if judge.fits(names, [*wrong, *others])]
        if fits:
            if all(_crashed(trials[number][1]) for number in wrong):
                # no wrong shape was seen: rather a mistake that stops than one that leads to one
                fits.sort(
                    key=lambda names: any(judge.prediction(names, n) is not None for n in wrong)
                )
            alike = tuple(names[0] for names in fits[1:]) if len(fits[0]) == 1 else ()
            return Finding(fits[0], alike)
    return None if names else _closest(judge, singles, sorted(wrong), others)


def _closest(judge, singles, wrong, others):
    """Find the mistake that explains the first failure, most others, and what is right."""
    if _crashed(judge.trials[wrong[0]][1]) and len(wrong) > len(others):
        return None  # a crash says little
    best, most = None, len(wrong) / 2
    for names in singles:
        if judge.fits(names, [wrong[0], *others]):
            count = sum(judge.explains(names, number) for number in wrong)
            if count > most:
                best, most = names, count
    return best and Finding(best, left=len(wrong) - most)


class _Judge:
    """Compares outcomes with what mistakes would make of the same cases."""

    def __init__(self, trials, output, operation, convention):
        self.trials, self.output, self.operation = trials, output, operation
        self.convention = convention

    def concerns(self, mistake):
        """Whether a mistake can spoil this result at all."""
        forward, backward = self.operation.functions
        targets = {forward} if self.output == "y" else {backward}
        if self.operation.name == "conv":
            targets |= {im2col, output_size} if self.output == "y" else {im2col}
        return bool(targets & {*mistake.variants})

    def fits(self, names, numbers):
        """Whether mistakes explain the outcomes of these trials, one after another."""
        return all(self.explains(names, number) for number in numbers)

    def prediction(self, names, number):
        """Return what mistakes make of one trial."""
        return predicted(names, self.trials[number][0], self.output)

    def spoils(self, names, number):
        """Whether mistakes make another result of one trial, and do not only stop."""
        made = self.prediction(names, number)
        if made is None or isinstance(made, Shape):
            return made is not None
        return not self.trials[number][0].same(self.output, made)

    def explains(self, names, number):
        """Whether mistakes make, at one trial, what came of it."""
        case, outcome = self.trials[number]
        if outcome.got is None and not outcome.right and not _crashed(outcome):
            return False
        made, right = self.prediction(names, number), case.expected[self.output]
        if isinstance(made, Shape):
            if made == right.shape:
                return outcome.right
            return not outcome.right and _has_shape(outcome, self.shaped(np.zeros(made)))
        if made is None:
            return _crashed(outcome)
        if outcome.right:
            return case.same(self.output, made)
        if _crashed(outcome):
            return made.shape != right.shape
        made = self.shaped(made)
        return outcome.got is not None and case.same(self.output, outcome.got, made)

    def shaped(self, array):
        """Bring a result into the learner's layout."""
        return self.convention.shaped(self.output, array)


def _has_shape(outcome, made):
    """Whether an outcome has a shape, or crashed on the way to it."""
    return _crashed(outcome) if outcome.got is None else outcome.got.shape == made.shape


def _crashed(outcome):
    """Whether code stopped in a way in which wrong shapes and indices stop it."""
    return outcome.fault is not None and outcome.fault.error in CRASHES


def predicted(names, case, output):
    """Return what mistakes make of one result: an array, its `Shape`, or None for a crash."""
    made = _results(names, case, output == "y")
    return made and made[output]


@functools.lru_cache(maxsize=20_000)
def _results(names, case, is_forward):
    """Return all results of one pass with mistakes in it; None for a crash."""
    forward, backward = case.operation.functions
    arrays = {name: array.copy() for name, array in case.arrays.items()}
    sized = [MISTAKES[name] for name in names if output_size in MISTAKES[name].variants]
    try:
        if sized and is_forward:
            return {"y": _sized(sized[0], case)}
        functions = (None, _composed(names, backward, case.operation))
        if is_forward:
            functions = (_composed(names, forward, case.operation), None)
        with np.errstate(all="ignore"):
            made = case.operation.results(arrays, case.setting.options, functions)
        return {name: np.asarray(array) for name, array in made.items()}
    except Exception:
        return None


def _sized(mistake, case):
    """Return the shape of y where its size is worked out wrongly."""
    options = {k: v for k, v in case.setting.options.items() if k != "groups"}
    size, kernel = case.arrays["x"].shape[2:], case.arrays["w"].shape[2:]
    out = mistake.variants[output_size](size, kernel, **options)
    return Shape((*case.expected["y"].shape[:2], *out))


def _composed(names, target, operation):
    """Return a function with one mistake in it, or with several, each within the one before."""
    function = target
    for name in reversed(names):
        variants = MISTAKES[name].variants
        if target in variants:
            function = _around(variants[target], target, function)
        elif im2col in variants:
            function = _by_columns(variants[im2col], target is operation.functions[0])
    return function


def _around(variant, target, inner):
    """Return a variant that calls another function where it calls the right one."""
    if inner is target:
        return variant
    names = {key: inner if item is target else item for key, item in variant.__globals__.items()}
    copy = types.FunctionType(
        variant.__code__, names, variant.__name__, variant.__defaults__, variant.__closure__
    )
    copy.__kwdefaults__ = variant.__kwdefaults__
    return copy


def _by_columns(columns, is_forward):
    """Return a convolution, or its gradients, that take their columns from another function."""
    return functools.partial(_forward_by_columns if is_forward else _backward_by_columns, columns)


def _forward_by_columns(columns, x, w, b, *, groups=1, **options):
    cols = columns(x, w.shape[2:], **options)
    size = output_size(x.shape[2:], w.shape[2:], **options)
    cols = cols.reshape(len(x), groups, -1, cols.shape[-1])
    y = w.reshape(groups, len(w) // groups, -1) @ cols
    return y.reshape(len(x), len(w), *size) + b[:, None, None]


def _backward_by_columns(columns, dy, x, w, *, groups=1, **options):
    from convlib._conv import conv_backward

    right = conv_backward(dy, x, w, groups=groups, **options)
    cols = columns(x, w.shape[2:], **options)
    cols = cols.reshape(len(x), groups, -1, cols.shape[-1])
    rows = dy.reshape(len(x), groups, len(w) // groups, -1)
    return right._replace(dw=(rows @ cols.swapaxes(-1, -2)).sum(0).reshape(w.shape))


# --- where nothing fits ---------------------------------------------------------------------------


@np.errstate(all="ignore")  # what is wrong may be infinite
def pattern(got, expected, slack, axes):
    """Say which entries of a result are wrong, and how, where no mistake is known to do that.

    Parameters
    ----------
    got, expected : ndarray
        Of one shape.
    slack : float
        How far a right entry may be off.
    axes : sequence of str
        What each axis counts: "example", "channel", "row", "column", ...

    Returns
    -------
    str

    Examples
    --------
    >>> right = np.arange(1.0, 10).reshape(3, 3)
    >>> pattern(2 * right, right, 1e-6, ["row", "column"])
    'every entry is 2 times what it must be'
    >>> pattern(right[::-1], right, 1e-6, ["row", "column"])
    'it is reversed along its row axis'
    """
    whole = _as_a_whole(got, expected, slack, axes)
    if whole:
        return whole
    wrong = ~(np.abs(got - expected) <= slack)
    where = "; ".join(filter(None, (_along(wrong, axis, name) for axis, name in enumerate(axes))))
    count = f"{wrong.sum()} of {wrong.size} entries are wrong"
    spatial = [axis for axis, name in enumerate(axes) if name in ("row", "column")]
    if len(spatial) == 2 and _on_border(wrong, spatial):
        return f"{count}, all on the border"
    return f"{count}{': ' if where else ''}{where}"


def _as_a_whole(got, expected, slack, axes):
    """Say how all entries are off alike: a factor, a difference, an order."""
    same = functools.partial(np.allclose, rtol=0, atol=slack, equal_nan=True)
    if same(got, 0):
        return "every entry is 0"
    there = np.abs(expected) > slack
    ratio = got[there] / expected[there]
    if ratio.size and np.isfinite(ratio[0]) and same(got, ratio[0] * expected):
        return f"every entry is {ratio[0]:.4g} times what it must be"
    difference = (got - expected).flat[0]
    if same(got - difference, expected):
        return f"every entry is too large by {difference:.4g}"
    ndim = got.ndim
    for a in range(ndim):
        for b in range(a + 1, ndim):
            swapped = np.swapaxes(expected, a, b)
            if swapped.shape == got.shape and same(got, swapped):
                return f"it is transposed: its {axes[a]} and {axes[b]} axes have changed places"
    for chosen in _subsets(ndim):
        if same(got, np.flip(expected, chosen)):
            return f"it is reversed along its {' and '.join(axes[a] for a in chosen)} axis"
    for axis in range(ndim):
        for step in (1, -1):
            if got.shape[axis] > 2 and same(*_overlap(got, expected, axis, step)):
                return f"it is shifted by {abs(step)} along its {axes[axis]} axis"
    return ""


def _subsets(ndim):
    return [tuple(a for a in range(ndim) if bits >> a & 1) for bits in range(1, 2**ndim)]


def _overlap(got, expected, axis, step):
    """Return the parts of two arrays that meet when one is moved along an axis."""
    last = got.shape[axis] - 1
    got_early, expected_early = (np.take(a, range(last), axis) for a in (got, expected))
    got_late, expected_late = (np.take(a, range(1, last + 1), axis) for a in (got, expected))
    return (got_late, expected_early) if step == 1 else (got_early, expected_late)


def _along(wrong, axis, name):
    """Say which indices of one axis hold wrong entries, if not all do."""
    others = tuple(a for a in range(wrong.ndim) if a != axis)
    hit = np.flatnonzero(wrong.any(axis=others))
    count = wrong.shape[axis]
    if len(hit) == count or not len(hit):
        return ""
    steps = {*np.diff(hit).tolist()}
    if len(hit) > 2 and len(steps) == 1 and min(steps) > 1:
        return f"one {name} in {min(steps)}"
    if len(hit) == count - 1:
        (right,) = {*range(count)} - {*hit.tolist()}
        return f"every {name} but number {right}"
    return f"{name} {', '.join(map(str, hit[:4]))}{', ...' if len(hit) > 4 else ''} only"


def _on_border(wrong, axes):
    inner = [slice(None)] * wrong.ndim
    for axis in axes:
        inner[axis] = slice(1, -1)
    inside = wrong[tuple(inner)]
    return inside.size > 0 and not inside.any()
