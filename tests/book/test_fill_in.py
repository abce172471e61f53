"""The cells that a reader fills: empty, they say what to do; right, they pass; wrong, they name it.

A function has four cells: `write:NAME` is empty, `judge:NAME` ends in the checker's report, and
`solution:NAME` defines `solved_NAME`; the exercise above is called `ex-write-NAME`, or, where
another chapter asks for the same function, `ex-write-NAME-in-WORDS`.
"""

import ast
import re

import nbformat
import pytest

import convlib
from convlib import check
from convlib.check import _guard
from convlib.mistakes import MISTAKES
from tests.book.fillings import WRONG
from tools import checks, notebooks
from tools.refresh import SANITIZERS

KINDS = ("write", "judge", "solution")


def numbers_of(cells):
    """Return, for each name of a chapter and each kind, the numbers of its code cells."""
    found = {}
    for number, cell in enumerate(cells):
        for kind in KINDS:
            for name in notebooks.tagged(cell, kind):
                found.setdefault(name, {kind: [] for kind in KINDS})[kind].append(number)
    return found


FUNCTIONS = [
    (chapter, name)
    for chapter in notebooks.CHAPTERS
    for name in numbers_of(notebooks.code_cells(chapter))
]


def faults_of_function(name, cells, text, places, wrong):
    """Yield what is missing around a function that the reader writes."""
    order = [places[kind] for kind in KINDS]
    if [len(some) for some in order] != [1, 1, 1]:
        yield f"it has {', '.join(f'{len(places[kind])} cells {kind}:{name}' for kind in KINDS)}"
        return
    write, judge, solution = (some[0] for some in order)
    if judge != write + 1 or solution != judge + 1:
        yield f"its cells must be {', '.join(f'{kind}:{name}' for kind in KINDS)}, in this order"
    empty, solved = (_function(cells[number].source, n) for number, n in
                     ((write, name), (solution, f"solved_{name}")))  # fmt: skip
    if empty is None or solved is None:
        yield f"its first cell must define {name}, and its last one solved_{name}"
    elif ast.dump(empty.args) != ast.dump(solved.args):
        yield f"{name} and solved_{name} must take the same arguments"
    elif not ast.get_docstring(empty):
        yield f"{name} must say in a line what it returns"
    label = f"ex-write-{name.replace('_', '-')}"
    elsewhere = "|".join(("in-[a-z-]+", *notebooks.CHAPTERS))  # where another chapter has the name
    if not re.search(rf"^:label: {label}(-({elsewhere}))?$", text, re.M):
        yield f"no exercise is called {label}"
    if len(wrong) < 3:
        yield f"tests/book/fillings.py has {len(wrong)} wrong fillings for it; write 3"


def _function(source, name):
    """Return a function of a cell, as a tree; None if there is none."""
    defined = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return next((node for node in defined if node.name == name), None)


def judged(chapter, name, source=None):
    """Run the judge of a function, with code in its place or with what stands there; its report."""
    places = numbers_of(notebooks.code_cells(chapter))[name]
    judge = places["judge"][0]
    names = checks.own_copy(checks.names_before(chapter, judge))
    if source is not None:
        tree = ast.parse(source)
        tree.body = [node for node in tree.body if not isinstance(node, ast.Expr)]
        exec(compile(tree, f"solution:{name}", "exec"), names)
        names[name] = names[f"solved_{name}"]
    return checks.run(chapter, judge, names)


def cell_of(chapter, name, kind):
    cells = notebooks.code_cells(chapter)
    return cells[numbers_of(cells)[name][kind][0]]


def fillings():
    """List every wrong filling."""
    return [
        pytest.param(chapter, name, filling, id=f"{chapter}-{name}-{filling.found}")
        for chapter, functions in WRONG.items()
        for name, some in functions.items()
        for filling in some
    ]


def test_every_wrong_filling_is_of_a_function_that_is_there():
    listed = {(chapter, name) for chapter, functions in WRONG.items() for name in functions}
    assert listed == set(FUNCTIONS)


@pytest.mark.parametrize(("chapter", "name"), FUNCTIONS)
def test_function_has_its_cells(chapter, name):
    cells = notebooks.code_cells(chapter)
    wrong = WRONG.get(chapter, {}).get(name, [])
    places = numbers_of(cells)[name]
    faults = faults_of_function(name, cells, notebooks.text(chapter), places, wrong)
    assert list(faults) == [], f"book/{chapter}.ipynb, {name}"


@pytest.mark.parametrize(("chapter", "name"), FUNCTIONS)
def test_empty_cell_is_told_what_to_do(chapter, name):
    report = judged(chapter, name)
    assert not report.ok
    assert report.headline.startswith(f"{name} returns None: write its lines, and end with: return")
    (output,) = cell_of(chapter, name, "judge").outputs
    assert output["data"]["text/plain"] == str(report), "run `make refresh`"


@pytest.mark.parametrize(("chapter", "name"), FUNCTIONS)
def test_solution_is_right(chapter, name):
    report = judged(chapter, name, cell_of(chapter, name, "solution").source)
    assert report.ok, str(report)
    assert all(report.parts.values())


@pytest.mark.parametrize(("chapter", "name", "filling"), fillings())
def test_wrong_filling_is_named(chapter, name, filling):
    source = cell_of(chapter, name, "solution").source
    assert source.count(filling.old) == 1, "the text to replace must stand there once"
    report = judged(chapter, name, source.replace(filling.old, filling.new))
    assert not report.ok
    names = filling.found.split()
    if set(names) <= set(MISTAKES):
        assert {*report.mistakes} == {*names}, str(report)
    else:
        assert report.mistakes == ()
        assert filling.found in " ".join(str(report).split())


# --- the rules themselves ---------------------------------------------------------------------

CHAPTER = {
    "write:double": 'def double(x):\n    """Return 2x."""\n    return None',
    "judge:double": "check.forward(double)",
    "solution:double": "def solved_double(x):\n    return 2 * x",
}
THREE = [None] * 3


def faults_of(sources, text=":label: ex-write-double\n", wrong=THREE):
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": [tag]})
        for tag, source in sources.items()
    ]
    return list(faults_of_function("double", cells, text, numbers_of(cells)["double"], wrong))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"judge:double": None}, "0 cells judge:double"),
        ({"solution:double": "def double(x):\n    return 2 * x"}, "define double, and its last"),
        ({"write:double": 'def twice(x):\n    """Return."""'}, "its first cell must define double"),
        ({"write:double": "def double(x):\n    return None"}, "must say in a line"),
        ({"write:double": 'def double(a):\n    """Return."""'}, "take the same arguments"),
    ],
)
def test_a_fault_of_the_cells_is_named(change, fault):
    assert faults_of(CHAPTER) == []
    (found,) = faults_of({k: v for k, v in (CHAPTER | change).items() if v is not None})
    assert fault in found


def test_a_wrong_order_a_missing_exercise_and_too_few_fillings_are_named():
    (order,) = faults_of(dict(reversed(CHAPTER.items())))
    assert "write:double, judge:double, solution:double, in this order" in order
    assert faults_of(CHAPTER, text="") == ["no exercise is called ex-write-double"]
    (few,) = faults_of(CHAPTER, wrong=THREE[:2])
    assert "has 2 wrong fillings for it; write 3" in few


def test_a_report_is_the_same_where_nothing_can_limit_the_time(monkeypatch):
    shown = []
    for can_limit in (True, False):
        monkeypatch.setattr(_guard, "can_limit", lambda can_limit=can_limit: can_limit)
        report = check.forward(convlib.conv)
        shown.append([str(report), report._repr_html_()])
    assert shown[0] != shown[1]
    for pattern, replacement in SANITIZERS:
        shown[1] = [re.sub(pattern, replacement, each) for each in shown[1]]
    assert shown[0] == shown[1]
