"""What the book stores of the checker: three reports, and what it makes of every known mistake.

Run as a module, it writes them anew. First it tries, if it is told to, every mistake at every class
of settings, random pairs of them, and every edit of five right layers, which takes minutes::

    python -m tests.check.stored [matrix] [pairs] [mutants]
"""

import json
import sys
import warnings
from pathlib import Path

from convlib.mistakes import MISTAKES
from tests.check import mutants
from tests.check.corpus import RIGHT, checked
from tests.check.edits import CROP
from tests.check.matrix import CLASSES, MARKS, matrix, pairs

FOLDER = Path(__file__).parents[2] / "book" / "data" / "checker"
MATRIX = FOLDER / "matrix.json"

LAYER = RIGHT["loops_windows"]
PROGRAMS = {
    "right": LAYER,
    "crop": LAYER.replace(CROP, "dx_pad[:, :, pad:-pad, pad:-pad]"),
    "stride": LAYER.replace("top, left = i * stride, j * stride", "top, left = i, j"),
    "bias": LAYER.replace("* w[f]) + b[f]", "* w[f] + b[f])"),
}
"""One layer, right and with a mistake in it, whose reports the book shows."""

SHORT = {"o": "named", "=": "alike", ".": "·", "?": "caught", "!": "missed"}
"""What a cell of the table says."""


def reports():
    """Return the contents of each file with a report, by its name."""
    files = {}
    for name, program in PROGRAMS.items():
        report = checked(program, name).report
        files[f"{name}.txt"] = f"{report}\n"
        files[f"{name}.html"] = f"{report._repr_html_()}\n"
    return files


def every_mistake():
    """Try every mistake at every class of settings."""
    return [[operation, name, row] for (operation, name), row in matrix().items()]


def random_pairs():
    """Try two mistakes at once."""
    both = pairs(40)
    return {
        "tried": len(both),
        "both named": sum({*names} <= {*mistakes} for names, mistakes in both),
        "one named": sum(len({*names} & {*mistakes}) == 1 for names, mistakes in both),
    }


def every_edit():
    """Try every edit of five right layers."""
    edits = [code for base in mutants.BASES for _, code in mutants.mutants(RIGHT[base])]
    fates = [mutants.fate(code) for code in edits]
    return {fate: fates.count(fate) for fate in sorted({*fates})}


TRIED = {"matrix": every_mistake, "pairs": random_pairs, "mutants": every_edit}
"""What takes minutes, and is stored."""


def tables(stored):
    """Return the files that show what was tried, by their names."""
    rows = stored["matrix"]
    counts = [
        [SHORT[mark], MARKS[mark], *(_count(rows, mark, title) for title in CLASSES)]
        for mark in MARKS
    ]
    cells = [
        [operation.replace("_", " "), f"`{name}`", *(SHORT.get(row.get(c), "") for c in CLASSES)]
        for operation, name, row in rows
    ]
    heads = ["result", f"of {len(rows)}", *CLASSES]
    return {
        "summary.md": f"{_figures(stored)}\n{_table(heads, counts)}",
        "matrix.md": _table(["operation", "mistake", *CLASSES], cells),
    }


def _count(rows, mark, title):
    return str(sum(row.get(title) == mark for *_, row in rows))


def _table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _figures(stored):
    both, fates = stored["pairs"], stored["mutants"]
    edits = sum(number for fate, number in fates.items() if fate != "does not run")
    return (
        f"The catalogue holds {len(MISTAKES)} mistakes. Of {both['tried']} random pairs of them in "
        f"one convolution, both are named in {both['both named']}, and one of the two in "
        f"{both['one named']}. Of {edits} small edits of {len(mutants.BASES)} right layers, "
        f"{fates.get('caught', 0)} are caught, {fates.get('equal', 0)} change no number at any "
        f"setting, and {fates.get('missed', 0)} are missed.\n"
    )


def main(arguments):
    """Write the files."""
    warnings.simplefilter("ignore")
    stored = json.loads(MATRIX.read_text(encoding="utf-8"))
    for part in arguments:
        stored[part] = TRIED[part]()
        MATRIX.write_text(f"{json.dumps(stored, indent=1)}\n", encoding="utf-8")
    for name, text in {**reports(), **tables(stored)}.items():
        Path(FOLDER / name).write_text(text, encoding="utf-8")
    print((FOLDER / "summary.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
