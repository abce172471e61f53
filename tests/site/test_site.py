"""Open every page of the built site in a real browser, and follow every link between them.

`make test` builds the site and finds a browser before it runs this file.
"""

import functools
import hashlib
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from tests import notebooks
from tests.site.conftest import ORIGINS, ROOT, SITE

VENDOR = ROOT / "book" / "web" / "vendor"
CHAPTERS = notebooks.CHAPTERS
# One name stands in when nothing is built, so that every test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html")) or ["index.html"]

# ---------------------------------------------------------------------------------------------
# What the tests share

pytestmark = pytest.mark.usefixtures("built")


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
