"""The explorer in a browser with any legal input: what is wide, what does not fit, what is broken.

The pages are made here, from what a notebook would hold, in the widest of fonts.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from convlib import palette
from convlib.explorer import FOLDER, VIEWS, explore
from tests import explorer_states as states
from tests.site.conftest import ROOT
from tests.site.test_explorer_page import READ

MEASURE = """() => {
const boxOf = (words) => {
  const range = document.createRange();
  range.selectNodeContents(words);
  return range.getBoundingClientRect();
};
const named = (cell) => `${cell.closest(".cl-grid").dataset.grid} ${cell.dataset.at}`;
const numbers = (root) => [...root.querySelectorAll(".cl-cell")]
  .filter((cell) => !cell.hidden && cell.textContent)
  .map((cell) => ({ cell, name: named(cell), box: boxOf(cell.firstChild) }));
/** Numbers that are wider than their cells. */
window.wide = (root) => numbers(root).filter(({ cell, box }) => {
  const face = cell.getBoundingClientRect();
  return box.left < face.left || box.right > face.right;
}).map(({ name, cell }) => `${name}: ${cell.textContent}`);
/** Numbers that an arrow crosses on its way. */
window.crossed = (root) => {
  const stage = root.querySelector(".cl-arrows").getBoundingClientRect();
  const found = [], all = numbers(root);
  for (const { dataset, firstChild } of root.querySelectorAll(".cl-arrows g")) {
    const [x, y] = [0, 1].map((odd) => firstChild.getAttribute("d").match(/[-\\d.]+/g)
      .filter((_, n) => n % 2 === odd).map((n) => +n + (odd ? stage.top : stage.left)));
    for (const { name, box } of all) {
      if ([`dy ${dataset.from}`, `dx ${dataset.to}`].includes(name)) continue;
      const hit = x.some((_, n) => n &&
        Math.min(x[n - 1], x[n]) < box.right && Math.max(x[n - 1], x[n]) > box.left &&
        Math.min(y[n - 1], y[n]) < box.bottom - 4 && Math.max(y[n - 1], y[n]) > box.top + 4);
      if (hit) found.push(`${dataset.from} > ${dataset.to} crosses ${name}`);
    }
  }
  return found;
};
}"""
"""A line box is higher than its digits: by more than 4 pixels above and below."""


@pytest.fixture
def shown(browser, tmp_path):
    """A function that shows widgets on a page; it returns the page and what went wrong on it."""
    contexts = []

    def show(*widgets, width=1280, spoil=lambda html: html):
        style = palette.css() + (FOLDER / "explorer.css").read_text(encoding="utf-8")
        script = (ROOT / "book/ext/explorer_page.js").read_text(encoding="utf-8")
        body = "".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
        path = tmp_path / "page.html"
        path.write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}\n'
            ".cl-live * { transition: none !important }</style>"
            f'<main style="max-width: 736px">{spoil(body)}</main><script>{script}</script>',
            encoding="utf-8",
        )
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page, thrown = contexts[-1].new_page(), []
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(path.as_uri())
        for place in page.locator(".cl-explorer").all():
            place.scroll_into_view_if_needed()
        page.locator(".cl-live").first.wait_for()
        page.evaluate(READ)
        page.evaluate(MEASURE)
        return SimpleNamespace(page=page, thrown=thrown)

    yield show
    for context in contexts:
        context.close()


LIVE = "document.querySelector('.cl-live')"
TABLES = {
    "five digits": ([[12345, -12345, 7], [99999, 0, -99999]], [[1, -1], [100, 2]]),
    "decimals": ([[200, 255], [128, 64]], [[0.25, 0.25], [0.25, -0.25]]),
    "powers": ([[1e-7, -1e-7, 2 / 3], [123456.789, 1e308, -1e300]], [[-1.7e-9, 0.5]]),
    "many": (np.arange(256).reshape(16, 16) * 111.1, np.full((3, 3), 1 / 3)),
    "a large kernel": (np.full((16, 16), -99.99), np.full((12, 12), -88.88)),
}


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("given", TABLES)
def test_no_number_is_wider_than_its_cell_and_no_page_wider_than_its_screen(shown, given, width):
    x, w = map(np.array, TABLES[given])
    views = [view for view in VIEWS if view not in ("shape", "groups")]
    page = shown(explore(x, w, view="forward", views=views), width=width).page
    for view in views:
        page.locator(".cl-views button").nth(views.index(view)).click()
        for cell in ((VIEWS[view].choose[0], 0, 0), (VIEWS[view].choose[-1], 0, 1)):
            page.evaluate(f"(cell) => point({LIVE}, cell)", cell)
            assert page.evaluate(f"wide({LIVE})") == [], (view, cell)
            assert page.evaluate(f"crossed({LIVE})") == [], (view, cell)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 375])
def test_no_arrow_crosses_a_number_wherever_the_grids_stand(shown, width):
    page = shown(explore(), width=width).page
    for settings in states.every_pair()[::3]:
        page.evaluate(f"(s) => put({LIVE}, s)", settings)
        cells = states.choosable("dx", states.layer("dx", **settings))
        for cell in cells[:: max(1, len(cells) // 5)]:
            page.evaluate(f"(cell) => point({LIVE}, cell)", cell)
            drawn = page.evaluate(f"readChoice({LIVE}).arrows.length")
            assert drawn == len(states.chosen("dx", states.layer("dx", **settings), cell)["arrows"])
            assert page.evaluate(f"crossed({LIVE})") == [], (settings, cell)
            assert page.evaluate(f"wide({LIVE})") == [], (settings, cell)


def test_one_broken_explorer_stops_no_other(shown):
    """jupyter-widgets/ipywidgets#3252; such a state can come from an older notebook."""
    got = shown(
        explore(), explore([[math.pi, 2], [3, 4]]), explore(view="forward"),
        spoil=lambda html: html.replace(f"{math.pi},2", "NaN,2"),
    )  # fmt: skip
    places = got.page.locator(".cl-explorer").all()
    assert [place.locator(".cl-live").count() for place in places] == [1, 0, 1]
    assert places[1].locator("figure svg").is_visible()
    said = "This explorer cannot run here. Its picture stands in its place."
    assert places[1].locator("p").inner_text() == said
    assert got.thrown == []


def test_a_kernel_that_never_fits_throws_nothing_in_any_view(shown):
    """convnet-calculator#2."""
    # groups take no numbers of one's own, and stamps always fit
    views = [view for view in VIEWS if view not in ("groups", "stamp")]
    got = shown(*(explore(w=np.ones((11, 11), int), view=view) for view in views))
    for root in got.page.locator(".cl-live").all():
        root.get_by_role("button", name="Step").click()
        assert "does not fit" in root.locator(".cl-formula").inner_text()
    assert got.page.locator(".cl-live").count() == len(views)
    assert got.thrown == []
