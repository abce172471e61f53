"""The built site, as the tests open it: in a real browser, from each kind of address."""

import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import browser as browser_of_this_machine
from tools import server

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
ORIGINS = ["at a root", "under a path", "from a file"]
# One name stands in when nothing is built, so that every test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(items):
    """Mark what opens a browser, so that all the rest can run before there is one."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def built():
    """Fail, and do not skip, when there is no site to look at."""
    if not (SITE / "index.html").is_file():
        pytest.fail("The site is not built: run `make book` first.", pytrace=False)


def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def addresses(built):
    """The site's address for each of the three ways to publish it."""
    with server.serving(SITE) as root, server.serving(SITE, "/some/folder/") as sub:
        yield dict(zip(ORIGINS, [root, sub, SITE.as_uri() + "/"], strict=True))


def firefox(playwright):
    """Start Playwright's Firefox, or one that is installed, which speaks WebDriver BiDi."""
    if Path(playwright.firefox.executable_path).is_file():
        return playwright.firefox.launch()
    names = [os.environ.get("FIREFOX"), "firefox", "firefox-esr"]
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if not path:
        pytest.fail(
            "No Firefox was found: run `playwright install firefox`, install Firefox, or set the "
            "variable FIREFOX to its path.",
            pytrace=False,
        )
    # it cannot be told later what the system prefers
    wishes = {"ui.prefersReducedMotion": 1}
    return playwright.firefox.launch(
        channel="moz-firefox", executable_path=path, firefox_user_prefs=wishes
    )


def chromium(playwright):
    """Start the Chromium of this machine, or install one."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    return browser_of_this_machine.launch(playwright, *quiet)


@pytest.fixture(scope="session")
def browser(request):
    """One browser for all tests of this process."""
    from playwright.sync_api import sync_playwright

    start = {"chromium": chromium, "firefox": firefox}[request.config.getoption("--browser")]
    with sync_playwright() as playwright:
        browser = start(playwright)
        yield browser
        browser.close()


def watch(page, base):
    """Return a list that collects what goes wrong on a page, from now on."""
    problems = []
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda r: problems.append(f"failed: {r.url}"))
    page.on("response", lambda r: r.status >= 400 and problems.append(f"{r.status}: {r.url}"))

    def check_host(request):
        if not request.url.startswith((base, "data:", "blob:")):
            problems.append(f"outside of the site: {request.url}")

    page.on("request", check_host)
    return problems


@pytest.fixture
def visit(browser, addresses):
    """A function that opens a page and returns it with the list of what went wrong on it."""
    contexts = []

    def open_page(name, origin=ORIGINS[0], width=1280, dark=False, before="", **options):
        base = addresses[origin]
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            **options,
        )
        contexts.append(context)
        context.add_init_script(before)
        page = context.new_page()
        problems = watch(page, base)
        page.goto(base + name, wait_until="load")
        page.evaluate("document.fonts.ready")
        return SimpleNamespace(page=page, problems=problems)

    yield open_page
    for context in contexts:
        context.close()
