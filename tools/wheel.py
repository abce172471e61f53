"""Build the distribution, and try it in an environment that holds nothing else.

Run with ``make wheel``. The wheel is made from the source distribution, so both are complete. It
must hold the files of `convlib` and no others; in an environment with NumPy only, everything that
is loaded with the package must work, and the explorer must say what it needs; with the extras, all
the rest must work too. The versions are those of the environment that runs this.
"""

import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "wheel"
UV = [sys.executable, "-m", "uv"]

EXAMPLES = """
import doctest, importlib, pkgutil, sys
import convlib
assert convlib.__file__.startswith(sys.prefix), convlib.__file__
names = sys.argv[1:] or [m.name for m in pkgutil.walk_packages(convlib.__path__, "convlib.")]
flags, tried = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, 0
for name in names:
    failed, found = doctest.testmod(importlib.import_module(name), optionflags=flags)
    tried += found
    if failed:
        sys.exit(f"{name}: {failed} examples fail")
print(f"  {tried} examples in {len(names)} modules")
"""
"""Run the examples of the modules that are named, or of all, where convlib was installed."""

WITHOUT_EXTRAS = """
import sys
import convlib
beyond = {name.split(".")[0] for name in sys.modules} & {"matplotlib", "anywidget", "ipywidgets"}
assert not beyond, beyond
try:
    convlib.explore
except ImportError as error:
    assert "[explorer]" in str(error), error
    print(" ", error)
else:
    sys.exit("convlib.explore needs no extra: is this environment empty?")
"""

WITH_EXTRAS = """
import convlib
bundle = convlib.explore()
for name in ("_esm", "_css"):
    assert len(str(getattr(bundle, name))) > 1000, name
print("  the explorer has its script and its styles")
"""


def run(why, *command, **options):
    """Run a command, and stop with its output if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{why} failed: {' '.join(map(str, command[:6]))} ...\n{done.stdout}{done.stderr}")
    return done.stdout


def build():
    """Build both distributions, and return the wheel."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    # a copy, because what an earlier build left next to the sources would be packed again
    source, leave = FOLDER / "source", shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "convlib", source / "convlib", ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    # the pinned setuptools of this environment, so that nothing is fetched
    run("The build", *UV, "build", "--quiet", "--no-build-isolation", "--out-dir", FOLDER, source)
    (wheel,) = FOLDER.glob("*.whl")
    return wheel


def unlike_the_source(wheel):
    """List the files of convlib that the wheel lacks, and those that it has too much."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (ROOT / "convlib").rglob("[!.]*")
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(wanted - names), sorted(names - wanted)


def environment(name, requirement):
    """Make an environment with one requirement and what it needs; return its Python."""
    folder = FOLDER / name
    run("The environment", *UV, "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pins = {
        f"{d.name}=={d.version}" for d in metadata.distributions() if "convolution" not in d.name
    }
    (FOLDER / "pins.txt").write_text("\n".join(sorted(pins)), encoding="utf-8")
    install = [*UV, "pip", "install", "--quiet", "--python", python]
    why = f"Installing {name} (it may need the network, for packages that uv has not kept)"
    run(why, *install, "--constraint", FOLDER / "pins.txt", requirement)
    return python


def try_out(python, code, *arguments):
    """Run code away from the sources, and print what it prints."""
    print(run("The trial", python, "-I", "-c", code, *arguments, cwd=FOLDER), end="")


def main():
    """Build, compare and try."""
    wheel = build()
    print(wheel.name)
    missing, extra = unlike_the_source(wheel)
    if missing or extra:
        sys.exit(f"The wheel lacks {missing}, and has {extra} too much: see [tool.setuptools]")
    print("with NumPy only:")
    python = environment("plain", str(wheel))
    loaded = run(
        "The import", python, "-I", "-c", "import convlib, sys; print(*sys.modules)", cwd=FOLDER
    ).split()
    numeric = [name for name in loaded if name.startswith("convlib")]
    try_out(python, WITHOUT_EXTRAS)
    try_out(python, EXAMPLES, *numeric, "convlib.layers", "convlib.training", "convlib.mistakes")
    print("with every extra:")
    python = environment("extras", f"{wheel}[figures,explorer]")
    try_out(python, WITH_EXTRAS)
    try_out(python, EXAMPLES)


if __name__ == "__main__":
    main()
