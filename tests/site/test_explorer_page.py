"""The explorer on the built pages, in a browser: layout, pointer, print, every kind of address.

All numbers of all states are tested without one, by `js/*.test.mjs`. Here a sample of the states,
in which each two controls have each pair of values, is seen to arrive on the page; with --full all.
"""

import re

import numpy as np
import pytest

from convlib.explorer import VIEWS
from convlib.figures._numbers import number_in_full
from tests import explorer_states as states
from tests.site.conftest import ORIGINS, SITE

pytestmark = pytest.mark.usefixtures("built")

PAGES = {
    "dx": "any-stride.html",
    "forward": "slide-the-filter.html",
    "dw": "collect-dw-db.html",
    "shape": "size-the-output.html",
    "spread": "any-stride.html",
    "maxpool": "pooling.html",
    "avgpool": "pooling.html",
    "stamp": "transposed-convolution.html",
    "groups": "dilation-and-groups.html",
}
LIVE = ".cl-explorer .cl-live"


def live(view):
    """Return the selector of the explorer that starts in a view."""
    return f'.cl-explorer[data-view="{view}"] .cl-live'


READ = """() => {
window.read = (root) => {
  const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const shown = [...root.querySelectorAll(".cl-cell")].filter((cell) => !cell.hidden);
  const name = (cell) => cell.closest(".cl-grid").dataset.grid;
  const grids = {};
  for (const grid of root.querySelectorAll(".cl-grid")) grids[grid.dataset.grid] = {};
  for (const cell of shown) {
    const hatched = cell.dataset.kind.includes("unread");
    grids[name(cell)][cell.dataset.at] = [cell.textContent, hatched];
  }
  return { grids, titles: [...root.querySelectorAll(".cl-title")].map(words) };
};
window.readChoice = (root) => {
  const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const key = (cell) => `${cell.closest(".cl-grid").dataset.grid} ${cell.dataset.at}`;
  const all = (selector) => [...root.querySelectorAll(selector)];
  return {
    chosen: all(".cl-chosen").map(key),
    lit: Object.fromEntries(
      all(".cl-lit").map((cell) => [key(cell), cell.firstChild.dataset.over ?? ""])),
    arrows: all(".cl-arrows g").map(
      ({ dataset }) => [dataset.from, dataset.to, dataset.weight]),
    lines: all(".cl-formula p").map(words),
    code: all(".cl-code code").map(words),
    status: root.querySelector(".cl-status").textContent,
  };
};
window.put = async (root, settings) => {
  const { channels, filters } = settings;
  const divides = (n) => channels % n === 0 && filters % n === 0;
  for (const [name, value] of Object.entries(settings)) {
    const input = root.querySelector(`input[id$="-${name}"]`);
    // The slider of groups counts divisors.
    input.value = name === "groups" ? [1, 2, 3, 4, 5, 6].filter(divides).indexOf(value) : value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await null; // it is drawn: another control may have another range now
  }
  await new Promise((done) => setTimeout(done));
};
window.point = (root, [grid, row, column]) =>
  root.querySelector(`[data-grid="${grid}"] [data-at="${row},${column}"]`)
    .dispatchEvent(new PointerEvent("pointermove", { bubbles: true, pointerType: "mouse" }));
window.walk = async (selector, settings, cells) => {
  const root = document.querySelector(selector);
  await put(root, settings);
  const states = cells.map((cell) => { point(root, cell); return readChoice(root); });
  if (!cells.length) states.push(readChoice(root));
  // To measure makes the browser lay out the page, so only the longest formula is.
  const length = ({ lines }) => lines.join().length;
  const longest = states.reduce(
    (best, state, n) => length(state) > length(states[best]) ? n : best, 0);
  if (cells.length) point(root, cells[longest]);
  return { ...read(root), states, height: root.offsetHeight };
};
}"""


OFF = """(selector) => {
const root = document.querySelector(selector);
const box = (grid, at) => root.querySelector(
  `[data-grid="${grid}"] [data-at="${at}"]`).getBoundingClientRect();
const svg = root.querySelector('.cl-arrows').getBoundingClientRect();
return [...root.querySelectorAll('.cl-arrows g')].map((g) => {
  const first = (path) => path.getAttribute('d').match(/[-\\d.]+/g).map(Number);
  const start = first(g.querySelector('path'));
  const [x, y] = [start[0] + svg.left, start[1] + svg.top];
  const tip = first(g.querySelector('.cl-head'));
  const [from, to] = [box('dy', g.dataset.from), box('dx', g.dataset.to)];
  const off = (b, u, v) => Math.hypot(
    Math.max(b.left - u, 0, u - b.right), Math.max(b.top - v, 0, v - b.bottom));
  return [off(from, x, y), off(to, tip[0] + svg.left, tip[1] + svg.top)];
});
}"""
"""How far each arrow begins and ends from its cells, in pixels."""


def walk(page, settings, cells, view="dx"):
    """Set the controls, point at each cell in turn, and return all that can be seen."""
    given = [settings, [list(c) for c in cells], live(view)]
    return page.evaluate("([s, c, l]) => walk(l, s, c)", given)


def expect(view, settings, cells, got, seen):
    """Compare one setting, and each choice in it, with convlib."""
    where = (view, settings)
    expected = {
        name: {at: list(face) for at, face in cells.items()}
        for name, cells in states.grids(view, got).items()
    }
    for name, grid in seen["grids"].items():
        assert grid == expected.get(name, {}), (where, name)
    assert seen["titles"] == states.titles(view, got), where
    if not got.fits:
        (state,) = seen["states"]
        assert state["lines"] == [*states.preamble(view, got), states.reason(view, got)], where
        assert state["status"] == states.reason(view, got)
        assert state["chosen"] == state["arrows"] == state["code"] == []
        return
    assert len(seen["states"]) == len(cells)
    for cell, state in zip(cells, seen["states"], strict=True):
        expected = states.chosen(view, got, cell)
        assert state["chosen"] == [f"{cell[0]} {cell[1]},{cell[2]}"], (where, cell)
        for what in ("lit", "arrows", "lines"):
            assert state[what] == expected[what], (where, cell, what)
        assert state["code"] == states.code(view, got, cell), (where, cell)
        at = cell[1] + cell[2]
        me = f"{cell[0]}[{at}] " if got.flat else f"{cell[0]}[{cell[1]},{cell[2]}] is "
        value = "" if got.flat else number_in_full(getattr(got, cell[0])[0, 0, cell[1], cell[2]])
        assert state["status"].startswith(me + value), (where, cell)


@pytest.mark.parametrize("view", PAGES)
def test_states_show_what_convlib_computes(visit, view, pytestconfig):
    page = open_explorer(visit, view, reduced_motion="reduce").page
    full, heights = pytestconfig.getoption("full"), set()
    for settings in states.every_setting(view) if full else states.every_pair(view):
        got = states.layer(view, **settings)
        cells = states.choosable(view, got)
        seen = walk(page, settings, cells, view)
        expect(view, settings, cells, got, seen)
        heights.add(seen["height"])
    assert len(heights) == 1, "something jumps"


# ---------------------------------------------------------------------------------------------
# Choosing: by pointer, by keyboard, by touch


def open_explorer(visit, view="dx", **options):
    """Open the page of a view; return it with the helpers of READ."""
    got = visit(PAGES[view], **options)
    reach(got.page, view)
    return got


def reach(page, view="dx"):
    """Scroll to the explorer, which starts when it is near."""
    page.locator(f'.cl-explorer[data-view="{view}"]').first.scroll_into_view_if_needed()
    page.locator(live(view)).first.wait_for()
    page.evaluate(READ)


def choice(page):
    return page.evaluate("(l) => readChoice(document.querySelector(l))", LIVE)


def cell(page, name, r, c, view="dx"):
    return page.locator(f'{live(view)} [data-grid="{name}"] [data-at="{r},{c}"]').first


def slider(page, name):
    return page.locator(f'{LIVE} input[id$="-{name}"]').first


def test_hover_shows_and_leaves_click_pins_escape_unpins(visit):
    page = open_explorer(visit).page
    start = choice(page)["chosen"]
    cell(page, "dx", 2, 3).hover()
    assert choice(page)["chosen"] == ["dx 2,3"]
    page.mouse.move(5, 5)
    assert choice(page)["chosen"] == start
    cell(page, "dy", 1, 1).click()
    page.mouse.move(5, 5)
    assert choice(page)["chosen"] == ["dy 1,1"]
    page.keyboard.press("Escape")
    assert choice(page)["chosen"] == []
    assert "Choose a cell" in choice(page)["lines"][0]


def test_everything_works_by_keyboard_alone(visit):
    page = open_explorer(visit).page
    slider(page, "size").focus()
    visited = []
    for _ in range(20):
        visited.append(
            page.evaluate(
                """() => {
                  const { id, textContent } = document.activeElement;
                  return id.split('-').pop() || textContent.trim();
                }"""
            )
        )
        if page.evaluate("document.activeElement.closest('.cl-grid')?.dataset.grid") == "dx":
            break
        page.keyboard.press("Tab")
    assert visited[:5] == ["size", "kernel", "stride", "padding", "dilation"]
    assert visited[5:9] == ["Step", "Play", "Reset", "Copy link"]
    assert choice(page)["chosen"] == ["dx 1,1"]
    for key, expected in [
        ("ArrowRight", "1,2"),
        ("ArrowDown", "2,2"),
        ("ArrowLeft", "2,1"),
        ("ArrowUp", "1,1"),
    ]:
        page.keyboard.press(key)
        assert choice(page)["chosen"] == [f"dx {expected}"]
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    assert choice(page)["chosen"] == ["dx 1,0"], "the walk ends at the edge"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert choice(page)["chosen"] == ["dy 0,0"]
    page.keyboard.press("Escape")
    assert choice(page)["chosen"] == []
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    assert slider(page, "stride").input_value() == "3"


def test_a_still_mouse_does_not_undo_a_step_of_the_keyboard(visit):
    page = open_explorer(visit).page
    cell(page, "dx", 2, 2).click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert choice(page)["chosen"] == ["dx 2,3"]


@pytest.mark.emulated
def test_touch_chooses(visit):
    page = open_explorer(visit, width=375, has_touch=True, is_mobile=True).page
    cell(page, "dx", 3, 1).tap()
    assert choice(page)["chosen"] == ["dx 3,1"]
    cell(page, "dy", 0, 2).tap()
    assert choice(page)["chosen"] == ["dy 0,2"]


# ---------------------------------------------------------------------------------------------
# Step, play, reset, link


def test_play_walks_until_pause_and_is_not_read_aloud(visit):
    page = open_explorer(visit, "forward").page
    page.clock.install(time=0)
    page.clock.pause_at(1000)  # from here on time passes only where the test says so
    page.get_by_role("button", name="Play").click()
    page.mouse.move(5, 5)
    assert choice(page)["chosen"] == ["y 1,2"]
    page.clock.run_for(2100)
    assert choice(page)["chosen"] == ["y 1,4"]
    assert page.locator(f"{LIVE} .cl-status").get_attribute("aria-live") == "off"
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert choice(page)["chosen"] == ["y 1,4"]
    assert page.locator(f"{LIVE} .cl-status").get_attribute("aria-live") is None


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_link_restores_the_state(visit, origin):
    page = open_explorer(visit, origin=origin).page
    slider(page, "stride").fill("3")
    slider(page, "padding").fill("0")
    cell(page, "dy", 1, 1).click()
    page.get_by_role("button", name="Copy link").first.click()
    page.wait_for_function(
        f"document.querySelector('{LIVE} .cl-status').textContent.includes('link')"
    )
    address = page.evaluate("location.href")
    before = page.evaluate(
        "(l) => [read(document.querySelector(l)), readChoice(document.querySelector(l)).lines]",
        LIVE,
    )
    page.goto("about:blank")
    page.goto(address)
    reach(page)
    assert slider(page, "stride").input_value() == "3"
    assert (
        page.evaluate(
            "(l) => [read(document.querySelector(l)), readChoice(document.querySelector(l)).lines]",
            LIVE,
        )
        == before
    )


def test_a_broken_link_does_no_harm(visit):
    got = visit(f"{PAGES['dx']}#explore-dx?stride=-1&view=shape&cell=dx.99.1")
    reach(got.page)
    assert slider(got.page, "stride").input_value() == "2"
    assert got.page.evaluate("(l) => read(document.querySelector(l)).titles", LIVE)[1] == "dy 3 × 3"
    assert got.problems == []


# ---------------------------------------------------------------------------------------------
# Where it stands


def test_each_page_with_an_explorer_has_one_script_and_no_other_page_has_it():
    for path in SITE.glob("*.html"):
        html = path.read_text(encoding="utf-8")
        has = 'class="cl-explorer"' in html
        assert html.count("explorer.js") == has, path.name
        assert 'type="module"' not in html
        assert "widget-state" not in html, path.name
    assert 'class="cl-explorer"' in (SITE / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("origin", ORIGINS)
def test_it_runs_at_every_kind_of_address(visit, origin):
    got = open_explorer(visit, origin=origin)
    slider(got.page, "stride").fill("3")
    page = got.page
    settings = {name: int(slider(page, name).input_value()) for name in states.SETTINGS}
    layer = states.layer("dx", **settings)
    cells = states.choosable("dx", layer)
    expect("dx", settings, cells, layer, walk(page, settings, cells))
    assert got.problems == []


def test_without_a_script_a_drawing_and_its_caption_stand(visit):
    for view, name in PAGES.items():
        page = visit(name, java_script_enabled=False).page
        figure = page.locator(f'.cl-explorer[data-view="{view}"] > figure')
        assert figure.locator("svg").is_visible()
        begin = r"4 channels, " if view == "groups" else r"Stride \d, padding \d(, dilation \d)?\."
        assert re.match(begin, figure.locator("figcaption").inner_text())
        assert page.locator(".cl-live").count() == 0


@pytest.mark.emulated
def test_in_print_the_drawing_stands_for_the_explorer(visit):
    page = open_explorer(visit).page
    assert not page.locator(".cl-explorer > figure").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".cl-explorer > figure svg").first.is_visible()
    assert not page.locator(LIVE).first.is_visible()


@pytest.mark.parametrize("view", PAGES)
def test_nothing_jumps_when_the_script_starts(visit, view):
    """What stands below the explorer is where it would be without its script."""
    page = visit(PAGES[view]).page
    reach(page, view)

    def heights():
        found = []
        for width in (1280, 800, 600, 412, 375):
            page.set_viewport_size({"width": width, "height": 900})
            place = page.locator(f'.cl-explorer[data-view="{view}"]').first
            found.append(place.evaluate("(e) => e.getBoundingClientRect().height"))
        return found

    live = heights()
    page.evaluate("document.querySelectorAll('.cl-live').forEach((e) => e.remove())")
    page.evaluate(
        "document.querySelectorAll('.cl-mounted').forEach((e) => e.classList.remove('cl-mounted'))"
    )
    assert heights() == pytest.approx(live, abs=2)


@pytest.mark.parametrize("view", PAGES)
def test_on_a_phone_nothing_jumps_or_is_cut_off_and_cells_can_be_touched(visit, view):
    page = open_explorer(visit, view, width=375).page
    box = cell(page, VIEWS[view].choose[0], 0, 0, view).bounding_box()
    assert min(box["width"], box["height"]) >= 24  # WCAG 2.2, 2.5.8
    heights = set()
    for settings in states.every_pair(view):
        got = states.layer(view, **settings)
        cells = states.choosable(view, got)[::3]
        heights.add(walk(page, settings, cells, view)["height"])
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert len(heights) == 1


def test_grids_stack_on_a_phone_and_arrows_join_their_cells(visit):
    page = open_explorer(visit).page
    for width, stacked in [(1280, False), (375, True)]:
        page.set_viewport_size({"width": width, "height": 900})
        dx, dy = (page.locator(f"{LIVE} .cl-slot-{name}").bounding_box() for name in ("dx", "dy"))
        assert (dy["y"] >= dx["y"] + dx["height"]) == stacked
        page.wait_for_timeout(300)  # cells move to their places
        far = page.evaluate(OFF, LIVE)
        assert len(far) == 4
        assert np.max(far) < 4


@pytest.mark.emulated
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_reduced_motion_is_honoured(visit, motion):
    page = open_explorer(visit, reduced_motion=motion).page
    duration = page.evaluate(
        f"getComputedStyle(document.querySelector('{LIVE} .cl-cell')).transitionDuration"
    )
    assert (duration == "0s") == (motion == "reduce")


# ---------------------------------------------------------------------------------------------
# Accessibility


def test_a_screen_reader_is_told_the_sum(visit):
    page = open_explorer(visit).page
    cell(page, "dx", 1, 2).click()
    status = page.locator(f"{LIVE} [role=status]").first
    assert status.inner_text() == (
        "dx[1,2] is 7. It adds up dy[0,1] times w[2,1], −1 times −3; "
        "dy[1,1] times w[0,1], 2 times 2."
    )
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "dx[1,2] = 7"
    assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
