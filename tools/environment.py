"""Make the environment in .venv from uv.lock, as every verb of make does.

It runs on any Python of this project, before anything is installed. The version of uv stands in
uv.lock like all others: pip installs that one by its hashes, and uv installs the rest. With
--only-uv it stops there: `make lock` must work while the lock does not fit.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

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


def fail(step, said, advice):
    """End with what a tool said, the step that failed, and what to do."""
    sys.exit(f"{said.strip()}\n\nThe step '{step}' failed. {advice}")


def run(*command, **options):
    """Run a command; return its exit code and what it said."""
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([str(part) for part in command], text=True, **merged, **options)
    return done.returncode, done.stdout


def version_of(*command):
    """Return what `--version` prints, or nothing."""
    try:
        code, said = run(*command, "--version")
    except OSError:
        return ""
    return said.strip() if code == 0 else ""


def locked_uv():
    """Return the version of uv in uv.lock, and the line with hashes by which pip installs it."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    uv = next(package for package in lock["package"] if package["name"] == "uv")
    hashes = [f"--hash={wheel['hash']}" for wheel in uv["wheels"]]
    return uv["version"], " ".join([f"uv=={uv['version']}", *hashes])


def make_venv():
    """Make an empty environment of this Python, in place of one of another version."""
    same = version_of(PYTHON) == version_of(sys.executable)
    code, said = run(sys.executable, "-m", "venv", *([] if same else ["--clear"]), VENV)
    if code:
        fail("make an environment", said, "Python's own module venv says why, just above.")


def install_uv():
    """Install the locked uv, unless it is there."""
    version, line = locked_uv()
    if version_of(SCRIPTS / "uv").split()[1:2] == [version]:
        return
    make_venv()
    wanted = VENV / "uv.txt"
    wanted.write_text(line + "\n", encoding="utf-8")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    code, said = run(*pip, "install", "--quiet", "--require-hashes", "--no-deps", "-r", wanted)
    if code:
        fail(f"install uv {version} with pip", said, NETWORK)


def install_all():
    """Install what uv.lock says, and nothing else."""
    # The lock names its index: another one of this machine would only make it seem out of date.
    ignored = re.compile(r"VIRTUAL_ENV|UV_PYTHON|UV_.*INDEX.*|UV_FIND_LINKS")
    environ = {name: v for name, v in os.environ.items() if not ignored.fullmatch(name)}
    environ |= {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    command = [SCRIPTS / "uv", "sync", "--locked", "--all-extras", "--quiet", "--python", PYTHON]
    code, said = run(*command, cwd=ROOT, env=environ)
    if code:
        stale = "needs to be updated" in said
        fail("install the versions of uv.lock", said, STALE if stale else NETWORK)


def main():
    """Make the environment, or say which step failed and what to do."""
    install_uv()
    if "--only-uv" not in sys.argv[1:]:
        print("Installing the versions of uv.lock into .venv", flush=True)
        install_all()


if __name__ == "__main__":
    main()
