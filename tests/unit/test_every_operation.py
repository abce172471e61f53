"""What every operation promises: dtypes, inputs of every make, no examples, many threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import convlib
from tests.operations import EVERY_FEW, Pool
from tests.settings import TOLERANCE, error_against_loops, worst_error

EVERY_SETTING = pytest.mark.parametrize("setting", EVERY_FEW, ids=str)


@EVERY_SETTING
def test_a_handful_of_settings_is_what_the_loops_say(setting):
    for dtype in (np.float64, np.float32):
        assert error_against_loops(setting, dtype) <= TOLERANCE[dtype], dtype


# --- dtypes -----------------------------------------------------------------------------------

DTYPES = [
    ("float32", "float32", "float32"),
    ("float64", "float64", "float64"),
    ("float32", "float64", "float64"),
    ("float64", "float32", "float64"),
    ("int64", "int64", "float64"),
    ("int8", "uint8", "float64"),
    ("uint64", "int64", "float64"),
    ("float32", "int8", "float32"),
    ("float32", "int64", "float64"),
]
"""The dtype of the first input, of the others, and of what comes out."""


@EVERY_SETTING
def test_dtype_is_numpys_common_type_and_never_an_integer(setting):
    whole = [np.round(3 * abs(v)) for v in setting.arrays()]
    right = setting.run(*whole)
    for first, rest, expected in DTYPES:
        arrays = [whole[0].astype(first), *(v.astype(rest) for v in whole[1:])]
        got = setting.run(*arrays)
        if isinstance(setting, Pool):  # forward it has x alone
            assert got.pop("y").dtype == (first if first.startswith("float") else "float64")
        assert {name: v.dtype.name for name, v in got.items()} == dict.fromkeys(got, expected)
        same = {name: right[name] for name in got}
        assert worst_error(got, same, right) <= TOLERANCE[np.float32], (first, rest)


@pytest.mark.parametrize("name", ["b", "dy"])
@pytest.mark.parametrize("operation", ["conv2d", "conv_transpose2d"])
def test_float64_bias_or_upstream_gradient_gives_float64(operation, name):
    x = w = dy = np.ones((1, 1, 3, 3), np.float32)
    b = np.ones(1, np.float32)
    forward, backward = (getattr(convlib, operation + end) for end in ("", "_backward"))
    if name == "b":
        assert forward(x, w, b, padding=1).dtype == np.float32
        assert forward(x, w, b.astype(np.float64), padding=1).dtype == np.float64
    else:
        grads = backward(dy.astype(np.float64), x, w, padding=1)
        assert {v.dtype for v in grads} == {np.dtype(np.float64)}


@pytest.mark.parametrize("operation", ["conv1d", "conv_transpose1d"])
def test_one_float64_among_the_inputs_makes_all_float64(operation):
    single = np.ones((1, 1, 1), np.float32)
    for x, w in ((np.float32, np.float64), (np.float64, np.float32)):
        for b in (None, np.ones(1, np.float32)):
            y = getattr(convlib, operation)(single.astype(x), single.astype(w), b)
            assert y.dtype == np.float64
    for i in range(3):
        given = [single.astype(np.float64) if j == i else single for j in range(3)]
        grads = getattr(convlib, f"{operation}_backward")(*given)
        assert {v.dtype.name for v in grads} == {"float64"}


# --- inputs of every make ---------------------------------------------------------------------


def backwards(array):
    """The same numbers, stored in reverse: all strides negative."""
    return np.flip(np.flip(array).copy())


def strided(array):
    """The same numbers, with room between them."""
    room = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    every_other = (slice(None, None, 2),) * array.ndim
    room[every_other] = array
    return room[every_other]


def in_record(array):
    """The same numbers as a field of records, at addresses that are not aligned."""
    records = np.zeros(array.shape, [("flag", "u1"), ("value", array.dtype)])
    records["value"] = array
    return records["value"]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@EVERY_SETTING
def test_layout_does_not_matter(setting):
    arrays = setting.arrays()
    right, size = setting.run(*arrays), setting.scale(*arrays)
    makes = (np.asfortranarray, backwards, strided, in_record, read_only, np.ndarray.tolist)
    for make in makes:
        got = setting.run(*map(make, arrays))
        assert worst_error(got, right, size) <= TOLERANCE[np.float64], make


@EVERY_SETTING
def test_broadcast_inputs(setting):
    views = [np.broadcast_to(v[:1], v.shape) for v in setting.arrays()]
    copies = [v.copy() for v in views]
    right, size = setting.run(*copies), setting.scale(*copies)
    assert worst_error(setting.run(*views), right, size) <= TOLERANCE[np.float64]


@EVERY_SETTING
def test_inputs_are_left_as_they_were(setting):
    for dtype in (np.float64, np.float32, np.int64):
        arrays = setting.arrays(dtype)
        before = [v.tobytes() for v in arrays]
        outputs = setting.run(*arrays)
        for output in outputs.values():
            output += 1  # an output that shares memory with an input would show now
        assert [v.tobytes() for v in arrays] == before, dtype


@EVERY_SETTING
def test_outputs_are_plain_new_arrays(setting):
    for name, output in setting.run(*setting.arrays()).items():
        assert output.flags.c_contiguous, name
        assert output.base is None or output.base.size == output.size, name


@EVERY_SETTING
def test_no_examples(setting):
    arrays = setting._replace(batch=0).arrays()
    got, right = setting.run(*arrays), setting.by_loops(*arrays)
    assert worst_error(got, right, right) == 0
    assert {v.dtype.name for v in got.values()} == {"float64"}


# --- threads ----------------------------------------------------------------------------------


def test_many_threads_do_not_disturb_one_another():
    jobs = [setting._replace(batch=7) for setting in EVERY_FEW] * 8
    arrays = [setting.arrays() for setting in jobs]
    right = [setting.run(*given) for setting, given in zip(jobs, arrays, strict=True)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda job: job[0].run(*job[1]), zip(jobs, arrays, strict=True)))
    for got, expected in zip(results, right, strict=True):
        for name, array in expected.items():
            np.testing.assert_array_equal(got[name], array, err_msg=name)
