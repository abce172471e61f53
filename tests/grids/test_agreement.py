"""Every operation against the loops and against SciPy, at a sample of its grid or at all of it."""

import numpy as np
import pytest

from convlib._methods import METHODS
from tests.grids import scipy_oracle
from tests.grids.tables import CONV, GRIDS, MAX_POOL, TRANSPOSED
from tests.settings import TOLERANCE, errors_against_loops, worst_error


@pytest.mark.grid(*GRIDS.values())
def test_agrees_with_loops(setting):
    for dtype, error in errors_against_loops(setting).items():
        assert error <= TOLERANCE[dtype], dtype


@pytest.mark.grid(CONV, TRANSPOSED)
def test_every_method_agrees_with_loops(setting):
    arrays = setting.arrays()
    expected, size = setting.by_loops(*arrays), setting.scale(*arrays)
    agree = []
    for method in METHODS:
        try:
            got = setting.run(*arrays, method=method)
        except ValueError as error:
            if not str(error).startswith(f"method: {method!r} cannot be used"):
                raise
        else:
            assert worst_error(got, expected, size) <= TOLERANCE[np.float64], method
            agree.append(method)
    assert {"im2col", "joined"} <= {*agree}


@pytest.mark.grid(CONV)
def test_conv_agrees_with_scipy(setting):
    arrays = setting.arrays()
    right = scipy_oracle.convolve(setting, *arrays)
    size = scipy_oracle.convolve(setting, *map(np.abs, arrays))
    assert worst_error(setting.run(*arrays), right, size) <= TOLERANCE[np.float64]


@pytest.mark.grid(TRANSPOSED)
def test_conv_transpose_agrees_with_scipy(setting):
    arrays = setting.arrays()
    right, size = scipy_oracle.transposed(setting, *arrays), setting.scale(*arrays)
    assert worst_error(setting.run(*arrays), right, size) <= TOLERANCE[np.float64]


@pytest.mark.grid(MAX_POOL)
def test_maxima_are_those_of_scipy(setting):
    x, dy = setting.arrays()
    np.testing.assert_array_equal(setting.run(x, dy)["y"], scipy_oracle.maxima(setting, x))


@pytest.mark.grid(MAX_POOL)
def test_ties_infinities_and_nan_as_in_the_loops(setting):
    x, dy = setting.arrays()
    values = np.array([-np.inf, 1, 1, 2, np.nan, np.inf])
    x = values[np.digitize(x, [-1.5, -0.5, 0, 1, 1.8])]
    dy = np.round(9 * dy)  # so that every sum is exact
    got, right = setting.run(x, dy), setting.by_loops(x, dy)
    for name in right:
        np.testing.assert_array_equal(got[name], right[name], err_msg=name)
