"""The sum that an entry is: which terms are due, and which the learner's code adds up."""

import itertools
from typing import NamedTuple

import numpy as np

from convlib._geometry import geometry, products
from convlib._pool import pool_geometry
from convlib.check._operations import Case

FACTORS = {"y": ("x", "w"), "dx": ("dy", "w"), "dw": ("dy", "x"), "db": ("dy",)}
"""What the terms of each result are products of."""

DIGITS = 24
"""So many digits of base 4 fit into a float64."""

MOST_RUNS = 150


class Term(NamedTuple):
    """One product.

    Attributes
    ----------
    places : tuple of (str, tuple of int)
        Each factor: its array, and its index in convlib's order of axes.
    numbers : tuple of float
        The factors.
    due, got : int
        How often it belongs into the sum, and how often the learner's code adds it: the same
        where that is not known.
    """

    places: tuple
    numbers: tuple
    due: int
    got: int


def reads(case):
    """Yield the indices in y, x and w that each product of a layer brings together.

    A pooling has no w; places in the padding are left out.
    """
    arrays, options = case.arrays, dict(case.setting.options)
    x, y = arrays["x"], case.expected["y"]
    if "w" not in arrays:
        sizes, _ = pool_geometry(x, *(options.get(k, d) for k, d in _POOLED))
        for n, c in np.ndindex(x.shape[:2]):
            for o, _, i in products(sizes):
                if _inside(i, x.shape[2:]):
                    yield (n, c, *o), (n, c, *i), ()
        return
    w, groups = arrays["w"], options.pop("groups", 1)
    options.pop("output_padding", None)
    turned = case.operation.name == "conv_transpose"
    wide, narrow = (y, x) if turned else (x, y)
    sizes = geometry(wide.shape[2:], w.shape[2:], **options)._replace(output=narrow.shape[2:])
    rows, columns = len(w) // groups, w.shape[1]
    for o, k, i in products(sizes):
        if not _inside(i, wide.shape[2:]):
            continue
        for n, row, column in itertools.product(range(len(x)), range(len(w)), range(columns)):
            there = (n, row // rows * columns + column, *i)
            here, weight = (n, row, *o), (row, column, *k)
            yield (there, here, weight) if turned else (here, there, weight)


_POOLED = (("kernel_size", 1), ("stride", None), ("padding", 0), ("dilation", 1),
           ("ceil_mode", False))  # fmt: skip


def _inside(place, size):
    return all(0 <= i < h for i, h in zip(place, size, strict=True))


def due_terms(case, output, entry):
    """Return the places of the terms that an entry is the sum of.

    Parameters
    ----------
    case : Case
    output : {'y', 'dx', 'dw', 'db'}
    entry : tuple of int
        In convlib's order of axes.

    Returns
    -------
    list of tuple
        One tuple of (array, index) pairs for each term.
    """
    if output == "db":
        every = np.ndindex(case.arrays["dy"].shape)
        return [(("dy", place),) for place in every if place[1] == entry[0]]
    own = {"y": 0, "dx": 1, "dw": 2}[output]
    found = []
    for triple in reads(case):
        if triple[own] == entry and _hands_on(case, output, triple):
            at = dict(zip(("dy", "x", "w"), triple, strict=True))
            names = [name for name in FACTORS[output] if name != "w" or at["w"]]
            found.append(tuple((name, at[name]) for name in names))
    if output == "y" and "b" in case.arrays:
        found.append((("b", (entry[1],)),))
    return found


def _hands_on(case, output, triple):
    """Whether a window hands its gradient to an entry: a maximum only to the one that won."""
    y, x, _ = triple
    won = case.expected["y"][y] == case.arrays["x"][x]
    return case.operation.name != "max_pool" or output == "y" or won


def terms(learner, case, output, entry):
    """Return every `Term` that an entry should be the sum of, or is, in the learner's code.

    Returns
    -------
    list of Term
    """
    due = due_terms(case, output, entry)
    added = _added(learner, case, output, entry)
    if added is None:
        added = dict.fromkeys(due, 1)
    places = [*due, *(place for place in added if place not in due)]
    return [
        Term(
            place,
            tuple(float(case.arrays[name][index]) for name, index in place),
            int(place in due),
            added.get(place, 0),
        )
        for place in places
    ]


def _added(learner, case, output, entry):
    """Count how often the learner's code adds each product, by telling numbers; None if unknown."""
    names = [name for name in FACTORS[output] if name in case.arrays]
    if case.operation.name not in ("conv", "conv_transpose"):
        return None
    first, *second = names
    coded, single = (second[0], first) if second else (first, None)
    count = case.arrays[coded].size
    spots = list(np.ndindex(case.arrays[single].shape)) if single else [None]
    chunks = range(0, count, DIGITS)
    if len(spots) * len(chunks) > MOST_RUNS:
        return None
    zeros = {name: np.zeros(array.shape) for name, array in case.arrays.items()}
    found = {}
    for spot, start in itertools.product(spots, chunks):
        arrays = {name: array.copy() for name, array in zeros.items()}
        some = min(DIGITS, count - start)
        arrays[coded].flat[start : start + some] = 4.0 ** np.arange(some)
        if single:
            arrays[single][spot] = 1
        digits = _digits(_entry(learner, case, arrays, output, entry), some)
        if digits is None:
            return None
        for number in np.flatnonzero(digits):
            place = (coded, tuple(map(int, np.unravel_index(start + number, zeros[coded].shape))))
            found[((single, spot), place) if single else (place,)] = int(digits[number])
    if output == "y":
        found |= _added_biases(learner, case, zeros, entry)
    return found if _adds_up(found, learner, case, output, entry) else None


def _added_biases(learner, case, zeros, entry):
    """Count how often each bias is added."""
    some = min(DIGITS, zeros["b"].size)
    biases = np.zeros_like(zeros["b"])
    biases[:some] = 4.0 ** np.arange(some)
    digits = _digits(_entry(learner, case, zeros | {"b": biases}, "y", entry), some)
    if digits is None:
        return {}
    return {(("b", (int(i),)),): int(digits[i]) for i in np.flatnonzero(digits)}


def _entry(learner, case, arrays, output, entry):
    """Run the learner's code with other numbers; return one entry of the result, or NaN."""
    outcome = learner.outcomes(Case.with_arrays(case.operation, case.setting, arrays)).get(output)
    if outcome is None or outcome.got is None:
        return np.nan
    at = learner.convention.place(output, entry, case.expected[output].shape)
    return outcome.got[at] if np.shape(outcome.got) == at_shape(learner, case, output) else np.nan


def at_shape(learner, case, output):
    """Return the shape that a result must have in the learner's layout."""
    return learner.convention.shaped(output, case.expected[output]).shape


def _digits(value, count):
    """Write a number in base 4 with the digits -1, 0, 1 and 2; None if it is no whole number."""
    if not np.isfinite(value) or value != round(value) or abs(value) >= 2**53:
        return None
    rest, digits = int(value), []
    for _ in range(count):
        digit = (rest + 1) % 4 - 1
        digits.append(digit)
        rest = (rest - digit) // 4
    return np.array(digits) if rest == 0 else None


def _adds_up(found, learner, case, output, entry):
    """Whether the terms make the number that the learner's code gave."""
    got = _entry(learner, case, case.arrays, output, entry)
    total = sum(
        times * np.prod([case.arrays[name][index] for name, index in place])
        for place, times in found.items()
    )
    return bool(abs(got - total) <= case.slack[output])
