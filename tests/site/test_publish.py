"""What installs, checks and publishes the project: versions, hashes and workflows agree."""

import itertools
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tests.site.conftest import ROOT
from tools import environment

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
INDEX = "https://pypi.org/simple"
FILES = "https://files.pythonhosted.org/packages/"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", ["requirements.txt", "binder/requirements.txt"])
def test_a_plain_file_has_one_version_of_each_package_that_its_readers_need(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    lines = [Requirement(line) for line in text.splitlines() if re.match(r"\w", line)]
    assert all(re.fullmatch(r"==[\w.+!]+", str(line.specifier)) for line in lines)
    on_binder = {"python_full_version": "3.12.0", "python_version": "3.12"}
    pins = {
        line.name: str(line.specifier).removeprefix("==")
        for line in lines
        if not line.marker or line.marker.evaluate(on_binder)
    }
    groups = PYPROJECT["dependency-groups"]
    wanted = [PYPROJECT["project"]["dependencies"], groups["lab"]]
    wanted += PYPROJECT["project"]["optional-dependencies"].values()
    if file == "requirements.txt":
        wanted += [lines for name, lines in groups.items() if name != "graders"]
    # not the versions of uv.lock for certain: an update of the lock alone is none of these files
    for line in map(Requirement, itertools.chain(*wanted)):
        assert pins[line.name] in line.specifier, f"{line}: run `make lock`"


def test_the_lock_names_public_addresses_only_and_a_hash_for_every_file():
    packages = [p for p in LOCK["package"] if "editable" not in p["source"]]
    assert len(packages) > 100
    assert {p["source"]["registry"] for p in packages} == {INDEX}
    for package in packages:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert package["wheels"], f"{package['name']} would be compiled on every machine"
        assert all(file["url"].startswith(FILES) for file in files)
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"]) for file in files)


def test_the_lock_fits_pyproject_and_the_first_step_installs_its_uv():
    version, line = environment.locked_uv()
    assert re.fullmatch(rf"uv=={re.escape(version)}( --hash=sha256:[0-9a-f]{{64}})+", line)
    uv = [sys.executable, "-m", "uv"]
    said = subprocess.run([*uv, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[1] == version
    check = [*uv, "lock", "--check", "--offline", "--quiet"]
    assert subprocess.run(check, cwd=ROOT).returncode == 0, "uv.lock is old: run `make lock`"


def test_every_action_is_pinned_by_digest_and_says_its_version():
    assert len(WORKFLOWS) >= 4
    for path in WORKFLOWS:
        uses = re.findall(r"uses: ([^.].*)", path.read_text(encoding="utf-8"))
        assert uses
        assert [u for u in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", u)] == []


def test_one_action_has_one_version_in_all_workflows():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    found = set(re.findall(r"uses: ([\w./-]+)@(\w+ # \S+)", text))
    assert len(found) == len({name for name, _ in found})


def test_code_of_a_pull_request_gets_no_secret_and_no_right_to_write():
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert "pull_request_target" not in text
        assert re.search(r"^permissions: \{\}$", text, re.M), "nothing is allowed by default"
        if "pull_request:" in text:
            assert "secrets." not in text
            assert "write" not in re.findall(r"^ +[\w-]+: (write|read)\b", text, re.M)


def jobs(name):
    """Return the jobs of a workflow."""
    path = ROOT / ".github" / "workflows" / f"{name}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def test_what_is_published_was_built_after_the_whole_matrix_had_passed():
    chain = jobs("pages")
    assert chain["test"]["uses"] == "./.github/workflows/test.yml"
    assert chain["build"]["needs"] == "test"
    assert chain["publish"]["needs"] == "build"
    writing = [name for name, job in chain.items() if "write" in job["permissions"].values()]
    assert writing == ["publish"]
    matrix = jobs("test")["make"]["strategy"]["matrix"]
    assert len(matrix["os"]) * len(matrix["python"]) >= 8


def test_workflows_call_only_verbs_that_the_makefile_has():
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for path in WORKFLOWS:
        lines = re.findall(r"run: make (.+)", path.read_text(encoding="utf-8"))
        assert set(" ".join(lines).split()) <= verbs, path.name
