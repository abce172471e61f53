"""Stored outputs are those of one run from top to bottom, so that nbval compares them all."""

import json
import re

import pytest

from tests import notebooks
from tests.notebooks import BOOK, CHAPTERS, LANDING, NOTEBOOKS

PICTURES = {"image/png", "image/jpeg", "image/svg+xml", "application/pdf"}


@pytest.fixture(params=NOTEBOOKS)
def notebook(request):
    return request.param


@pytest.fixture(params=CHAPTERS)
def chapter(request):
    return request.param


def test_every_chapter_is_in_the_table_of_contents():
    toc = (BOOK.parent / "_toc.yml").read_text(encoding="utf-8")
    missing = [name for name in CHAPTERS if not re.search(rf"file:\s*{name}\s*$", toc, re.M)]
    assert missing == []
    assert re.search(rf"^root:\s*{LANDING}\s*$", toc, re.M)


def test_cells_were_run_once_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in notebooks.code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_code_cell_is_empty(notebook):
    cells = notebooks.read(notebook).cells
    assert [c.id for c in cells if c.cell_type == "code" and not c.source.strip()] == []


def test_a_cell_that_ends_in_a_value_has_an_output(notebook):
    """nbval compares nothing where nothing is stored."""
    silent = [
        cell.id
        for cell in notebooks.code_cells(notebook)
        if not cell.outputs
        and not re.search(r"^(def |class |import |from |\s*\w[\w, .]*=)", cell.source, re.M)
    ]
    assert silent == []


def test_no_error_and_no_picture_is_stored(notebook):
    outputs = [out for cell in notebooks.code_cells(notebook) for out in cell.outputs]
    assert [out.ename for out in outputs if out.output_type == "error"] == []
    assert [
        set(out.data) & PICTURES for out in outputs if set(out.get("data", {})) & PICTURES
    ] == []
    drawn = [out for out in outputs if "<path" in "".join(out.get("data", {}).get("text/html", ""))]
    assert drawn == []


def test_outputs_are_short(notebook):
    for cell in notebooks.code_cells(notebook):
        for out in cell.outputs:
            shown = out.get("text") or out.get("data", {}).get("text/plain", "")
            assert len(shown.splitlines()) <= 14, cell.id
            assert not re.search(r"\d\.\d{11,}", shown), f"{cell.id}: a raw float: {shown}"


def test_a_chapter_opens_with_the_kernel_that_every_environment_has(notebook):
    """JupyterLab adds the version of Python and more when it saves; `make refresh` takes it out."""
    stored = json.loads((BOOK / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert stored["metadata"]["kernelspec"]["name"] == "python3"
    assert stored["metadata"]["language_info"]["name"] == "python"


def test_chapter_has_its_parts(chapter):
    text = notebooks.text(chapter)
    assert re.match(r"# \S", text)
    assert "{admonition} What you'll do" in text
    assert re.search(r"About \d+ minutes", text)
    for part in ("Self-test", "Summary", "Exercises"):
        assert f"\n## {part}\n" in text, part
    assert re.search(r"^Before: .*Next: ", text, flags=re.M)
    summary = text.split("\n## Summary\n")[1].split("\nBefore: ")[0]
    assert 1 <= len(re.findall(r"^- ", summary, flags=re.M)) <= 5
    assert "usual mistake" in text
    exercises = re.findall(r"^````\{exercise\}", text, flags=re.M)
    solutions = re.findall(r"^```\{solution-start\} (\S+)\n:class: dropdown", text, flags=re.M)
    names = re.findall(r"^````\{exercise\}[^\n]*\n:label: (\S+)", text, flags=re.M)
    assert len(exercises) in (2, 3)
    assert text.count("```{dropdown} Hint") == len(exercises)
    assert solutions == names


def test_chapters_use_convlib_by_name(chapter):
    """A name imported from convlib would keep the right function when a mistake is built in."""
    imports = re.findall(
        r"^from convlib import (.*)$",
        "\n".join(c.source for c in notebooks.code_cells(chapter)),
        re.M,
    )
    names = {name.strip() for line in imports for name in line.split(",")}
    assert names <= {"charts", "figures", "layers", "mistakes", "training"}
