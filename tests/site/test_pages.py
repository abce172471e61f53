"""Every page in a real browser. One visit looks at everything, and reports all that is wrong."""

import re

import pytest

from tests.site.conftest import ORIGINS, PAGES, ROOT
from tools.notebooks import CHAPTERS

pytestmark = pytest.mark.usefixtures("built")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOK = ROOT / "tests" / "site" / "page.js"

# Colours depend on the mode and not on the width, and all else on the width and not on the mode.
# At 200 % zoom a window of 1280 pixels shows 640.
VIEWS = {
    "light": {"width": 1280, "mode": "light", "structure": True, "colours": True},
    "dark": {"width": 1280, "mode": "dark", "structure": False, "colours": True},
    "phone": {"width": 375, "mode": "light", "structure": True, "colours": False},
    "200 %": {"width": 640, "mode": "light", "structure": True, "colours": False},
}
RAW_MATHS = r"\$\$|\\[a-zA-Z]{2,}|\{(eq|math|numref|ref|cite\w*|prf:ref)\}`|\S\$\S"


def faults_of_maths(got, is_chapter):
    """Yield what is wrong with the formulas of a page."""
    for raw in re.finditer(f".{{0,20}}(?:{RAW_MATHS}).{{0,20}}", got["text"]):
        yield f"raw maths: {raw[0]}"
    yield from (f"KaTeX says: {error}" for error in got["errors"])
    counted = {
        "empty": "formulas have no size",
        "silent": "formulas have no MathML for a screen reader",
        "selfNumbered": "environments are numbered by KaTeX itself: use `aligned` in $$ … $$",
        "largeIndices": "indices are too large: KaTeX's style sheet is missing, or another version",
    }
    yield from (f"{got[name]} {what}" for name, what in counted.items() if got[name])
    if got["formulas"] and not got["fonts"]:
        yield "KaTeX's fonts are not loaded"
    if is_chapter and not got["formulas"]:
        yield "a chapter has no formula"


def faults_in_view(page, *, width, mode, structure, colours, in_full):
    """Yield what is wrong with a page in one width and mode, changed without loading it again."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=mode, reduced_motion="reduce")
    if not page.evaluate("mode => look.choose(mode)", mode):
        return
    yield from page.evaluate("mode => look.settle(mode)", mode)
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield "wider than the window"
    if mode == "dark":
        for place in page.evaluate("look.lightCards()"):
            yield f"{place} lies on a light card"
    wanted = {"structure": structure, "colours": colours, "all": in_full}
    found = page.evaluate("wanted => look.axe(wanted)", wanted)
    yield from found["lines"]
    if structure and len(found["passes"]) <= 10:
        yield "axe has not looked"
    if colours and "color-contrast" not in found["passes"]:
        yield "axe has looked at no colour"


def look_at(page):
    """Give a page the functions of page.js: the debugger may, whatever the page's policy says."""
    page.evaluate(f"globalThis.look = {LOOK.read_text(encoding='utf-8')}")


def faults_once_loaded(got, name):
    """Yield what is wrong with a page whatever its width and mode, and what went wrong so far."""
    yield from faults_of_maths(got.page.evaluate("look.maths()"), name[:-5] in CHAPTERS)
    got.page.evaluate("look.unfold()")
    got.page.wait_for_load_state("networkidle")
    yield from got.problems


def faults_in_every_view(got, in_full):
    """Yield what is wrong with a page in each width and mode."""
    got.page.evaluate(AXE.read_text(encoding="utf-8"))
    if got.page.evaluate("look.motion()"):
        yield "something moves although less motion is asked for"
    for view, given in VIEWS.items():
        for fault in faults_in_view(got.page, **given, in_full=in_full):
            yield f"{view}: {fault}"


@pytest.mark.parametrize("name", PAGES)
def test_page(visit, name, request):
    got = visit(name, reduced_motion="reduce")
    look_at(got.page)
    faults = list(faults_in_every_view(got, request.config.getoption("full")))
    faults += faults_once_loaded(got, name)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("origin", ORIGINS[1:])
@pytest.mark.parametrize("name", ["index.html", "gather-dx.html", "404.html"])
def test_page_at_other_origins(visit, name, origin):
    got = visit(name, origin)
    look_at(got.page)
    faults = list(faults_once_loaded(got, name))
    assert not faults, "\n".join(faults)


PLANTED = {
    "light: color-contrast": "add('p', 'pale').style.color = '#bbb'",
    "dark: color-contrast": "add('p', 'dark').style.color = '#333'",
    "light: svg-img-alt": "add('div').innerHTML = '<svg role=img width=9 height=9></svg>'",
    "phone: wider than the window":
        "document.body.append(add('div', 'c')); document.body.lastChild.style.minWidth = '900px'",
    "dark: .admonition lies on a light card":
        "add('div', 'a').setAttribute('class', 'admonition');"
        "document.querySelector('.admonition').style.background = 'white'",
    "a $$x$$ b": "add('p', 'a $$x$$ b')",
    "environments are numbered": "add('p').setAttribute('class', 'eqn-num')",
    "something moves": "add('p', 'b').animate([{ left: 0 }, { left: 1 }], 1e6)",
    "planted in the console": "console.error('planted in the console')",
    "404: ": "fetch('nowhere')",
    "an error": "setTimeout(() => { throw new Error('an error') })",
    "Content Security Policy": "fetch('https://example.org/').catch(() => 0)",
}  # fmt: skip


@pytest.mark.emulated
def test_what_is_planted_in_a_page_is_named(visit):
    got = visit("notation.html", reduced_motion="reduce")
    look_at(got.page)
    planted = "".join(f"{{ {code}; }}\n" for code in PLANTED.values())
    got.page.evaluate(
        f"""() => {{
          const add = (tag, text = "") => {{
            const made = Object.assign(document.createElement(tag), {{ textContent: text }});
            document.querySelector("main h1").after(made);
            return made;
          }};
          {planted}
        }}"""
    )
    faults = [*faults_in_every_view(got, in_full=False), *faults_once_loaded(got, "notation.html")]
    assert [fault for fault in PLANTED if fault not in "\n".join(faults)] == []


def test_search_finds_a_chapter(visit):
    got = visit("search.html?q=filter")
    got.page.wait_for_selector("#search-results li a")
    targets = got.page.eval_on_selector_all("#search-results li a", "es => es.map(e => e.href)")
    assert any("slide-the-filter.html" in target for target in targets)
    assert got.problems == []


@pytest.mark.emulated
def test_on_paper_every_tab_is_shown_and_nothing_offers_to_unfold(visit):
    page = visit("read-a-framework.html").page
    page.emulate_media(media="print")
    shown = "selector => [...document.querySelectorAll(selector)].map((e) => e.checkVisibility())"
    assert page.evaluate(shown, ".sd-tab-content") == [True] * 3
    assert set(page.evaluate(shown, "details.hide > summary")) == {False}


# --- the keyboard -----------------------------------------------------------------------------


def test_the_first_stop_of_the_tab_key_skips_the_menu(visit):
    page = visit("gather-dx.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_every_stop_of_the_tab_key_can_be_seen(visit):
    page = visit("gather-dx.html").page
    hidden, stops = [], set()
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const e = document.activeElement, box = e.getBoundingClientRect();
              const style = getComputedStyle(e);
              const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
              const name = `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 30)}`;
              if (e === document.body) return null;
              return [name, box.width > 0 && box.height > 0 && marked, !!e.closest('main')];
            }"""
        )
        if stop is None:
            break
        stops.add(stop[2])
        if not stop[1]:
            hidden.append(stop[0])
    assert stops == {True, False}, "the menu and the text are both reached"
    assert hidden == []


# --- the policy -------------------------------------------------------------------------------

# Tried in a timer: what a debugger evaluates is free of the policy.
ATTEMPT = """() => new Promise((resolve) => {
  const element = (name, given) => {
    const made = Object.assign(document.createElement(name), given);
    document.body.append(made);
    return made;
  };
  addEventListener('securitypolicyviolation', (e) => resolve(e.effectiveDirective), {once: true});
  setTimeout(() => { CODE; }, 0);
  setTimeout(() => resolve('nothing'), 5000);
})"""
TRY = {
    "element('script', {textContent: 'window.ran = true'})": "script-src-elem",
    "element('script', {src: 'https://example.org/a.js'})": "script-src-elem",
    "element('p').setAttribute('onclick', 'window.ran = true')": "script-src-attr",
    "try { eval('window.ran = true') } catch {}": "script-src",
    "element('link', {rel: 'stylesheet', href: 'https://example.org/a'})": "style-src-elem",
    "element('img', {src: 'https://example.org/a.png'})": "img-src",
    "element('iframe', {src: 'https://example.org/'})": "frame-src",
    "fetch('https://example.org/').catch(() => 0)": "connect-src",
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_browser_refuses_what_is_not_ours(visit, origin):
    page = visit("gather-dx.html", origin).page
    refused = {code: page.evaluate(ATTEMPT.replace("CODE", code)) for code in TRY}
    assert refused == TRY
    assert not page.evaluate("window.ran")
