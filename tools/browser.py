"""Find a Chromium or Chrome, and install one where there is none: python -m tools.browser.

A fresh machine has no browser, and pip brings none. The variable CHROMIUM names one. Without it,
one of this machine is taken, or else a new one from Playwright, or from Debian or Ubuntu. If all
fail, it says what each of them said.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = [
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
]  # fmt: skip
PLAYWRIGHTS = [sys.executable, "-m", "playwright", "install", "chromium"]
APT = "apt-get update && apt-get install --yes --no-install-recommends chromium"
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SUDO = [] if AS_ROOT else ["sudo"]
INSTALLERS = {
    "playwright install --with-deps": [*PLAYWRIGHTS, "--with-deps"],
    "playwright install": PLAYWRIGHTS,
    "apt-get install": [*SUDO, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", APT],
}


def why_not(path):
    """Return why a browser does not start, or nothing: some launchers have no browser behind."""
    if os.name == "nt":  # there, --version opens a window
        return ""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return complaint(done.returncode, done.stderr.splitlines())


def complaint(code, lines):
    """Return nothing for a success, or the line that says what failed."""
    lines = [line.strip() for line in lines if line.strip()]
    errors = [line for line in lines if re.match(r"E: |(\w*Error|Failed)\b", line)]
    return "" if code == 0 else (errors or lines[-1:] or [f"exit code {code}"])[0]


def install(*command):
    """Run an installer in the reader's sight; return its complaint, or nothing."""
    print("+", *command, file=sys.stderr, flush=True)
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    try:
        process = subprocess.Popen(command, errors="replace", **merged)
    except OSError as error:
        return str(error)
    lines = []
    for line in process.stdout:
        print(line, end="", file=sys.stderr, flush=True)
        lines.append(line)
    return complaint(process.wait(), lines)


def find(playwright):
    """Return the path of a browser, or end with what each source said and what to do."""
    if named := os.environ.get("CHROMIUM"):
        if why_not(named):
            sys.exit(f"The variable CHROMIUM names {named}, and that is no browser that starts.")
        return named
    said = {}
    for installer in [None, *INSTALLERS]:
        if installer:
            said[installer] = install(*INSTALLERS[installer])
        for path in [*map(shutil.which, NAMES), playwright.chromium.executable_path]:
            if path and Path(path).is_file():
                said[path] = why_not(path)
                if not said[path]:
                    return path
    reasons = "\n".join(f"  {name}: {reason or 'no browser'}" for name, reason in said.items())
    return sys.exit(
        f"\nThe step 'find or install a browser' failed:\n{reasons}\n"
        "Install Chromium or Chrome, or set the variable CHROMIUM to the path of one, then run the "
        "same command again. Behind a proxy, set HTTPS_PROXY. `make book` needs no browser."
    )


def launch(playwright, *options):
    """Start the browser; its sandbox refuses to work for root."""
    options = [*options, *(["--no-sandbox"] if AS_ROOT else [])]
    return playwright.chromium.launch(executable_path=find(playwright), args=options)


if __name__ == "__main__":
    with sync_playwright() as playwright:
        print(find(playwright))
