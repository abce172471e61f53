"""The whole site, built with a repository's address: what GitHub would publish.

`make test` builds it into _build/published. It differs from the site without an address in its
buttons, its canonical links, and the files for search engines.
"""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "published" / "_build" / "html"
PLAIN = ROOT / "_build" / "html"
REPOSITORY = "https://github.com/owner/name"
HOME = "https://owner.github.io/name/"
# One name stands in when nothing is built, so that every test fails instead of vanishing.
PAGES = sorted(path.name for path in SITE.glob("*.html") if path.name != "404.html") or [
    "index.html"
]
WRITTEN = [name for name in PAGES if name != "search.html"]


@pytest.fixture(scope="module", autouse=True)
def built():
    """Fail, and do not skip, when there is no site to look at."""
    if not (SITE / "index.html").is_file():
        pytest.fail("The site with an address is not built: run `make test` first.", pytrace=False)


def read(name):
    """Return the HTML of a page."""
    return (SITE / name).read_text(encoding="utf-8")


def links(name):
    """Return the addresses outside of the site that the address of the repository brings."""
    found = re.findall(r'(?:href|content)="(https://[^"]+)"', read(name))
    return [url for url in found if url.startswith((REPOSITORY, HOME, "https://mybinder.org"))]


def source(name):
    """Return the file in book/ that a page was made from."""
    stem = Path(name).stem
    return next(p for p in (ROOT / "book").glob(f"{stem}.*") if p.suffix in (".md", ".ipynb"))


def test_it_is_the_whole_site():
    assert {path.name for path in PLAIN.glob("*.html")} == {*PAGES, "404.html"}
    assert len(WRITTEN) > 20


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_where_it_is(name):
    assert re.findall(r'<link rel="canonical" href="([^"]*)"', read(name)) == [HOME + name]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_leads_to_its_source_to_a_report_and_to_networks_preview(name):
    file = f"book/{source(name).name}"
    page = read(name)
    assert f'<meta property="og:url" content="{HOME}{name}"' in page
    assert f'<meta property="og:image" content="{HOME}_static/social.png"' in page
    expected = {REPOSITORY, f"{REPOSITORY}/edit/main/{file}", HOME + name}
    assert expected <= set(links(name))
    edits = [url for url in links(name) if "/edit/" in url]
    assert edits == [f"{REPOSITORY}/edit/main/{file}"]
    assert len([url for url in links(name) if url.startswith(f"{REPOSITORY}/issues/new?")]) == 1


@pytest.mark.parametrize("name", WRITTEN)
def test_chapters_open_on_binder_and_other_pages_do_not(name):
    found = [url for url in links(name) if url.startswith("https://mybinder.org")]
    file = source(name)
    here = f"https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/book/{file.name}"
    assert found == ([here] if file.suffix == ".ipynb" else [])


def test_the_picture_for_networks_is_published():
    assert (SITE / "_static" / "social.png").is_file()


def test_search_engines_get_every_page_once():
    assert (SITE / "robots.txt").read_text(encoding="utf-8") == f"Sitemap: {HOME}sitemap.xml\n"
    tree = ET.parse(SITE / "sitemap.xml")
    found = [e.text for e in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(found) == [HOME + name for name in WRITTEN]


def test_a_wrong_address_leads_home():
    assert f'href="{HOME}index.html"' in read("404.html")


@pytest.mark.parametrize("name", WRITTEN)
def test_the_text_is_that_of_the_site_without_an_address(name):
    pattern = r"<article.*?</article>"
    plain = (PLAIN / name).read_text(encoding="utf-8")
    both = [re.findall(pattern, html, re.S) for html in (plain, read(name))]
    assert both[0]
    assert both[0] == both[1]
