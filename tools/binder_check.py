"""Do what Binder does, without Docker, and run every notebook in JupyterLab (`make check-binder`).

It takes the Python and the pip line from the Dockerfile that repo2docker prints, and runs the line
in an empty environment, on a copy of the committed files. On a live kernel of this environment,
tests/site/test_lab_notebooks.py then opens each notebook of the copy.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools.step import run

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "_build" / "binder"
UV = [sys.executable, "-m", "uv"]
# Binder uses the newest one, so that there is no version to pin.
REPO2DOCKER = [*UV, "tool", "run", "--from", "jupyter-repo2docker", "jupyter-repo2docker"]
NETWORK = "It needs https://pypi.org and https://files.pythonhosted.org: check the connection."
TESTS = [sys.executable, "-m", "pytest", "--full", "-v", "tests/site/test_lab_notebooks.py"]


def dockerfile_lines():
    """Return the version of Python and the file of requirements that the Dockerfile names."""
    command = [*REPO2DOCKER, "--no-build", "--debug", "."]
    text = run("print the Dockerfile of Binder", *command, cwd=ROOT, advice=NETWORK)
    version = re.search(r"environment-2epy-2d(\d+)-2e(\d+)", text)
    line = re.search(r'bin/pip install --no-cache-dir -r "([^"]+)"', text)
    if not (version and line):
        sys.exit("The Dockerfile of repo2docker has no line for Python, or none for pip.")
    return f"{version[1]}.{version[2]}", line[1]


def main():
    """Make the environment, and check every notebook; the exit code says whether all is well."""
    version, requirements = dockerfile_lines()
    print(f"the Dockerfile: Python {version}, pip install -r {requirements}", flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    home, place = WORK / "home", WORK / "env"
    home.mkdir(parents=True)
    run("copy the committed files", "git", "archive", "-o", WORK / "home.tar", "HEAD", cwd=ROOT)
    shutil.unpack_archive(WORK / "home.tar", home, filter="data")
    started = time.monotonic()
    advice = f"Binder has Python {version}: install it, or put it on PATH."
    venv = [*UV, "venv", "--quiet", "--seed", "--python", version, place]
    run("make an environment", *venv, advice=advice)
    pip = [place / "bin" / "pip", "install", "--no-cache-dir", "-q", "-r", requirements]
    run("install what Binder installs", *pip, cwd=home, advice=NETWORK)
    size = sum(f.lstat().st_size for f in place.rglob("*") if f.is_file()) / 2**20
    print(f"environment: {size:.0f} MB in {time.monotonic() - started:.0f} s", flush=True)
    given = {"LAB_PYTHON": str(place / "bin" / "python"), "LAB_HOME": str(home)}
    sys.exit(subprocess.run(TESTS, cwd=ROOT, env=os.environ | given).returncode)


if __name__ == "__main__":
    main()
