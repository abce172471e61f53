"""How packages come into the page's Python: at an import, checked, and again after a failure."""

import hashlib
import importlib
import io
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "ext"))
from live import boot, loader

MODULES = ["zz_alone", "zz_needs", "zz_part", "zz_second"]


def packed(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


FILES = {
    "alone.zip": packed({"zz_alone.py": "value = 1"}),
    "../wheels/needs.whl": packed({"zz_needs/__init__.py": "import zz_alone, zz_needs.inner"}),
    "inner.zip": packed({"zz_needs/inner.py": "from zz_part import half\nvalue = 2 * half"}),
    "part.zip": packed({"zz_part.py": "half = 21"}),
}


def listed(*names):
    return [
        {"name": n, "size": len(FILES[n]), "sha256": hashlib.sha256(FILES[n]).hexdigest()}
        for n in names
    ]


LISTED = {
    "Alone": {"modules": ["zz_alone"], "files": listed("alone.zip")},
    "Needs": {"modules": ["zz_needs"], "files": listed("../wheels/needs.whl", "inner.zip")},
    "Part": {"modules": ["zz_part", "zz_second"], "files": listed("part.zip")},
}


class Server:
    """What a page fetches from: it can lose a file, or damage it."""

    def __init__(self):
        self.files, self.asked, self.told = dict(FILES), [], []

    def fetch(self, file):
        self.asked.append(file["name"])
        return self.files[file["name"]]

    def tell(self, *given):
        self.told.append(given)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Packages that are imported from an empty folder."""
    server = Server()
    packages = loader.Packages(LISTED, server.fetch, str(tmp_path), server.tell)
    monkeypatch.setattr(sys, "meta_path", [packages, *sys.meta_path])
    monkeypatch.syspath_prepend(tmp_path)
    yield server
    for name in [name for name in sys.modules if name.partition(".")[0] in MODULES]:
        del sys.modules[name]


def test_nothing_is_fetched_before_an_import_and_nothing_twice(server):
    assert server.asked == []
    for _ in range(2):
        assert importlib.import_module("zz_alone").value == 1
        sys.modules.pop("zz_alone")
    assert server.asked == ["alone.zip"]
    assert importlib.util.find_spec("json") is not None
    assert importlib.util.find_spec("zz_unknown") is None
    assert server.asked == ["alone.zip"]


def test_an_import_inside_a_package_or_a_function_brings_what_it_needs(server):
    def inside():
        import zz_needs.inner as inner

        return inner.value

    assert inside() == 42
    assert server.asked == ["../wheels/needs.whl", "inner.zip", "alone.zip", "part.zip"]


def test_the_progress_is_that_of_the_bytes(server):
    importlib.import_module("zz_needs")
    first, second = (len(FILES[name]) for name in ("../wheels/needs.whl", "inner.zip"))
    total = first + second
    told = [given for given in server.told if given[0] == "Needs"]
    assert told == [("Needs", 0, total), ("Needs", first, total), ("Needs", total, total)]


@pytest.mark.parametrize("name", ["../wheels/needs.whl", "inner.zip"])
def test_a_file_that_is_missing_is_an_error_of_one_sentence_and_is_tried_again(server, name):
    content = server.files.pop(name)
    with pytest.raises(ImportError, match=r"^Needs could not be loaded: (needs.whl|inner.zip) did"):
        importlib.import_module("zz_needs")
    with pytest.raises(ImportError, match="Run the cell again"):
        importlib.import_module("zz_needs")
    server.files[name] = content
    assert importlib.import_module("zz_needs.inner").value == 42


@pytest.mark.parametrize("name", ["../wheels/needs.whl", "inner.zip"])
def test_a_damaged_file_is_refused_and_nothing_of_its_package_is_there(server, name, tmp_path):
    content = server.files[name]
    server.files[name] = FILES["alone.zip"]
    with pytest.raises(ImportError, match="is damaged: its checksum"):
        importlib.import_module("zz_needs")
    assert list(tmp_path.iterdir()) == []
    server.files[name] = content
    assert importlib.import_module("zz_needs.inner").value == 42


def test_a_page_starts_with_its_files_and_sends_its_outputs(tmp_path, monkeypatch):
    import builtins
    import json
    import os

    class Bytes:
        def __init__(self, content):
            self.to_bytes = lambda: content

    for name in ("display", "input", "exit", "quit", "_"):
        monkeypatch.setattr(builtins, name, None, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    monkeypatch.setattr(sys, "breakpointhook", None)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.syspath_prepend(tmp_path)
    (first,) = listed("alone.zip")
    manifest = {"start": [first, *listed("part.zip")], "packages": {"Needs": LISTED["Needs"]}}
    manifest["start"][1]["folder"] = str(tmp_path / "elsewhere")
    contents = [Bytes(FILES["alone.zip"]), Bytes(FILES["part.zip"])]
    asked, sent = [], []

    def fetch(name, sha256):
        asked.append(sha256)
        return Bytes(FILES[name])

    page = boot.start(
        json.dumps(manifest), contents, fetch, str(tmp_path), lambda m: sent.append(json.loads(m))
    )
    assert (tmp_path / "elsewhere" / "zz_part.py").is_file()
    sys.path.insert(0, str(tmp_path / "elsewhere"))
    try:
        assert page.run("cell-1", "import zz_needs.inner as i\ni.value")
    finally:
        sys.path.remove(str(tmp_path / "elsewhere"))
        for name in [name for name in sys.modules if name.partition(".")[0] in MODULES]:
            del sys.modules[name]
    assert asked == [file["sha256"] for file in LISTED["Needs"]["files"]]
    assert [message["type"] for message in sent] == ["loading"] * 3 + ["output"]
    assert sent[-1]["output"]["data"] == {"text/plain": "42"}
    assert Path(os.environ["MATPLOTLIBRC"]).parts[-3:] == ("convlib", "figures", "plots.mplstyle")
