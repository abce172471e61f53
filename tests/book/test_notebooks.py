"""What a chapter must hold. A fault is a sentence that says where it is, and what to do about it.

Stored outputs must be those of one run from top to bottom, so that nbval compares them all.
"""

import copy
import re

import nbformat
import pytest

from tools import notebooks
from tools.notebooks import BOOK, CHAPTERS, LANDING, NOTEBOOKS

INEXACT = r"(?<![\w.])\d+(?:\.\d+(?:e[+-]\d+)?|e[+-]\d+)(?![\w.+])"
"""A number with a point or an exponent. A version such as 2.13.0+cpu is none."""

PICTURES = {"image/png", "image/jpeg", "image/svg+xml", "application/pdf"}
REFRESH = "run `make refresh`, which runs every chapter and stores its outputs"
FEWER = f"print fewer digits, and {REFRESH}"
MOST_LINES = 14
MOST_DIGITS = 7
BY_NAME = {"check", "figures", "layers", "mistakes", "training"}
"""What a chapter may import from convlib: modules. Functions it calls as `convlib.conv2d`."""


# --- the cells --------------------------------------------------------------------------------


def faults_of_cells(notebook):
    """Yield what is wrong with the cells of a notebook, their stored outputs, and its kernel."""
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield (
            f"the notebook was saved with the kernel {kernel!r}: choose the kernel `python3` in "
            f"JupyterLab and save, or {REFRESH}"
        )
    if notebook.metadata.get("widgets"):
        yield (
            "the notebook stores the state of its widgets: switch off Settings, Save Widget State "
            f"Automatically, in JupyterLab, and {REFRESH}"
        )
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    due = 0
    for cell in code:
        if not cell.source.strip():
            yield f"cell {cell.id}: it is empty; delete it"
            continue
        due += 1
        if cell.execution_count != due:
            yield (
                f"cell {cell.id}: it was run as number {cell.execution_count}, and is cell number "
                f"{due}; {REFRESH}"
            )
        yield from (f"cell {cell.id}: {fault}" for fault in faults_of_outputs(cell))


def faults_of_outputs(cell):
    """Yield what is wrong with the stored outputs of a code cell."""
    if notebooks.is_measured(cell):
        if cell.outputs:
            yield f"it is tagged `measured`, and stores what differs from run to run; {REFRESH}"
        if "nbval-ignore-output" not in cell.metadata.tags:
            yield "it is tagged `measured`: tag it `nbval-ignore-output` too"
        return
    if not cell.outputs and ends_in_a_value(cell.source):
        yield f"it ends in a value and stores no output, so nbval would compare nothing; {REFRESH}"
    for out in cell.outputs:
        data = out.get("data", {})
        if out.output_type == "error":
            yield f"it stores an error, {out.ename}; mend the code and {REFRESH}"
        if found := PICTURES & set(data):
            yield (
                f"it stores a picture, {min(found)}, which nbval ignores; return a figure of "
                f"convlib.figures, and {REFRESH}"
            )
        if re.search(r"<(path|rect|text)\b", "".join(data.get("text/html", ""))):
            yield f"it stores a whole drawing; {REFRESH} without it"
        shown = out.get("text") or data.get("text/plain", "")
        if (lines := len(shown.splitlines())) > MOST_LINES:
            yield (
                f"it prints {lines} lines, and a reader gets {MOST_LINES} at most; print less, "
                f"and {REFRESH}"
            )
        yield from faults_of_numbers(out.get("text") or "\n".join(map(str, data.values())))


def faults_of_numbers(shown):
    """Yield which numbers of an output hang on the machine: rounding decides their last digits."""
    for number in re.findall(INEXACT, shown):
        if len(re.sub(r"e.*|\D", "", number).lstrip("0")) > MOST_DIGITS:
            yield f"it prints {number}, whose last digits are those of one machine; {FEWER}"
        if 0 < float(number) < 1e-12:
            yield f"it prints {number}, which is rounding; compare it with a bound"
    if zero := re.search(r"[-−]0\.0*(?!\d)", shown):
        yield f"it prints {zero[0]}, whose sign is that of one machine; {FEWER}"


def ends_in_a_value(source):
    """Say whether a cell does nothing but show a value."""
    return not re.search(r"^(def |class |import |from |\s*\w[\w, .]*=)", source, re.M)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cells_and_their_outputs(name):
    assert list(faults_of_cells(notebooks.read(name))) == [], f"book/{name}.ipynb"


# --- the parts of a chapter -------------------------------------------------------------------

WRITE = "ex-write-"
"""How the labels of exercises begin in which the reader writes a function."""

HINTS = ["Hint 1", "Hint 2", "Hint 3"]
"""Their hints: from a question to nearly the line."""

PARTS = {
    r"\A# \S": "the first cell must start with the title: # Title",
    r"\{admonition\} What you'll do": "an admonition must say it: ```{admonition} What you'll do",
    r"About \d+ minutes": "the top must say how long it takes: About 20 minutes",
    r"^## Self-test$": "the section ## Self-test is missing",
    r"^## Summary$": "the section ## Summary is missing",
    r"^## Exercises$": "the section ## Exercises is missing",
    r"^Before: .*Next: ": "the last line must lead on: Before: [...](...). Next: [...](...).",
    r"usual mistake": "a paragraph must name the usual mistake",
}


def faults_of_chapter(text):
    """Yield what is missing in the text of a chapter."""
    for pattern, what in PARTS.items():
        if not re.search(pattern, text, re.M):
            yield what
    summary = text.partition("\n## Summary\n")[2].partition("\nBefore: ")[0]
    points = len(re.findall(r"^- ", summary, re.M))
    if not 1 <= points <= 5:
        yield f"the summary has {points} points; write 1 to 5 lines that start with '- '"
    found = re.findall(r"^````\{exercise\}[^\n]*\n(?::label: (\S+))?(.*?)^````$", text, re.M | re.S)
    exercises = [label for label, _ in found]
    solutions = re.findall(r"^```\{solution-start\} (\S+)\n:class: dropdown", text, re.M)
    others = [label for label in exercises if not label.startswith(WRITE)]
    if len(others) not in (2, 3):
        yield f"there are {len(others)} exercises; a chapter has 2 or 3"
    if solutions != exercises:
        yield (
            f"the exercises are {exercises}, and the solutions {solutions}; give each exercise a "
            ":label:, and one folded solution, in the same order"
        )
    for label, body in found:
        due = [HINTS] if label.startswith(WRITE) else [["Hint"], HINTS]
        if (hints := re.findall(r"^```\{dropdown\} (Hint.*)$", body, re.M)) not in due:
            wanted = " or ".join(map(str, due))
            yield f"the exercise {label} has the hints {hints}; give it {wanted}"


def faults_of_solutions(cells):
    """Yield what keeps a solution from being folded in JupyterLab."""
    if any("{solution-end}" in cell.source for cell in cells):
        yield "it has a {solution-end}, an empty box in JupyterLab: the build adds it; delete it"
    for solution in notebooks.solutions(cells):
        if not solution:
            yield "a solution has no cells"
        for cell in solution:
            if cell.metadata.get("jupyter") != notebooks.folded(cell):
                yield f"cell {cell.id}: it is of a solution, and is not folded; {REFRESH}"
            if cell.cell_type == "markdown" and not cell.source.startswith(notebooks.FIRST_LINE):
                yield f"cell {cell.id}: it must start with '% Solution', which a folded cell shows"


def faults_of_imports(cells):
    """Yield what a chapter imports that would keep a right function when a mistake is built in."""
    source = "\n".join(cell.source for cell in cells)
    imports = re.findall(r"^from convlib import (.*)$", source, re.M)
    for name in sorted({name.strip() for line in imports for name in line.split(",")} - BY_NAME):
        yield (
            f"it imports {name} from convlib; write `import convlib` and call convlib.{name}, so "
            "that a mistake that is built in reaches the chapter"
        )


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_has_its_parts(name):
    assert list(faults_of_chapter(notebooks.text(name))) == [], f"book/{name}.ipynb"


@pytest.mark.parametrize("name", CHAPTERS)
def test_solutions_are_folded_in_jupyterlab(name):
    cells = notebooks.read(name).cells
    assert len(notebooks.solutions(cells)) >= 2
    assert list(faults_of_solutions(cells)) == [], f"book/{name}.ipynb"


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapters_use_convlib_by_name(name):
    assert list(faults_of_imports(notebooks.code_cells(name))) == [], f"book/{name}.ipynb"


def test_every_chapter_is_in_the_table_of_contents():
    toc = (BOOK.parent / "_toc.yml").read_text(encoding="utf-8")
    missing = [name for name in CHAPTERS if not re.search(rf"file:\s*{name}\s*$", toc, re.M)]
    assert missing == [], "add each as `- file: NAME` to _toc.yml"
    assert re.search(rf"^root:\s*{LANDING}\s*$", toc, re.M), f"_toc.yml must have root: {LANDING}"


# --- the rules themselves ---------------------------------------------------------------------

LAB = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.12.99",
    },
    "toc-autonumbering": False,
}
"""What JupyterLab writes into a notebook that it saves."""


def saved_by_jupyterlab(notebook, path):
    """Save a notebook as JupyterLab does, and return it as it is read again."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(LAB)
    for cell in notebook.cells:
        cell.metadata.update(
            {"editable": True, "slideshow": {"slide_type": ""}, "jupyter": {"source_hidden": False}}
        )
        if cell.cell_type == "code":
            cell.metadata.update({"collapsed": False, "scrolled": True})
            cell.metadata["execution"] = {"iopub.status.idle": "2026-01-01T00:00:00.000000Z"}
    path.write_text(nbformat.writes(notebook, indent=4) + "\n", encoding="utf-8")
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_saving_in_jupyterlab_is_no_fault(name, tmp_path):
    saved = saved_by_jupyterlab(notebooks.read(name), tmp_path / "saved.ipynb")
    assert saved.metadata != notebooks.read(name).metadata
    assert list(faults_of_cells(saved)) == []
    code = [cell for cell in saved.cells if cell.cell_type == "code" and cell.source.strip()]
    tags = [notebooks.tagged(cell, "check") for cell in code]
    assert tags == [notebooks.tagged(cell, "check") for cell in notebooks.code_cells(name)]


MEASURED = {"tags": ["measured", "nbval-ignore-output"]}


def output(**data):
    return nbformat.v4.new_output("display_data", {k.replace("_", "/"): v for k, v in data.items()})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": " \n"}, "is empty; delete it"),
        ({"execution_count": 3}, "run as number 3, and is cell number 1"),
        ({"execution_count": None}, "run as number None"),
        ({"outputs": []}, "ends in a value and stores no output"),
        ({"outputs": [nbformat.v4.new_output("error", ename="KeyError")]}, "an error, KeyError"),
        ({"outputs": [output(image_png="")]}, "stores a picture, image/png"),
        ({"outputs": [output(text_html="<svg><path/></svg>")]}, "stores a whole drawing"),
        ({"outputs": [output(text_plain="1\n" * 15)]}, "prints 15 lines"),
        ({"outputs": [nbformat.v4.new_output("stream", text="1\n" * 15)]}, "prints 15 lines"),
        ({"outputs": [output(text_plain="1.2345678")]}, "prints 1.2345678,"),
        ({"outputs": [output(text_html="error 3e-16")]}, "prints 3e-16, which is rounding"),
        ({"outputs": [output(text_plain="[-0.00, 1.0]")]}, "prints -0.00, whose sign"),
        ({"metadata": MEASURED}, "is tagged `measured`, and stores"),
        ({"metadata": {"tags": ["measured"]}, "outputs": []}, "tag it `nbval-ignore-output` too"),
    ],
)
def test_a_fault_of_a_cell_is_named(change, fault):
    good = {"source": "1", "execution_count": 1, "outputs": [output(text_plain="1")]}
    metadata = {"kernelspec": {"name": "python3", "display_name": ""}}
    for changed, wanted in (({}, []), (change, [fault])):
        cell = nbformat.v4.new_code_cell(**good | changed, id="here")
        found = list(faults_of_cells(nbformat.v4.new_notebook(cells=[cell], metadata=metadata)))
        assert len(found) == len(wanted), found
        assert all(f.startswith("cell here: ") and fault in f for f in found)


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ({"kernelspec": {"name": "conda-env-py", "display_name": ""}}, "kernel 'conda-env-py'"),
        ({}, "kernel None"),
        (
            {"kernelspec": {"name": "python3", "display_name": ""}, "widgets": {"a": 1}},
            "state of its widgets",
        ),
    ],
)
def test_a_fault_of_the_metadata_is_named(metadata, fault):
    (found,) = faults_of_cells(nbformat.v4.new_notebook(metadata=metadata))
    assert fault in found


CHAPTER = """# Title

```{admonition} What you'll do
About 5 minutes. The usual mistake.
```

## Self-test

## Exercises

````{exercise} One
:label: ex-a
```{dropdown} Hint
```
````
```{solution-start} ex-a
:class: dropdown
````{exercise} Two
:label: ex-b
```{dropdown} Hint
```
````
```{solution-start} ex-b
:class: dropdown
````{exercise} A function
:label: ex-write-it
```{dropdown} Hint 1
```
```{dropdown} Hint 2
```
```{dropdown} Hint 3
```
````
```{solution-start} ex-write-it
:class: dropdown

## Summary

- A point.

Before: [A](a.ipynb). Next: [B](b.ipynb).
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("# Title\n", "Title\n", "must start with the title"),
        ("What you'll do", "Aims", "What you'll do"),
        ("About 5 minutes", "Soon", "how long it takes"),
        ("## Self-test", "### Self-test", "## Self-test is missing"),
        ("Before: ", "Earlier: ", "must lead on"),
        ("usual mistake", "mistake", "usual mistake"),
        ("- A point.", "A point.", "0 points"),
        ("- A point.", "- A\n" * 6, "6 points"),
        (":label: ex-b\n", "", "['ex-a', '', 'ex-write-it'], and the solutions"),
        ("solution-start} ex-b", "solution-start} ex-c", "the solutions ['ex-a', 'ex-c', "),
        ("{solution-start} ex-b\n:class: dropdown", "{solution-start} ex-b",
         "solutions ['ex-a', 'ex-write-it']"),
        ("```{dropdown} Hint\n```\n````\n```{solution-start} ex-b",
         "````\n```{solution-start} ex-b", "exercise ex-b has the hints []; give it ['Hint']"),
        ("Hint 2\n```\n```{dropdown} ", "", "hints ['Hint 1', 'Hint 3']; give it ['Hint 1', 'H"),
        ("Hint 2", "Hint", "the exercise ex-write-it has the hints ['Hint 1', 'Hint', 'Hint 3']"),
    ],
)  # fmt: skip
def test_a_fault_of_a_chapter_is_named(old, new, fault):
    assert list(faults_of_chapter(CHAPTER)) == []
    assert old in CHAPTER
    (found,) = faults_of_chapter(CHAPTER.replace(old, new))
    assert fault in found


def test_a_solution_that_stands_open_is_named():
    cells = copy.deepcopy(notebooks.read("gather-dx").cells)
    text, code = notebooks.solutions(cells)[0]
    text.source = text.source.removeprefix(notebooks.FIRST_LINE)
    code.metadata.jupyter.outputs_hidden = False
    cells[-1].source += "\n```{solution-end}\n```"
    end, first_line, unfolded = faults_of_solutions(cells)
    assert "{solution-end}" in end
    assert f"cell {text.id}: it must start with '% Solution'" in first_line
    assert f"cell {code.id}: it is of a solution, and is not folded" in unfolded


def test_too_few_exercises_and_an_import_are_named():
    few = CHAPTER.split("````{exercise} Two")[0] + "\n## Summary\n" + CHAPTER.split("Summary\n")[1]
    assert list(faults_of_chapter(few)) == ["there are 1 exercises; a chapter has 2 or 3"]
    cell = nbformat.v4.new_code_cell("from convlib import layers, conv2d")
    (found,) = faults_of_imports([cell])
    assert "imports conv2d from convlib" in found
