"""Print what each chapter holds: words, minutes, formulas, checks, figures, exercises.

python -m tools.chapters
"""

import re

from tools import notebooks

COLUMNS = ("words", "minutes", "said", "formulas", "checks", "catches", "figures", "exercises")


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


def main():
    """Print the table, and its sums."""
    rows = {chapter: contents(chapter) for chapter in notebooks.CHAPTERS}
    print(f"{'chapter':26}", *(f"{name:>9}" for name in COLUMNS))
    for chapter, row in rows.items():
        print(f"{chapter:26}", *(f"{row[name]:9}" for name in COLUMNS))
    sums = [sum(row[name] for row in rows.values()) for name in COLUMNS]
    print(f"{f'{len(rows)} chapters':26}", *(f"{number:9}" for number in sums))


if __name__ == "__main__":
    main()
