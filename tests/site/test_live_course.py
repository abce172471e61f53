"""The whole course once, in one browser: every function typed, and a network trained with them."""

import subprocess
import sys

import pytest

from convlib.mistakes import MISTAKES
from tests.book import test_fill_in as fill_in
from tests.book.fillings import WRONG
from tests.site.conftest import ORIGINS, watch
from tests.site.live import Live, runnable, text, written
from tests.site.test_live_fill_in import place, solved

TRAINING = "train-a-network"
LIMIT = 600_000
"""What the training may take on a busy machine, in milliseconds."""


@pytest.fixture
def reader(browser, addresses):
    """The one page of a browser that keeps what is written; `go` opens a chapter in it."""
    base = addresses[ORIGINS[0]]
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.go = lambda name: page.goto(f"{base}{name}.html") and Live(page)
    page.problems = watch(page, base)
    yield page
    context.close()


def chapters(page, links):
    """Return the names of the chapters that some links of the landing page lead to."""
    paths = page.locator(links).evaluate_all("(links) => links.map((link) => link.pathname)")
    return [path.rpartition("/")[2].removesuffix(".html") for path in paths]


def functions_in_order(page):
    """Return the functions of each chapter, in the order of the map, up to the training."""
    page.go("index")
    found = chapters(page, ".cl-map a")
    before = found[: found.index(TRAINING)]
    functions = {at: [name for other, name in fill_in.FUNCTIONS if other == at] for at in before}
    return {at: names for at, names in functions.items() if names}


def write(live, chapter, name, wrong):
    """Run the empty cell, a usual mistake if it is wanted, and the right lines."""
    cell, judge = place(chapter, name, "write"), place(chapter, name, "judge")
    live.run(cell)
    assert text(live.run(judge)).startswith(f"{name} returns None: write its lines")
    source = solved(chapter, name)
    if wrong:
        filling = next(each for each in WRONG[chapter][name] if each.found in MISTAKES)
        live.type(cell, source.replace(filling.old, filling.new))
        live.run(cell)
        assert not text(live.run(judge)).startswith("Right: ")
        report = live.page.inner_text(f"#{judge} .cl-report")
        assert MISTAKES[filling.found].sentence[1:] in report
    live.type_keys(cell, source)
    live.run(cell)
    shown = text(live.run(judge))
    assert shown.startswith("Right: "), shown
    if "keep=True" in fill_in.cell_of(chapter, name, "judge").source:
        assert f"Kept in my_layers.py: {name}." in shown


def takes_what_is_kept(live, chapter):
    """Run the cells that ask for the reader's own functions."""
    for cell in written(chapter):
        if "check.kept(" in cell["source"]:
            shown = text(live.run(cell["id"]))
            assert shown.count("your own, from my_layers.py.") == cell["source"].count("kept("), (
                shown
            )


def map_says(page):
    """Return the marks on the map, by chapter."""
    page.go("index")
    marks = page.locator(".cl-map .cl-right").all_text_contents()
    return dict(zip(chapters(page, ".cl-map li:has(.cl-right) a"), marks, strict=True))


@pytest.mark.weekly
def test_a_reader_writes_the_course_and_trains_a_network_with_it(reader, tmp_path):
    page, done = reader, {}
    functions = functions_in_order(page)
    assert sum(map(len, functions.values())) == len(fill_in.FUNCTIONS)
    for chapter, names in functions.items():
        live = page.go(chapter)
        for name in names:
            write(live, chapter, name, wrong=name == names[0])
        takes_what_is_kept(live, chapter)
        done[chapter] = f"{'●' * len(names)} {len(names)} of {len(names)} written"
        assert map_says(page) == done

    live = page.go(TRAINING)
    takes_what_is_kept(live, TRAINING)
    live.press("run-all")
    results = live.results(len(runnable(TRAINING)), LIMIT)
    assert [result.id for result in results if not result.ended] == []
    assert "more than 96 % of the test images right: True" in "".join(map(text, results))

    again = page.go(chapter)
    page.reload()
    assert again.lines(place(chapter, name, "write")) == solved(chapter, name).split("\n")
    assert map_says(page) == done
    with page.expect_download() as download:
        page.click(".cl-kept a")
    file = tmp_path / "my_layers.py"
    download.value.save_as(file)
    command = [sys.executable, "-m", "convlib.check", file]
    judged = subprocess.run(command, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert page.problems == []
