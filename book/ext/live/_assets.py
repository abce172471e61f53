"""The files from which a page makes its Python, and the list of them with sizes and checksums."""

import hashlib
import importlib.metadata
import io
import json
import shutil
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYODIDE = ROOT / "node_modules" / "pyodide"
WHEELS = ROOT / "book" / "web" / "vendor" / "wheels"
SERVED = "../vendor/wheels"
"""Where the pages find them, from the folder of all the rest."""

SCRIPTS = ROOT / "_build" / "live"
"""Where js/build.mjs puts what it bundles for the pages."""
HERE = Path(__file__).parent

CORE = ["pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"]
LOADER = ["pyodide.mjs", "pyodide-lock.json"]
"""What Pyodide loads itself, with a progress that a reader sees; and what is small."""

READER = "/home/reader/book"
"""The folder in which the cells run, as a notebook runs in its own."""

MATPLOTLIB = [
    "contourpy", "cycler", "fonttools", "kiwisolver", "matplotlib", "packaging", "pillow",
    "pyparsing", "python-dateutil", "pytz", "six",
]  # fmt: skip
MATPLOTLIB_MODULES = ["matplotlib", "mpl_toolkits", "PIL"]
PURE = {"sympy": ["sympy", "mpmath"], "traitlets": ["traitlets"]}
"""Packages without compiled parts are packed from this environment: uv.lock has their version."""

EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(files):
    """Return a zip of (name, bytes), with the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(files):
            target.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def folder(path, inside):
    """List the files of a folder as (name, bytes)."""
    found = [p for p in path.rglob("[!.]*") if p.is_file() and "__pycache__" not in p.parts]
    return [(f"{inside}{p.relative_to(path).as_posix()}", p.read_bytes()) for p in found]


def installed(package):
    """List the files of a package of this environment, but for its tests."""
    files = importlib.metadata.files(package)
    kept = [
        f for f in files if f.suffix == ".py" and "tests" not in f.parts and ".." not in f.parts
    ]
    return [(f.as_posix(), f.locate().read_bytes()) for f in kept]


def wheel(package, lock):
    """Describe a wheel; end the build if it is not the one that Pyodide's lock names."""
    listed = lock["packages"][package]
    content = (WHEELS / listed["file_name"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != listed["sha256"]:
        raise ValueError(f"{listed['file_name']} is not the wheel that pyodide-lock.json names")
    return described(f"{SERVED}/{listed['file_name']}", content)


def described(name, content, **more):
    """Return what a page must know of a file."""
    checksum = hashlib.sha256(content).hexdigest()
    return {"name": name, "size": len(content), "sha256": checksum, **more}


def boot():
    """Return what the page's Python starts with: our modules, and how IPython writes a value."""
    import IPython.lib.pretty

    ours = [(name, (HERE / name).read_bytes()) for name in ("boot.py", "loader.py", "runner.py")]
    return archive([*ours, ("pretty.py", Path(IPython.lib.pretty.__file__).read_bytes())])


def course():
    """Return convlib as it is imported, and what the cells read from files."""
    data = folder(ROOT / "book" / "data", inside="data/")
    return archive(folder(ROOT / "convlib", inside="convlib/")), archive(data)


def assemble():
    """Return the files by name, and the manifest: what is loaded first, and what on import."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    package, data = course()
    pure = {
        name: archive([f for part in parts for f in installed(part)])
        for name, parts in PURE.items()
    }
    files = {name: (PYODIDE / name).read_bytes() for name in CORE + LOADER}
    files |= {"boot.zip": boot(), "convlib.zip": package, "data.zip": data}
    files |= {f"{name}.zip": content for name, content in pure.items()}

    def own(name, **more):
        return described(name, files[name], **more)

    packages = {
        "Matplotlib": {
            "modules": MATPLOTLIB_MODULES,
            "files": [wheel(name, lock) for name in MATPLOTLIB],
        }
    }
    for name, parts in PURE.items():
        packages[name] = {"modules": parts, "files": [own(f"{name}.zip")]}
    return files, {
        "boot": own("boot.zip"),
        "core": [{"name": name, "size": len(files[name])} for name in CORE],
        "start": [wheel("numpy", lock), own("convlib.zip"), own("data.zip", folder=READER)],
        "packages": packages,
    }


def write(app, exception):
    """Write the files into the site."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    target = static / "python"
    target.mkdir(parents=True, exist_ok=True)
    files, manifest = assemble()
    for name, content in files.items():
        (target / name).write_bytes(content)
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    shutil.copy(SCRIPTS / "live.js", static)
    for script in (SCRIPTS / "page.js", SCRIPTS / "editor.js", ROOT / "js" / "live" / "worker.js"):
        shutil.copy(script, target)
