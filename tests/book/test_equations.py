"""Every numbered formula has a check, every check can fail, and every mistake is caught by one."""

from collections import Counter

import pytest

from convlib.mistakes import MISTAKES
from tools import checks, notebooks

CHECKS = notebooks.checks()


CAUGHT = [
    pytest.param(chapter, number, mistake, id=f"{'+'.join(labels)}-{mistake}")
    for chapter, number, labels, names in CHECKS
    for mistake in names
]


def test_the_book_has_formulas():
    assert len(notebooks.labels()) >= 20


def test_labels_are_unique():
    repeated = [label for label, count in Counter(notebooks.labels()).items() if count > 1]
    assert repeated == [], "each of these stands at two formulas; give one another label"


def test_every_formula_has_a_check_and_every_check_a_formula():
    checked = {label for _, _, labels, _ in CHECKS for label in labels}
    labels = set(notebooks.labels())
    assert labels - checked == set(), "tag the code cell that checks each with check:LABEL"
    assert checked - labels == set(), "tagged check:LABEL, and no formula has this label"


def test_every_check_names_a_mistake_that_it_catches():
    blind = [(chapter, labels) for chapter, _, labels, names in CHECKS if not names]
    assert blind == [], "tag each with catches:NAME, a mistake that makes it fail"


def test_every_mistake_is_caught_by_a_check():
    caught = {name for _, _, _, names in CHECKS for name in names}
    assert set(MISTAKES) - caught == set(), "tag a check that fails with it: catches:NAME"
    assert caught - set(MISTAKES) == set(), "tagged catches:NAME, and convlib.mistakes lacks it"


@pytest.mark.parametrize(
    ("chapter", "number"), [pytest.param(c, n, id="+".join(ls)) for c, n, ls, _ in CHECKS]
)
def test_check_holds(chapter, number):
    assert checks.holds(chapter, number), (
        f"book/{chapter}.ipynb, code cell {number + 1}: the check does not hold; its last line "
        "must be true, and every truth value in it if it is a tuple"
    )


@pytest.mark.parametrize(
    ("chapter", "number"), [pytest.param(c, n, id="+".join(ls)) for c, n, ls, _ in CHECKS]
)
def test_check_says_at_how_many_settings_it_runs(chapter, number):
    said = notebooks.tagged(notebooks.code_cells(chapter)[number], "settings")
    count = checks.settings(chapter, number)
    assert said == [str(count)] * (count > 0), (
        f"book/{chapter}.ipynb, code cell {number + 1}: tagged settings:{said}, and convlib saw "
        f"{count} while it ran: `make refresh CHAPTER={chapter}` counts anew"
    )


@pytest.mark.parametrize(("chapter", "number", "mistake"), CAUGHT)
def test_check_fails_with_the_mistake(chapter, number, mistake):
    assert not checks.holds(chapter, number, mistake), (
        f"book/{chapter}.ipynb, code cell {number + 1}: it is tagged catches:{mistake}, and holds "
        "with this mistake built in; let it check more, or take the tag away"
    )
