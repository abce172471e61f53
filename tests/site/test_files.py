"""The built site as files: every page's HTML, the links between them, what others made."""

import hashlib
import re

import pytest

from tests.site import outline
from tests.site.conftest import PAGES, ROOT, SITE
from tools.notebooks import CHAPTERS

VENDOR = ROOT / "book" / "web" / "vendor"


@pytest.mark.usefixtures("built")
def test_every_chapter_has_a_page():
    assert CHAPTERS
    assert {f"{name}.html" for name in CHAPTERS} <= set(PAGES)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", PAGES)
def test_html_of_the_page(name):
    assert list(outline.faults(SITE / name)) == []


@pytest.mark.usefixtures("built")
def test_code_in_the_colour_of_the_text_has_no_elements_of_its_own():
    page = (SITE / "gather-dx.html").read_text(encoding="utf-8")
    found = {name: page.count(f'<span class="{name}">') for name in ("n", "p", "w", "k")}
    assert found.pop("k") > 10
    assert set(found.values()) == {0}


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


# --- the rules themselves ---------------------------------------------------------------------

POLICY = "default-src 'self'; script-src 'self' 'sha256-abc='; img-src 'self' data:"
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
GOOD = f"""<html lang="en"><head><meta charset="utf-8">{META}<title>A page of the book</title>
<script src="a.js"></script></head><body><nav><h2>Contents</h2></nav><main id="top"><h1>A</h1>
<h2>B</h2><h3>C</h3><h2>D</h2><a href="b.html#there">B</a><a href="https://example.org/x">C</a>
<img src="a.png" alt="A picture"><svg role="img" aria-label="A drawing"><g id="x"/></svg>
<svg><g id="y"/><use href="#y"/></svg></main></body></html>"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<h1>A</h1>", "<h1>A</h1><h1>A</h1>", "one h1"),
        ("<nav><h2>", "<nav><h1>", "one h1"),
        ("<h3>C", "<h4>C", "a level is left out"),
        ("<h1>A</h1>", "<h2>A</h2><h1>A</h1>", "must begin with an h1"),
        ('lang="en"', "", "its language is ''"),
        ("A page of the book", "A page", "says too little: 'A page'"),
        (' alt="A picture"', "", "a picture has no text: <img"),
        ('"A drawing"', '" "', "a picture has no text: <svg"),
        ('<main id="top">', '<main id="top"><p onclick="f()">', "carries code: <p"),
        ('href="https://example.org/x"', 'href="javascript:f()"', "carries code: <a"),
        ('<main id="top">', '<main id="top"><p id="top">', "the id top stands twice"),
        ('<g id="y"/>', '<g id="y"/><g id="x"/>', "the id x stands twice"),
        ('<use href="#y"/>', '<use href="#z"/>', "leads nowhere: #z"),
        ("b.html#there", "b.html#here", "leads nowhere: b.html#here"),
        ("b.html#there", "c.html", "leads nowhere: c.html"),
        ("b.html#there", "/b.html", "leads nowhere: /b.html"),
        ("b.html#there", "#there", "leads nowhere: #there"),
        ('src="a.png"', 'src="b.png"', "leads nowhere: b.png"),
        (META, "", "has no policy"),
        (META, f"<style></style>{META}", "after something"),
        ("default-src 'self'", "default-src 'self' https:", "other hosts by default"),
        ("script-src 'self'", "script-src 'self' 'unsafe-inline'", "scripts that are not ours"),
        ("script-src", "style-src", "scripts that are not ours"),
    ],
)
def test_a_fault_is_named(tmp_path, old, new, fault):
    assert old in GOOD
    for name in ("a.js", "a.png"):
        (tmp_path / name).touch()
    (tmp_path / "b.html").write_text('<p id="there">', encoding="utf-8")
    for name, html in (("good", GOOD), ("bad", GOOD.replace(old, new))):
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
    assert list(outline.faults(tmp_path / "good.html")) == []
    found = list(outline.faults(tmp_path / "bad.html"))
    assert len(found) == 1, found
    assert fault in found[0]
