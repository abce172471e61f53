"""Right layers pass, wrong ones are caught and named, and hostile code does no harm."""

import sys
import warnings

import numpy as np
import pytest

from convlib import check
from convlib.check._guard import can_limit
from convlib.mistakes import MISTAKES
from tests.check.corpus import RIGHT, checked
from tests.check.edits import EDITS
from tests.check.hostile import HARMLESS, HOSTILE

SOME = [
    pytest.param(edit, id=str(edit), marks=pytest.mark.weekly if number % 5 else ())
    for number, edit in enumerate(EDITS)
]
"""Every fifth edit is always run."""


@pytest.mark.parametrize("name", RIGHT)
def test_right_program_passes(name):
    report, seconds = checked(RIGHT[name], name)
    print(f"{seconds:.2f} s")
    assert report.ok, str(report)
    assert report.mistake is None
    assert all(report.parts.values())


@pytest.mark.parametrize("edit", SOME)
def test_wrong_program_is_caught_and_named(edit):
    report, seconds = checked(edit.source, edit.base)
    print(f"{seconds:.2f} s")
    assert not report.ok
    assert {*report.mistakes} == {*edit.mistakes.split()}, str(report)
    assert edit.why.lower() in str(report).lower()


def test_the_corpus_is_large_and_says_what_it_expects():
    assert len(RIGHT) >= 30
    assert len(EDITS) >= 45
    named = {name for edit in EDITS for name in edit.mistakes.split()}
    assert named <= set(MISTAKES)
    assert all(edit.mistakes or edit.why for edit in EDITS)


@pytest.fixture
def state():
    """Compare with afterwards what a program may have changed."""

    def now():
        streams = sys.stdin, sys.stdout, sys.stderr
        numpy = {name: id(item) for name, item in vars(np).items() if not name.startswith("__")}
        options = {key: value for key, value in np.get_printoptions().items() if key != "override"}
        random = np.random.get_state()[1].tolist()  # noqa: NPY002 - what a program may seed
        return streams, numpy, options, random, np.geterr(), warnings.filters[:]

    check.layer(*HARMLESS["a_partial"])  # loads what is loaded late
    before = now()
    yield
    assert now() == before


def report_on(passes, time_limit):
    if len(passes) == 2:
        return check.layer(*passes, time_limit=time_limit)
    return check.forward(*passes, time_limit=time_limit)


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_reported(name, capsys):
    passes, word = HOSTILE[name]
    if word == "does not come to an end" and not can_limit():
        pytest.skip("no time limit here, which the report says")
    report = report_on(passes, time_limit=0.2)
    assert not report.ok
    assert word in str(report), str(report)
    assert len(str(report).splitlines()) <= 25
    assert report.mistake is None
    assert "<" in report._repr_html_()
    assert capsys.readouterr() == ("", "")


def test_a_report_says_where_there_is_no_time_limit():
    words = "No time limit here: an endless loop would not be stopped."
    assert (words in str(check.layer(*HARMLESS["a_partial"]))) == (not can_limit())


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("name", HARMLESS)
def test_strange_code_that_is_right_passes(name):
    report = report_on(HARMLESS[name], time_limit=5)
    assert report.ok, str(report)
