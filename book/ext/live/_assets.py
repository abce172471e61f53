"""The files from which a page makes its Python, and the list of them with sizes and checksums."""

import base64
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
"""What Pyodide loads itself, with a progress that a reader sees."""

READER = "/home/reader/book"
"""The folder in which the cells run, as a notebook runs in its own."""

FROM_PYODIDE = {"Matplotlib": "matplotlib"}
"""Beside NumPy, what is loaded when a cell imports it, with all that it needs."""
NOT_IN_A_WORKER = {"matplotlib-pyodide"}  # draws on the page's document
PURE = {"sympy": ["sympy", "mpmath"], "traitlets": ["traitlets"]}
"""Packages without compiled parts are packed from this environment: uv.lock has their version."""

INSIDE = {
    "live/__init__.py": None, "live/boot.py": "boot.py", "live/kept.py": "kept.py",
    "live/loader.py": "loader.py",
    "live/plots.py": "plots.py", "live/printed.py": "printed.py", "live/runner.py": "runner.py",
    "live/values.py": "values.py",
    "IPython/__init__.py": "stand_in_ipython.py", "IPython/display.py": "stand_in_display.py",
    "IPython/lib/__init__.py": None, "anywidget.py": "stand_in_anywidget.py",
}  # fmt: skip
"""What the page's Python is given first, and the file beside this one that it is made of."""

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


def pyodide_lock():
    """Return what npm's package of Pyodide says of itself and of its wheels."""
    return json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))


def needed(package, lock):
    """List a package of Pyodide and all that it needs, but for NumPy, which every page has."""
    found = [package]
    for each in found:
        depends = set(lock["packages"][each]["depends"]) - NOT_IN_A_WORKER - {"numpy", *found}
        found += sorted(depends)
    return sorted(found)


def wheels(lock):
    """List all packages of Pyodide that a cell may import."""
    found = {each for package in FROM_PYODIDE.values() for each in needed(package, lock)}
    return sorted(found | {"numpy"})


def brought(packages, lock):
    """List the modules that packages of Pyodide bring."""
    return sorted({module for each in packages for module in lock["packages"][each]["imports"]})


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

    ours = [(name, (HERE / file).read_bytes() if file else b"") for name, file in INSIDE.items()]
    pretty = Path(IPython.lib.pretty.__file__).read_bytes()
    return archive([*ours, ("IPython/lib/pretty.py", pretty)])


def course():
    """Return the name and the bytes of convlib's wheel, as any installer takes it."""
    distribution = importlib.metadata.distribution("convolution-backwards")
    name = f"convolution_backwards-{distribution.version}"
    metadata = [
        (f"{name}.dist-info/{file}", distribution.read_text(file).encode())
        for file in ("METADATA", "WHEEL")
    ]
    files = [*folder(ROOT / "convlib", inside="convlib/"), *metadata]
    record = "".join(f"{path},{digest(content)},{len(content)}\n" for path, content in files)
    record += f"{name}.dist-info/RECORD,,\n"
    packed = archive([*files, (f"{name}.dist-info/RECORD", record.encode())])
    return f"{name}-py3-none-any.whl", packed


def digest(content):
    """Return the checksum of a file as a wheel's RECORD writes it."""
    raw = hashlib.sha256(content).digest()
    return f"sha256={base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def from_pyodide(lock):
    """Return the files of npm's package that a page loads, under the folder of their version.

    The list of Pyodide's own packages is left empty: all that a page can import stands in ours.
    """
    names = [*CORE, "pyodide.mjs"]
    files = {name: (PYODIDE / name).read_bytes() for name in names}
    files["pyodide-lock.json"] = json.dumps({"info": lock["info"], "packages": {}}).encode()
    return {f"{lock['info']['version']}/{name}": content for name, content in files.items()}


def assemble():
    """Return the files by name, and the manifest: what is loaded first, and what on import."""
    lock = pyodide_lock()
    convlib, package = course()
    pure = {
        name: archive([f for part in parts for f in installed(part)])
        for name, parts in PURE.items()
    }
    data = archive(folder(ROOT / "book" / "data", inside="data/"))
    files = from_pyodide(lock) | {"boot.zip": boot(), convlib: package, "data.zip": data}
    files |= {f"{name}.zip": content for name, content in pure.items()}

    def own(name, **more):
        return described(name, files[name], **more)

    packages = {
        name: {
            "modules": brought(needed(package, lock), lock),
            "files": [wheel(each, lock) for each in needed(package, lock)],
        }
        for name, package in FROM_PYODIDE.items()
    }
    for name, parts in PURE.items():
        packages[name] = {"modules": parts, "files": [own(f"{name}.zip")]}
    version = lock["info"]["version"]
    return files, {
        "pyodide": f"{version}/",
        "boot": own("boot.zip"),
        "core": [{"name": name, "size": len(files[f"{version}/{name}"])} for name in CORE],
        "start": [wheel("numpy", lock), own(convlib), own("data.zip", folder=READER)],
        "packages": packages,
    }


def write_files(target):
    """Write the files of the page's Python into a folder, and the manifest beside them."""
    files, manifest = assemble()
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def write_scripts(app, exception):
    """Write the scripts of the page into the site."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    (static / "python").mkdir(parents=True, exist_ok=True)
    for name in ("live.js", "map.js"):
        shutil.copy(SCRIPTS / name, static)
    for name in ("page.js", "editor.js"):
        shutil.copy(SCRIPTS / name, static / "python")


def write_python(app, exception):
    """Write what the worker loads into the site."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir, "_static", "python")
    write_files(target)
    shutil.copy(ROOT / "js" / "live" / "worker.js", target)
