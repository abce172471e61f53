"""The modules of convlib build on one another in one direction, and stay small and documented."""

import ast
import inspect
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

import convlib
from convlib import layers, training

PACKAGE = Path(convlib.__file__).parent

FOR_NETWORKS = ("_conv_transpose", "_pool", "layers", "training")
FOR_THE_BOOK = (
    "palette",
    "_views",
    "drawing",
    "examples",
    "figures",
    "charts",
    "stills",
    "explorer",
)
ORDER = ("_geometry", "_columns", "_conv", *FOR_NETWORKS, "_gradcheck", "mistakes", *FOR_THE_BOOK)
"""Each module imports from those before it only; `reference` stands apart."""

STANDS_ALONE = {"_geometry", "reference", "palette", "_views", "examples"}
DRAWS = {"charts", "drawing", "figures"}
BEYOND_NUMPY = {name: {"matplotlib"} for name in DRAWS}
BEYOND_NUMPY["explorer._widget"] = {"anywidget", "traitlets"}


def dotted(path):
    """Return the name of a module of convlib below the package: ``figures._svg``, or __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def part(module):
    """Return the module or sub-package that a module belongs to."""
    return module.split(".")[0]


TREES = {
    dotted(path): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
EVERY_MODULE = pytest.mark.parametrize("module", TREES)
MAX_MODULE_LINES = 450
MAX_FUNCTION_LINES = 60


def imported(tree):
    """Return the full names of all that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def siblings(tree):
    """Return the modules of convlib that a module imports from."""
    return {name.split(".")[1] for name in imported(tree) if name.split(".")[0] == "convlib"}


def test_imports_are_read_right():
    tree = ast.parse(
        "import os\nfrom convlib.conv import a\ndef f():\n    from convlib import conv"
    )
    assert imported(tree) == {"os", "convlib.conv.a", "convlib.conv"}
    assert siblings(tree) == {"conv"}
    assert imported(ast.parse("from .conv import a")) == {".conv.a"}


def test_every_module_has_its_place():
    assert {part(module) for module in TREES} == {"__init__", "reference", *ORDER}


@pytest.mark.parametrize("module", [module for module in TREES if part(module) in ORDER])
def test_modules_import_only_from_those_below(module):
    below = {*ORDER[: ORDER.index(part(module))], part(module)}
    assert siblings(TREES[module]) <= below


@pytest.mark.parametrize("module", sorted(STANDS_ALONE))
def test_module_stands_alone(module):
    assert siblings(TREES[module]) == set()


def test_package_shows_computation_only_and_loads_the_explorer_late():
    computation = {"_geometry", "_columns", "_conv", "_conv_transpose", "_pool", "_gradcheck"}
    at_once = [node for node in TREES["__init__"].body if isinstance(node, ast.ImportFrom)]
    assert {node.module.split(".")[1] for node in at_once} == computation
    assert siblings(TREES["__init__"]) - computation == {"explorer"}


def test_package_has_no_other_late_name():
    assert convlib.explore.__module__ == "convlib.explorer._widget"
    with pytest.raises(AttributeError, match="explroe"):
        _ = convlib.explroe


@EVERY_MODULE
def test_only_modules_for_the_book_use_more_than_numpy(module):
    tops = {name.split(".")[0] for name in imported(TREES[module])}
    allowed = sys.stdlib_module_names | {"convlib", "numpy"}
    assert tops - allowed <= BEYOND_NUMPY.get(module, set())


def test_importing_convlib_loads_nothing_but_numpy():
    code = "import sys; old = set(sys.modules); import convlib; print(*set(sys.modules) - old)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert {"convlib", "numpy"} <= loaded
    own = {name for name in loaded if "cython" not in name}  # NumPy 1.26 brings two such names
    assert own - sys.stdlib_module_names == {"convlib", "numpy"}
    assert "convlib.layers" not in run.stdout.split()


# --- documentation ----------------------------------------------------------------------------

FUNCTIONS = [name for name in convlib.__all__ if inspect.isfunction(getattr(convlib, name))]
CLASSES = [name for name in convlib.__all__ if inspect.isclass(getattr(convlib, name))]


def sections(item):
    """Return the titles of a numpydoc docstring's sections."""
    lines = inspect.getdoc(item).splitlines()
    return {title for title, rule in itertools.pairwise(lines) if rule and set(rule) == {"-"}}


def test_all_is_sorted_and_complete():
    assert sorted(convlib.__all__) == convlib.__all__ == sorted(FUNCTIONS + CLASSES)


@pytest.mark.parametrize("name", convlib.__all__)
def test_public_name_has_a_docstring_with_an_example(name):
    item = getattr(convlib, name)
    assert inspect.getdoc(item).splitlines()[0].endswith((".", ":"))
    assert "Examples" in sections(item)
    assert ">>> " in inspect.getdoc(item)


def same_parameters(function, general):
    """Say whether both take the same arguments, or the first hands on its ``**settings``."""
    own, all_ = (inspect.signature(f).parameters for f in (function, general))
    if "settings" not in own:
        return list(own.values()) == list(all_.values())
    positional = [p for p in all_.values() if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    return list(own.values())[:-1] == positional


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_function_describes_parameters_and_result(name):
    function = getattr(convlib, name)
    text = inspect.getdoc(function)
    if re.search(r"[123]d(_backward)?$", name):
        general = re.sub(r"[123]d", "", name)
        assert f"`{general}`" in text
        assert same_parameters(function, getattr(convlib, general))
        return
    assert {"Parameters", "Returns", "Raises"} <= sections(function)
    described = text.split("Parameters\n")[1].split("Returns\n")[0]
    entries = {
        entry.strip()
        for line in described.splitlines()
        if not line.startswith(" ")
        for entry in line.split(" : ")[0].split(",")
    }
    assert set(inspect.signature(function).parameters) <= entries


@pytest.mark.parametrize("name", CLASSES)
def test_public_class_is_an_immutable_tuple(name):
    assert issubclass(getattr(convlib, name), tuple)


PUBLIC = [
    item
    for module in (layers, training)
    for name, item in vars(module).items()
    if getattr(item, "__module__", None) == module.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("item", PUBLIC, ids=lambda item: item.__name__)
def test_layers_and_training_are_documented(item):
    assert inspect.getdoc(item).splitlines()[0].endswith((".", ":"))
    if item is layers.Layer or item is layers.load:  # shown with the others
        return
    assert ">>> " in inspect.getdoc(item)
    for name, method in vars(item).items() if inspect.isclass(item) else ():
        if inspect.isfunction(method) and name != "__init__":
            assert inspect.getdoc(method), f"{item.__name__}.{name}"


# --- size -------------------------------------------------------------------------------------


@EVERY_MODULE
def test_module_is_short(module):
    path = PACKAGE / f"{module.replace('.', '/')}.py"
    path = path if path.exists() else PACKAGE / module / "__init__.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@EVERY_MODULE
def test_functions_are_short(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            body = node.body[has_docstring:]
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= MAX_FUNCTION_LINES, node.name
