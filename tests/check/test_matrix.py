"""Every mistake of the catalogue is caught and named at every class of settings; and mutants."""

import pytest

from convlib.mistakes import MISTAKES
from tests.check import mutants
from tests.check.corpus import RIGHT
from tests.check.matrix import CLASSES, OPERATIONS, matrix, pairs, spoiled

ELSEWHERE = {
    "divided_by_h",
    "loss_gradient_not_averaged",
    "point_not_copied",
    "relative_to_the_sum",
    "suspicion_dropped",
}
"""Mistakes of a gradient check and of a loss: there is no layer to check."""

UNNAMED = {
    ("dy_padded_like_x", "other strides"),
    ("dy_padded_like_x", "dilation, groups"),
    ("bias_along_width", "dilation, groups"),
}
"""They only stop at these settings, and what always stops may be anything."""


def test_every_mistake_of_a_layer_can_be_put_to_the_checker():
    rest = {name for name in MISTAKES if not any(spoiled(o, name) for o in OPERATIONS)}
    assert rest == ELSEWHERE


def unlike(wanted, found):
    return [key for key, row in found.items() if set(row.values()) - set(wanted)]


def test_some_mistakes_are_named():
    names = list(MISTAKES)[::9]
    found = matrix({"all settings": CLASSES["all settings"]}, names)
    assert len(found) >= len(names) - 1
    assert unlike("o", found) == []


@pytest.mark.weekly
@pytest.mark.parametrize("title", CLASSES)
def test_every_mistake_is_named_or_makes_no_other_numbers(title):
    found = matrix({title: CLASSES[title]})
    unnamed = {
        (name, title) for _, name in unlike("o" if title == "all settings" else "o.=", found)
    }
    assert unnamed <= UNNAMED


@pytest.mark.weekly
def test_most_random_pairs_are_both_named():
    tried = pairs(20)
    assert sum({*names} <= {*mistakes} for names, mistakes in tried) >= 0.8 * len(tried), tried


@pytest.mark.weekly
def test_no_mutant_is_missed():
    pytest.importorskip("mutmut")
    for base in mutants.BASES:
        fates = [mutants.fate(code) for _, code in mutants.mutants(RIGHT[base])]
        assert len(fates) > 50
        assert fates.count("missed") == 0, base
        assert fates.count("caught") > 0.8 * len(fates)
