"""One test for each result and setting, for a class that is marked with pytest."""

import functools
import unittest
from dataclasses import dataclass

from convlib.check._conventions import UnclearError
from convlib.check._learner import Learner
from convlib.check._operations import operation_named
from convlib.check._walk import examine, may_fail


@dataclass(frozen=True)
class Case:
    """One result at one setting. Call it with the code to test.

    Attributes
    ----------
    operation, output : str
        What is tested, as in ``"conv"``, ``"dx"``.
    setting : Setting
    """

    operation: str
    output: str
    setting: object

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
            If the result is wrong; with the whole report.
        unittest.SkipTest
            If the convention of the code cannot say this setting, or the code refuses it where
            it may. Pytest counts it as skipped.
        """
        made = backward is None and self.output != "y"
        asked = (forward, backward, self.operation, convention, time_limit, made)
        operation = operation_named(self.operation)
        parts = ("forward", "backward")
        try:
            learner = Learner(forward, backward, operation, convention, time_limit, made, parts)
        except UnclearError:
            raise AssertionError(f"\n{_report(*asked)}") from None
        missing = self.setting.needs - learner.speaks
        if missing:
            raise unittest.SkipTest(f"its convention cannot say: {', '.join(sorted(missing))}")
        outcomes = learner.outcomes(learner.case(self.setting))
        outcome = outcomes.get(self.output)
        if may_fail(self.setting, outcomes):
            raise unittest.SkipTest(f"the code refuses {self.setting.name}")
        if outcome is None or not outcome.right:
            raise AssertionError(f"\n{self.__name__}\n{_report(*asked)}")


def cases(operation="conv", *, outputs=None):
    """List one test for each result and setting, for ``pytest.mark.parametrize``.

    Parameters
    ----------
    operation : {'conv', 'conv_transpose', 'max_pool', 'avg_pool', 'batch_norm'}
    outputs : collection of str, optional
        Only these results, of 'y', 'dx', 'dw', 'db': for a grade per part.

    Returns
    -------
    list of Case

    Raises
    ------
    ValueError
        If there is no such operation or result.

    Examples
    --------
    In a file of tests::

        @pytest.mark.parametrize("case", cases(outputs=["dx"]))
        def test_dx(case):
            case(conv_forward, conv_backward)

    >>> import convlib
    >>> first, *_ = cases(outputs=["dx"])
    >>> first.__name__
    'dx-the-courses-layer'
    >>> first(convlib.conv2d, convlib.conv2d_backward)
    """
    found = operation_named(operation)
    names = ("y", *found.grads)
    for name in outputs or ():
        if name not in names:
            raise ValueError(f"outputs: expected some of {', '.join(names)}; got {name!r}")
    return [
        Case(operation, name, setting)
        for name in names
        if name in (outputs or names)
        for setting in found.settings
        if setting.name != "no example"
    ]


_report = functools.lru_cache(maxsize=8)(examine)
