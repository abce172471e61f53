"""What a reader has written goes with them from page to page, and stands on the map of chapters."""

import json
import re

import pytest

from tests.site.live import Live, runnable, text

ONE, OTHER = "from-loops", "slide-the-filter"
FORWARD = """\
import numpy as np
from convlib import check


def forward(x, w, b, stride, pad):
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]


check.forward(forward, keep=True)
"""
TAKE = """\
import convlib
from convlib import check
f = check.kept("forward", otherwise=convlib.conv2d)
from my_layers import forward
f.__code__ == forward.__code__
"""


@pytest.fixture
def device(browser, addresses):
    """One reader's browser; its first page has a cell that judges, and its map asks for it."""
    context = browser.new_context(reduced_motion="reduce")
    base = addresses["at a root"]
    first = runnable(ONE)[0]

    def judging(route):
        cells = route.fetch().json()
        next(cell for cell in cells if cell["id"] == first)["judges"] = ["forward"]
        route.fulfill(json=cells)

    def asking(route):
        html = route.fetch().text()
        listed = json.dumps({ONE: ["forward", "more"]}).replace('"', "&quot;")
        route.fulfill(body=re.sub('data-functions="[^"]*"', f'data-functions="{listed}"', html))

    context.route(f"**/{ONE}.json", judging)
    context.route("**/index.html", asking)

    def visit(name):
        page = context.new_page()
        page.goto(f"{base}{name}.html")
        return page

    yield visit
    context.close()


def test_a_function_goes_from_one_chapter_to_the_next_and_can_be_forgotten(device):
    landing = device("index")
    assert landing.query_selector(".cl-right, .cl-kept") is None
    one = Live(device(ONE))
    assert "Kept in my_layers.py: forward." in text(one.run(runnable(ONE)[0], FORWARD))
    # the map shows it in a page that was open all the time
    landing.wait_for_selector(".cl-right")
    assert landing.text_content(".cl-right") == "●○ 1 of 2 written"
    with landing.expect_download() as download:
        landing.click(".cl-kept a")
    assert "def forward" in download.value.path().read_text(encoding="utf-8")
    other = Live(device(OTHER))
    taken = text(other.run(runnable(OTHER)[0], TAKE))
    assert taken == "forward: your own, from my_layers.py.\nTrue"
    landing.reload()
    assert landing.text_content(".cl-right") == "●○ 1 of 2 written"
    landing.get_by_role("button", name="Forget all").press("Enter")
    landing.get_by_role("button", name="Delete all").press("Enter")
    assert landing.evaluate("document.activeElement.textContent").startswith("All of it is deleted")
    assert landing.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('live'))") == []
    taken = text(other.run(runnable(OTHER)[0], TAKE))
    assert taken.startswith("forward: none of your own is kept here, so this is convlib's conv2d.")
    assert "ModuleNotFoundError" in taken
