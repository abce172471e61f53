"""The cell that fetches the course in Google Colab."""

import importlib
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pytest

from tests.site.conftest import ROOT

sys.path.insert(0, str(ROOT))
colab = importlib.import_module("tools.colab")
address = importlib.import_module("address")
REPOSITORY = "https://github.com/owner/name"


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Two notebooks that fetch a repository."""
    monkeypatch.setenv("REPOSITORY_URL", REPOSITORY)
    for name in ("gather-dx", "index"):
        text = (ROOT / "book" / f"{name}.ipynb").read_text(encoding="utf-8")
        (tmp_path / f"{name}.ipynb").write_text(text, encoding="utf-8")
    colab.main(tmp_path)
    return tmp_path


def fetching(path):
    """Return the first code cell of a notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return next(cell for cell in cells if cell.cell_type == "code")


def test_every_notebook_begins_with_one_cell_however_often_it_is_written(book):
    before = {path.name: path.read_bytes() for path in book.iterdir()}
    colab.main(book)
    assert {path.name: path.read_bytes() for path in book.iterdir()} == before
    for path in book.iterdir():
        nbformat.validate(nbformat.read(path, as_version=4))
        assert path.read_text(encoding="utf-8").count(address.COLAB_CELL) == 1
        cell = fetching(path)
        assert cell.id == address.COLAB_CELL
        assert cell.metadata.tags == ["remove-cell"]


def test_the_button_needs_the_cell_in_every_notebook_and_the_same_address(book):
    assert address.runs_in_colab(book, REPOSITORY)
    assert not address.runs_in_colab(book, "https://github.com/owner/other")
    assert not address.runs_in_colab(ROOT / "book", REPOSITORY)


def test_without_an_address_nothing_is_written(monkeypatch, tmp_path):
    monkeypatch.setenv("REPOSITORY_URL", "")
    with pytest.raises(SystemExit, match="no address"):
        colab.main(tmp_path)


def test_in_colab_the_cell_fetches_the_course_and_elsewhere_it_does_nothing(
    book, monkeypatch, tmp_path
):
    calls, home = [], tmp_path / "c"
    source = fetching(book / "index.ipynb").source.replace("/content/course", home.as_posix())
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    monkeypatch.chdir(tmp_path)
    exec(source, {})
    assert calls == []

    def git_and_pip(command, check):
        calls.append(command)
        if command[0] == "git":
            (home / "book").mkdir(parents=True)

    monkeypatch.setattr(subprocess, "run", git_and_pip)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    exec(source, {})
    exec(source, {})  # after a restart of the kernel nothing is fetched again
    assert [call[0] for call in calls] == ["git", sys.executable]
    assert REPOSITORY in calls[0]
    assert Path.cwd() == home / "book"
    assert Path(sys.path[0]) == home
