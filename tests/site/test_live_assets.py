"""The files that pages make their Python of: the right wheels, each once, and what is listed."""

import base64
import hashlib
import importlib.metadata
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from packaging.utils import parse_wheel_filename

import convlib
from tests.site.conftest import ROOT, SITE
from tools import downloads, notebooks, pyodide, wasm

sys.path.insert(0, str(ROOT / "book" / "ext"))
from live import _assets, _cells

PYTHON = SITE / "_static" / "python"


def described(manifest):
    """Yield what a manifest says of each file that has a checksum."""
    yield manifest["boot"]
    yield from manifest["start"]
    for package in manifest["packages"].values():
        yield from package["files"]


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A copy of the wheels, which a test may spoil."""
    copy = tmp_path / "wheels"
    shutil.copytree(_assets.WHEELS, copy)
    monkeypatch.setattr(_assets, "WHEELS", copy)
    return copy


def spoil(folder, package):
    path = folder / _assets.pyodide_lock()["packages"][package]["file_name"]
    path.write_bytes(path.read_bytes() + b"\0")
    return path


# --- the wheels ----------------------------------------------------------------------------------


def test_the_wheels_are_those_that_the_lock_names_and_no_others():
    lock = _assets.pyodide_lock()
    names = {lock["packages"][each]["file_name"] for each in _assets.wheels(lock)}
    assert {path.name for path in _assets.WHEELS.iterdir()} == names


@pytest.mark.parametrize("package", _assets.wheels(_assets.pyodide_lock()))
def test_the_build_ends_at_a_wheel_of_other_bytes(wheels, package):
    path = spoil(wheels, package)
    with pytest.raises(ValueError, match=re.escape(f"{path.name} is not the wheel that pyodide")):
        _assets.assemble()


def test_the_verb_moves_the_wheels_and_the_table(wheels, tmp_path, monkeypatch):
    readme = tmp_path / "README.md"
    text = pyodide.README.read_text(encoding="utf-8")
    readme.write_text(re.sub(r"(?m)^\| `wheels/(?!numpy).*\n", "", text), encoding="utf-8")
    monkeypatch.setattr(pyodide, "README", readme)
    source = shutil.copytree(wheels, tmp_path / "from")
    for path in wheels.glob("p*.whl"):
        path.rename(wheels / f"old-{path.name}")
    version = _assets.pyodide_lock()["info"]["version"]
    monkeypatch.setattr(sys, "argv", ["pyodide", version, str(source)])
    pyodide.main()
    assert readme.read_text(encoding="utf-8") == text
    assert {p.name for p in wheels.iterdir()} == {p.name for p in source.iterdir()}


def test_the_verb_changes_nothing_if_a_wheel_is_wrong(wheels, tmp_path, monkeypatch):
    source = shutil.copytree(wheels, tmp_path / "from")
    spoil(source, "matplotlib")
    before = {path.name: path.read_bytes() for path in wheels.iterdir()}
    version = _assets.pyodide_lock()["info"]["version"]
    monkeypatch.setattr(sys, "argv", ["pyodide", version, str(source)])
    with pytest.raises(SystemExit, match="is not the wheel that Pyodide's lock names"):
        pyodide.main()
    assert {path.name: path.read_bytes() for path in wheels.iterdir()} == before


# --- convlib -------------------------------------------------------------------------------------


def test_convlib_travels_as_a_wheel_that_an_installer_takes(tmp_path):
    name, content = _assets.course()
    assert [str(part) for part in parse_wheel_filename(name)[:2]] == [
        "convolution-backwards",
        convlib.__version__,
    ]
    (tmp_path / name).write_bytes(content)
    target = tmp_path / "installed"
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--offline", "--target", target]
    subprocess.run([*command, tmp_path / name], check=True)
    (metadata,) = importlib.metadata.distributions(path=[str(target)])
    assert metadata.version == convlib.__version__
    assert {p.name for p in (target / "convlib").iterdir()} >= {
        "__init__.py",
        "figures",
        "_conv.py",
    }
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        record = archive.read(f"{name.partition('-py3')[0]}.dist-info/RECORD").decode()
        rows = [line.split(",") for line in record.splitlines()]
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for path, digest, size in rows[:-1]:
            raw = base64.urlsafe_b64encode(hashlib.sha256(archive.read(path)).digest())
            assert digest == f"sha256={raw.decode().rstrip('=')}", path
            assert int(size) == archive.getinfo(path).file_size


def test_the_same_files_give_the_same_bytes():
    assert _assets.course() == _assets.course()
    assert _assets.boot() == _assets.boot()


# --- what a page can import ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["numpy", "matplotlib.pyplot", "PIL", "sympy", "json", "hashlib"])
def test_what_a_page_can_import(name):
    assert _cells.missing(f"import {name}") == []


@pytest.mark.parametrize("name", ["ssl", "sqlite3", "subprocess", "threading", "pandas", "torch"])
def test_what_no_page_can_import(name):
    assert _cells.missing(f"def f():\n    from {name} import x") == [name]


# --- the built site ------------------------------------------------------------------------------


@pytest.mark.usefixtures("built")
def test_every_file_of_the_manifest_is_there_with_its_bytes():
    manifest = json.loads((PYTHON / "manifest.json").read_text(encoding="utf-8"))
    listed = list(described(manifest))
    assert len(listed) > len(_assets.wheels(_assets.pyodide_lock()))
    for file in listed:
        content = (PYTHON / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    for file in manifest["core"]:
        assert (PYTHON / manifest["pyodide"] / file["name"]).stat().st_size == file["size"]


@pytest.mark.usefixtures("built")
def test_no_file_of_python_is_served_twice_or_for_nothing():
    seen = {}
    for path in SITE.rglob("*"):
        if path.is_file() and path.stat().st_size > 10_000:
            seen.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(path.name)
    assert [names for names in seen.values() if len(names) > 1] == []
    manifest = json.loads((PYTHON / "manifest.json").read_text(encoding="utf-8"))
    archives = {path.name for path in PYTHON.glob("*.zip")} | {p.name for p in PYTHON.glob("*.whl")}
    assert archives == {f["name"] for f in described(manifest) if "/" not in f["name"]}


# --- the tests in the pages' Python --------------------------------------------------------------


def test_what_is_left_out_there_exists(capsys):
    what = wasm.chosen()
    told = capsys.readouterr().out
    for name in wasm.LEFT_OUT:
        file, _, test = name.partition("::")
        source = (ROOT / "tests" / "unit" / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in source
        assert f"left out: {name}, which " in told
    assert "tests/unit/test_conv.py" in what
    assert len(what) > 15


def test_the_archive_for_rooms_without_a_network_leaves_python_out(tmp_path):
    for name in ("index.html", "_static/live.js", "_static/python/page.js", "_static/python/a.zip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    with zipfile.ZipFile(downloads.pack(tmp_path, tmp_path / "all.zip")) as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
    assert names == ["_static/live.js", "index.html"]


@pytest.mark.usefixtures("built")
def test_an_exercise_has_one_cell_to_write_in():
    for chapter in notebooks.CHAPTERS:
        labels = re.findall(r"^:label: (ex-\S+)$", notebooks.text(chapter), re.M)
        listed = json.loads((PYTHON / "cells" / f"{chapter}.json").read_text(encoding="utf-8"))
        own = [cell["id"] for cell in listed if cell["id"].startswith("try-")]
        assert own == [f"try-{label}" for label in labels if not label.startswith(_cells.WRITE)]
