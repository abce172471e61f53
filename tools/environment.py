"""Make the environment in .venv from uv.lock, as every verb of make does.

It runs on any Python of this project, before anything is installed. The version of uv stands in
uv.lock like all others: pip installs that one by its hashes, and uv installs the rest. With
--only-uv it stops there: `make lock` must work while the lock does not fit.
"""

import contextlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.step import run

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
NETWORK = (
    "It needs https://pypi.org and https://files.pythonhosted.org: check the connection (behind a "
    "proxy, set HTTPS_PROXY), then run the same command again. What was installed so far is kept."
)
STALE = (
    "uv.lock does not fit pyproject.toml: a dependency was edited, and the lock was not. "
    "Run  make lock  and commit uv.lock with the edit."
)


def locked_uv():
    """Return the version of uv in uv.lock, and the line with hashes by which pip installs it."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    uv = next(package for package in lock["package"] if package["name"] == "uv")
    hashes = [f"--hash={wheel['hash']}" for wheel in uv["wheels"]]
    return uv["version"], " ".join([f"uv=={uv['version']}", *hashes])


def has(version):
    """Say whether the environment is of this Python, and holds this uv."""

    def said(*command):
        with contextlib.suppress(OSError):
            done = subprocess.run([*command, "--version"], capture_output=True, text=True)
            return done.stdout.split()[1:2]

    return said(PYTHON) == said(sys.executable) and said(SCRIPTS / "uv") == [version]


def install_uv():
    """Make an empty environment of this Python with the locked uv, unless it is there."""
    version, line = locked_uv()
    if has(version):
        return
    running = Path(sys.prefix) == VENV
    venv = [sys.executable, "-m", "venv", *([] if running else ["--clear"]), VENV]
    run("make an environment", *venv, advice="Python's own module venv says why, just above.")
    wanted = VENV / "uv.txt"
    wanted.write_text(line + "\n", encoding="utf-8")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--retries", "2", "install"]
    pip += ["--quiet", "--require-hashes", "--no-deps", "--requirement", wanted]
    run(f"install uv {version} with pip", *pip, advice=NETWORK)


def install_all():
    """Install what uv.lock says, and nothing else."""
    # The lock names its index: another one of this machine would only make it seem out of date.
    ignored = re.compile(r"VIRTUAL_ENV|UV_PYTHON|UV_.*INDEX.*|UV_FIND_LINKS")
    environ = {name: v for name, v in os.environ.items() if not ignored.fullmatch(name)}
    environ |= {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    options = {"cwd": ROOT, "env": environ}
    check = [SCRIPTS / "uv", "lock", "--check", "--offline", "--quiet"]
    sync = [SCRIPTS / "uv", "sync", "--frozen", "--all-extras", "--quiet", "--python", PYTHON]
    run("compare uv.lock with pyproject.toml", *check, advice=STALE, **options)
    run("install the versions of uv.lock", *sync, advice=NETWORK, **options)


def main():
    """Make the environment, or say which step failed and what to do."""
    install_uv()
    if "--only-uv" not in sys.argv[1:]:
        print("Installing the versions of uv.lock into .venv", flush=True)
        install_all()


if __name__ == "__main__":
    main()
