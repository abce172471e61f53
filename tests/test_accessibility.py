"""Every page of the built site under axe: in light, in dark, and as wide as a phone."""

import pytest

from tests.conftest import ROOT, SITE

pytestmark = pytest.mark.usefixtures("built")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# One name stands in when nothing is built, so that the test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (375, False)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(visit, name, width, dark):
    page = visit(name, width=width, dark=dark).page
    for explorer in page.locator(".cl-explorer").all():
        explorer.scroll_into_view_if_needed()  # it starts when it is near
        explorer.locator(".cl-live").wait_for()
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert len(found["passes"]) > 10, "axe has looked"
    problems = [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert problems == []
