"""The explorer in JupyterLab, on a live kernel: Python and the page share one state."""

import nbformat
import pytest

from convlib.explorer import VIEWS
from tests import explorer_states as states
from tests.site.conftest import ROOT
from tests.site.lab import open_notebook, serving
from tests.site.test_explorer_page import READ, expect

TOUCH = [
    f"import convlib\nexplorer = convlib.explore(views={[*VIEWS]})\nexplorer",
    "print('settings', explorer.settings, explorer.cell)",
    "explorer.stride, explorer.padding, explorer.cell = 3, 2, ('dy', 0, 1)",
]
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on a folder of its own, with two notebooks; the address of the folder."""
    folder = tmp_path_factory.mktemp("lab")
    for name, cells in {"touch": TOUCH, "panel": panel_cells()}.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata = nbformat.from_dict(METADATA)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    with serving(folder) as address:
        yield address


@pytest.fixture
def page(opened):
    """The open notebook, on which nothing may go wrong while a test runs."""
    del opened.problems[:]
    yield opened
    assert opened.problems == []


@pytest.fixture(scope="module")
def opened(lab, browser):
    """The notebook of the explorer, open in the browser, its first cell run."""
    page = open_notebook(browser, lab + "touch.ipynb")
    run(page, 0)
    page.locator(".cl-live").wait_for(timeout=90_000)
    page.evaluate(READ)
    yield page
    page.context.close()


def panel_cells():
    """Return the first cell of "Gather dx at any stride", and the one with the panel of sliders."""
    chapter = nbformat.read(ROOT / "book" / "any-stride.ipynb", as_version=4)
    codes = [c.source for c in chapter.cells if c.cell_type == "code"]
    (panel,) = (code for code in codes if "import ipywidgets" in code)
    return [next(code for code in codes if "import numpy" in code), panel]


def run(page, number):
    """Run one cell, and wait until the kernel is done."""
    code_cell = page.locator(".jp-CodeCell").nth(number)
    code_cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    page.mouse.move(2, 2)  # a pointer that rests on the explorer would choose a cell
    prompt = code_cell.locator(".jp-InputArea-prompt")
    page.wait_for_function(
        "(n) => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-CodeCell')[n]"
        ".querySelector('.jp-InputArea-prompt').textContent)",
        arg=number,
        timeout=90_000,
    )
    return prompt


@pytest.mark.parametrize("view", VIEWS)
def test_a_sample_of_states_shows_what_convlib_computes(page, view):
    page.get_by_role("button", name=VIEWS[view].title, exact=True).click()
    page.locator(f".cl-live[data-view={view}]").wait_for()
    for settings in states.every_pair(view)[::2]:
        got = states.layer(view, **settings)
        cells = states.choosable(view, got)
        seen = page.evaluate(
            "([s, c]) => walk('.cl-live', s, c)", [settings, [list(cell) for cell in cells]]
        )
        expect(view, settings, cells, got, seen)


def test_the_focus_stays_on_the_button_of_the_view(page):
    tabs = page.locator(".cl-live .cl-views button")
    for n, view in enumerate(VIEWS):
        tabs.nth(n).focus()
        page.keyboard.press("Enter")
        page.locator(f".cl-live[data-view={view}]").wait_for()
        seen = page.evaluate("document.activeElement.textContent")
        assert seen == VIEWS[view].title
        assert page.locator('.cl-live [aria-pressed="true"]').all_inner_texts() == [seen]


def start_from(page, **settings):
    """Show the view of dx with these settings: tests may run in any order, or alone."""
    page.get_by_role("button", name="dx", exact=True).click()
    page.locator(".cl-live[data-view=dx]").wait_for()
    page.evaluate("s => put(document.querySelector('.cl-live'), s)", settings)


def test_python_sees_what_the_page_sets(page):
    start_from(page, size=6, kernel=3, stride=1, padding=0, dilation=1)
    page.locator(".cl-live input[id$=-stride]").focus()
    page.keyboard.press("ArrowRight")  # JupyterLab would take the key for itself
    page.locator('.cl-live [data-grid="dx"] [data-at="2,3"]').click()
    page.keyboard.press("ArrowDown")
    run(page, 1)
    output = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    output.get_by_text("'stride': 2, 'padding': 0, 'dilation': 1} ('dx', 3, 3)").wait_for()


def test_the_page_shows_what_python_sets(page):
    start_from(page, size=6, kernel=3, stride=1, padding=0, dilation=1)
    run(page, 2)
    page.wait_for_function(
        "document.querySelector('.cl-live .cl-chosen')?.dataset.at === '0,1'", timeout=20_000
    )
    settings = {"size": 6, "kernel": 3, "stride": 3, "padding": 2, "dilation": 1}
    values = {name: page.locator(f".cl-live input[id$=-{name}]").input_value() for name in settings}
    assert values == {name: str(value) for name, value in settings.items()}
    got = states.layer("dx", **settings)
    assert page.evaluate("read(document.querySelector('.cl-live')).titles") == states.titles(
        "dx", got
    )


# ---------------------------------------------------------------------------------------------
# The panel of "Gather dx": sliders of ipywidgets, a figure and the explorer, all linked


def arrows_by_convlib(**settings):
    """Return how many products each entry of dx adds up, row by row."""
    pixels = [p["i"] for p in states.layer("dx", **settings).products if p["inside"]]
    size = settings["size"]
    return [str(pixels.count((r, c))) for r in range(size) for c in range(size)]


def test_a_panel_of_ipywidgets_drives_the_explorer_and_a_figure(lab, browser):
    page = open_notebook(browser, lab + "panel.ipynb")
    run(page, 0)
    run(page, 1)
    page.locator(".cl-live").wait_for(timeout=90_000)
    settings = {"size": 6, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}
    expect_panel(page, settings)
    handle = page.locator(".widget-slider").filter(has_text="stride").get_by_role("slider")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect_panel(page, settings | {"stride": 3})
    page.locator(".cl-live input[id$=-padding]").focus()
    page.keyboard.press("ArrowRight")
    expect_panel(page, settings | {"stride": 3, "padding": 2})
    assert page.problems == []
    page.context.close()


# The numbers of a drawing as one reads them: a drawing may write its marked cells last.
READ_NUMBERS = """(selector) => [...document.querySelectorAll(selector)]
  .map((e) => ({text: e.textContent.trim(), box: e.getBoundingClientRect()}))
  .filter(({text}) => /^\\d+$/.test(text))
  .sort(({box: a}, {box: b}) => Math.round((a.top - b.top) / 9) || a.left - b.left)
  .map(({text}) => text)"""


def expect_panel(page, settings):
    """Wait until sliders, explorer and figure all show the settings."""
    page.wait_for_function(
        """([settings, counts]) => {
          const drawn = (READ_NUMBERS)('.jp-OutputArea .cl-figure svg text');
          const texts = (selector) => [...document.querySelectorAll(selector)].map(
            (e) => e.textContent.trim());
          const values = Object.values(settings).map(String);
          const inputs = Object.keys(settings).map(
            (name) => document.querySelector(`.cl-live input[id$=-${name}]`).value);
          return String(texts('.widget-readout')) === String(values)
            && String(inputs) === String(values) && String(drawn) === String(counts);
        }""".replace("READ_NUMBERS", READ_NUMBERS),
        arg=[settings, arrows_by_convlib(**settings)],
        timeout=30_000,
    )


def test_the_page_shows_the_panel_as_a_still_picture(visit):
    page = visit("any-stride.html").page
    settings = {"size": 6, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}
    numbers = page.evaluate(READ_NUMBERS, 'svg[aria-label="6 by 6 counts of arrows."] text')
    assert numbers == arrows_by_convlib(**settings)
    assert "open this notebook in Jupyter" in page.locator(".cl-live-note").inner_text()
