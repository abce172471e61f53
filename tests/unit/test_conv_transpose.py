"""Transposed convolution and the convolution whose adjoint it is; bad input.

`tests.grids` holds it against the loops and SciPy.
"""

import numpy as np
import pytest

import convlib
from convlib import conv, conv_backward, conv_transpose, conv_transpose_backward
from convlib._conv_transpose import _adjoint_geometry
from tests.operations import TRANSPOSED_FEW, Transposed
from tests.unit.test_geometry import BAD_INTEGERS, bad_arrays, table


@pytest.mark.parametrize("setting", TRANSPOSED_FEW, ids=str)
def test_named_functions_are_the_general_one(setting):
    x, w, b, dy = setting.arrays()
    forward = getattr(convlib, f"conv_transpose{len(setting.size)}d")
    backward = getattr(convlib, f"conv_transpose{len(setting.size)}d_backward")
    got = {"y": forward(x, w, b, **setting.keywords)}
    got |= backward(dy, x, w, **setting.keywords)._asdict()
    for name, right in setting.run(x, w, b, dy).items():
        np.testing.assert_array_equal(got[name], right, err_msg=name)


def test_it_is_what_a_convolution_does_to_find_dx():
    x, w = np.random.default_rng(0).standard_normal((2, 2, 3, 6, 7))[0], np.ones((4, 3, 3, 2))
    settings = {"stride": 2, "padding": 1}
    dy = np.random.default_rng(1).standard_normal(conv(x, w, **settings).shape)
    dx = conv_backward(dy, x, w, **settings).dx
    # the remainder, 1 and 1, comes back as output padding
    y = conv_transpose(dy, w, output_padding=(1, 1), **settings)
    np.testing.assert_array_equal(y, dx)


def test_without_output_padding_the_shape_does_not_come_back():
    x, w = np.ones((1, 1, 6)), np.ones((1, 1, 3))
    y = conv(x, w, stride=2)
    assert conv_transpose(y, w, stride=2).shape == (1, 1, 5)
    assert conv_transpose(y, w, stride=2, output_padding=1).shape == x.shape


def test_forward_computes_no_weight_gradient_and_no_columns(monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr("convlib._methods.im2col.columns", refuse)
    monkeypatch.setattr("convlib._conv_transpose.weight_gradient", refuse)
    with pytest.raises(AssertionError):
        conv_transpose_backward([[[1, 1, 1]]], [[[1]]], [[[1, 1, 1]]])
    assert conv_transpose(np.ones((1, 2, 3)), np.ones((2, 1, 3))).shape == (1, 1, 5)


@pytest.mark.parametrize("more", [0, 1])
def test_sizes_are_those_of_the_convolution_back(more):
    x, w = np.ones((1, 1, 4)), np.ones((1, 1, 3))
    sizes, _ = _adjoint_geometry(x, w, 2, 1, more, 1, 1)
    assert sizes == convlib.geometry(7 + more, 3, stride=2, padding=1)
    assert (sizes.output, sizes.remainder) == ((4,), (more,))


def test_output_padding_of_the_stride_or_more_makes_no_window():
    sizes, _ = _adjoint_geometry(np.ones((1, 1, 4)), np.ones((1, 1, 3)), 2, 0, 2, 3, 1)
    assert convlib.output_size(15, 3, stride=2, dilation=3) == 5
    assert (sizes.size, sizes.output, sizes.remainder) == ((15,), (4,), (2,))


def test_small_integers_do_not_overflow():
    x = np.full((1, 1, 2), 100, np.int8)
    np.testing.assert_array_equal(conv_transpose(x, x[:, :, :1]), [[[10_000, 10_000]]])


# --- bad input --------------------------------------------------------------------------------

GOOD = {"x": np.ones((2, 4, 3, 5)), "w": np.ones((4, 3, 3, 2)), "groups": 2, "stride": 3}
GOOD_B, GOOD_DY = np.ones(6), np.ones((2, 6, 9, 14))

BAD = [
    *(
        (name, value, error, label)
        for name in ("stride", "dilation", "padding", "output_padding")
        for label, value, error in BAD_INTEGERS
    ),
    ("stride", 0, ValueError, "0"),
    ("dilation", (1, 0), ValueError, "one 0"),
    ("output_padding", 3, ValueError, "as large as the stride"),
    ("output_padding", (0, 3), ValueError, "as large as one stride"),
    ("padding", "same", ValueError, "a word"),
    ("padding", (5, 0), ValueError, "nothing left"),
    ("padding", ((4, 5), (0, 0)), ValueError, "nothing left after both sides"),
    ("groups", 0, ValueError, "0"),
    ("groups", 3, ValueError, "does not divide the channels"),
    ("groups", 1.0, TypeError, "float"),
    *(row for row in bad_arrays("x", (2, 4, 3, 5)) if "axis" not in row[3]),
    *bad_arrays("w", (4, 3, 3, 2)),
    ("x", np.ones((2, 0, 3, 5)), ValueError, "no channel"),
    ("w", np.ones((3, 3, 3, 2)), ValueError, "too few rows"),
    ("w", np.ones((4, 0, 3, 2)), ValueError, "no filter"),
    ("w", np.ones((4, 3, 0, 2)), ValueError, "no kernel"),
]


@table(BAD)
def test_bad_input_is_named(name, value, error):
    for call in (
        lambda **given: conv_transpose(**given),
        lambda **given: conv_transpose_backward(GOOD_DY, **given),
    ):
        with pytest.raises(error, match=rf"^{name}: "):
            call(**(GOOD | {name: value}))


@table(
    [
        *(row for row in bad_arrays("b", (6,)) if row[1] is not None),
        ("b", np.ones(3), ValueError, "one group's"),
        *bad_arrays("dy", GOOD_DY.shape),
        ("dy", np.ones((2, 6, 14, 9)), ValueError, "swapped"),
        ("dy", np.ones((2, 3, 9, 14)), ValueError, "too few filters"),
    ]
)
def test_bad_bias_or_upstream_gradient_is_named(name, value, error):
    call = conv_transpose if name == "b" else conv_transpose_backward
    with pytest.raises(error, match=rf"^{name}: "):
        call(**(GOOD | {name: value}))


def test_the_good_arguments_are_good():
    assert conv_transpose(**GOOD, b=GOOD_B).shape == GOOD_DY.shape
    assert conv_transpose_backward(GOOD_DY, **GOOD).db.shape == (6,)


def test_messages_say_what_is_wrong():
    x, w = np.ones((1, 2, 3)), np.ones((2, 1, 3))
    with pytest.raises(ValueError, match=r"^output_padding: .*stride \(2,\).*dilation \(1,\).*2$"):
        conv_transpose(x, w, stride=2, output_padding=2)
    with pytest.raises(ValueError, match=r"^padding: \(\(3, 3\),\) leaves nothing .*\(5,\)"):
        conv_transpose(x, w, padding=3)
    with pytest.raises(ValueError, match=r"^w: expected 2 rows"):
        conv_transpose(x, w[:1])
    with pytest.raises(ValueError, match=r"^groups: 3 does not divide the 2 channels"):
        conv_transpose(x, w, groups=3)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_named_functions_want_their_rank(ndim):
    for end in ("", "_backward"):
        function = getattr(convlib, f"conv_transpose{ndim}d{end}")
        for wrong in {3, 4, 5} - {ndim + 2}:
            right, other = np.ones((1,) * (ndim + 2)), np.ones((1,) * wrong)
            with pytest.raises(ValueError, match=rf"^x: expected {ndim + 2} axes \(N, C, "):
                function(x=other, w=right, **({"dy": right} if end else {}))
            with pytest.raises(ValueError, match=rf"^w: expected {ndim + 2} axes \(C, F, "):
                function(x=right, w=other, **({"dy": right} if end else {}))


def test_one_entry_takes_the_shape_of_the_kernel():
    w = np.arange(6.0).reshape(1, 1, 2, 3)
    setting = Transposed((1, 1), (2, 3), channels=1, filters=1)
    assert setting.output == (2, 3)
    np.testing.assert_array_equal(conv_transpose(np.ones((1, 1, 1, 1)), w), w)
