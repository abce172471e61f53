"""Run the chapters and a sample of the tests as on other machines (`make test-portable`).

python -m tools.portable [--one]

Another processor, BLAS or number of threads rounds otherwise; another system brings another locale.
Every environment below changes some of that, and each process that runs a chapter or a test records
what is in force in it. A kernel of OpenBLAS that this machine refuses is reported, never passed.
With --one, a single environment changes as much as possible at once.
"""

import argparse
import contextlib
import json
import locale
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ["--nbval", "--nbval-sanitize-with", "nbval.cfg", "--dist", "loadfile", "book"]
TESTS = ["--doctest-modules", "convlib", "tests/grids"]
"""What pytest is told in each environment."""

X86 = ("Sandybridge", "Haswell", "Prescott", "Nehalem", "Zen", "SkylakeX", "Cooperlake")
ARM = ("ARMV8", "NEOVERSEN1", "CORTEXA57", "THUNDERX2T99", "NEOVERSEV1")
POWER = ("POWER8", "POWER9", "POWER10")
KERNELS = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM, "ppc64le": POWER}
"""The kernels to ask for. `--one` takes the first that differs from the default. Sandybridge stands
first, because it rounds after a product and after a sum, where newer kernels round once."""

RECORDS, SHAKE = "PORTABLE_RECORDS", "PORTABLE_SHAKE"
"""Variables for the processes of a run: the folder of their records; the seed of the noise."""

STARTUP = "from tools import portable\n\nportable.in_kernel()\ndel portable\n"


@dataclass
class Environment:
    """One run: what it is called, the variables that it sets, and the state they must lead to."""

    name: str
    variables: dict = field(default_factory=dict)
    wanted: dict = field(default_factory=dict)
    with_tests: bool = True


@dataclass
class Result:
    """What came of a run, and what was in force in its processes. No fault: all passed."""

    kernel: str
    threads: str
    chapters: str
    tests: str
    seconds: float
    faults: list


# --- in the processes of a run ----------------------------------------------------------------


def state():
    """Return what is in force in this process."""
    np.ones((9, 9)) @ np.ones((9, 9))  # a kernel that the processor cannot run stops here
    ours = [i for i in threadpool_info() if i["internal_api"] == "openblas"]
    ours = [i for i in ours if "numpy" in Path(i["filepath"]).parts[-2]] or ours
    return {
        "kernel": ours[0]["architecture"] if ours else None,
        "threads": ours[0]["num_threads"] if ours else None,
        "features": [name for name in __cpu_dispatch__ if __cpu_features__.get(name)],
        "hash seed": os.environ.get("PYTHONHASHSEED"),
        "time zone": time.tzname[0],
        "encoding": locale.getpreferredencoding(False),
    }


def record(kind):
    """Write down the state of this process, for the table."""
    path = Path(os.environ[RECORDS]) / f"{kind}-{os.getpid()}.json"
    path.write_text(json.dumps(state()), encoding="utf-8")


def pytest_sessionfinish(session):
    """Record the processes that ran tests: this module is a plugin of pytest, too."""
    if hasattr(session.config, "workerinput"):
        record("tests")


def in_kernel():
    """Record the process that runs a chapter, and make its arithmetic noisy where that is asked."""
    record("chapters")
    if SHAKE in os.environ:
        shake(int(os.environ[SHAKE]))


def shake(seed):
    """Let sums and products of matrices be wrong in their last bits, as another machine's would be.

    This stands for the machines that we have not: each BLAS adds in an order of its own. Entries
    that are whole numbers, or short decimals, stay: there every order gives the same.
    """
    noise = np.random.default_rng(seed)

    def shaken(function):
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

    for name in ("matmul", "sum", "einsum"):
        setattr(np, name, shaken(getattr(np, name)))


# --- the environments -------------------------------------------------------------------------


def probe(**variables):
    """Return the state of a new process, or None if the processor stops it."""
    code = "import json; from tools.portable import state; print(json.dumps(state()))"
    command, variables = [sys.executable, "-c", code], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def other_kernels(default):
    """Map the kernels other than the default that can be put in force to the name that does it."""
    found = {}
    for name in KERNELS.get(platform.machine().lower(), ()) if default["kernel"] else ():
        got = probe(OPENBLAS_CORETYPE=name)
        kernel = got and got["kernel"]
        if kernel is None:
            print(f"  {name}: not available, its instructions stop this processor")
        elif kernel == default["kernel"]:
            refused = f"not available, {kernel} stays in force"
            print(f"  {name}: {'the default' if name.lower() == kernel.lower() else refused}")
        elif kernel in found:
            print(f"  {name}: the same as {found[kernel]}")
        else:
            print(f"  {name}: can be put in force; it calls itself {kernel}")
            found[kernel] = name
    return found


def other_locale():
    """Return variables for a locale that is not English, or for the plain C one without UTF-8."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "pt_BR.UTF-8"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, name)
            locale.setlocale(locale.LC_ALL, before)
            return {"LC_ALL": name, "LANG": name}
    return {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def environments(default, kernels):
    """List the environments, the most different one first."""
    elsewhere = {"TZ": "NPT-5:45", **other_locale()}
    encoding = probe(**elsewhere)["encoding"]
    words = f"time zone NPT, locale {elsewhere['LC_ALL']} ({encoding})"

    def make(name, variables, wanted, number):
        threads = 1 if number % 2 == 0 else 2
        if default["kernel"]:
            variables = variables | {"OPENBLAS_NUM_THREADS": str(threads)}
            wanted = wanted | {"threads": threads}
        variables = variables | elsewhere | {"PYTHONHASHSEED": str(number + 1)}
        wanted = wanted | {"hash seed": str(number + 1), "time zone": "NPT", "encoding": encoding}
        return Environment(f"{name}, hash seed {number + 1}, {words}", variables, wanted)

    numbers = iter(range(99))
    listed = []
    for kernel, asked in kernels.items():
        name = f"OpenBLAS with {asked}"
        coretype = {"OPENBLAS_CORETYPE": asked}
        listed.append(make(name, coretype, {"kernel": kernel}, next(numbers)))
    wide = default["features"]
    for first in sorted({min(1, len(wide)), 0}, reverse=True):
        off = wide[first:]
        if off:
            variables = {"NPY_DISABLE_CPU_FEATURES": " ".join(off)}
            wanted = {"features": wide[:first]}
            listed.append(make(f"NumPy without {' '.join(off)}", variables, wanted, next(numbers)))
    listed.append(Environment("sums wrong in their last bits", {SHAKE: "1"}, with_tests=False))
    return listed


# --- the runs ---------------------------------------------------------------------------------


def run_pytest(arguments, variables, folder, kind):
    """Run pytest; return its testcases as (file, passed), and its faults."""
    report = Path(folder) / f"{kind}.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tools.portable"]
    command += ["-p", "no:cacheprovider", f"--junit-xml={report}", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    cases = []
    for case in ET.parse(report).iter("testcase") if report.is_file() else ():
        passed = not {"failure", "error", "skipped"} & {child.tag for child in case}
        cases.append((case.get("classname"), passed))
    return cases, [] if done.returncode == 0 else [done.stdout[-6000:]]


def read_records(folder):
    """Return the states that the processes of a run recorded, by kind."""
    states = {"chapters": [], "tests": []}
    for path in folder.glob("*.json"):
        states[path.name.partition("-")[0]].append(json.loads(path.read_text(encoding="utf-8")))
    return states


def not_in_force(environment, states, chapters):
    """Say which processes did not have what the environment wants."""
    faults = []
    for kind, least in {"chapters": chapters, "tests": int(environment.with_tests)}.items():
        if len(states[kind]) < least:
            faults.append(f"{kind}: only {len(states[kind])} processes recorded what is in force")
        for got in states[kind]:
            missed = {k: got[k] for k, wanted in environment.wanted.items() if got[k] != wanted}
            if missed:
                faults.append(f"{kind}: wanted {environment.wanted}, but in force is {missed}")
    return faults


def run(environment):
    """Run one environment."""
    notebooks = len(list((ROOT / "book").glob("*.ipynb")))
    started, tests = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        records, startup = Path(folder) / "records", Path(folder) / "profile_default" / "startup"
        records.mkdir()
        startup.mkdir(parents=True)
        (startup / "portable.py").write_text(STARTUP, encoding="utf-8")
        ways = {RECORDS: str(records), "IPYTHONDIR": folder, "PYTHONPATH": str(ROOT)}
        variables = environment.variables | ways
        cells, faults = run_pytest(CHAPTERS, variables, folder, "chapters")
        if environment.with_tests:
            tests, more = run_pytest(TESTS, variables, folder, "tests")
            faults += more
        states = read_records(records)
    faults += not_in_force(environment, states, notebooks)
    everywhere = [state for kind in states.values() for state in kind]
    failed = {file for file, passed in cells if not passed}
    return Result(
        kernel=" ".join(sorted({str(state["kernel"] or "-") for state in everywhere})),
        threads=" ".join(sorted({str(state["threads"] or "-") for state in everywhere})),
        chapters=f"{len({file for file, _ in cells}) - len(failed)} of {notebooks}",
        tests=f"{sum(passed for _, passed in tests)} of {len(tests)}" if tests else "-",
        seconds=time.monotonic() - started,
        faults=faults,
    )


def describe(default):
    """Print what NumPy calculates with, and return whether its OpenBLAS holds several kernels."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    print(f"NumPy {np.__version__} with {blas['name']} on {platform.machine()}; by default:")
    print("  " + ", ".join(f"{key} {value}" for key, value in default.items()))
    if not default["kernel"]:
        print("  This is no OpenBLAS: it has one kernel, and none other can be put in force.")
    return bool(default["kernel"]) and "DYNAMIC_ARCH" in blas.get("openblas configuration", "")


def main():
    """Run the environments that this machine allows, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", action="store_true", help="only the most different environment")
    one = parser.parse_args().one
    default = probe()
    several = describe(default)
    kernels = other_kernels(default)
    if several and not kernels:
        sys.exit("This OpenBLAS holds several kernels, but none other than the default works here.")
    rows = []
    for environment in environments(default, kernels)[: 1 if one else None]:
        print(f"\n{environment.name} ...", flush=True)
        result = run(environment)
        rows.append((result, environment.name))
        print(*result.faults, sep="\n", end="\n" if result.faults else "", flush=True)
    print(f"\n{'kernel':12} threads  chapters      tests  seconds  environment")
    for r, name in rows:
        numbers = f"{r.kernel:12} {r.threads:>7} {r.chapters:>9} {r.tests:>10} {r.seconds:8.0f}"
        print(f"{numbers}  {'FAILED: ' if r.faults else ''}{name}")
    sys.exit(any(r.faults for r, _ in rows))


if __name__ == "__main__":
    main()
