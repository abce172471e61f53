"""Every page of the built site under axe: in light, in dark, on a phone, and at 200 % zoom."""

import itertools
import re

import pytest

from tests.site.conftest import ROOT, SITE

pytestmark = pytest.mark.usefixtures("built")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# One name stands in when nothing is built, so that the test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]
# At 200 % zoom a window of 1280 pixels shows 640.
VIEWS = {"light": (1280, False), "dark": (1280, True), "phone": (375, False), "200 %": (640, False)}
# Most of the time goes to contrasts, and the colours do not depend on the width.
WIDE = {"color-contrast": {"enabled": True}}
NARROW = {"color-contrast": {"enabled": False}}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation_and_nothing_moves_or_is_cut_off(visit, name):
    # The policy would refuse axe, too.
    page = visit(name, bypass_csp=True, reduced_motion="reduce").page
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    problems = []
    for view, (width, dark) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        page.reload()  # the theme measures what scrolls only once
        page.add_script_tag(path=AXE)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            problems.append(f"{view}: wider than the window")
        rules = WIDE if width == 1280 else NARROW
        found = page.evaluate(
            "rules => axe.run(document, { resultTypes: ['violations'], rules })", rules
        )
        assert len(found["passes"]) > 10, "axe has looked"
        problems += [
            f"{view}: {rule['id']}: {node['html'][:120]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
    assert problems == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order(name):
    main = (SITE / name).read_text(encoding="utf-8").split("<main")[1].split("</main>")[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", main)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels)), levels


def test_the_first_stop_of_the_tab_key_skips_the_menu(visit):
    page = visit("gather-dx.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_every_stop_of_the_tab_key_can_be_seen(visit):
    page = visit("gather-dx.html").page
    hidden, stops = [], set()
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const e = document.activeElement, box = e.getBoundingClientRect();
              const style = getComputedStyle(e);
              const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
              const name = `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 30)}`;
              if (e === document.body) return null;
              return [name, box.width > 0 && box.height > 0 && marked, !!e.closest('main')];
            }"""
        )
        if stop is None:
            break
        stops.add(stop[2])
        if not stop[1]:
            hidden.append(stop[0])
    assert stops == {True, False}, "the menu and the text are both reached"
    assert hidden == []
