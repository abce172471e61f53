"""With the repository's address, buttons and full links appear; without it, none of them."""

import doctest
import importlib
import os
import re
import subprocess
import sys

import pytest

from tests.site.conftest import ROOT

EXT = ROOT / "book" / "ext"
CONF = f"""
extensions = ["myst_nb", "sphinx_book_theme", "address", "meta_tags", "roles_css", "policy"]
templates_path = ["{(EXT / "templates").as_posix()}"]
html_additional_pages = {{"404": "not_found.html"}}
html_favicon = "{(ROOT / "book" / "web" / "favicon.svg").as_posix()}"
html_theme = "sphinx_book_theme"
html_use_index = False
project = "A book"
nb_execution_mode = "off"
"""
NOTEBOOK = """{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source":
  ["# A chapter\\n", "\\n", "Slide every filter over x, and add up the products of every window."]},
  {"cell_type": "code", "id": "b", "metadata": {}, "source": ["1"], "outputs": [],
  "execution_count": 1}], "metadata": {"kernelspec": {"name": "python3", "language": "python",
  "display_name": "Python 3"}, "language_info": {"name": "python"}},
  "nbformat": 4, "nbformat_minor": 5}"""
HOSTS = ("github.com", "mybinder.org", "github.io")


@pytest.fixture(scope="module")
def address():
    sys.path.insert(0, str(EXT))
    yield importlib.import_module("address")
    sys.path.remove(str(EXT))


@pytest.mark.parametrize("name", ["address", "policy", "one_style"])
def test_examples(address, name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("https://github.com/owner/name", "https://github.com/owner/name"),
        ("https://github.com/owner/a.b.git", "https://github.com/owner/a.b"),
        ("ssh://git@github.com/owner/name.git", "https://github.com/owner/name"),
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("git@example.org:owner/name.git", ""),
        ("https://github.com.example.org/owner/name", ""),
        ("https://user:secret@github.com/owner/name", ""),
        ("/some/folder", ""),
        ("", ""),
    ],
)
def test_a_remote_is_used_only_if_it_is_a_plain_address_on_github(address, remote, found):
    assert address.repository({}, lambda: remote) == found


def test_a_variable_goes_before_github_actions_and_those_before_git(address):
    both = {"GITHUB_REPOSITORY": "actions/a", "REPOSITORY_URL": "https://github.com/variable/v"}
    remote = "git@github.com:remote/r.git"
    assert address.repository(both, lambda: remote).endswith("/variable/v")
    del both["REPOSITORY_URL"]
    assert address.repository(both, lambda: remote).endswith("/actions/a")


def test_origin_is_read_from_git(address, tmp_path):
    assert address.origin(tmp_path) == ""
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert address.origin(tmp_path) == ""
    subprocess.run([*git, "remote", "add", "origin", "git@github.com:o/n.git"], check=True)
    assert address.origin(tmp_path) == "git@github.com:o/n.git"


def build(folder, monkeypatch, url):
    """Build a book of one notebook; return its landing page, and the folder of the site."""
    for name in ("GITHUB_REPOSITORY", "SITE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REPOSITORY_URL", url)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(EXT), str(ROOT)]))
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(folder), str(folder / "html")]
    subprocess.run(command, check=True)
    return (folder / "html" / "index.html").read_text(encoding="utf-8"), folder / "html"


def test_with_an_address_the_buttons_lead_there(address, monkeypatch, tmp_path):
    page, site = build(tmp_path, monkeypatch, "https://github.com/owner/name")
    home = "https://owner.github.io/name/"
    for link in (
        'href="https://github.com/owner/name"',
        'href="https://github.com/owner/name/edit/main/book/index.ipynb"',
        'href="https://github.com/owner/name/issues/new',
        'href="https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/book/index.ipynb"',
        f'<link rel="canonical" href="{home}index.html"',
        f'property="og:url" content="{home}index.html"',
        f'property="og:image" content="{home}_static/social.png"',
    ):
        assert link in page
    sitemap = (site / "sitemap.xml").read_text(encoding="utf-8")
    assert re.findall(r"<loc>(.*?)</loc>", sitemap) == [f"{home}index.html"]
    assert (site / "robots.txt").read_text(encoding="utf-8") == f"Sitemap: {home}sitemap.xml\n"
    assert f'href="{home}index.html"' in (site / "404.html").read_text(encoding="utf-8")


def test_without_an_address_nothing_leads_to_none(address, monkeypatch, tmp_path):
    page, site = build(tmp_path, monkeypatch, "")
    assert [host for host in HOSTS if host in page] == []
    for word in ("canonical", "og:url", "og:image", "Binder", "issues/new"):
        assert word not in page
    assert not (site / "sitemap.xml").exists()
    assert 'href="index.html"' in (site / "404.html").read_text(encoding="utf-8")


def test_the_picture_for_networks_exists_and_is_small():
    picture = ROOT / "book" / "web" / "social.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 100_000
