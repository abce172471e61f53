"""The built site, as the tests open it: in a real browser, from each kind of address."""

import functools
import http.server
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
ORIGINS = ["at a root", "under a path", "from a file"]


@pytest.fixture(scope="session")
def built():
    """Fail, and do not skip, when there is no site to look at."""
    if not (SITE / "index.html").is_file():
        pytest.fail("The site is not built: run `make book` first.", pytrace=False)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve the site under a prefix, and nothing beside it; write no log."""

    def __init__(self, *args, prefix, **kwargs):
        self.prefix = prefix
        super().__init__(*args, directory=str(SITE), **kwargs)

    def translate_path(self, path):
        inside = path.startswith(self.prefix)
        return super().translate_path("/" + path.removeprefix(self.prefix)) if inside else "/absent"

    def log_message(self, *args):
        pass


def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(prefix):
    """Start a server on a free port; return it with the address of the site."""
    handler = functools.partial(Handler, prefix=prefix)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}{prefix}"


@pytest.fixture(scope="session")
def addresses(built):
    """The site's address for each of the three ways to publish it."""
    at_root, root = serve("/")
    under_path, sub = serve("/some/folder/")
    yield dict(zip(ORIGINS, [root, sub, SITE.as_uri() + "/"], strict=True))
    for server in (at_root, under_path):
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of this process."""
    from playwright.sync_api import sync_playwright

    finder = [sys.executable, str(ROOT / "tools" / "browser.py")]
    path = subprocess.run(finder, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    options = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses to work for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, addresses):
    """A function that opens a page and returns it with the list of what went wrong on it."""
    contexts = []

    def open_page(name, origin=ORIGINS[0], width=1280, dark=False, **options):
        base = addresses[origin]
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        page, problems = context.new_page(), []
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda r: problems.append(f"failed: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"))

        def check_host(request):
            if not request.url.startswith((base, "data:", "blob:")):
                problems.append(f"outside of the site: {request.url}")

        page.on("request", check_host)
        page.goto(base + name, wait_until="load")
        page.evaluate("document.fonts.ready")
        return SimpleNamespace(page=page, problems=problems)

    yield open_page
    for context in contexts:
        context.close()
