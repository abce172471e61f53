"""The page's Python is a third witness: what it shows is what the chapters store."""

import copy
import re

import nbformat
import pytest
from nbval.plugin import IPyNbFile, coalesce_streams

from tests.site.conftest import ORIGINS, ROOT, watch
from tests.site.live import Live, runnable, text, written
from tools import notebooks

LEFT_OUT = {
    ("any-stride", "cell-15"): "ipywidgets: its sliders ask a kernel for each picture",
}
"""What cannot run in a page, and why. All else must."""


@pytest.fixture(scope="module")
def context(browser):
    """One browser context for all chapters: what one has fetched, the next finds in the cache."""
    context = browser.new_context(reduced_motion="reduce")
    yield context
    context.close()


SOME = [
    pytest.param(name, marks=pytest.mark.weekly if number % 2 else ())
    for number, name in enumerate(notebooks.NOTEBOOKS)
]
"""Every other chapter is always run; each takes seconds of a browser's Python."""


@pytest.fixture(scope="module", params=SOME)
def chapter(request, context, addresses):
    """A chapter, after a press on *Run all*, with all that its cells showed."""
    page = context.new_page()
    base = addresses[ORIGINS[0]]
    problems = watch(page, base)
    page.goto(f"{base}{request.param}.html")
    live = Live(page)
    live.name, live.problems = request.param, problems
    live.press("run-all")
    live.shown = {result.id: result for result in live.results(len(runnable(live.name)))}
    yield live
    page.close()


@pytest.fixture
def compared(request):
    """A function that returns a notebook's cells, each with nbval's own comparison, by id."""

    def cells(name):
        path = notebooks.BOOK / f"{name}.ipynb"
        file = IPyNbFile.from_parent(request.session, path=path)
        request.config.option.nbval_sanitize_with = str(ROOT / "nbval.cfg")
        file.setup_sanitize_files()
        places = [i for i, c in enumerate(notebooks.read(name).cells) if c.cell_type == "code"]
        return {f"cell-{i}": cell for i, cell in zip(places, file.collect(), strict=True)}

    return cells


def difference(cell, outputs):
    """Return what nbval says of outputs that are not the stored ones, or nothing."""
    got, stored = (
        coalesce_streams([nbformat.from_dict(copy.deepcopy(output)) for output in some])
        for some in (outputs, cell.cell.outputs)
    )
    if not cell.options["check"] or cell.compare_outputs(got, stored):
        return ""
    return "\n".join(cell.comparison_traceback)


def test_every_cell_shows_what_is_stored(chapter, compared):
    cells = compared(chapter.name)
    faults = []
    for name in runnable(chapter.name):
        result = chapter.shown.get(name)
        if not result:
            faults.append(f"{name} did not run")
        elif not result.ended:
            faults.append(f"{name} failed: {result.words or text(result)}")
        elif fault := difference(cells[name], result.outputs):
            faults.append(f"{name}:\n{fault}")
    assert not faults, "\n".join(faults)
    assert chapter.problems == []


def test_every_cell_is_live_or_listed_with_a_reason(chapter):
    left_out = {cell for name, cell in LEFT_OUT if name == chapter.name}
    code = {
        f"cell-{i}"
        for i, cell in enumerate(notebooks.read(chapter.name).cells)
        if cell.cell_type == "code"
    }
    assert code - set(runnable(chapter.name)) == left_out
    assert {cell["id"] for cell in written(chapter.name) if cell.get("lacks")} == left_out
    buttons = "(es) => es.map((e) => e.closest('.cell').id)"
    with_run = chapter.page.eval_on_selector_all(".cell [data-verb=run]", buttons)
    assert not left_out & set(with_run)


# --- checks fail, live --------------------------------------------------------------------------

WITH_MISTAKE = "import convlib.mistakes as _m; _made = _m.made({!r}); _made.__enter__()\n"
WITHOUT = "_made.__exit__(None, None, None)"


def checks_of(chapter, in_full):
    """List (cell, mistake) of a chapter: of its first check one, or all of all."""
    code = notebooks.code_cells(chapter)
    places = [i for i, cell in enumerate(notebooks.read(chapter).cells) if cell in code]
    found = [
        (f"cell-{places[number]}", mistake)
        for name, number, _, mistakes in notebooks.checks()
        for mistake in mistakes
        if name == chapter
    ]
    return found if in_full else found[:1]


def still_holds(live, check, mistake):
    """Run the cells above a check again, then the check with a mistake; say whether it holds."""
    above = runnable(live.name)
    above = above[: above.index(check)]
    pressed = [name for name in above if live.press_if_there("run", name)]
    assert all(result.ended for result in live.results(len(pressed)))
    source = next(cell["source"] for cell in written(live.name) if cell["id"] == check)
    result = live.run(check, WITH_MISTAKE.format(mistake) + source)
    assert live.run(check, WITHOUT).ended
    live.press("reset", check)
    if result.ended:
        return "False" not in result.outputs[-1]["data"]["text/plain"]
    assert re.match("ValueError|IndexError", text(result)), text(result)
    return False


def test_checks_fail_with_their_mistakes(chapter, request):
    wanted = checks_of(chapter.name, request.config.getoption("full"))
    assert wanted or chapter.name not in notebooks.CHAPTERS
    assert [each for each in wanted if still_holds(chapter, *each)] == []
