"""Some mistakes of the catalogue are named; what is stored of all of them is in test_stored.py."""

from convlib.mistakes import MISTAKES
from tests.check.matrix import CLASSES, OPERATIONS, matrix, spoiled

ELSEWHERE = {
    "divided_by_h",
    "loss_gradient_not_averaged",
    "one_sided",
    "point_not_copied",
    "points_collide",
    "relative_to_the_sum",
    "sign_in_b",
    "suspicion_dropped",
    "tiles_side_by_side",
}
"""Mistakes of a gradient check, a loss, and the matrices of a method: no layer to check."""

IN_TESTING = {"batch_statistics_in_testing", "momentum_of_the_old"}
"""They spoil what a layer does when it is tested, whereas the checker trains it."""


def test_every_mistake_of_a_layer_can_be_put_to_the_checker():
    rest = {name for name in MISTAKES if not any(spoiled(o, name) for o in OPERATIONS)}
    assert rest == ELSEWHERE


def unlike(wanted, found):
    return [key for key, row in found.items() if set(row.values()) - set(wanted)]


def test_some_mistakes_are_named():
    names = [name for name in MISTAKES if name not in ELSEWHERE | IN_TESTING][::9]
    found = matrix({"all settings": CLASSES["all settings"]}, names)
    assert {name for _, name in found} == {*names}
    assert unlike("o", found) == []
