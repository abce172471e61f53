"""The site's one style sheet: what the pages can use is in it, in its order, and nothing else."""

import importlib
import re
import sys
from types import SimpleNamespace

import pytest

from tests.site.conftest import ROOT

sys.path.insert(0, str(ROOT / "book" / "ext"))
one_style = importlib.import_module("one_style")

PAGE = """<html><head><link rel="stylesheet" href="_static/site.css" /></head>
<body id="top"><p class="note">A note</p></body></html>"""
FILES = {
    "styles/theme.css": """@charset "utf-8"; @import "../basic.css";
        .note, .never { color: red } .made-by-script { color: blue } #bottom { top: 0 }
        .note:not(.never) { left: 0 } p.never > a { right: 0 } .bs-tooltip { width: 1px }
        @media (max-width: 9px) { .never { top: 1px } .note { background: url(../i/a.svg) } }
        @media print { .never { top: 2px } }""",
    "styles/pydata-sphinx-theme.css": "",
    "basic.css": "body { margin: 0 } .never { margin: 1px }",
    "book.css": ".cl-from-parts { color: green }",
    "early.css": "p { color: black }",
    "a.js": "element.classList.add('made-by-script')",
}


@pytest.fixture
def built_css(tmp_path):
    """A function that builds a site of one page and returns its style sheet."""

    def build(**more):
        for name, text in (FILES | more).items():
            path = tmp_path / "_static" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
        app = SimpleNamespace(
            outdir=tmp_path, builder=SimpleNamespace(format="html"), site_sheets={}
        )
        for name, priority in (("book.css", 800), ("early.css", 200)):
            sheet = SimpleNamespace(filename=f"_static/{name}", priority=priority)
            one_style.collect(app, "a", "page.html", {"css_files": [sheet]}, None)
        one_style.write(app, None)
        return (tmp_path / "_static" / "site.css").read_text(encoding="utf-8")

    return build


def test_it_holds_what_can_match_in_order(built_css):
    assert built_css().split("\n") == [
        "body{margin: 0}",
        ".note{color: red}",
        ".made-by-script{color: blue}",
        ".note:not(.never){left: 0}",
        ".bs-tooltip{width: 1px}",
        '@media (max-width: 9px){.note{background: url("i/a.svg")}}',
        "",
        "p{color: black}",
        ".cl-from-parts{color: green}",
    ]


def test_a_changed_style_sheet_has_another_address(built_css, tmp_path):
    addresses = set()
    for css in ("p { color: black }", "p { color: white }"):
        built_css(**{"early.css": css})
        page = (tmp_path / "a.html").read_text(encoding="utf-8")
        addresses.add(re.search(r'href="_static/site\.css\?v=\w{8}"', page)[0])
    assert len(addresses) == 2


def test_what_cannot_be_read_is_refused(built_css):
    with pytest.raises(ValueError, match="cannot be read"):
        built_css(**{"book.css": "a { b: c } }"})
