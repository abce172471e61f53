"""Run the chapters that changed, side by side, for the build that follows (`make book`).

The build takes their outputs from this cache, and its own memory of pages stands beside it. Neither
notices an edit of what the chapters import or of what the pages are made with: after one, both go.
"""

import hashlib
import logging
import multiprocessing
import shutil
import sys

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

from tools.notebooks import BOOK, NOTEBOOKS

ROOT = BOOK.parent
BUILD = ROOT / "_build"
CACHE = BUILD / ".jupyter_cache"
STAMP = BUILD / "made-with"
MADE_WITH = [
    "convlib/**/*", "book/data/*", "book/ext/**/*", "book/frameworks/*", "book/web/**/*",
    "_config.yml", "_toc.yml", "uv.lock",
]  # fmt: skip
TIMEOUT = 600  # seconds for one cell: some train, and a machine may be busy


def fingerprint():
    """Return a hash of this Python and of all that every page depends on."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted({path for pattern in MADE_WITH for path in ROOT.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(ROOT).as_posix().encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def forget_if_outdated():
    """Remove what was kept, if it was made with something else."""
    now = fingerprint()
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != now:
        for folder in (CACHE, BUILD / ".doctrees", BUILD / "jupyter_execute"):
            shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    STAMP.write_text(now, encoding="utf-8")


def run(paths):
    """Run what is not in the cache; end if a chapter does not run to its end."""
    forget_if_outdated()
    cache, paths = get_cache(CACHE), [str(path) for path in paths]
    for path in paths:
        cache.add_nb_to_project(path)
    logger = logging.getLogger("execute")
    logger.setLevel(logging.ERROR)
    multiprocessing.log_to_stderr(logging.ERROR)
    ran = 0
    # Side by side, kernels may want the same port and the cache's database may be busy: what could
    # not be run at all is tried again, one after the other.
    for kind in ("local-parallel", "local-serial"):
        executor = load_executor(kind, cache, logger=logger)
        # By name, because the cache also remembers chapters that have another name by now.
        done = executor.run_and_cache(filter_uris=paths, timeout=TIMEOUT)
        ran += len(done.succeeded)
        for name in done.excepted:
            print(f"{name}\n{cache.get_project_record(name).traceback}", file=sys.stderr)
        if done.excepted or not done.errored:
            break
    print(f"{ran} chapters were run; the others have not changed.", flush=True)
    if failed := done.excepted + done.errored:
        sys.exit(f"These do not run to their end: {', '.join(failed)}")


if __name__ == "__main__":
    run(BOOK / f"{name}.ipynb" for name in NOTEBOOKS)
