"""One name and one version, wherever they stand."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import convlib
from convlib import _late

ROOT = Path(convlib.__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_version_is_written_in_the_project_and_nowhere_else():
    version = PROJECT["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev0)?", version)
    assert convlib.__version__ == version, "make the environment again: run `make unit`"
    # `uv lock`, which Dependabot runs, must not have to build the package
    assert "dynamic" not in PROJECT["project"]


def test_what_is_not_installed_has_no_version(monkeypatch):
    def refuse(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", refuse)
    assert convlib.__version__ == "0.0.0+unknown"


def test_citation_has_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, flags=re.M) == [convlib.__version__]


def test_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest, *older = re.findall(r"^## \[(.+?)\]", changelog, flags=re.M)
    in_the_making = convlib.__version__.endswith(".dev0")
    assert newest == ("Unreleased" if in_the_making else convlib.__version__)
    assert convlib.__version__.removesuffix(".dev0") not in older


def test_the_name_to_install_is_that_of_the_project():
    name = PROJECT["project"]["name"]
    source = Path(_late.__file__).read_text(encoding="utf-8")
    assert re.findall(r'pip install "([\w-]+)\[', source) == [name]
    extras = {extra for extra in convlib._LATE.values() if extra}
    assert extras <= set(PROJECT["project"]["optional-dependencies"])


def test_every_sub_package_and_every_kind_of_file_is_packed():
    assert PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] == ["convlib*"]
    packed = set(PROJECT["tool"]["setuptools"]["package-data"]["*"])
    files = [p for p in (ROOT / "convlib").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    assert {f"*{path.suffix}" for path in files} - {"*.py"} == packed
