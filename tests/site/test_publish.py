"""What installs, checks and publishes the project: versions, hashes and workflows agree."""

import re

from tests.site.conftest import ROOT

FILES = ["requirements.txt", "binder/requirements.txt"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def pins(name):
    """Return the versions that a file of requirements pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M))


def test_each_version_stands_in_one_place():
    assert not set(pins(FILES[0])) & set(pins(FILES[1]))
    assert len(pins(FILES[0])) > 10
    assert len(pins(FILES[1])) > 5


def test_every_requirement_is_pinned():
    for name in FILES:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        listed = [line for line in lines if re.match(r"\w", line)]
        assert [line.split("==")[0] for line in listed] == list(pins(name))


def test_the_lock_holds_every_version_with_hashes():
    locked = pins("requirements.lock")
    wanted = pins(FILES[0]) | pins(FILES[1])
    assert {name: locked.get(name.lower()) for name in wanted} == wanted, "run `make lock`"
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=\w)", text, flags=re.M)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_action_is_pinned_by_digest_and_says_its_version():
    assert len(WORKFLOWS) >= 4
    for path in WORKFLOWS:
        uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
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
