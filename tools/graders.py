"""Have submissions marked by pytest, nbgrader and otter-grader (`make test-graders`).

Each grader is used as the page for instructors says, with its own files and commands, on a right, a
half-right and an empty submission. The points of every part must be those that the checker gives
when it is asked here. All of it runs in an environment of its own, of the versions in uv.lock.
"""

import ast
import contextlib
import csv
import io
import json
import os
import re
import runpy
import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convlib.check import cases, points
from tools.step import run

ROOT = Path(__file__).resolve().parent.parent
FILES = ROOT / "book" / "graders"
WORK = ROOT / "_build" / "graders"
ENVIRONMENT = WORK / "environment"
NETWORK = "It needs https://pypi.org and https://files.pythonhosted.org: check the connection."

HALF = {
    # right for square kernels only: a hidden setting
    "conv-forward": ("w.shape[2:], axis", "w.shape[2:3] * 2, axis"),
    # right where windows lie side by side
    "conv-backward": ("dx_pad[read] +=", "dx_pad[read] ="),
    "max-pool-backward": ("left + j] +=", "left + j] ="),
    "batch-norm-forward": None,
}
"""What the half-right submission has in place of what is right; None where nothing is written."""

TOTAL = 32


def cells(grader):
    """Return the cells of an assignment, by their ids."""
    return {cell.id: cell for cell in nbformat.read(FILES / grader / "layers.ipynb", 4).cells}


def solutions():
    """Return the right functions, by the ids of their cells."""
    found = {one.id: one.source for one in cells("nbgrader").values() if "def " in one.source}
    marks = ("    ### BEGIN SOLUTION\n", "    ### END SOLUTION")
    return {
        name: source.replace(marks[0], "").replace(marks[1], "").rstrip()
        for name, source in found.items()
        if marks[0] in source
    }


def submissions():
    """Return what three students write: of each, functions by the ids of their cells."""
    right, half = solutions(), solutions()
    for name, edit in HALF.items():
        code = half.pop(name)
        if edit is not None:
            if code.count(edit[0]) != 1:
                sys.exit(f"HALF: {name} has no {edit[0]!r}, or several")
            half[name] = code.replace(*edit)
    return {"right": right, "half": half, "empty": {}}


# --- the points that there must be ------------------------------------------------------------


def parts():
    """Return what each part is about, and its points: ``{"dx": ("conv", ["dx"], 6)}``."""
    text = (FILES / "pytest" / "test_layers.py").read_text(encoding="utf-8")
    marks = re.findall(r"part\((.+), points=(\d+)\)\ndef test_(\w+)", text)
    about = ((name, ast.literal_eval(words), int(most)) for words, most, name in marks)
    return {name: (operation, outputs, most) for name, (operation, *outputs), most in about}


def expected(functions):
    """Return the points of a submission, part by part: as a share, and as otter-grader gives them.

    That one gives half of them if all is right at the settings that are shown, half for the others.
    """
    names = {"np": np, "sliding_window_view": sliding_window_view}
    for source in functions.values():
        exec(source, names)
    settings = runpy.run_path(FILES / "pytest" / "conftest.py")
    shares, halves = {}, {}
    for part, (operation, outputs, most) in parts().items():
        passes = [names.get(f"{operation}_forward"), names.get(f"{operation}_backward")]
        asked = {"outputs": outputs, "required": settings["REQUIRED"][operation]}
        shown = settings["SHOWN"][operation]
        tests = [
            cases(operation, settings=shown, **asked),
            cases(operation, without=shown, **asked),
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            shares[part] = points(most, tests[0] + tests[1], *passes)
            halves[part] = sum(most / 2 * (points(1, some, *passes) == 1) for some in tests)
    return shares, halves


# --- what the graders say -----------------------------------------------------------------------


def marked_by_pytest(place, students):
    """Return the points of each student in each part."""
    skeleton = (place / "my_layers.py").read_text(encoding="utf-8")
    imports = cells("nbgrader")["start"].source.partition("\nfrom convlib")[0]
    for student, functions in students.items():
        home = place / "submitted" / student
        home.mkdir(parents=True)
        written = "\n\n\n".join([imports, *functions.values()]) if functions else skeleton
        (home / "my_layers.py").write_text(written, encoding="utf-8")
    shell(place, "mark.sh")
    return {
        student: json.loads((place / "submitted" / student / "points.json").read_text())
        for student in students
    }


def hand_in(notebook, home, functions):
    """Write the functions of a student into a copy of the notebook that was given out."""
    nb = nbformat.read(notebook, 4)
    for cell in nb.cells:
        cell.source = functions.get(cell.id, cell.source)
    home.mkdir(parents=True)
    nbformat.write(nb, home / "layers.ipynb")


def marked_by_nbgrader(place, students):
    """Return the points of each student in each part."""
    (place / "source" / "layers").mkdir(parents=True)
    shutil.move(place / "layers.ipynb", place / "source" / "layers")
    shell(place, "release.sh")
    for student, functions in students.items():
        home = place / "submitted" / student / "layers"
        hand_in(place / "release" / "layers" / "layers.ipynb", home, functions)
    shell(place, "mark.sh")
    found = {student: {} for student in students}
    with open(place / "points.csv", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            found[row["student"]][row["part"]] = float(row["points"])
    return found


def marked_by_otter(place, students):
    """Return the points of each student in each part."""
    shell(place, "release.sh")
    for student, functions in students.items():
        hand_in(place / "dist/student/layers.ipynb", place / "submitted" / student, functions)
    shell(place, "mark.sh")
    found = {student: {} for student in students}
    for student in students:
        text = (place / "submitted" / student / "results.json").read_text(encoding="utf-8")
        for test in json.loads(text)["tests"]:
            if "score" in test:  # one is a summary
                found[student][test["name"]] = test["score"]
    return found


GRADERS = {"pytest": marked_by_pytest, "nbgrader": marked_by_nbgrader, "otter": marked_by_otter}


def shell(place, script):
    """Run a script of the page, with the programs of the environment first."""
    path = os.pathsep.join([str(ENVIRONMENT / "bin"), os.environ["PATH"]])
    # nbgrader looks for settings in the home, too
    environ = os.environ | {"PATH": path, "HOME": str(WORK)}
    run(f"{place.name}: {script}", "bash", "-e", script, cwd=place, env=environ)


def make_environment():
    """Install the graders, the package and what they need, and nothing else."""
    environ = os.environ | {"UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)}
    sync = [sys.executable, "-m", "uv", "sync", "--frozen", "--quiet", "--no-default-groups"]
    sync += ["--group", "setup", "--group", "graders", "--python", sys.executable]
    run("install the graders", *sync, cwd=ROOT, env=environ, advice=NETWORK)


def compared(grader, found, wanted):
    """Print the points of one grader; return what is not as it must be."""
    wrong = []
    for student, points_due in wanted.items():
        got = {part.replace("-", "_"): number for part, number in found[student].items()}
        told = "  ".join(f"{part} {number:.3g}" for part, number in got.items())
        print(f"{grader}, {student}: {sum(got.values()):.4g} of {TOTAL} points: {told}", flush=True)
        for part in points_due.keys() | got.keys():
            if abs(got.get(part, -1) - points_due.get(part, -1)) > 0.01:
                due, came = points_due.get(part), got.get(part)
                wrong.append(f"{grader}, {student}, {part}: expected {due}, got {came}")
    return wrong


def main(names=()):
    """Mark with all graders, or those that are named; the exit code says whether points agree."""
    students = submissions()
    due = {student: expected(functions) for student, functions in students.items()}
    shutil.rmtree(WORK / "class", ignore_errors=True)
    make_environment()
    wrong = []
    for grader in names or GRADERS:
        place = WORK / "class" / grader
        shutil.copytree(FILES / grader, place)
        found = GRADERS[grader](place, students)
        wanted = {student: both[grader == "otter"] for student, both in due.items()}
        wrong += compared(grader, found, wanted)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main(sys.argv[1:])
