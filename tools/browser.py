"""Print the path of a Chromium or Chrome; install one where there is none.

A fresh machine has no browser, and pip brings none. In order: the variable CHROMIUM, a browser on
PATH or in its usual place, the one that Playwright installed earlier, a new one from Playwright,
a new one from Debian or Ubuntu.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
]
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
]


def works(path):
    """Tell whether the browser starts: some systems have a launcher and no browser behind it."""
    if not path or not Path(path).is_file():
        return False
    if os.name == "nt":  # there, --version opens a window
        return True
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def named():
    """Return the browser that the variable CHROMIUM names; end if that one does not start."""
    path = os.environ.get("CHROMIUM")
    if path and not works(path):
        sys.exit(f"The variable CHROMIUM names {path}, and that is not a browser that starts.")
    return path


def installed():
    """Return a browser of this machine."""
    candidates = [shutil.which(name) for name in NAMES] + PLACES
    return next((path for path in candidates if works(path)), None)


def playwrights():
    """Return the browser that Playwright installed earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if works(path) else None


def run(*command):
    """Run a command, its output on stderr, and tell whether it succeeded."""
    print("+", *command, file=sys.stderr, flush=True)
    try:
        return subprocess.run(command, stdout=sys.stderr).returncode == 0
    except OSError as error:
        print(error, file=sys.stderr)
        return False


def install_playwrights():
    """Install Playwright's browser; with what it needs from the system where that is allowed."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if run(*command, "--with-deps") or run(*command):
        return playwrights()
    return None


def install_debians():
    """Install the browser of Debian or Ubuntu."""
    if not shutil.which("apt-get"):
        return None
    sudo = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            return None
        sudo = ["sudo"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if run(*apt, "update") and run(*apt, "install", "--yes", "--no-install-recommends", "chromium"):
        return installed()
    return None


def find():
    """Return the path of a browser, or end with one sentence that says what to do."""
    for source in (named, installed, playwrights, install_playwrights, install_debians):
        if path := source():
            return path
    return sys.exit(
        "No browser was found or installed: install Chromium, or set CHROMIUM to its path."
    )


if __name__ == "__main__":
    print(find())
