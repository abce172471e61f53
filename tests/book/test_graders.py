"""What a class copies, as far as it can be tested without nbgrader and otter-grader.

`make test-graders` has all of it run by the graders themselves.
"""

import re

import numpy as np
import pytest

from convlib.check import cases
from tools import graders
from tools.notebooks import BOOK

PAGE = (BOOK / "grade-with-the-checker.md").read_text(encoding="utf-8")
STUDENTS = graders.submissions()
PARTS = graders.parts()


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """Return the points that pytest gives each student."""
    place = tmp_path_factory.mktemp("class") / "pytest"
    graders.shutil.copytree(graders.FILES / "pytest", place)
    return graders.marked_by_pytest(place, STUDENTS)


@pytest.mark.parametrize("student", STUDENTS)
def test_pytest_gives_the_points_of_each_part(marked, student):
    wanted, _ = graders.expected(STUDENTS[student])
    assert marked[student] == pytest.approx(wanted)


def test_points_are_all_part_or_none(marked):
    assert marked["right"] == {part: most for part, (*_, most) in PARTS.items()}
    assert set(marked["empty"].values()) == {0}
    assert 0 < marked["half"]["dx"] < PARTS["dx"][-1]
    assert marked["half"]["batch_norm"] == 0  # not there
    assert marked["half"]["batch_norm_dx"] == PARTS["batch_norm_dx"][-1]


def test_the_page_lists_the_parts_and_their_points():
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) \|$", PAGE, re.M)
    assert {name: int(most) for name, most in rows} == {n: most for n, (*_, most) in PARTS.items()}
    assert sum(most for *_, most in PARTS.values()) == graders.TOTAL
    assert f"up to {len(cases('conv', outputs=['y']))} settings" in PAGE


def run(grader, *names):
    """Run the first cell of an assignment, the right functions, and the cells of these names."""
    cells, seen = graders.cells(grader), {}
    for source in (cells["start"].source, *STUDENTS["right"].values()):
        exec(source, seen)
    for name in names:
        exec(cells[name].source, seen)
    return seen


def test_nbgrader_s_cells_are_the_parts():
    own = {name: cell for name, cell in graders.cells("nbgrader").items()
           if cell.metadata.get("nbgrader", {}).get("grade")}  # fmt: skip
    assert {name.replace("-", "_") for name in own} == {*PARTS}
    names = run("nbgrader")
    for name, cell in own.items():
        operation, outputs, most = PARTS[name.replace("-", "_")]
        shown, both = re.split(r"\n### \w+ HIDDEN TESTS\n?", cell.source)[:2]
        assert (
            cell.metadata["nbgrader"]["points"] == most == eval(shown, names) == eval(both, names)
        )
        tests = eval(f"({re.search(r'shown.*hidden[(].*?[)]', both, re.S)[0]})", names)
        assert {c.operation for c in tests} == {operation}
        assert [*dict.fromkeys(c.output for c in tests)] == outputs
        every = cases(operation, outputs=outputs, required=names["REQUIRED"][operation])
        assert {*tests} == {*every}


def test_otter_s_questions_are_the_parts():
    cells = graders.cells("otter")
    questions = [cell.source for name, cell in cells.items() if name.endswith("-question")]
    told = dict(re.search(r"name: (\w+)\npoints: (\d+)", source).groups() for source in questions)
    assert {name: int(most) for name, most in told.items()} == {
        n: m for n, (*_, m) in PARTS.items()
    }
    for part, (*_, most) in PARTS.items():
        both = [cells[f"{part.replace('_', '-')}-{kind}"].source for kind in ("shown", "hidden")]
        assert [int(re.search(r"points: (\d+)", source)[1]) for source in both] == [most / 2] * 2
        assert ["hidden: true" in source for source in both] == [False, True]
        # of two functions with one name, only one would be run
        assert len({re.search(r"^def (\w+)", source, re.M)[1] for source in both}) == 2
    run("otter", *(name for name in cells if name.endswith(("-shown", "-hidden"))))


def test_the_three_show_and_require_the_same():
    settings = graders.runpy.run_path(graders.FILES / "pytest" / "conftest.py")
    for grader in ("nbgrader", "otter"):
        names = run(grader)
        assert (names["SHOWN"], names["REQUIRED"]) == (settings["SHOWN"], settings["REQUIRED"])


def test_every_empty_function_is_one_that_is_judged():
    skeleton = (graders.FILES / "pytest" / "my_layers.py").read_text(encoding="utf-8")
    heads = re.findall(r"^def .*\n.*$", skeleton, re.M)
    assert heads == [re.match(r".*\n.*", code)[0] for code in STUDENTS["right"].values()]
    assert np.any([code in skeleton for code in STUDENTS["right"].values()]) == np.False_


def test_the_report_on_the_page_is_what_the_checker_says():
    names = {"np": np, "sliding_window_view": np.lib.stride_tricks.sliding_window_view}
    for source in STUDENTS["half"].values():
        exec(source, names)
    (case,) = cases(outputs=["dx"], settings=["stride 2"])
    with pytest.raises(AssertionError) as said:
        case(names["conv_forward"], names["conv_backward"])
    assert str(said.value) + "\n" == (graders.FILES / "seen.txt").read_text(encoding="utf-8")
