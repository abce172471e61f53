"""The samples have what the grids have, and see every mistake that a grid can see."""

import itertools

import pytest

from convlib.mistakes import MISTAKES, made
from tests import pairs
from tests.grids import test_agreement as agreement
from tests.grids.tables import GRIDS, MAX_POOL
from tests.operations import Pool
from tests.settings import Setting

EVERY_GRID = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


def pairs_along(axes, settings):
    """List the pairs of values of all settings with so many axes, told apart by their names."""
    return {
        (name, getattr(setting, name), other, getattr(setting, other))
        for setting in settings
        if len(setting.size) == axes
        for name, other in itertools.combinations(setting._fields, 2)
    }


@EVERY_GRID
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_sample_has_every_pair_of_values_of_its_grid(grid, axes):
    everywhere = pairs_along(axes, grid.settings)
    assert len(everywhere) > 20
    assert pairs_along(axes, grid.sample) == everywhere


@EVERY_GRID
def test_sample_has_every_feature(grid):
    assert [
        name for name, has_it in grid.features.items() if not any(map(has_it, grid.sample))
    ] == []


@EVERY_GRID
def test_sample_is_small_and_part_of_its_grid(grid):
    assert len(set(grid.settings)) == len(grid.settings)
    assert set(grid.sample) <= set(grid.settings)
    assert len(grid.sample) < len(grid.settings) / 10


def test_a_pair_of_one_setting_alone_is_kept():
    settings = [Setting((5,), (3,), stride, padding) for stride in (1, 2) for padding in (0, 1)]
    rare = Setting((6,), (2,), 2, 1)
    assert set(pairs.covering([*settings, rare])) == {*settings, rare}
    # a third value that goes along with others takes no setting of its own
    along = [setting._replace(dilation=1 + setting.stride) for setting in settings]
    assert len(pairs.covering(along)) == 4
    assert len(pairs.covering([Pool("max", (5,), 2)] * 3)) == 1


def test_what_is_missing_in_the_pairs_is_added_for_a_feature():
    found = [s for s in MAX_POOL.sample if MAX_POOL.features["a window of padding only"](s)]
    assert found == MAX_POOL.sample[-1:]


# --- the mistakes of the book -----------------------------------------------------------------

SEEN = [
    (mistake.name, operation)
    for mistake in MISTAKES.values()
    for target in mistake.variants
    if (operation := target.__name__.removesuffix("_backward")) in GRIDS
]


def sample_passes(operation):
    checks = [agreement.test_agrees_with_loops]
    if operation == "max_pool":  # random numbers have no ties
        checks.append(agreement.test_ties_infinities_and_nan_as_in_the_loops)
    return all(passes(check, setting) for check in checks for setting in GRIDS[operation].sample)


def passes(check, setting):
    # some variants of the mistakes take padding in numbers only
    if isinstance(setting, Setting):
        setting = setting._replace(padding=setting.pairs)
    try:
        check(setting)
    except (AssertionError, ValueError, IndexError):
        return False
    return True


@pytest.mark.parametrize("operation", GRIDS)
def test_sample_passes_where_there_is_no_mistake(operation):
    assert sample_passes(operation)


@pytest.mark.parametrize(("name", "operation"), SEEN)
def test_sample_sees_the_mistake(name, operation):
    with made(name):
        assert not sample_passes(operation)
