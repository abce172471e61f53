"""The assignment that marks itself, as the page for instructors prints it, really marks."""

import re

import numpy as np

import convlib
from convlib.mistakes import MISTAKES
from tests.notebooks import BOOK


def printed_mark():
    """Return the function that the page prints."""
    page = (BOOK / "teaching.md").read_text(encoding="utf-8")
    names = {}
    exec(re.search(r"```python\n(.*?)```", page, re.S)[1], names)
    return names["mark"]


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
