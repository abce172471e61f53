"""Print what each chapter holds, and how it reads.

python -m tools.chapters
"""

import re
from collections import Counter

from tools import notebooks, prose

COLUMNS = ("words", "minutes", "said", "formulas", "checks", "catches", "figures", "exercises")
READS = ("a sentence", "cells", "only truth", "letters")


def contents(chapter):
    """Count what a chapter holds.

    The minutes are words at 200 a minute, plus half a minute for each formula, figure and cell of
    code that is shown; "said" is what the chapter promises at its top.
    """
    text, cells = notebooks.text(chapter), notebooks.code_cells(chapter)
    prose = re.sub(r"\$\$.*?\$\$|```.*?```", " ", text, flags=re.S)
    words = len(re.findall(r"[A-Za-z][A-Za-z'’-]+", prose))
    formulas = len(re.findall(r"^\$\$\s*\(eq-", text, flags=re.M))
    figures = sum("hide-input" in cell.metadata.get("tags", []) for cell in cells)
    shown = len(cells) - figures
    return {
        "words": words,
        "minutes": round(words / 200 + (formulas + figures + shown) / 2),
        "said": int(re.search(r"About (\d+) minutes", text)[1]),
        "formulas": formulas,
        "checks": sum(bool(notebooks.tagged(cell, "check")) for cell in cells),
        "catches": sum(len(notebooks.tagged(cell, "catches")) for cell in cells),
        "figures": figures,
        "exercises": len(re.findall(r"^````\{exercise\}", text, flags=re.M)),
    }


TRUTHS = re.compile(r"\(?(True|False)(,\s*(True|False))*,?\)?")


def reading(chapter):
    """Say how a chapter reads.

    Returns
    -------
    dict
        The words and the "sentences"; the "cells" that a reader sees without unfolding a solution,
        and those of them that show "only truth" values; the faulty "letters".
    """
    found = prose.sentences(notebooks.text(chapter))
    cells = notebooks.read(chapter).cells
    folded = [cell.id for solution in notebooks.solutions(cells) for cell in solution]
    seen = [cell for cell in notebooks.code_cells(chapter) if cell.id not in folded]
    return {
        "words": sum(len(sentence.split()) for sentence in found),
        "sentences": len(found),
        "cells": len(seen),
        "only truth": sum(shows_only_truth(cell) for cell in seen),
        "letters": len(set(prose.faults_of_letters(notebooks.text(chapter), prose.letters()))),
    }


def shows_only_truth(cell):
    """Say whether all that a cell shows is True or False, or several of them.

    Examples
    --------
    >>> import nbformat
    >>> def shows(text):
    ...     output = nbformat.v4.new_output("execute_result", {"text/plain": text})
    ...     return shows_only_truth(nbformat.v4.new_code_cell(outputs=[output]))
    >>> shows("(True, False)"), shows("(2, True)"), shows("")
    (True, False, False)
    """
    shown = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
    return TRUTHS.fullmatch("".join(shown).strip()) is not None


def print_reading():
    """Print how the chapters read, and the course as a whole."""
    rows = {chapter: reading(chapter) for chapter in notebooks.CHAPTERS}
    rows["the course"] = sum(map(Counter, rows.values()), Counter())
    print(f"\n{'chapter':26}", *(f"{name:>10}" for name in READS))
    for chapter, row in rows.items():
        mean, share = row["words"] / row["sentences"], row["only truth"] / row["cells"]
        print(f"{chapter:26} {mean:10.1f} {row['cells']:10} {share:10.0%} {row['letters']:10}")


def main():
    """Print the table, and its sums."""
    rows = {chapter: contents(chapter) for chapter in notebooks.CHAPTERS}
    print(f"{'chapter':26}", *(f"{name:>9}" for name in COLUMNS))
    for chapter, row in rows.items():
        print(f"{chapter:26}", *(f"{row[name]:9}" for name in COLUMNS))
    sums = [sum(row[name] for row in rows.values()) for name in COLUMNS]
    print(f"{f'{len(rows)} chapters':26}", *(f"{number:9}" for number in sums))
    print_reading()


if __name__ == "__main__":
    main()
