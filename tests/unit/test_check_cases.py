"""Tests of a class's layers: one for each result and setting, and points for them."""

import re
import unittest

import numpy as np
import pytest

import convlib
from convlib import check
from convlib.check import cases, points

SETTINGS = ["stride", "padding"]


def forward(x, w, b, stride=1, padding=0):
    return convlib.conv2d(x, w, b, stride=stride, padding=padding)


def backward(dy, x, w, stride=1, padding=0):
    return convlib.conv2d_backward(dy, x, w, stride=stride, padding=padding)


def one_stride_forward(x, w, b, stride=1, padding=0):
    return convlib.conv2d(x, w, b, padding=padding)


def doubled_dx(dy, x, w, stride=1, padding=0):
    dx, dw, db = backward(dy, x, w, stride, padding)
    return 2 * dx, dw, db


class Layer:
    def __init__(self, w, b, stride=1, padding=0):
        self.w, self.b, self.settings = w, b, (stride, padding)

    def forward(self, x):
        self.x = x
        return forward(x, self.w, self.b, *self.settings)

    def backward(self, dy):
        return backward(dy, self.x, self.w, *self.settings)


def outcome(case, *code, **options):
    """Return what a test says: "" where it passes."""
    try:
        case(*code, **options)
    except AssertionError as error:
        return str(error)
    except unittest.SkipTest as error:
        return f"skipped: {error}"
    return ""


def only(output, setting, **options):
    (case,) = cases(outputs=[output], settings=[setting], **options)
    return case


def test_what_a_class_sees_and_the_rest_are_everything():
    shown = ["stride 2", "padding 0"]
    names = [[case.__name__ for case in part] for part in (
        cases(), cases(settings=shown), cases(without=shown))]  # fmt: skip
    assert sorted(names[0]) == sorted(names[1] + names[2])
    assert len(names[1]) == 4 * len(shown)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"outputs": ["dz"]}, ValueError, "outputs: expected some of db, dw, dx, y; got 'dz'"),
        ({"outputs": "dx"}, TypeError, "outputs: expected a list of names, got the string 'dx'"),
        ({"settings": ["stride 9"]}, ValueError, "got 'stride 9'"),
        ({"without": ["stride"]}, ValueError, "without: expected some of"),
        ({"required": ["strides"]}, ValueError, "required: expected some of a kernel"),
        ({"settings": []}, ValueError, "is left to test"),
        ({"settings": ["stride 2"], "without": ["stride 2"]}, ValueError, "is left to test"),
    ],
)
def test_what_there_is_not_is_refused(options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        cases(**options)


def test_a_failure_is_reported_for_the_result_that_was_tested():
    said = outcome(only("dx", "padding 0"), one_stride_forward, doubled_dx)
    assert said.startswith("dx-padding-0\ndx is wrong at the course's layer.")
    said = outcome(only("y", "stride 2"), one_stride_forward, doubled_dx)
    assert said.startswith("y-stride-2\ny is right at stride 1 and fails at stride 2: ")


def test_what_is_required_cannot_be_left_out():
    def bare(x, w, b):
        return convlib.conv2d(x, w, b)

    assert outcome(only("y", "stride 3"), bare).startswith("skipped")
    said = outcome(only("y", "stride 3", required=SETTINGS), bare)
    assert said == "y-stride-3\ny: the code takes no padding, no stride."
    assert outcome(only("y", "2 groups", required=SETTINGS), forward).startswith("skipped")


def test_what_was_not_handed_in_fails():
    assert "there is no function to test" in outcome(only("y", "stride 2"), None, backward)
    assert "there is no function to test" in outcome(only("db", "stride 2"), None)
    assert "or a backward beside it" in outcome(only("db", "stride 2"), forward)
    assert outcome(only("db", "stride 2"), None, backward) == ""


@pytest.mark.parametrize("output", ["y", "dx", "dw", "db"])
def test_a_class_is_tested_as_functions_are(output):
    assert outcome(only(output, "stride 2"), Layer) == ""


def test_what_changes_from_call_to_call_is_noticed():
    kept = {}

    def reused(x, w, b, stride=1, padding=0):
        y = forward(x, w, b, stride, padding)
        buffer = kept.setdefault(y.shape, np.empty(y.shape))
        buffer[...] = y
        return buffer

    said = outcome(only("y", "the course's layer"), reused)
    assert "shares its memory with that of a later call" in said


def test_points_are_a_share(capsys):
    shown = cases(outputs=["y"], settings=["padding 0", "padding 2", "stride 2", "stride 3"])
    assert points(6, shown, forward) == 6
    assert capsys.readouterr().out == "6 of 6 points: y right at 4 of 4 settings.\n"
    assert points(6, shown, one_stride_forward) == 3
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "3 of 6 points: y right at 2 of 4 settings."
    assert second.startswith("y is right at stride 1 and fails at stride 2")
    assert points(6, shown, lambda x, w, b, stride, padding: None) == 0


def test_skipped_settings_do_not_count():
    assert points(1, cases(outputs=["y"], settings=["2 groups", "padding 0"]), forward) == 1
    assert points(1, cases(outputs=["y"], settings=["2 groups"]), forward) == 0


def test_points_of_several_results_tell_of_each(capsys):
    tests = cases(outputs=["y", "dx", "dw"], settings=["stride 2"])
    assert points(9, tests, one_stride_forward, doubled_dx) == 3
    said = capsys.readouterr().out
    assert re.findall(r"^(y|dx|dw) is ", said, re.M) == ["y", "dx"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: points(-1, cases(), forward), ValueError, "most: must be at least 0"),
        (lambda: points("6", cases(), forward), TypeError, "most: expected a number"),
        (lambda: points(6, [], forward), ValueError, "tests: expected at least one"),
    ],
)
def test_points_check_their_arguments(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


@pytest.mark.skipif(not check._guard.can_limit(), reason="no time limit on this platform")
def test_what_does_not_end_is_not_run_at_every_setting(capsys):
    calls = []

    def endless(x, w, b, stride=1, padding=0):
        calls.append(stride)
        while True:
            pass

    said = {outcome(case, endless, time_limit=0.05).split("\n")[1] for case in cases(outputs=["y"])}
    assert len(calls) == 2
    assert len(said) == 1
    assert points(6, cases(outputs=["y"]), endless, time_limit=0.05) == 0
    assert len(calls) == 4
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "At the course's layer, the code does not come to an end within 0.05 s."
