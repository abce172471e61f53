"""Run a command as one step of a tool."""

import subprocess
import sys


def run(step, *command, advice="", **options):
    """Return what a command says; if it fails, end with that, the step's name, and what to do."""
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    command = [str(part) for part in command]
    done = subprocess.run(command, errors="replace", **merged, **options)
    if done.returncode:
        sys.exit(f"{done.stdout.strip()}\n\nThe step '{step}' failed. {advice}")
    return done.stdout
