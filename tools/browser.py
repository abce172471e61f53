"""Print the path of a Chromium or Chrome; install one where there is none.

A fresh machine has no browser, and pip brings none. In order: the variable CHROMIUM, a browser on
PATH or in its usual place, the one that Playwright installed earlier, a new one from Playwright,
a new one from Debian or Ubuntu. If all fail, it says what each of them said.
"""

import os
import re
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


class NotFoundError(Exception):
    """A source has no browser; the message says why."""


def why_not(path):
    """Return why a browser does not start, or nothing: some launchers have no browser behind."""
    if os.name == "nt":  # there, --version opens a window
        return ""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else complaint(done.stderr) or f"exit code {done.returncode}"


def complaint(text):
    """Return the line that says what went wrong: the first that names an error, or the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"E: |(\w*Error|Failed)\b", line)]
    return (errors or lines[-1:] or [""])[0]


def starting(paths):
    """Return the first of some browsers that starts."""
    reasons = {path: why_not(path) for path in paths if path and Path(path).is_file()}
    for path, reason in reasons.items():
        if not reason:
            return path
    raise NotFoundError("; ".join(f"{p}: {r}" for p, r in reasons.items()) or "there is none")


def named():
    """Return the browser that the variable CHROMIUM names; end if that one does not start."""
    path = os.environ.get("CHROMIUM")
    if not path:
        raise NotFoundError("it is not set")
    if not Path(path).is_file() or why_not(path):
        sys.exit(f"The variable CHROMIUM names {path}, and that is not a browser that starts.")
    return path


def installed():
    """Return a browser of this machine."""
    return starting([shutil.which(name) for name in NAMES] + PLACES)


def playwrights():
    """Return the browser that Playwright installed earlier."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return starting([playwright.chromium.executable_path])


def run(*command):
    """Run a command; what it says goes to stderr, and its complaint into the error."""
    print("+", *command, file=sys.stderr, flush=True)
    try:
        merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, text=True, errors="replace", **merged)
    except OSError as error:
        raise NotFoundError(str(error)) from None
    said = []
    for line in process.stdout:
        print(line, end="", file=sys.stderr, flush=True)
        said.append(line)
    if process.wait():
        raise NotFoundError(complaint("".join(said)) or f"exit code {process.returncode}")


def install_playwrights():
    """Install Playwright's browser; with what it needs from the system where that is allowed."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        run(*command, "--with-deps")
    except NotFoundError:
        run(*command)
    return playwrights()


def install_debians():
    """Install the browser of Debian or Ubuntu."""
    if not shutil.which("apt-get"):
        raise NotFoundError("this system has no apt-get")
    sudo = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise NotFoundError("apt-get needs root or sudo, and there is neither")
        sudo = ["sudo"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    run(*apt, "update")
    run(*apt, "install", "--yes", "--no-install-recommends", "chromium")
    return installed()


SOURCES = {
    "the variable CHROMIUM": named,
    "PATH and the usual places": installed,
    "a browser of Playwright": playwrights,
    "playwright install": install_playwrights,
    "apt-get install": install_debians,
}


def find():
    """Return the path of a browser, or end with what each source said and what to do."""
    tried = {}
    for name, source in SOURCES.items():
        try:
            return source()
        except NotFoundError as error:
            tried[name] = error
    reasons = "\n".join(f"  {name}: {reason}" for name, reason in tried.items())
    return sys.exit(
        f"\nThe step 'find or install a browser' failed:\n{reasons}\n"
        "Install Chromium or Chrome, or set the variable CHROMIUM to the path of one, then run the "
        "same command again. Behind a proxy, set HTTPS_PROXY. `make book` needs no browser."
    )


if __name__ == "__main__":
    print(find())
