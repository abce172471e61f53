"""Some mistakes of the catalogue are named; what is stored of all of them is in test_stored.py."""

from convlib.mistakes import MISTAKES
from tests.check.matrix import CLASSES, OPERATIONS, matrix, spoiled

ELSEWHERE = {
    "divided_by_h",
    "loss_gradient_not_averaged",
    "point_not_copied",
    "relative_to_the_sum",
    "suspicion_dropped",
}
"""Mistakes of a gradient check and of a loss: there is no layer to check."""


def test_every_mistake_of_a_layer_can_be_put_to_the_checker():
    rest = {name for name in MISTAKES if not any(spoiled(o, name) for o in OPERATIONS)}
    assert rest == ELSEWHERE


def unlike(wanted, found):
    return [key for key, row in found.items() if set(row.values()) - set(wanted)]


def test_some_mistakes_are_named():
    names = [name for name in MISTAKES if name not in ELSEWHERE][::9]
    found = matrix({"all settings": CLASSES["all settings"]}, names)
    assert {name for _, name in found} == {*names}
    assert unlike("o", found) == []
