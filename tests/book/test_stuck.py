"""The page "Stuck?": each question has its thread, an answer, a cell, and a way on."""

import re

import pytest

from tools import notebooks, prose

CELLS = notebooks.read("stuck").cells
STARTS = [i for i, cell in enumerate(CELLS) if cell.source.startswith("### ")]
QUESTIONS = {CELLS[i].source.partition("\n")[0][4:]: CELLS[i : i + 3] for i in STARTS}
THREAD = re.compile(r"^\*Asked in \[(.+) #(\d+)\]\(https://github\.com/\1/(issues|pull)/\2\)\.\*$")
NAMED = {
    "hguomin/deep-learning-from-scratch #2",
    "oreilly-japan/deep-learning-from-scratch #30",
    "PKUFlyingPig/CMU10-714 #6",
    "Kulbear/deep-learning-coursera #34",
}


def faults_of_question(asked, code, onward):
    """Yield what is wrong with a question: its text, its cell, and the text that leads on."""
    _, thread, answer = asked.source.split("\n\n", 2)
    if not THREAD.match(thread):
        yield "its second paragraph must cite the thread: *Asked in [owner/name #1](its address).*"
    if (said := len(prose.sentences(answer))) != 3:
        yield f"its answer has {said} sentences, and must have 3"
    if code.cell_type != "code" or not code.outputs:
        yield "a cell that shows something must follow"
    if not re.search(r"\]\([a-z-]+\.ipynb\)", onward.source):
        yield "a link to a chapter must follow its cell"


def test_twenty_questions_are_answered():
    assert len(QUESTIONS) == 20
    text = notebooks.text("stuck")
    assert {name for name in NAMED if f"[{name}]" in text} == NAMED


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_its_parts(question):
    assert list(faults_of_question(*QUESTIONS[question])) == []


@pytest.mark.parametrize(
    ("place", "old", "new", "fault"),
    [
        (0, "/issues/", "/wiki/", "cite the thread"),
        (0, "#355]", "#356]", "cite the thread"),
        (0, "the *remainder*:", "the *remainder*. Look:", "4 sentences"),
        (2, "size-the-output.ipynb", "https://example.org", "link to a chapter"),
    ],
)
def test_a_fault_of_a_question_is_named(place, old, new, fault):
    cells = [cell.copy() for cell in next(iter(QUESTIONS.values()))]
    assert old in cells[place].source
    cells[place].source = cells[place].source.replace(old, new)
    (found,) = faults_of_question(*cells)
    assert fault in found
