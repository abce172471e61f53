"""The build ran every chapter: each gave the outputs that it stores. nbval compares the same."""

import copy

import pytest

from tools import notebooks, refresh


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", notebooks.NOTEBOOKS)
def test_the_chapter_gave_the_outputs_that_it_stores(name):
    stored = copy.deepcopy(notebooks.read(name))
    given = refresh.executed(stored)
    code = [cells for cells in zip(stored.cells, given.cells, strict=True) if "outputs" in cells[0]]
    assert code
    for cell, ran in code:
        refresh.clean(cell)
        assert cell.outputs == ran.outputs, f"{cell.id}: mend it, or run `make refresh`"
