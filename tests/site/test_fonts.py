"""Every sign that a built page shows is in the font that the page asks for."""

import functools
import re
from html.parser import HTMLParser

import pytest
import tinycss2
from fontTools.ttLib import TTFont

from tests.site.conftest import ROOT, SITE

pytestmark = pytest.mark.usefixtures("built")

FONTS = ROOT / "book" / "web" / "vendor"
PAGES = sorted(path.name for path in SITE.glob("*.html") if path.name != "404.html") or ["none"]
FROM_THE_SYSTEM = set("⁻ₑᵀ⊙⌊⌋⟨⟩")  # not in each of the three fonts of Source
NOT_SHOWN = {"<head>", "<script>", "<style>", "<noscript>", "<math>"}
VOID = {"br", "hr", "img", "input", "link", "meta", "path", "rect", "circle", "line", "use"}


@functools.cache
def letters(name):
    """Return the code points of a font, and of the one beside it that holds its signs."""
    found = set(TTFont(FONTS / f"{name}.woff2").getBestCmap())
    signs = FONTS / f"{name}-signs.woff2"
    return found | (set(TTFont(signs).getBestCmap()) if signs.exists() else set())


def katex_fonts():
    """List the fonts of KaTeX's style sheet: the classes in each part of a selector, and a file."""
    css = (FONTS / "katex" / "katex.min.css").read_text(encoding="utf-8")
    found = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        declared = tinycss2.serialize(rule.content)
        family = re.search(r"KaTeX_(\w+)", declared)
        if rule.type != "qualified-rule" or not family:
            continue
        weight = "Bold" if re.search(r"\b(bold|700)\b", declared) else ""
        style = weight + ("Italic" if "italic" in declared else "") or "Regular"
        for selector in tinycss2.serialize(rule.prelude).split(","):
            parts = [set(part.split(".")[1:]) for part in re.split(r"[ >]+", selector.strip())]
            found.append((parts, f"katex/fonts/KaTeX_{family[1]}-{style}"))
    return found


class Signs(HTMLParser):
    """The signs of a page's text, and those of its formulas with the font of each."""

    fonts = katex_fonts()

    def __init__(self, html):
        super().__init__()
        self.open, self.text, self.formulas, self.icons = [], set(), set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        classes = set((dict(attributes).get("class") or "").split())
        self.icons |= {name for name in classes if name.startswith("fa-")}
        if tag in VOID:
            return
        _, above, font = self.open[-1] if self.open else ("", set(), "")
        if "katex" in classes | above:
            for parts, file in self.fonts:
                if parts[-1] <= classes and set().union(*parts[:-1]) <= above | classes:
                    font = file
        self.open.append((tag, above | classes | {f"<{tag}>"}, font))

    def handle_endtag(self, tag):
        if tag not in VOID:
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        _, above, font = self.open[-1] if self.open else ("", NOT_SHOWN, "")
        if above & NOT_SHOWN:
            return
        if font:
            self.formulas |= {(sign, font) for sign in data}
        else:
            self.text |= {sign for sign in data if sign.isprintable()}


@functools.cache
def signs(name):
    """Read a page once."""
    return Signs((SITE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("font", ["serif", "sans", "code"])
def test_texts(font):
    for name in PAGES:
        shown = signs(name).text - FROM_THE_SYSTEM
        assert len(shown) > 30
        missing = {sign for sign in shown if ord(sign) not in letters(f"text/course-{font}")}
        assert missing == set(), f"{name}: see tools/fonts.py"


def test_formulas():
    seen = set().union(*(signs(name).formulas for name in PAGES))
    assert len({font for _, font in seen}) >= 4, "the fonts of formulas are told apart"
    seen -= {(blank, font) for _, font in seen for blank in "\u200b\n"}
    assert {(sign, font) for sign, font in seen if ord(sign) not in letters(font)} == set()


def test_icons():
    css = (SITE / "_static" / "site.css").read_text(encoding="utf-8")
    icons = set().union(*(signs(name).icons for name in PAGES))
    codes = {}
    for selectors, content in re.findall(r'([^{}]*:before)\{content:\s*"([^"]+)"', css):
        for icon in icons & set(re.findall(r"\.(fa-[\w-]+)", selectors)):
            codes[icon] = int(content[1:], 16) if content.startswith("\\") else ord(content)
    assert {"fa-bars", "fa-magnifying-glass"} <= codes.keys()
    folder = "fontawesome/webfonts"
    has = letters(f"{folder}/fa-solid-900") | letters(f"{folder}/fa-brands-400")
    assert {icon for icon, code in codes.items() if code not in has} == set()
