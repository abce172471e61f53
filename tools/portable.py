"""Run the chapters and a sample of the tests as on other machines (`make test-portable`).

python -m tools.portable [--one]

Another processor, BLAS or number of threads rounds otherwise; another system brings another locale.
Every environment below changes some of that, and each process that runs a chapter or a test records
what is in force in it. A kernel of OpenBLAS that this machine refuses is reported, never passed.
With --one, a single environment changes as much as possible at once.
"""

import itertools
import json
import locale
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info

from tools.notebooks import BOOK, NOTEBOOKS

ROOT = BOOK.parent
CHAPTERS = ["--nbval", "--nbval-sanitize-with", "nbval.cfg", *sorted(BOOK.glob("*.ipynb"))]
TESTS = ["--doctest-modules", "convlib", "tests/grids"]

X86 = ("Sandybridge", "Haswell", "Prescott", "Nehalem", "Zen", "SkylakeX", "Cooperlake")
ARM = ("ARMV8", "NEOVERSEN1", "CORTEXA57", "THUNDERX2T99", "NEOVERSEV1")
POWER = ("POWER8", "POWER9", "POWER10")
KERNELS = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM, "ppc64le": POWER}
"""The kernels to ask for. `--one` takes the first that differs from the default. Sandybridge stands
first, because it rounds after a product and after a sum, where newer kernels round once."""

RECORDS, SHAKE = "PORTABLE_RECORDS", "PORTABLE_SHAKE"
"""Variables for the processes of a run: the file of their records; whether arithmetic is noisy."""

ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ELSEWHERE = {"TZ": "NPT-5:45", **ASCII}
"""Nepal, in the plain C locale without UTF-8."""

# --- in the processes of a run ----------------------------------------------------------------


def state():
    """Return what is in force in this process."""
    np.ones((9, 9)) @ np.ones((9, 9))  # a kernel that the processor cannot run stops here
    blas = [lib for lib in threadpool_info() if lib["internal_api"] == "openblas"]
    # SciPy brings one, too
    blas.sort(key=lambda lib: "numpy" not in Path(lib["filepath"]).parts[-2])
    ours = blas[0] if blas else {}
    return {
        "kernel": ours.get("architecture"),
        "threads": ours.get("num_threads"),
        "features": [name for name in __cpu_dispatch__ if __cpu_features__.get(name)],
        "hash seed": os.environ.get("PYTHONHASHSEED"),
        "time zone": time.tzname[0],
        "encoding": locale.getpreferredencoding(False),
    }


def record(kind):
    """Write down the state of this process, for the table."""
    with open(os.environ[RECORDS], "a", encoding="utf-8") as records:
        records.write(json.dumps([kind, state()]) + "\n")


def pytest_sessionfinish(session):
    """Record the processes that ran tests: this module is a plugin of pytest, too."""
    if hasattr(session.config, "workerinput"):
        record("tests")


def in_kernel():
    """Record the process that runs a chapter, and make its arithmetic noisy where that is asked."""
    record("chapters")
    if SHAKE in os.environ:
        for name in ("matmul", "sum", "einsum"):
            setattr(np, name, shaken(getattr(np, name), np.random.default_rng(1)))


def shaken(function, noise):
    """Let a function be wrong in its last bits, as another machine's would be.

    This stands for the machines that we have not: each BLAS adds in an order of its own. Entries
    that are whole numbers, or short decimals, stay: there every order gives the same.
    """

    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        if not np.issubdtype(np.asarray(result).dtype, np.floating):
            return result
        wide = np.asarray(result, np.float64)
        factors = 1 + 4 * np.finfo(result.dtype).eps * noise.uniform(-1, 1, wide.shape)
        moved = np.where(wide == np.round(wide, 6), wide, wide * factors).astype(result.dtype)
        if kwargs.get("out") is None:
            return moved if isinstance(result, np.ndarray) else moved[()]
        result[...] = moved
        return result

    return call


# --- the environments -------------------------------------------------------------------------


def probe(**variables):
    """Return the state of a new process, or None if the processor stops it."""
    code = "import json; from tools.portable import state; print(json.dumps(state()))"
    command, variables = [sys.executable, "-c", code], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def other_kernels(default):
    """Map the names that put another kernel than the default in force to what it calls itself."""
    found = {}
    for name in KERNELS.get(platform.machine().lower(), ()) if default["kernel"] else ():
        got = probe(OPENBLAS_CORETYPE=name)
        kernel = got and got["kernel"]
        if kernel is None:
            print(f"  {name}: not available, its instructions stop this processor")
        elif kernel == default["kernel"]:
            print(f"  {name}: the default, or not available: {kernel} stays in force")
        elif kernel in found.values():
            print(f"  {name}: another name of {kernel}")
        else:
            print(f"  {name}: can be put in force; it calls itself {kernel}")
            found[name] = kernel
    return found


def environments(default):
    """Yield the variables of each run, and the state that they must lead to; the hardest first."""
    kernels, wide = other_kernels(default), default["features"]
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    if "DYNAMIC_ARCH" in blas.get("openblas configuration", "") and not kernels:
        sys.exit("This OpenBLAS holds several kernels, but none other than the default works here.")
    runs = [({"OPENBLAS_CORETYPE": n}, {"kernel": kernel}) for n, kernel in kernels.items()]
    for kept in (wide[:1], []):  # without the widest vector sets, and without any
        if kept != wide:
            off = " ".join(wide[len(kept) :])
            runs.append(({"NPY_DISABLE_CPU_FEATURES": off}, {"features": kept}))
    encoding = probe(**ELSEWHERE)["encoding"]
    for number, (variables, wanted) in enumerate(runs, 1):
        threads = 2 - number % 2
        variables |= {"OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(number)}
        wanted |= {"hash seed": str(number), "time zone": "NPT", "encoding": encoding}
        if default["kernel"]:
            wanted["threads"] = threads
        yield variables | ELSEWHERE, wanted
    yield {SHAKE: "1"}, {}


# --- the runs ---------------------------------------------------------------------------------


def run_pytest(variables, folder):
    """Run the chapters and, unless these are to be noisy, the tests; return what came of it."""
    startup, records = Path(folder, "profile_default", "startup"), Path(folder, "records")
    startup.mkdir(parents=True)
    (startup / "portable.py").write_text("__import__('tools.portable').portable.in_kernel()")
    records.touch()
    ways = {RECORDS: str(records), "IPYTHONDIR": folder, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    command += ["-p", "tools.portable", "-p", "no:cacheprovider", *CHAPTERS]
    command += [] if SHAKE in variables else TESTS
    merged = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    environ = os.environ | variables | ways
    done = subprocess.run(command, cwd=ROOT, env=environ, errors="replace", **merged)
    return done, [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]


def run(variables, wanted):
    """Run one environment; print what went wrong, and return its row of the table."""
    print("\n" + " ".join(f"{name}={value}" for name, value in variables.items()), flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        done, records = run_pytest(variables, folder)
    faults = [done.stdout[-6000:]] if done.returncode else []
    kinds = [kind for kind, _ in records]
    for kind, least in {"chapters": len(NOTEBOOKS), "tests": 2}.items():
        if kinds.count(kind) < least:
            faults.append(f"{kind}: {kinds.count(kind)} processes recorded what is in force")
    for kind, got in records:
        if missed := {key: got[key] for key in wanted if got[key] != wanted[key]}:
            faults.append(f"{kind}: wanted {wanted}, but in force is {missed}")
    print(*faults, sep="\n", end="\n" if faults else "", flush=True)
    in_force = {key: {str(got[key]) for _, got in records} for key in ("kernel", "threads")}
    return {
        "kernel": " ".join(in_force["kernel"]),
        "threads": " ".join(in_force["threads"]),
        "chapters": kinds.count("chapters"),
        "seconds": round(time.monotonic() - started),
        "result": "FAILED" if faults else "passed",
        "pytest says": (done.stdout.splitlines() or [""])[-1],
    }


def main():
    """Run the environments that this machine allows, and print a table."""
    default = probe()
    print(f"NumPy {np.__version__} on {platform.machine()}; by default:")
    print("  " + ", ".join(f"{key} {value}" for key, value in default.items()))
    if not default["kernel"]:
        print("  This is no OpenBLAS: it has one kernel, and none other can be put in force.")
    chosen = itertools.islice(environments(default), 1 if "--one" in sys.argv[1:] else None)
    rows = [run(*environment) for environment in chosen]
    print()
    for row in [dict(zip(rows[0], rows[0], strict=True)), *rows]:
        print(*(f"{value!s:12}" for value in row.values()))
    sys.exit(any(row["result"] == "FAILED" for row in rows))


if __name__ == "__main__":
    main()
