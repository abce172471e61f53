"""The site's one style sheet: what the pages can use is in it, in its order, and nothing else."""

import importlib
import sys
from types import SimpleNamespace

import pytest

from tests.site.conftest import ROOT

sys.path.insert(0, str(ROOT / "book" / "ext"))
one_style = importlib.import_module("one_style")

PAGE = """<html><head><title>A page</title>
<link rel="stylesheet" href="_static/styles/theme.css?v=1" />
<link rel="stylesheet" type="text/css" href="_static/{last}.css" />
</head><body id="top"><p class="note">A note</p>
<script src="_static/a.js"></script></body></html>"""
FILES = {
    "styles/theme.css": """@charset "utf-8"; @import "../basic.css";
        .note, .never { color: red } .made-by-script { color: blue } #bottom { top: 0 }
        .note:not(.never) { left: 0 } p.never > a { right: 0 } .bs-tooltip { width: 1px }
        @media (max-width: 9px) { .never { top: 1px } .note { background: url(../i/a.svg) } }
        @media print { .never { top: 2px } }""",
    "basic.css": "body { margin: 0 } .never { margin: 1px }",
    "book.css": ".from-parts { color: green }",
    "a.js": "element.classList.add('made-by-script')",
}


@pytest.fixture
def built_css(tmp_path):
    """A function that builds a site of two pages and returns its style sheet."""

    def build(*lasts, **more):
        for name, text in (FILES | more).items():
            path = tmp_path / "_static" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for n, last in enumerate(lasts):
            (tmp_path / f"{n}.html").write_text(PAGE.format(last=last), encoding="utf-8")
        app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
        one_style.write(app, None)
        return (tmp_path / "_static" / "site.css").read_text(encoding="utf-8")

    return build


def test_it_holds_what_can_match_in_order(built_css):
    assert built_css("book").split("\n") == [
        "body{margin: 0}",
        ".note{color: red}",
        ".made-by-script{color: blue}",
        ".note:not(.never){left: 0}",
        ".bs-tooltip{width: 1px}",
        '@media (max-width: 9px){.note{background: url("i/a.svg")}}',
        ".from-parts { color: green }",
    ]


def test_every_page_asks_for_it_alone(built_css, tmp_path):
    built_css("book", "book")
    for page in sorted(tmp_path.glob("*.html")):
        assert one_style.links(page.read_text(encoding="utf-8")) == ["_static/site.css"]


def test_pages_that_ask_in_another_order_are_refused(built_css, tmp_path):
    (tmp_path / "a.html").write_text(
        '<link rel="stylesheet" href="_static/book.css" />'
        '<link rel="stylesheet" href="_static/styles/theme.css" />',
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match=r"another order: \['_static/book.css'"):
        built_css("book", "book")


def test_what_cannot_be_read_is_refused(built_css):
    with pytest.raises(ValueError, match="cannot be read"):
        built_css("book", **{"book.css": "a { b: c } }"})
