"""Build the site twice and compare the bytes (`make reproducible`)."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REASONS = {
    "train-a-network.html": "an output says how many seconds the training took",
}


def build(name):
    """Build into a folder of its own; return the folder of the site."""
    out = ROOT / "_build" / "twice" / name
    command = ["jupyter-book", "build", "book", "--config", "_config.yml", "--quiet", "--all"]
    command += ["--toc", str(ROOT / "_toc.yml"), "--path-output", str(out), "-W", "-n"]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    return out / "_build" / "html"


def digests(site):
    """Map each file of a site to the hash of its bytes."""
    files = [path for path in site.rglob("*") if path.is_file()]
    return {f.relative_to(site).as_posix(): hashlib.sha256(f.read_bytes()).digest() for f in files}


def main():
    """Compare two sites: those that are named, or two new ones."""
    sites = [Path(name) for name in sys.argv[1:]] or [build("first"), build("second")]
    first, second = (digests(site) for site in sites)
    differing = sorted(n for n in first.keys() | second.keys() if first.get(n) != second.get(n))
    for name in differing:
        print(f"differs: {name}: {REASONS.get(name, 'no reason is listed')}")
    print(f"{len(first)} files, {len(differing)} differ")
    sys.exit(1 if not first or set(differing) - set(REASONS) else 0)


if __name__ == "__main__":
    main()
