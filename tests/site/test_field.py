"""What readers met on the pages of other books and tools: it must not happen on these."""

import io
import re
import xml.etree.ElementTree as ET

import bs4
import pypdf
import pytest
from PIL import Image

from convlib import palette
from tests.site.conftest import ORIGINS, PAGES, SITE

pytestmark = pytest.mark.usefixtures("built")

SVG = "{http://www.w3.org/2000/svg}"


# KaTeX/KaTeX#3679: Google Translate rewrote the formulas of a page, and code.
VERBATIM = "code, pre, .katex, dt.sig, .py dd > dl > dt:has(strong), svg text"
PROSE = "p, figcaption, h1, h2, h3, h4, .glossary dt, svg[aria-label], summary"


def is_translated(element):
    """Say whether a translator may change an element: the nearest attribute decides."""
    near = next((e for e in [element, *element.parents] if e.get("translate")), None)
    return near is None or near["translate"] != "no"


@pytest.mark.parametrize("name", PAGES)
def test_a_translator_leaves_code_and_formulas_alone_and_nothing_else(name):
    page = bs4.BeautifulSoup((SITE / name).read_text(encoding="utf-8"), "html.parser")
    changed = [e for e in page.select(VERBATIM) if is_translated(e)]
    kept = [
        e for e in page.select(PROSE) if not e.find_parent(["code", "pre"]) and not is_translated(e)
    ]
    assert [str(e)[:80] for e in changed + kept] == []


def test_a_translator_leaves_the_numbers_of_an_explorer_alone(visit):
    page = visit("gather-dx.html").page
    page.locator(".cl-explorer").scroll_into_view_if_needed()
    page.wait_for_selector(".cl-live .cl-cell:not([hidden])")
    verbatim = page.locator(".cl-live :is(.cl-cell, .cl-term, code, .cl-title span)")
    inside = "(e) => (e.firstElementChild ?? e).closest('[translate=no]')"
    kept = verbatim.evaluate_all(f"all => all.map({inside}).map(Boolean)")
    assert len(kept) > 50
    assert all(kept)
    assert page.locator(".cl-live [translate=no] :is(label, button)").count() == 0


# KaTeX/KaTeX#645: a copied formula came twice, once from each of KaTeX's two trees.
SELECT = """([first, last]) => {
  const formulas = document.querySelectorAll("article .katex");
  const range = document.createRange();
  range.setStart(formulas[first].querySelector(".katex-html .base"), 1);
  range.setEnd(formulas[last].querySelector(".katex-html .base"), 2);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""
SOURCES = """([first, last]) => [...document.querySelectorAll("article .katex")]
  .slice(first, last + 1)
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => {
    const sign = e.closest(".katex-display") ? "$$" : "$";
    return sign + e.querySelector("annotation").textContent.trim().replace(/\\s+/g, " ") + sign;
  })"""
CATCH = """addEventListener("paste", ({ clipboardData: data }) => {
  globalThis.pasted = [data.getData("text/plain"), data.getData("text/html")];
  document.body.dataset.pasted = "";
})"""


def pasted(page):
    """Return what the browser pastes, as text and as HTML."""
    page.keyboard.press("ControlOrMeta+V")
    page.wait_for_selector("[data-pasted]")
    page.evaluate("delete document.body.dataset.pasted")
    return page.evaluate("pasted")


def faults_of_copy(page, sources):
    """Yield what is wrong with a copied selection that holds these formulas."""
    selected = page.evaluate("String(getSelection())")
    page.keyboard.press("ControlOrMeta+C")
    text, html = pasted(page)
    if page.evaluate("String(getSelection())") != selected:
        yield "the selection has changed"
    rest = text
    for source in sources:
        before, found, rest = rest.partition(source)
        if not found or "$" in before:
            yield f"as text, {source} does not come once: {before[-80:]}"
            return
    if "$" in rest or re.search("[\U0001d400-\U0001d7ff]", text):
        yield f"as text, there is more of the formulas: {rest[-80:]}"
    copied = bs4.BeautifulSoup(html, "html.parser")
    if len(copied.select("math")) != len(sources) or copied.select(".katex-html, annotation"):
        yield f"as HTML, {len(sources)} formulas came as {len(copied.select('math'))}"


def test_a_copied_formula_comes_once(visit):
    page = visit("gather-dx.html").page
    page.evaluate(CATCH)
    ends = {"a part of a formula": [4, 4], "parts, and paragraphs between": [3, 12]}
    for name, chosen in ends.items():
        page.evaluate(SELECT, chosen)
        faults = list(faults_of_copy(page, page.evaluate(SOURCES, chosen)))
        assert not faults, f"{name}: {faults}"
    button = page.locator(".copybtn").first
    button.dispatch_event("click")  # while a formula is selected
    assert pasted(page)[0].startswith("import numpy")
    page.keyboard.press("ControlOrMeta+A")
    assert list(faults_of_copy(page, page.evaluate(SOURCES, [0, 1000]))) == []
    assert "\n\nTo test the rule" in page.evaluate("String(getSelection())")


# jupyterlab/jupyterlab#4022: an inline SVG offers no way to save it.
def faults_of_svg(text, fallback):
    """Yield what keeps a saved drawing from standing alone, in light colours."""
    root = ET.fromstring(text)
    if root.tag != f"{SVG}svg" or not root.get("viewBox"):
        yield "no drawing with a box of its own"
    if [child.tag for child in root][:3] != [f"{SVG}title", f"{SVG}desc", f"{SVG}rect"]:
        yield "no title, description and paper"
    elif not all((child.text or child.get("fill") or "").strip() for child in root[:3]):
        yield "an empty title, description or paper"
    if "var(" in text or "paint-order" in text:
        yield "something that only a browser, or only the page, knows"
    if not root.get("font-family", "").endswith("sans-serif"):
        yield "no font with a fallback"
    dark = {shade.dark for shade in palette.properties().values()} - fallback
    if found := dark & set(re.findall("#[0-9a-f]{6}", text)):
        yield f"dark colours: {found}"


@pytest.mark.emulated
@pytest.mark.parametrize(
    ("name", "origin"), [("gather-dx", ORIGINS[2]), ("train-a-network", ORIGINS[1])]
)
def test_each_figure_can_be_saved(visit, tmp_path, name, origin):
    got = visit(f"{name}.html", origin, dark=True)
    height = "document.querySelector('article').scrollHeight"
    strips = got.page.locator(".cl-save")
    count = got.page.locator(".cl-figure").count()
    assert count == strips.count() > 1
    light = {shade.light for shade in palette.properties().values()}
    names = set()
    for n in range(count):
        for kind in ("SVG", "PNG"):
            button = strips.nth(n).get_by_role("button", name=f"{kind}: save figure {n + 1}")
            button.focus()
            assert strips.nth(n).evaluate("e => getComputedStyle(e).opacity") == "1"
            with got.page.expect_download() as download:
                button.press("Enter")
            file = tmp_path / download.value.suggested_filename
            download.value.save_as(file)
            names.add(file.name)
            assert re.fullmatch(rf"{name}-figure-{n + 1}(-[a-z0-9]+)+\.{kind.lower()}", file.name)
            if kind == "SVG":
                size = ET.parse(file).getroot()
                assert list(faults_of_svg(file.read_text(encoding="utf-8"), light)) == []
            else:
                picture = Image.open(file).convert("RGB")
                assert picture.size == tuple(2 * int(size.get(key)) for key in ("width", "height"))
                assert picture.getpixel((0, 0)) == (255, 255, 255)
                assert len(picture.getcolors(1 << 24)) > 10
    assert len(names) == 2 * count
    before = got.page.evaluate(height)
    got.page.add_style_tag(content=".cl-save { display: none !important }")
    assert got.page.evaluate(height) == before, "the buttons move what stands below them"
    assert got.problems == []


# tommilligan/mdbook-admonish#226: what is folded was missing on paper.
@pytest.mark.emulated  # Firefox prints it, and does not say what
def test_hints_and_answers_are_open_in_print(visit):
    page = visit("gather-dx.html").page
    folded = page.evaluate(
        """[...document.querySelectorAll("details:not(.above-input)")].map((e) =>
          [...e.querySelectorAll("summary ~ * p")].flatMap((p) => [...p.childNodes])
            .filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data)
            .sort((a, b) => b.length - a.length)[0])"""
    )
    pages = pypdf.PdfReader(io.BytesIO(page.pdf())).pages
    printed = "".join("".join(each.extract_text() for each in pages).split())
    assert len(folded) > 5
    assert [words for words in folded if "".join(words.split()) not in printed] == []
    assert "Showthecode" not in printed
    assert "SVG" not in printed


# sphinx-doc/sphinx#9156: a search from a file threw "Failed to fetch" for each page that it found.
@pytest.mark.parametrize("origin", ORIGINS[::2])
def test_a_search_from_a_file_says_why_there_are_no_excerpts(visit, origin):
    got = visit("search.html?q=gradient", origin)
    got.page.get_by_text("Search finished").wait_for()
    got.page.wait_for_load_state("networkidle")
    from_file = origin == ORIGINS[2]
    assert got.page.get_by_text("without excerpts").is_visible() == from_file
    excerpts = "".join(got.page.locator("#search-results .context").all_inner_texts())
    assert (excerpts == "") == from_file
    assert "\\" not in excerpts, "formulas come with their source"
    assert got.problems == []
