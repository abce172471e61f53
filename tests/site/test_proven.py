"""Below each check stands what it proves, and each mistake stands on a page of its own."""

import functools

import pytest
from bs4 import BeautifulSoup

from convlib.mistakes import MISTAKES
from tests.site.conftest import SITE
from tools import notebooks


@functools.cache
def read(name):
    return BeautifulSoup((SITE / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def words(element):
    """Return the words of an element, with the signs that were typed."""
    return " ".join(element.get_text().replace("’", "'").replace("…", "...").split())


def entries():
    """Return what the catalogue says of each mistake, by its id."""
    terms = read("mistakes").select(".cl-mistakes dt")
    return {term["id"]: (words(term), term.find_next_sibling("dd")) for term in terms}


@pytest.mark.parametrize("chapter", notebooks.CHAPTERS)
@pytest.mark.usefixtures("built")
def test_each_check_says_what_its_tags_say_and_no_other_cell_does(chapter):
    cells, found = notebooks.read(chapter).cells, {}
    for said in read(chapter).select(".cl-proven"):
        cell = said.find_previous_sibling()
        found[cell["id"]] = words(said)
        for link in said.select("a"):
            page, _, target = link["href"].partition("#")
            assert page == "mistakes.html"
            assert entries()[target][0] == words(link)
    expected = {}
    for place, cell in enumerate(cells):
        if notebooks.tagged(cell, "check"):
            (count,) = notebooks.tagged(cell, "settings") or ["0"]
            settings = "setting" if count == "1" else "settings"
            on = f" on {int(count):,} {settings}" if count != "0" else ""
            names = [name.replace("_", " ") for name in notebooks.tagged(cell, "catches")]
            expected[f"cell-{place}"] = f"checked{on} · refuses: {', '.join(names)}"
    assert found == expected


@pytest.mark.usefixtures("built")
def test_the_catalogue_has_every_mistake_with_all_that_refuses_it():
    found = entries()
    assert [name for name, _ in found.values()] == [name.replace("_", " ") for name in MISTAKES]
    for name, said in found.values():
        mistake = name.replace(" ", "_")
        assert MISTAKES[mistake].sentence in words(said)
        refusing = {
            (f"{chapter}.html", label)
            for chapter, _, labels, names in notebooks.checks()
            if mistake in names
            for label in labels
        }
        linked = {tuple(a["href"].split("#equation-")) for a in said.select("a[href*='#']")}
        assert linked == refusing, mistake
        assert {a["href"] for a in said.select("a:not([href*='#'])")} == {p for p, _ in refusing}
