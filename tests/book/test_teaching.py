"""The assignment that marks itself, as the page for instructors prints it, really marks."""

import inspect
import re

import numpy as np

import convlib
from convlib.mistakes import MISTAKES
from tests.settings import TOLERANCE, Setting, error_against_loops
from tools.notebooks import BOOK


def printed_mark():
    """Return the function that the page prints."""
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S)[1], names)
    return names["mark"]


def agrees_with_loops(*settings):
    """Return a test that compares the layer with the loops at these settings."""
    return lambda: all(
        error_against_loops(s, np.float64) <= TOLERANCE[np.float64] for s in settings
    )


def adjoint(stride, padding):
    """Test dx by the adjoint identity at one setting."""
    draw = np.random.default_rng(0).standard_normal
    x, w = draw((2, 2, 7, 6)), draw((3, 2, 2, 3))
    y = convlib.conv2d(x, w, stride=stride, padding=padding)
    dx = convlib.conv2d_backward(y, x, w, stride=stride, padding=padding).dx
    return bool(np.isclose(np.sum(y * y), np.sum(x * dx)))


def test_a_test_that_believes_everything_scores_nothing():
    assert printed_mark()(lambda: True) == 0


def test_a_test_that_believes_nothing_scores_nothing():
    assert printed_mark()(lambda: False) == 0


def test_a_nasty_setting_scores_more_than_a_comfortable_one():
    mark = printed_mark()
    comfortable, nasty = (mark(lambda s=s, p=p: adjoint(s, p)) for s, p in ((1, 1), (2, 0)))
    assert 0 < comfortable < nasty < len(MISTAKES)


CS231N = Setting((5, 5), (3, 3), padding=1, channels=3, filters=2, batch=4)
UNCOMFORTABLE = [
    Setting((7, 6), (2, 3), stride=(2, 1)),
    Setting((8, 9), (3, 2), stride=2, padding=(1, 2), channels=4, filters=4, groups=2),
]


def test_every_mistake_that_is_marked_can_be_noticed():
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    words = re.search(r"marks (\d+) mistakes.*?setting of CS231n's test notices (\d+)", page, re.S)
    every, published = map(int, words.groups())
    topics = inspect.signature(printed_mark()).parameters["topics"].default
    assert sum(mistake.jury and mistake.topic in topics for mistake in MISTAKES.values()) == every
    assert printed_mark()(agrees_with_loops(*UNCOMFORTABLE)) == every
    assert printed_mark()(agrees_with_loops(CS231N)) == published < every
