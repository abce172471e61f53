"""Open every page of the built site in a real browser, and follow every link between them.

`make test` builds the site and finds a browser before it runs this file.
"""

import functools
import hashlib
import http.server
import os
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
VENDOR = ROOT / "book" / "web" / "vendor"
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
# One name stands in when nothing is built, so that every test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]
ORIGINS = ["at a root", "under a path", "from a file"]

# ---------------------------------------------------------------------------------------------
# What the tests share


@pytest.fixture(scope="session", autouse=True)
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
def browser(built):
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

    def open_page(name, origin=ORIGINS[0], width=1280, dark=False):
        base = addresses[origin]
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
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


class Outline(HTMLParser):
    """What the checks below need of a page's HTML."""

    def __init__(self, html):
        super().__init__()
        self.lang, self.title, self.headings = "", "", 0
        self.ids, self.links, self.unnamed = [], [], []
        self._inside_title = False
        self._svg_depth = 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        got = dict(attributes)
        if tag == "html":
            self.lang = got.get("lang", "")
        if tag == "title" and not self._svg_depth:
            self._inside_title = True
        if tag == "h1":
            self.headings += 1
        if "id" in got and not self._svg_depth:  # drawings made by Matplotlib share ids
            self.ids.append(got["id"])
        if tag == "svg":
            self._svg_depth += 1
        # alt="" would say "decoration"; this book has none
        is_drawing = tag == "svg" and got.get("role") == "img"
        if is_drawing and not (got.get("aria-label") or "").strip():
            self.unnamed.append(self.get_starttag_text())
        if tag == "img" and not (got.get("alt") or "").strip():
            self.unnamed.append(self.get_starttag_text())
        self.links += [got[key] for key in ("href", "src") if got.get(key) and not self._svg_depth]

    def handle_endtag(self, tag):
        if tag == "title":
            self._inside_title = False
        if tag == "svg":
            self._svg_depth -= 1

    def handle_data(self, data):
        if self._inside_title:
            self.title += data


@functools.cache
def outline(path):
    """Parse a page once."""
    return Outline(path.read_text(encoding="utf-8"))


# ---------------------------------------------------------------------------------------------
# The files


def test_every_chapter_has_a_page():
    assert CHAPTERS
    assert {f"{name}.html" for name in CHAPTERS} <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_a_language_and_a_title(name):
    got = outline(SITE / name)
    assert got.headings == 1
    assert got.lang == "en"
    assert len(got.title.strip()) > len("Convolution")


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_has_a_text(name):
    assert outline(SITE / name).unnamed == []


@pytest.mark.parametrize("name", PAGES)
def test_no_id_stands_twice(name):
    ids = outline(SITE / name).ids
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("name", PAGES)
def test_every_internal_link_resolves(name):
    broken = []
    for link in outline(SITE / name).links:
        url = urlsplit(link)
        if url.scheme or url.netloc:
            continue
        target = (SITE / unquote(url.path)) if url.path else SITE / name
        if (
            link.startswith("/")
            or not target.is_file()
            or (url.fragment and unquote(url.fragment) not in outline(target).ids)
        ):
            broken.append(link)
    assert broken == []


def test_third_party_files_are_the_ones_that_the_readme_lists():
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|", (VENDOR / "README.md").read_text(), re.M
        )
    )
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert listed == present


# ---------------------------------------------------------------------------------------------
# The pages in a browser


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_problem_and_asks_no_other_host(visit, name, origin):
    got = visit(name, origin)
    # Open what is folded and scroll to the end: that may load more.
    got.page.evaluate("document.querySelectorAll('.toggle-hidden > p').forEach(e => e.click())")
    got.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    got.page.wait_for_load_state("networkidle")
    assert got.problems == []


RAW_MATHS = r"\$\$|\\[a-zA-Z]{2,}|\{(eq|math|numref|ref|cite\w*|prf:ref)\}`|\S\$\S"


@pytest.mark.parametrize("name", PAGES)
def test_maths_is_drawn(visit, name):
    got = visit(name).page.evaluate(
        """() => {
          const all = (selector, root = document) => [...root.querySelectorAll(selector)];
          const area = e => { const b = e.getBoundingClientRect(); return b.width * b.height; };
          const size = e => parseFloat(getComputedStyle(e).fontSize);
          const text = document.body.cloneNode(true);
          all('.katex, pre, code, script, style', text).forEach(e => e.remove());
          const formulas = all('.math');
          return {
            formulas: formulas.length,
            empty: formulas.filter(e => !all('.katex-html', e).some(area)).length,
            silent: formulas.filter(e => !e.querySelector('math')).length,
            errors: all('.katex-error').map(e => e.textContent),
            selfNumbered: all('.eqn-num').length,
            largeIndices: all('.katex-html .sizing.reset-size6.size3')
              .filter(e => size(e) > 0.75 * size(e.closest('.katex'))).length,
            fonts: [...document.fonts].filter(
              f => f.status === 'loaded' && /^"?KaTeX/.test(f.family)).length,
            text: text.textContent,
          };
        }"""
    )
    assert re.findall(f".{{0,20}}(?:{RAW_MATHS}).{{0,20}}", got["text"]) == []
    assert got["errors"] == []
    assert got["empty"] == 0, "a formula has no size"
    assert got["silent"] == 0, "a formula has no MathML for a screen reader"
    assert got["selfNumbered"] == 0, "KaTeX numbers an environment itself: use `aligned` in $$ … $$"
    assert got["largeIndices"] == 0, "KaTeX's style sheet is missing or of another version"
    assert not got["formulas"] or got["fonts"] > 0, "KaTeX's fonts are not loaded"
    assert got["formulas"] > 0 or name.removesuffix(".html") not in CHAPTERS


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_sideways_on_a_phone(visit, name):
    page = visit(name, width=375).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize("name", PAGES)
def test_no_light_card_lies_behind_a_figure_in_dark_mode(visit, name):
    light = visit(name, dark=True).page.evaluate(
        """() => {
          const canvas = document.createElement('canvas').getContext('2d');
          const behind = e => {  // the first background that is not transparent
            for (; e; e = e.parentElement) {
              const colour = getComputedStyle(e).backgroundColor;
              if (!/^(transparent|rgba\\(.*, 0\\))$/.test(colour)) {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return canvas.getImageData(0, 0, 1, 1).data.slice(0, 3);
              }
            }
            return [255, 255, 255];
          };
          const places = ['main', '.cell_output .output', '.cl-figure', '.admonition', 'pre'];
          return places.filter(place => [...document.querySelectorAll(place)].some(
            e => Math.max(...behind(e)) > 96));
        }"""
    )
    assert light == []


def test_search_finds_a_chapter(visit):
    got = visit("search.html?q=filter")
    got.page.wait_for_selector("#search-results li a")
    targets = got.page.eval_on_selector_all("#search-results li a", "es => es.map(e => e.href)")
    assert any("slide-the-filter.html" in target for target in targets)
    assert got.problems == []
