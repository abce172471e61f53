"""A few settings of a grid, chosen so that every pair of values that the grid has is among them.

A mistake in a convolution seldom needs more than two values to show: a stride with a remainder, a
dilation with a padding. `tests.grids` runs these few always, and the whole grids with ``--full``.
"""

import itertools


def pairs_of(setting):
    """Return the pairs of (name, value) that a setting, a named tuple, brings together."""
    return itertools.combinations(setting._asdict().items(), 2)


def covering(settings):
    """Choose settings that have every pair of values that any of them has.

    Greedy, and the same in every run: always the setting with the most pairs that none has yet,
    and the first of equals.
    """
    settings, numbers = list(settings), {}
    # a set of pairs is an integer, with one bit for each pair
    having = [
        sum(1 << numbers.setdefault(pair, len(numbers)) for pair in pairs_of(setting))
        for setting in settings
    ]
    missing, chosen = (1 << len(numbers)) - 1, []
    while missing:
        best = max(range(len(having)), key=lambda i: (having[i] & missing).bit_count())
        chosen.append(settings[best])
        missing &= ~having[best]
    return chosen


def kind_of(setting):
    """Return what a setting is for: the operation, and the number of axes."""
    return type(setting).__name__, getattr(setting, "kind", ""), len(setting.size)


def sample(grid, features=()):
    """Cover the pairs of each operation and number of axes by themselves; have every feature too.

    A feature is a function of a setting that says whether the setting has it.
    """
    groups = itertools.groupby(sorted(grid, key=kind_of), kind_of)
    chosen = [setting for _, group in groups for setting in covering(group)]
    for has_it in features:
        if not any(map(has_it, chosen)):
            chosen.append(next(filter(has_it, grid)))
    return chosen
