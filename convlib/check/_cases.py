"""One test for each result and setting, for a class that is marked with pytest."""

import contextlib
import functools
import inspect
import unittest
from dataclasses import dataclass

from convlib._arguments import number
from convlib.check import _guard
from convlib.check._conventions import UnclearError
from convlib.check._guard import Fault
from convlib.check._learner import Learner
from convlib.check._operations import operation_named
from convlib.check._walk import ended, examine, may_fail, tried


@dataclass(frozen=True)
class Case:
    """One result at one setting. Call it with the code to test.

    Attributes
    ----------
    operation, output : str
        What is tested, as in ``"conv"``, ``"dx"``.
    setting : Setting
    required : frozenset of str
        What code must take, as in `cases`.
    """

    operation: str
    output: str
    setting: object
    required: frozenset = frozenset()

    @property
    def __name__(self):
        """What pytest calls the test."""
        words = self.setting.name.replace("'", "").replace(" ", "-")
        return f"{self.output}-{words}"

    def __call__(self, forward, backward=None, *, convention=None, time_limit=5.0):
        """Test code at this setting.

        Parameters
        ----------
        forward : callable or None
            None where `backward` is to be tested by itself.
        backward, convention, time_limit
            As in `convlib.check.layer`.

        Raises
        ------
        AssertionError
            If the result is wrong; with the report on this result.
        unittest.SkipTest
            If the convention of the code cannot say this setting and need not, or the code refuses
            it where it may. Pytest counts it as skipped.
        """
        __tracebackhide__ = True  # pytest shows the line of the test, and the report
        asked = (forward, backward, self.operation, convention, time_limit)
        fault = _ENDED.get(asked) or self.fault(*asked)
        if fault is not None:
            if fault.kind in _guard.ENDS:
                _ENDED[asked] = fault
            raise AssertionError(f"{self.__name__}\n{fault.words or _report(*asked, self.output)}")

    def fault(self, forward, backward, operation, convention, time_limit):
        """Return None where the result is right, else a `Fault`."""
        if (forward if self.output == "y" else forward or backward) is None:
            return Fault("none", f"{self.output}: there is no function to test.")
        asked = (forward, backward, operation_named(operation), convention, time_limit)
        try:
            learner = Learner(*asked, _makes(self.output, *asked), ("forward", "backward"))
        except UnclearError as reason:
            return Fault(
                "unclear", f"{getattr(forward or backward, '__name__', 'code')}: {reason}."
            )
        missing = self.setting.needs - learner.speaks
        if missing & self.required:
            lacks = ", no ".join(sorted(missing))
            return Fault("required", f"{self.output}: the code takes no {lacks}.")
        if missing:
            raise unittest.SkipTest(f"its convention cannot say: {', '.join(sorted(missing))}")
        outcomes = tried(learner, self.setting)[1]
        if may_fail(self.setting, outcomes):
            raise unittest.SkipTest(f"the code refuses {self.setting.name}")
        outcome = outcomes.get(self.output)
        if outcome is not None and outcome.right:
            return None
        stopped = ended(outcomes)
        words = f"At {self.setting.name}, the code {stopped.words}." if stopped else ""
        return Fault(stopped.kind if stopped else "wrong", words)


_ENDED = {}
"""Code that once did not come to an end, or the like: it would take as long again."""


def cases(operation="conv", *, outputs=None, settings=None, without=(), required=()):
    """List one test for each result and setting, for ``pytest.mark.parametrize`` or `points`.

    Parameters
    ----------
    operation : {'conv', 'conv_transpose', 'max_pool', 'avg_pool', 'batch_norm'}
    outputs : collection of str, optional
        Only these results, of 'y', 'dx', 'dw', 'db': for a grade per part.
    settings, without : collection of str, optional
        Only the settings with these names, and none of those: what a class sees, and the rest.
    required : collection of str, optional
        What code must take, as in ``["stride", "dilation"]``. Code that does not fails the tests
        of it. Without this they are skipped, and a function without a stride is right.

    Returns
    -------
    list of Case

    Raises
    ------
    ValueError
        If there is no such operation, result or setting, or nothing is left.

    Examples
    --------
    In a file of tests::

        @pytest.mark.parametrize("case", cases(outputs=["dx"]))
        def test_dx(case):
            case(conv_forward, conv_backward)

    >>> import convlib
    >>> first, *_ = cases(outputs=["dx"], required=["stride", "padding"])
    >>> first.__name__
    'dx-the-courses-layer'
    >>> first(convlib.conv2d, convlib.conv2d_backward)
    >>> [case.__name__ for case in cases(settings=["stride 2"])]
    ['y-stride-2', 'dx-stride-2', 'dw-stride-2', 'db-stride-2']
    """
    found = operation_named(operation)
    names = ("y", *found.grads)
    known = {one.name: one for one in found.settings if one.name != "no example"}
    _expect_some("outputs", outputs, names)
    _expect_some("settings", settings, known)
    _expect_some("without", without, known)
    _expect_some("required", required, set().union(*(one.needs for one in known.values())))
    tests = [
        Case(operation, name, setting, frozenset(required))
        for name in names
        if outputs is None or name in outputs
        for setting in known.values()
        if (settings is None or setting.name in settings) and setting.name not in without
    ]
    if not tests:
        raise ValueError("cases: no result at no setting is left to test")
    return tests


def points(most, tests, forward, backward=None, *, convention=None, time_limit=5.0):
    """Return points for so many of the tests as pass, and print what is wrong with the rest.

    Parameters
    ----------
    most : float
        The points if all of them pass.
    tests : sequence of Case
    forward, backward, convention, time_limit
        As in `Case.__call__`. A test that is skipped does not count.

    Returns
    -------
    float
        0 where every test is skipped.

    Raises
    ------
    TypeError, ValueError
        If `most` is no number or negative, or there are no tests.

    Examples
    --------
    >>> import convlib
    >>> def conv_forward(x, w, b, stride, pad):  # whatever the stride is
    ...     return convlib.conv2d(x, w, b, padding=pad)
    >>> points(6, cases(outputs=["y"], settings=["padding 0", "stride 2"]), conv_forward)
    3 of 6 points: y right at 1 of 2 settings.
    y is right at stride 1 and fails at stride 2: it ...
    3.0
    """
    most, tests, passed, wrong = number("most", most), list(tests), [], {}
    if not tests:
        raise ValueError("tests: expected at least one of check.cases, got none")
    for test in tests:
        asked = (forward, backward, test.operation, convention, time_limit)
        with contextlib.suppress(unittest.SkipTest):
            fault = test.fault(*asked)
            passed.append(fault is None)
            if fault is not None:
                wrong.setdefault(fault.words or (*asked, test.output))
            if fault is not None and fault.kind in _guard.ENDS:
                passed += [False] * (len(tests) - len(passed))
                break
    earned = most * sum(passed) / max(len(passed), 1)
    names = ", ".join(dict.fromkeys(test.output for test in tests))
    right = f"{names} right at {sum(passed)} of {len(passed)} settings"
    print(f"{earned:.3g} of {most:g} points: {right}.")
    for why in wrong:
        print(why if isinstance(why, str) else _examined(*why))
    return earned


def _expect_some(name, given, known):
    """Refuse names that are not known."""
    if isinstance(given, str):
        raise TypeError(f"{name}: expected a list of names, got the string {given!r}")
    for item in given or ():
        if item not in known:
            raise ValueError(f"{name}: expected some of {', '.join(sorted(known))}; got {item!r}")


def _makes(output, forward, backward, *_):
    """Whether `forward` is a class, or makes an object that has both passes."""
    return backward is None and (inspect.isclass(forward) or output != "y")


def _examined(forward, backward, operation, convention, time_limit, output):
    """Return the report on one result."""
    made = _makes(output, forward, backward)
    return examine(forward, backward, operation, convention, time_limit, made, about=output)


_report = functools.lru_cache(maxsize=8)(_examined)
