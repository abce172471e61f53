"""A reader of a page fills in the functions: empty, then wrong, then right."""

import pytest

from tests.book import test_fill_in as fill_in
from tests.book.fillings import WRONG
from tests.site.live import Live, text
from tools import notebooks

FUNCTIONS = [
    pytest.param(chapter, name, id=name, marks=pytest.mark.weekly if number else ())
    for number, (chapter, name) in enumerate(fill_in.FUNCTIONS)
]
"""The first function is always filled in."""


def place(chapter, name, kind):
    """Return the id of a function's cell on the page."""
    cell = fill_in.cell_of(chapter, name, kind)
    return f"cell-{notebooks.read(chapter).cells.index(cell)}"


def solved(chapter, name):
    """Return what a reader would type for the solution, under the reader's own name."""
    source = fill_in.cell_of(chapter, name, "solution").source.partition("\n\n\ncheck.")[0]
    return source.replace(f"solved_{name}", name)


@pytest.mark.parametrize(("chapter", "name"), FUNCTIONS)
def test_a_function_is_written_in_a_page(visit, chapter, name):
    got = visit(f"{chapter}.html", reduced_motion="reduce")
    live = Live(got.page)
    write, judge = place(chapter, name, "write"), place(chapter, name, "judge")
    assert text(live.run(judge)).startswith(f"{name} returns None: write its lines")
    filling = WRONG[chapter][name][0]
    solution = solved(chapter, name)
    for right, source in (False, solution.replace(filling.old, filling.new)), (True, solution):
        live.type(write, source)
        result = live.run(judge)
        assert text(result).startswith("Right: ") == right
        report = got.page.locator(f"#{judge} .cl-report[data-ok={str(right).lower()}]")
        assert report.get_attribute("aria-label") == "Report"
    assert got.problems == []
