"""How the chapters read: counted as a reader would, and one letter for one meaning."""

import nbformat
import pytest

from tools import chapters, notebooks, prose


@pytest.mark.parametrize("name", sorted(notebooks.NOTEBOOKS))
def test_a_letter_has_one_meaning(name):
    found = list(prose.faults_of_letters(notebooks.text(name), prose.letters()))
    assert found == [], f"book/{name}.ipynb: use the letters of book/notation.md"


@pytest.mark.parametrize("path", sorted(notebooks.BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_a_letter_has_one_meaning_on_other_pages(path):
    found = list(prose.faults_of_letters(path.read_text(encoding="utf-8"), prose.letters()))
    assert found == [], f"book/{path.name}: use the letters of book/notation.md"


def test_the_notation_page_has_the_three_places():
    assert {"o", "k", "i", "n", "c", "f"} <= prose.letters()
    assert not {"p", "q", "u", "v", "m", "j"} & prose.letters()


LETTERS = {
    "$y[o] = x[S\\,o + D\\,k - P]\\, w[k]$": [],
    "$$\ny[n, f, o_h, o_w] = \\hat x[n, c,\\; S\\,o_h + k_h, S o_{w} + k_w]\n$$ (eq-a)": [],
    "$dw[f, c, \\mathbf{k}]$ and $X_{\\text{col}}[r, l]$, $dx[\\,i\\,]$": [],
    "$x[0, 0]$, $db[f]$, $x[P : P + H]$, `y[p]`": [],
    "the mean $[a, b]$ of $\\max_p$": [],
    "$y[p, q]$": ["p is no", "q is no"],
    "$w[f, c, k_h, v]$": ["v is no"],
    "$\\hat x[i + u]$": ["u is no"],
    "$dx^{(1)}[j]$": ["j is no"],
    "$dy[i]$": ["a place there is o"],
    "$dx[n, c, o_h, i_w]$": ["a place there is i"],
    "- a list\n\n  :::{admonition} Two\n  :class: tip\n  In $w[i]$\n  :::": ["a place there is k"],
    "```{admonition} One\n$y[m]$\n```": ["m is no"],
    "````{exercise} Two\n:label: ex-a\n```{dropdown} Hint\n$y[m]$\n```\n````": ["m is no"],
    "| a |\n|---|\n| $y[m]$ |": ["m is no"],
}


@pytest.mark.parametrize("text", LETTERS)
def test_a_wrong_letter_is_named(text):
    found = list(prose.faults_of_letters(text, prose.letters()))
    assert len(found) == len(LETTERS[text]), found
    assert all(part in fault for part, fault in zip(LETTERS[text], found, strict=True))


SENTENCES = {
    "One. Two!  Three?": ["One.", "Two!", "Three?"],
    "It is 0.5 at $x = 1.5$ of\nthe $y$.": ["It is 0.5 at X of the X."],
    "# Head\n\nSee [this page](a.md) and {eq}`eq-a`.": ["See this page and X."],
    "First:\n\n- one *two*\n- three.": ["First:", "one two", "three."],
    "| a | b |\n|---|---|\n| c | d |": [],
    "```python\nx = 1. y\n```\n\n$$\na. b\n$$": [],
    "```{admonition} What you'll do\n:class: tip\nDo it. Need it.\n```": ["Do it.", "Need it."],
    ":::{admonition} A usual mistake\n:class: warning\nDo it.\n:::": ["Do it."],
    "% a comment\n\n(a-target)=\n\n***": [],
}


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_are_those_of_a_reader(text):
    assert prose.sentences(text) == SENTENCES[text]


def cell(text, stream=False):
    made = (
        nbformat.v4.new_output("stream", text=text)
        if stream
        else nbformat.v4.new_output("execute_result", {"text/plain": text})
    )
    return nbformat.v4.new_code_cell(outputs=[made])


@pytest.mark.parametrize("shown", ["True", "False", "(True, True)", "(True,\n False)", "(True,)"])
def test_a_truth_value_alone_is_counted(shown):
    assert chapters.shows_only_truth(cell(shown))
    assert chapters.shows_only_truth(cell(f"{shown}\n", stream=True))


@pytest.mark.parametrize(
    "shown", ["", "1.5", "(2, True)", "same: True", "'True'", "[True]", "True to 1e-12"]
)
def test_what_can_be_read_is_not(shown):
    assert not chapters.shows_only_truth(cell(shown))


def test_the_table_adds_up(capsys):
    rows = [chapters.reading(chapter) for chapter in notebooks.CHAPTERS]
    assert all(row["only truth"] <= row["cells"] and row["sentences"] for row in rows)
    chapters.print_reading()
    *_, last = capsys.readouterr().out.splitlines()
    words, sentences = (sum(row[name] for row in rows) for name in ("words", "sentences"))
    assert last.split()[2] == f"{words / sentences:.1f}"
    assert last.split()[3] == str(sum(row["cells"] for row in rows))
