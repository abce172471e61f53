"""A function that says how many outputs there are: right, empty, or wrong in a known way."""

import pytest

import convlib
from convlib import check
from convlib.mistakes import MISTAKES

NAMED = [name for name, mistake in MISTAKES.items() if convlib.output_size in mistake.variants]
TWO_AXES = {"height_width_swapped", "width_from_height"}
"""With one axis these make no mistake, or stop."""


def written(expression):
    """Return a function of the size, from its last line."""
    names = {}
    exec(f"def size(H, K, *, stride=1, padding=0, dilation=1): return {expression}", names)
    return names["size"]


def test_the_right_one_passes():
    report = check.size(convlib.output_size)
    assert report.ok
    assert report.parts == {"size": True}


@pytest.mark.parametrize("name", sorted({*NAMED} - TWO_AXES))
def test_a_mistake_is_named(name):
    report = check.size(MISTAKES[name].variants[convlib.output_size])
    assert not report.ok
    assert report.mistakes == (name,)
    assert str(report.setting) in str(report)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("None", "size returns None: write its lines, and end with: return H_out"),
        ("(H + 2 * padding - K) / stride + 1", "returns 5, and a size is a whole number, here"),
        ("1 / 0", "it raises ZeroDivisionError"),
        ("'5'", "returns a str, expected 5"),
        ("True", "returns a bool, expected 5"),
        ("H", "padding 0: it returns 5, expected 3"),
    ],
)
def test_what_is_wrong_is_said(expression, words):
    report = check.size(written(expression))
    assert not report.ok
    assert words in report.headline
    assert report.mistakes == ()


def test_only_a_function_is_taken():
    with pytest.raises(TypeError, match="function: expected a function or a class, got int"):
        check.size(5)
