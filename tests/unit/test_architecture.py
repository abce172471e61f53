"""The modules of convlib build on one another in one direction, and are documented."""

import ast
import graphlib
import importlib
import inspect
import itertools
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import convlib
from convlib import layers, reference, training
from tests.operations import EVERY_FEW

PACKAGE = Path(convlib.__file__).parent

ORDER = re.findall(r"^    (\w+) {2,}", convlib.__doc__, flags=re.M)
"""The modules and sub-packages of convlib, as its docstring lists them: lowest first."""

STANDS_ALONE = {"_late", "_arguments", "reference", "palette", "examples"}
BEYOND_NUMPY = {
    "figures.plots": {"matplotlib"},
    "explorer": {"anywidget", "traitlets"},
    "_methods._workers": {"threadpoolctl"},  # where it is installed
}

MAX_FUNCTION_LINES = 60


def dotted(path):
    """Return the name of a module of convlib below the package: ``mistakes._dx``, or "" for it."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


TREES = {
    dotted(path): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
EVERY_MODULE = pytest.mark.parametrize("module", TREES)
PACKAGES = {
    dotted(path): [found.name for found in pkgutil.iter_modules([str(path.parent)])]
    for path in sorted(PACKAGE.rglob("__init__.py"))
}


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


def siblings(tree, modules=TREES):
    """Return the modules of convlib that a module imports, or imports from."""
    found = set()
    for name in imported(tree):
        package, *parts = name.split(".")
        if package != "convlib":
            continue
        # `from convlib._methods import im2col` may name a module, `from convlib import conv` not
        whole, rest = ".".join(parts), ".".join(parts[:-1])
        found.add(whole if whole in modules else rest)
    return found


def part(module):
    """Return the module or sub-package that a module belongs to."""
    return module.split(".")[0]


def test_imports_are_read_right():
    tree = ast.parse(
        "import os\nfrom convlib._conv import a\ndef f():\n    from convlib import conv, _pool"
    )
    assert imported(tree) == {"os", "convlib._conv.a", "convlib.conv", "convlib._pool"}
    assert siblings(tree) == {"_conv", "", "_pool"}
    assert siblings(ast.parse("from convlib.mistakes import _dx, made")) == {
        "mistakes._dx",
        "mistakes",
    }
    assert imported(ast.parse("from .conv import a")) == {".conv.a"}


def test_every_module_has_its_place():
    assert len(ORDER) == len(set(ORDER))
    assert {part(module) for module in TREES} == {"", *ORDER}


@pytest.mark.parametrize("module", [module for module in TREES if module])
def test_modules_import_only_from_those_below(module):
    below = {*ORDER[: ORDER.index(part(module))], part(module)}
    assert {part(name) for name in siblings(TREES[module])} <= below


@EVERY_MODULE
def test_no_import_is_relative(module):
    assert not [name for name in imported(TREES[module]) if name.startswith(".")]


def test_no_imports_go_round_in_a_circle():
    # a sub-package takes in its modules, which may come back to the helpers next to them
    graph = {module: siblings(tree) - {module, part(module)} for module, tree in TREES.items()}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("module", sorted(STANDS_ALONE))
def test_module_stands_alone(module):
    assert siblings(TREES[module]) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_shadows_a_module(package):
    home = importlib.import_module(f"convlib.{package}".rstrip("."))
    assert PACKAGES[package]
    for name in PACKAGES[package]:
        module = importlib.import_module(f"{home.__name__}.{name}")
        assert getattr(home, name) is module
        assert name not in getattr(home, "__all__", ())


# --- what is loaded, and when ---------------------------------------------------------------------


def run_python(code):
    """Run code in a new interpreter, and return the words that it prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_importing_convlib_loads_nothing_but_numpy():
    new = run_python(
        "import sys; old = set(sys.modules); import convlib; print(*set(sys.modules) - old)"
    )
    loaded = {name.split(".")[0] for name in new}
    assert {"convlib", "numpy"} <= loaded
    own = {name for name in loaded if "cython" not in name}  # NumPy 1.26 brings two such names
    assert own - sys.stdlib_module_names == {"convlib", "numpy"}
    at_once = {name.split(".")[1] for name in new if name.startswith("convlib.")}
    assert at_once == set(ORDER[: ORDER.index("reference")])


def test_the_rest_is_loaded_when_it_is_asked_for():
    late = ORDER[ORDER.index("reference") :]
    assert {*convlib._LATE} <= {*late}
    assert {*convlib._LATE, "explore"} <= {*dir(convlib)}
    code = "import convlib; print(convlib.layers.__name__, convlib.training.SGD.__name__)"
    assert run_python(code) == ["convlib.layers", "SGD"]
    assert part(convlib.explore.__module__.removeprefix("convlib.")) == "explorer"
    with pytest.raises(AttributeError, match="explroe"):
        _ = convlib.explroe


def test_what_is_not_installed_is_an_error_that_says_what_to_do():
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import convlib\ntry:\n    convlib.explore\nexcept ImportError as error:\n    print(error)"
    )
    assert " ".join(run_python(code)) == (
        "convlib.explorer needs anywidget, which is not installed. "
        'Try: pip install "convolution-backwards[explorer]"'
    )


@EVERY_MODULE
def test_only_modules_for_the_book_use_more_than_numpy(module):
    tops = {name.split(".")[0] for name in imported(TREES[module])}
    allowed = sys.stdlib_module_names | {"convlib", "numpy"}
    beyond = BEYOND_NUMPY.get(module, BEYOND_NUMPY.get(part(module), set()))
    assert tops - allowed <= beyond


# --- documentation ----------------------------------------------------------------------------

FUNCTIONS = [name for name in convlib.__all__ if inspect.isfunction(getattr(convlib, name))]
CLASSES = [name for name in convlib.__all__ if inspect.isclass(getattr(convlib, name))]


def sections(item):
    """Return the titles of a numpydoc docstring's sections."""
    lines = inspect.getdoc(item).splitlines()
    return {title for title, rule in itertools.pairwise(lines) if rule and set(rule) == {"-"}}


def defined(module):
    """Return the public names that a module defines itself."""
    names = set()
    for node in TREES[module].body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            names.add(node.name)
    return names


def test_all_is_what_the_modules_list_and_each_name_is_listed_once():
    at_once = ORDER[: ORDER.index("reference")]
    modules = [importlib.import_module(f"convlib.{name}") for name in at_once]
    listed = [name for module in modules for name in getattr(module, "__all__", ())]
    assert len(listed) == len(set(listed)) > 40
    assert set(convlib.__all__) == set(listed) == set(FUNCTIONS + CLASSES)


def test_api_page_shows_every_public_name():
    page = (PACKAGE.parent / "book" / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"auto(?:function|class):: convlib\.(\w+)$", page, flags=re.M)
    assert sorted(shown) == sorted(convlib.__all__)


@pytest.mark.parametrize("name", convlib.__all__)
def test_public_name_has_a_docstring_with_an_example(name):
    item = getattr(convlib, name)
    assert inspect.getdoc(item).splitlines()[0].endswith((".", ":"))
    assert "Examples" in sections(item)
    assert ">>> " in inspect.getdoc(item)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_function_describes_parameters_and_result(name):
    function = getattr(convlib, name)
    text = inspect.getdoc(function)
    if re.search(r"[123]d(_backward)?$", name):
        assert f"`{re.sub('[123]d', '', name)}`" in text
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


PUBLIC = [getattr(module, name) for module in (layers, training) for name in module.__all__]


@pytest.mark.parametrize("module", [layers, training], ids=lambda module: module.__name__)
def test_layers_and_training_list_all_that_they_define(module):
    assert set(module.__all__) == defined(module.__name__.split(".")[1])


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
def test_functions_are_short(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            body = node.body[has_docstring:]
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= MAX_FUNCTION_LINES, node.name


# --- what belongs to an operation -----------------------------------------------------------------

OPERATIONS = sorted(
    name
    for name in convlib.__all__
    if f"{name}_backward" in convlib.__all__ and name[-2:] not in ("1d", "2d", "3d")
)


def test_operations_are_found():
    assert {"avg_pool", "conv", "conv_transpose", "max_pool"} <= {*OPERATIONS}


@pytest.mark.parametrize("name", [name + end for name in OPERATIONS for end in ("", "_backward")])
def test_operation_has_its_loops_and_is_tried_at_a_handful_of_settings(name, monkeypatch):
    def found(*_, **__):
        raise LookupError

    loops, fast = (inspect.signature(getattr(m, name)).parameters for m in (reference, convlib))
    assert [*loops] == [key for key in fast if key not in ("method", "workers")]
    monkeypatch.setattr(convlib, name, found)
    for setting in EVERY_FEW:
        try:
            setting.run(*setting.arrays())
        except LookupError:
            return
    pytest.fail(f"no setting of tests.operations.EVERY_FEW calls convlib.{name}: add some")
