"""Measure the live cells of the built site: what they weigh, and how long they let a reader wait.

    python benchmarks/live_measurements.py [--browser=firefox] [--times=3] [page]

Not a test: the numbers belong to the machine, whose load is printed with them. A time is counted
from the press on Run until the output stands in the page. Cold is an empty cache, warm the next
visit of the same browser; the cell is `1 + 1`, and runs again and again after its first result.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.site import conftest  # noqa: E402
from tools import server  # noqa: E402

AGAIN = 30
CODE = "?code=MSArIDE"  # 1 + 1
FIRST = "document.querySelector('.cell[id] .live-bar').closest('.cell').id"
PRESS = """async (id) => {
  const cell = document.getElementById(id);
  const start = performance.now();
  const ended = new Promise((done) => cell.addEventListener('live-ran', done, { once: true }));
  cell.querySelector('[data-verb=run]').click();
  if (!(await ended).detail.ended) throw new Error('the cell did not end');
  return performance.now() - start;
}"""


def size(response):
    """Return the bytes of an answer as they were sent; what has no body says nothing."""
    return int(response.headers.get("content-length", 0))


def weigh(browser, address):
    """Return kB before a press, those of them that make cells run, and the first cell's id."""
    context = browser.new_context()
    page, sizes = context.new_page(), []
    page.on("response", lambda r: sizes.append((r.url, size(r))))
    page.goto(address, wait_until="networkidle")
    cell = page.evaluate(FIRST)
    context.close()
    ours = sum(size for url, size in sizes if url.endswith("/live.js"))
    return sum(size for _, size in sizes) / 1e3, ours / 1e3, cell


def visit(context, address, cell):
    """Open a page, run its first cell, and again; return MB, seconds and milliseconds."""
    page, sizes = context.new_page(), []
    context.on("response", lambda r: sizes.append(size(r)))
    page.goto(f"{address}#{cell}{CODE}", wait_until="networkidle")
    page.locator(f"#{cell} .live-words", has_text="came with the link").wait_for()
    first = page.evaluate(PRESS, cell) / 1000
    again = [page.evaluate(PRESS, cell) for _ in range(AGAIN)]
    page.close()
    return sum(sizes) / 1e6, first, statistics.median(again)


def main():
    """Print one line for each figure, with its aim."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", default="gather-dx.html")
    parser.add_argument("--browser", choices=["chromium", "firefox"], default="chromium")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    loaded, cold, warm, cells = [], [], [], []
    with server.serving(conftest.SITE, compressed=True) as base, sync_playwright() as playwright:
        browser = getattr(conftest, given.browser)(playwright)
        address = base + given.page
        weight, ours, cell = weigh(browser, address)
        for time in range(given.times + 1):
            context = browser.new_context()
            first, second = (visit(context, address, cell) for _ in range(2))
            context.close()
            if time:  # the first visit lets the server compress
                loaded.append(first[0] - weight / 1e3)
                cold.append(first[1])
                warm.append(second[1])
                cells += [first[2], second[2]]
        browser.close()
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"{given.page} in {given.browser}, {load}, medians of {given.times}")
    print(f"before a press        {weight:7.1f} kB, {ours:.1f} kB of it for the cells (at most 5)")
    print(f"to the first result   {statistics.median(loaded):7.1f} MB")
    print(f"  cold                {statistics.median(cold):7.1f} s  (aim: 8)")
    print(f"  warm                {statistics.median(warm):7.1f} s  (aim: 5)")
    print(f"a trivial cell after  {statistics.median(cells):7.0f} ms (aim: 100)")


if __name__ == "__main__":
    main()
