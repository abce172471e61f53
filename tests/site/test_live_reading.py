"""Cells that run, for every reader: by keyboard alone, by touch, by ear, in each mode."""

import pytest

from tests.site.live import Live, runnable, text
from tests.site.test_pages import AXE, look_at

PAGE = "from-loops"
FIRST, SECOND, *_ = runnable(PAGE)
FOCUS = """() => {
  const { activeElement: e } = document;
  const code = e.closest(".cm-content") && "code";
  return [e.closest(".cell")?.id, e.dataset.verb ?? code];
}"""
"""The cell that has the focus, and which of its buttons, or its code."""


@pytest.fixture
def open_live(visit):
    """A function that opens the page and makes it a `Live` one."""

    def open_page(**options):
        got = visit(f"{PAGE}.html", reduced_motion="reduce", **options)
        live = Live(got.page)
        live.problems = got.problems
        return live

    return open_page


def test_by_keyboard_alone(open_live):
    live = open_live()
    page, keyboard = live.page, live.page.keyboard
    page.focus("main .admonition a")  # in the text above the first cell
    for _ in range(40):
        keyboard.press("Tab")
        if page.evaluate(FOCUS) == [FIRST, "run"]:
            break
    assert page.evaluate(FOCUS) == [FIRST, "run"]
    keyboard.press("Enter")
    assert live.results(1)[0].id == FIRST
    assert page.evaluate(FOCUS)[0] == FIRST, "the focus stays in the cell"
    while page.evaluate(FOCUS) != [FIRST, "edit"]:
        keyboard.press("Tab")
    keyboard.press("Enter")
    page.wait_for_selector(f"#{FIRST} .cm-content:focus")
    keyboard.press("ControlOrMeta+a")
    keyboard.type("1 +")
    keyboard.type(" 1")
    keyboard.press("ControlOrMeta+Enter")
    assert text(live.results(1)[0]) == "2"
    assert page.evaluate(FOCUS) == [FIRST, "code"]
    keyboard.press("Shift+Enter")
    assert text(live.results(1)[0]) == "2"
    assert page.evaluate(FOCUS)[0] == SECOND, "Shift+Enter moves on"
    page.focus(f"#{FIRST} .cm-content")
    keyboard.press("Tab")
    assert page.evaluate(FOCUS) == [FIRST, "code"], "Tab indents"
    keyboard.press("Escape")
    keyboard.press("Tab")
    assert page.evaluate(FOCUS) != [FIRST, "code"], "after Escape, Tab leaves"


def test_the_editor_indents_closes_brackets_and_undoes(open_live):
    live = open_live()
    live.type(FIRST, "")
    keyboard = live.page.keyboard
    keyboard.type("def double(x")
    keyboard.press("End")
    keyboard.type(":")
    keyboard.press("Enter")
    keyboard.type('"""Return 2x."""')
    keyboard.press("Enter")
    keyboard.type("return 2 * x")
    keyboard.press("Enter")
    keyboard.press("Backspace")
    keyboard.type("double([1])")
    keyboard.press("ControlOrMeta+Enter")
    assert text(live.results(1)[0]) == "[1, 1]"
    assert '    """Return 2x."""' in live.lines(FIRST)
    keyboard.type(" + wrong")
    keyboard.press("ControlOrMeta+z")
    assert "wrong" not in live.page.inner_text(f"#{FIRST} .cm-content")


@pytest.mark.emulated
def test_by_touch_at_375_px(open_live):
    live = open_live(width=375, has_touch=True, is_mobile=True)
    page = live.page
    page.locator(f"#{FIRST} [data-verb=run]").tap()
    assert live.results(1)[0].ended
    page.locator(f"#{FIRST} .cell_input pre").tap()
    page.wait_for_selector(f"#{FIRST} .cm-content:focus")
    page.keyboard.type("'a long text ' * 20  # ")
    page.locator(f"#{FIRST} [data-verb=run]").tap()
    live.results(1)
    page.locator(".live-top [data-verb=run-all]").tap()
    live.results(len(runnable(PAGE)))
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    for box in page.locator(f"#{FIRST} .live-bar button:visible").all():
        size = box.bounding_box()
        assert min(size["width"], size["height"]) >= 24  # WCAG 2.2, 2.5.8


@pytest.mark.emulated
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_with_an_open_editor_a_result_and_an_error(open_live, dark):
    live = open_live(dark=dark)
    every_token = "@f\nclass A(B):\n    def g(self): return f'{1}' + 's' * 2.0 is not None  # c"
    live.run(FIRST, "import warnings; warnings.warn('careful'); print('\\033[31mred\\033[0m'); 1")
    live.run(SECOND, "1 / 0")
    live.type(FIRST, every_token)
    look_at(live.page)
    mode = "dark" if dark else "light"
    live.page.evaluate("mode => look.settle(mode)", mode)
    live.page.evaluate(AXE.read_text(encoding="utf-8"))
    wanted = {"structure": True, "colours": True, "all": False}
    found = live.page.evaluate("wanted => look.axe(wanted)", wanted)
    assert found["lines"] == []
    assert "color-contrast" in found["passes"]
    assert live.problems == []


def test_a_screen_reader_hears_loading_ready_results_and_errors(open_live):
    live = open_live()
    live.run(FIRST, "6 * 7")
    live.hears("loading")
    live.hears("ready")
    live.hears("42")
    loading = live.page.evaluate("heard.filter((words) => /\\d MB/.test(words))")
    assert loading == [], "not each percent"
    live.run(FIRST, "print('a very own word')")
    live.hears("a very own word")
    live.run(FIRST, "1 / 0")
    live.hears("error")
    live.hears("zerodivisionerror: division by zero")
    live.type(FIRST, "while True: pass")
    live.press("run", FIRST)
    live.page.wait_for_selector(f"#{FIRST} [data-verb=stop]")
    live.press("stop", FIRST)
    live.hears("stopped")


def test_every_button_has_a_name_that_says_of_which_cell(open_live):
    page = open_live().page
    names = page.eval_on_selector_all(
        ".cell [data-verb]", "(es) => es.map((e) => e.ariaLabel ?? e.textContent)"
    )
    assert len(names) == len(set(names)) > 10
