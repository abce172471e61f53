"""Build the distribution, and try it in an environment that holds nothing else (`make wheel`).

The wheel is made from the source distribution, so both are complete. It must hold the files of
`convlib` and no others; in an environment with NumPy only, everything that is loaded with the
package must work, and the explorer must say what it needs; with the extras, all the rest must work
too. The versions are those of the environment that runs this.
"""

import shutil
import sys
import zipfile
from pathlib import Path

from tools.step import run

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "wheel"
UV = [sys.executable, "-m", "uv"]

PLAIN = """
import sys
import convlib
names = [name for name in sys.modules if name.startswith("convlib")]
names += ["convlib.layers", "convlib.training", "convlib.mistakes"]
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
EXTRAS = """
import pkgutil, sys
import convlib
names = [module.name for module in pkgutil.walk_packages(convlib.__path__, "convlib.")]
bundle = convlib.explore()
for name in ("_esm", "_css"):
    assert len(str(getattr(bundle, name))) > 1000, name
print("  the explorer has its script and its styles")
"""
EXAMPLES = """
import doctest, importlib
assert convlib.__file__.startswith(sys.prefix), convlib.__file__
flags, tried = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, 0
for name in names:
    failed, found = doctest.testmod(importlib.import_module(name), optionflags=flags)
    tried += found
    if failed:
        sys.exit(f"{name}: {failed} examples fail")
print(f"  {tried} examples in {len(names)} modules")
"""
"""Run the examples of the modules that are named above, where convlib was installed."""


def build():
    """Build both distributions; return the wheel, and the names of the files that it must hold."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    # a copy, because what an earlier build left next to the sources would be packed again
    source, leave = FOLDER / "source", shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "convlib", source / "convlib", ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    files = [path for path in (source / "convlib").rglob("*") if path.is_file()]
    # the pinned setuptools of this environment, so that nothing is fetched
    options = ["--quiet", "--no-build-isolation", "--out-dir", FOLDER]
    run("build the distribution", *UV, "build", *options, source)
    (wheel,) = FOLDER.glob("*.whl")
    return wheel, {path.relative_to(source).as_posix() for path in files}


def environment(name, requirement):
    """Make an environment with one requirement and what it needs; return its Python."""
    folder, pins = FOLDER / name, FOLDER / "pins.txt"
    run("make an environment", *UV, "venv", "--quiet", "--python", sys.executable, folder)
    freeze = [*UV, "pip", "freeze", "--exclude-editable", "--python", sys.executable]
    pins.write_text(run("list the versions", *freeze), encoding="utf-8")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [*UV, "pip", "install", "--quiet", "--python", python, "--constraint", pins]
    advice = "It may need the network, for packages that uv has not kept."
    run(f"install the environment {name!r}", *install, requirement, advice=advice)
    return python


def main():
    """Build, compare and try."""
    wheel, wanted = build()
    print(wheel.name)
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if names != wanted:
        sys.exit(f"In one of wheel and source only: {names ^ wanted}; see [tool.setuptools]")
    for name, extras, code in (("plain", "", PLAIN), ("extras", "[figures,explorer]", EXTRAS)):
        command = [environment(name, f"{wheel}{extras}"), "-I", "-c", code + EXAMPLES]
        print(f"{name}:\n{run(f'try the wheel, {name}', *command, cwd=FOLDER)}", end="")


if __name__ == "__main__":
    main()
