"""Sizes against counting by hand, and a message that names the argument for every bad input."""

import itertools
import tracemalloc

import numpy as np
import pytest

from convlib import (
    _arguments,
    _geometry,
    avg_pool,
    col2im,
    conv,
    conv1d,
    conv2d,
    conv2d_backward,
    conv3d,
    conv_backward,
    conv_transpose,
    geometry,
    im2col,
    max_pool,
    output_size,
    pad,
    sliding_windows,
)
from tests.settings import FEW, GRID

# --- sizes ------------------------------------------------------------------------------------


def count_by_hand(size, kernel, stride, before, after, dilation):
    """Put the kernel down at every place of the padded input, and see where it fits."""
    padded = range(-before, size + after)
    starts = range(-before, size + after, stride)
    return sum(start + dilation * (kernel - 1) in padded for start in starts)


CASES = [
    case
    for case in itertools.product(range(1, 9), range(1, 5), range(1, 5), (0, 1, 4), (0, 2), (1, 3))
    if count_by_hand(*case) > 0
]


def test_output_size_is_what_one_counts():
    assert len(CASES) > 1000
    for case in CASES:
        size, kernel, stride, before, after, dilation = case
        settings = {"stride": stride, "padding": ((before, after),), "dilation": dilation}
        assert output_size(size, kernel, **settings) == count_by_hand(*case), case


def test_geometry_counts_every_padded_entry_once():
    for size, kernel, stride, before, after, dilation in CASES:
        padding = ((before, after),)
        g = geometry(size, kernel, stride=stride, padding=padding, dilation=dilation)
        assert g.extent == (len(range(0, kernel * dilation, dilation)) * dilation - dilation + 1,)
        assert g.padded == (before + size + after,)
        reached = (g.output[0] - 1) * stride + g.extent[0]
        assert (reached + g.remainder[0],) == g.padded
        assert 0 <= g.remainder[0] < stride


def test_same_keeps_the_size():
    for size, kernel, dilation in {(s.size, s.kernel, s.dilation) for s in GRID}:
        g = geometry(size, kernel, padding="same", dilation=dilation)
        assert g.output == g.size == size
        assert g.remainder == (0,) * len(size)
        assert all(after - before in (0, 1) for before, after in g.padding)


@pytest.mark.parametrize(
    ("kernel", "dilation", "pair"),
    [
        (1, 1, (0, 0)),
        (2, 1, (0, 1)),
        (3, 1, (1, 1)),
        (4, 1, (1, 2)),
        (2, 3, (1, 2)),
        (3, 2, (2, 2)),
    ],
)
def test_same_puts_the_odd_zero_after(kernel, dilation, pair):
    assert geometry(9, kernel, padding="same", dilation=dilation).padding == (pair,)


def test_valid_is_no_padding():
    assert geometry((7, 6), (3, 2), padding="valid", stride=2) == geometry((7, 6), (3, 2), stride=2)


@pytest.mark.parametrize(
    ("padding", "pairs"),
    [
        (2, ((2, 2), (2, 2))),
        ((1, 0), ((1, 1), (0, 0))),
        ([1, 0], ((1, 1), (0, 0))),
        (((1, 2), (0, 3)), ((1, 2), (0, 3))),
        ((1, (0, 3)), ((1, 1), (0, 3))),
        (np.array([1, 0]), ((1, 1), (0, 0))),
        (np.array([[1, 2], [0, 3]]), ((1, 2), (0, 3))),
        ("valid", ((0, 0), (0, 0))),
    ],
)
def test_every_form_of_padding(padding, pairs):
    assert geometry((5, 5), (3, 3), padding=padding).padding == pairs


@pytest.mark.parametrize("make", [np.int8, np.uint32, np.int64, np.array])
def test_numpy_integers_are_settings(make):
    settings = {"stride": make(2), "padding": make(1), "dilation": make(2)}
    g = geometry((9, 8), (make(3), make(2)), **settings)
    assert g == geometry((9, 8), (3, 2), stride=2, padding=1, dilation=2)
    assert {type(n) for n in g.output + g.stride + g.remainder} == {int}
    x, w = np.ones((1, 4, 5)), np.ones((2, 2, 1))
    assert conv(x, w, groups=make(2)).shape == (1, 2, 5)


NOT_INTEGERS = [1.0, True, np.float64(1), (1.0, 1), (1, True), ((1, 1.0), (1, 1)), [1.0, 1]]


@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "groups", "output_padding"])
@pytest.mark.parametrize("function", [conv, conv_transpose])
def test_what_equals_a_setting_seen_before_is_checked_all_the_same(function, name):
    x = w = np.ones((1, 1, 3, 3))
    if name == "output_padding":
        if function is conv:
            return
        rest = {"stride": 2}
    else:
        rest = {}
    for good in (1,) if name == "groups" else (1, (1, 1)):
        function(x, w, padding=1) if name == "padding" else function(x, w, **{name: good}, **rest)
    for wrong in NOT_INTEGERS:
        with pytest.raises(TypeError, match=rf"^{name}: "):
            function(x, w, **{name: wrong}, **rest)


def test_settings_of_every_make_give_the_same_again():
    x, w = np.ones((2, 1, 7, 7)), np.ones((1, 1, 3, 3))
    first = conv(x, w, stride=2, padding=((1, 1), (1, 1)))
    for stride in ((2, 2), [2, 2], np.array([2, 2]), np.int64(2), (np.int64(2), 2)):
        for padding in (1, [[1, 1], (1, 1)], np.ones((2, 2), int), (1, 1)):
            for _ in range(2):
                again = conv(x, w, stride=stride, padding=padding)
                np.testing.assert_array_equal(again, first)


def test_little_is_remembered():
    sizes = range(1, 600)
    tracemalloc.start()
    try:
        for turn in range(4):
            before = tracemalloc.get_traced_memory()[0]
            for size in sizes:
                conv(np.ones((1, 1, 10 * size + turn)), np.ones((1, 1, 1)))
        assert tracemalloc.get_traced_memory()[0] - before < 2**18
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [7, np.int64(7), np.array(7)])
def test_output_size_of_one_axis_is_an_int(size):
    assert output_size(size, 3, stride=2) == 3
    assert isinstance(output_size(size, 3, stride=2), int)


@pytest.mark.parametrize("size", [(7,), [7], np.array([7])])
def test_output_size_of_a_sequence_is_a_tuple(size):
    assert output_size(size, 3, stride=2) == (3,)


# --- products ---------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", FEW, ids=str)
def test_products_are_those_of_the_windows(setting):
    sizes = geometry(setting.size, setting.kernel, **without_groups(setting))
    # each entry of the padded input holds its own place
    places = np.stack(np.indices(sizes.padded), 0)[None]
    windows = sliding_windows(
        places, sizes.kernel, stride=setting.stride, dilation=setting.dilation
    )[0]
    before = [pair[0] for pair in sizes.padding]
    right = [
        (o, k, tuple(int(place) for place in windows[(slice(None), *o, *k)] - before))
        for o in np.ndindex(*sizes.output)
        for k in np.ndindex(*sizes.kernel)
    ]
    assert list(_geometry.products(sizes)) == right


def without_groups(setting):
    return {name: v for name, v in setting.keywords.items() if name != "groups"}


# --- bad input --------------------------------------------------------------------------------

BAD_INTEGERS = [
    ("float", 1.0, TypeError),
    ("float of NumPy", np.float32(1), TypeError),
    ("bool", True, TypeError),
    ("bool of NumPy", np.True_, TypeError),
    ("None", None, TypeError),
    ("text", b"1", TypeError),
    ("complex", 1j, TypeError),
    ("set", {1, 2}, TypeError),
    ("one float", (1, 1.5), TypeError),
    ("one bool", (1, False), TypeError),
    ("array of floats", np.array([1.0, 1.0]), TypeError),
    ("negative", -1, ValueError),
    ("one negative", (1, -2), ValueError),
    ("too few", (1,), ValueError),
    ("too many", (1, 1, 1), ValueError),
    ("none at all", (), ValueError),
]
"""What stands for no setting of a convolution along two axes: a label, a value, the error."""

BAD_SETTINGS = [
    (name, value, error, label)
    for name in ("stride", "padding", "dilation")
    for label, value, error in BAD_INTEGERS
] + [
    ("stride", 0, ValueError, "0"),
    ("stride", (1, 0), ValueError, "one 0"),
    ("stride", "1", TypeError, "str"),
    ("stride", ((1, 1), (1, 1)), TypeError, "pairs"),
    ("dilation", 0, ValueError, "0"),
    ("dilation", (0, 1), ValueError, "one 0"),
    ("dilation", "1", TypeError, "str"),
    ("padding", "full", ValueError, "unknown word"),
    ("padding", "SAME", ValueError, "unknown word in capitals"),
    ("padding", ((1, 1), (1, -1)), ValueError, "negative in a pair"),
    ("padding", ((1, 1), (1, 1.0)), TypeError, "float in a pair"),
    ("padding", ((1, 1), (1,)), ValueError, "pair of one"),
    ("padding", ((1, 1), (1, 1, 1)), ValueError, "pair of three"),
    ("padding", ((1, 1),), ValueError, "one pair for two axes"),
]

BAD_GROUPS = [
    *(("groups", v, error, label) for label, v, error in BAD_INTEGERS if error is TypeError),
    ("groups", 0, ValueError, "0"),
    ("groups", -1, ValueError, "negative"),
    ("groups", 3, ValueError, "does not divide the channels"),
    ("groups", 4, ValueError, "does not divide the filters"),
    ("groups", (2,), TypeError, "a tuple"),
]


def bad_arrays(name, shape):
    """What stands for no array of this shape."""
    good = np.ones(shape)
    text = np.full(shape, "1")
    return [
        (name, good.astype(bool), TypeError, "bool"),
        (name, good.astype(complex), TypeError, "complex"),
        (name, good.astype(object), TypeError, "object"),
        (name, text, TypeError, "str"),
        (name, good.astype(np.float16), TypeError, "float16"),
        (name, good.astype(np.longdouble), TypeError, "longdouble"),
        (name, good.astype("datetime64[s]"), TypeError, "datetime"),
        (name, np.ma.masked_array(good), TypeError, "masked"),
        (name, "x", TypeError, "a str"),
        (name, None, TypeError, "None"),
        (name, [[1, 2], [3]], ValueError, "ragged"),
        (name, 1.0, ValueError, "a number"),
        (name, good[0], ValueError, "an axis short"),
        (name, good[None], ValueError, "an axis too many"),
    ]


GOOD = {"x": np.ones((2, 4, 5, 6)), "w": np.ones((6, 2, 3, 2))}
GOOD_B, GOOD_DY = np.ones(6), np.ones((2, 6, 3, 5))

BAD_BOTH = [
    *BAD_SETTINGS,
    *BAD_GROUPS,
    *bad_arrays("x", GOOD["x"].shape),
    *bad_arrays("w", GOOD["w"].shape),
    ("x", np.ones((2, 0, 5, 6)), ValueError, "no channel"),
    ("x", np.ones((2, 4, 0, 6)), ValueError, "no rows"),
    ("x", np.ones((2, 3, 5, 6)), ValueError, "channels not divisible"),
    ("w", np.ones((0, 2, 3, 2)), ValueError, "no filter"),
    ("w", np.ones((6, 2, 0, 2)), ValueError, "no kernel"),
    ("w", np.ones((6, 4, 3, 2)), ValueError, "channels of all groups"),
    ("w", np.ones((6, 1, 3, 2)), ValueError, "too few channels"),
    ("w", np.ones((6, 2, 6, 2)), ValueError, "kernel larger than x"),
    ("w", np.ones((6, 2, 3, 7)), ValueError, "kernel wider than x"),
]

# these say what is wrong in terms of another argument that has a part in it
NAMED_OTHERWISE = {
    ("x", "channels not divisible"): "groups",
    ("x", "an axis short"): "(x|w)",  # conv takes any rank, as long as w has it too
    ("x", "an axis too many"): "(x|w)",
    ("w", "kernel larger than x"): "kernel",
    ("w", "kernel wider than x"): "kernel",
}


def table(rows):
    return pytest.mark.parametrize(
        ("name", "value", "error"),
        [row[:3] for row in rows],
        ids=[f"{name} {label}" for name, _, _, label in rows],
    )


def message_for(rows, name, value):
    """Return the pattern that the message must match: it starts with the argument's name."""
    label = next(row[3] for row in rows if row[0] == name and row[1] is value)
    return rf"^{NAMED_OTHERWISE.get((name, label), name)}: "


BAD_FORWARD = [
    *BAD_BOTH,
    *(row for row in bad_arrays("b", (6,)) if row[1] is not None),
    ("b", np.ones(5), ValueError, "too few"),
    ("b", np.ones(1), ValueError, "one for all"),
]

BAD_BACKWARD = [
    *BAD_BOTH,
    *bad_arrays("dy", GOOD_DY.shape),
    ("dy", np.ones((1, 6, 3, 5)), ValueError, "another batch"),
    ("dy", np.ones((2, 5, 3, 5)), ValueError, "too few filters"),
    ("dy", np.ones((2, 6, 5, 3)), ValueError, "height and width swapped"),
    ("dy", np.ones((2, 6, 5, 6)), ValueError, "shape of x"),
]


@table(BAD_FORWARD)
def test_bad_input_of_forward(name, value, error):
    arguments = GOOD | {"b": GOOD_B, "groups": 2} | {name: value}
    for function in (conv, conv2d):
        with pytest.raises(error, match=message_for(BAD_FORWARD, name, value)):
            function(**arguments)


@table(BAD_BACKWARD)
def test_bad_input_of_backward(name, value, error):
    arguments = GOOD | {"dy": GOOD_DY, "groups": 2} | {name: value}
    for function in (conv_backward, conv2d_backward):
        with pytest.raises(error, match=message_for(BAD_BACKWARD, name, value)):
            function(**arguments)


def test_the_good_arguments_are_good():
    assert conv(**GOOD, b=GOOD_B, groups=2).shape == GOOD_DY.shape
    assert conv_backward(GOOD_DY, **GOOD, groups=2).dx.shape == GOOD["x"].shape


@pytest.mark.parametrize(("function", "ndim"), [(conv1d, 3), (conv2d, 4), (conv3d, 5)])
def test_named_functions_want_their_rank(function, ndim):
    for wrong in {1, 2, 3, 4, 5, 6} - {ndim}:
        with pytest.raises(ValueError, match=rf"^x: expected {ndim} axes .*got {wrong}"):
            function(np.ones((1,) * wrong), np.ones((1,) * ndim))
        with pytest.raises(ValueError, match=rf"^w: expected {ndim} axes .*got {wrong}"):
            function(np.ones((1,) * ndim), np.ones((1,) * wrong))


@pytest.mark.parametrize("ndim", [0, 1, 2])
def test_convnd_wants_a_spatial_axis(ndim):
    with pytest.raises(ValueError, match=r"^x: "):
        conv(np.ones((1,) * ndim), np.ones((1,) * ndim))


@table(
    [
        *BAD_SETTINGS,
        *(("size", value, error, label) for label, value, error in BAD_INTEGERS if len(label) > 8),
        ("size", (0, 5), ValueError, "0"),
        ("size", "55", TypeError, "str"),
        *(("kernel", value, error, label) for label, value, error in BAD_INTEGERS),
        ("kernel", 0, ValueError, "0"),
        ("kernel", "33", TypeError, "str"),
    ]
)
def test_bad_input_of_sizes(name, value, error):
    settings = {"size": (5, 6), "kernel": (1, 1)} | {name: value}
    for function in (geometry, output_size):
        with pytest.raises(error, match=rf"^{name}: "):
            function(**settings)


@pytest.mark.parametrize("stride", [2, (1, 2)])
def test_same_wants_stride_1(stride):
    with pytest.raises(ValueError, match=r"^padding: 'same' needs stride 1"):
        geometry((5, 6), (3, 3), padding="same", stride=stride)


def test_kernel_may_span_the_padded_input_and_no_more():
    assert output_size(4, 3, padding=1, dilation=2) == 2
    assert output_size(4, 6, padding=1) == 1
    with pytest.raises(ValueError, match=r"^kernel: spans 7 along spatial axis 0"):
        output_size(4, 7, padding=1)
    with pytest.raises(ValueError, match=r"^kernel: spans 7 along spatial axis 1 .*dilation 3"):
        output_size((9, 4), 3, padding=1, dilation=3)


def test_as_array_copies_nothing():
    array = np.ones((2, 3), np.float32)
    assert _arguments.as_array("x", array) is array


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ((1, 2, 3), ValueError, r"stride: expected an int or 2 of them, got \(1, 2, 3\)"),
        ((), ValueError, r"stride: expected an int or 2 of them, got \(\)"),
        (True, TypeError, r"stride: expected integers, got True"),
        ((1, 2.5), TypeError, r"stride: expected integers, got \(1, 2.5\)"),
        (0, ValueError, r"stride: must be at least 1, got 0"),
        ((2, -3), ValueError, r"stride: must be at least 1, got \(2, -3\)"),
    ],
)
def test_message_shows_the_value_as_it_was_given(value, error, message):
    with pytest.raises(error, match=rf"^{message}$"):
        geometry((5, 5), 2, stride=value)


def test_as_array_names_axes_where_it_knows_them():
    with pytest.raises(ValueError, match=r"^w: expected 2 axes, got 1: shape \(3,\)$"):
        _arguments.as_array("w", [1, 2, 3], 2)
    with pytest.raises(ValueError, match=r"^w: expected 2 axes \(N, D\), got 1: shape \(3,\)$"):
        _arguments.as_array("w", [1, 2, 3], 2, "(N, D)")


def test_padding_in_a_word_needs_a_kernel():
    with pytest.raises(ValueError, match=r"^padding: 'same' needs a kernel"):
        _geometry.spatial_padding("same", 2)


# --- absurd sizes -----------------------------------------------------------------------------

LINE, SQUARE = np.ones((1, 1, 5)), np.ones((1, 1, 5, 5))
LONG = np.broadcast_to(1.0, (1, 1, 10**6))  # one number in memory
HUGE = 10**9


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("padding", lambda: conv(LINE, LINE, padding=HUGE)),
        ("padding", lambda: conv(SQUARE, SQUARE, padding=((0, 0), (0, HUGE)))),
        ("padding", lambda: conv_backward(LINE, LINE, LINE, padding=HUGE)),
        ("padding", lambda: conv(np.ones((1, 1024, 5)), np.ones((1, 1024, 1)), padding=10**6)),
        ("padding", lambda: pad(LINE, HUGE)),
        ("padding", lambda: im2col(LINE, 3, padding=HUGE)),
        ("padding", lambda: im2col(LINE, 10**6, padding=HUGE)),
        ("kernel", lambda: im2col(LINE, 10**6)),
        ("kernel", lambda: im2col(LONG, 10**5)),
        ("kernel", lambda: conv(LONG, np.broadcast_to(1.0, (1, 1, 10**5)))),
        ("kernel", lambda: im2col(SQUARE, 10**4, padding=10**4)),
        ("kernel", lambda: conv(LINE, LINE, dilation=HUGE)),
        ("cols", lambda: col2im(LINE, HUGE, 3)),
        ("size", lambda: col2im(np.ones((1, 5, 2)), 2 * HUGE, 5, stride=HUGE)),
        ("stride", lambda: conv_transpose(LINE, LINE, stride=HUGE)),
        ("dilation", lambda: conv_transpose(LINE, LINE, dilation=HUGE)),
        ("stride", lambda: conv_transpose(LINE, LINE, stride=HUGE, output_padding=HUGE - 1)),
        ("padding", lambda: conv_transpose(LINE, LINE, padding=HUGE)),
        ("padding", lambda: max_pool(LINE, 3, padding=HUGE)),
        ("kernel_size", lambda: max_pool(LINE, 10**6)),
        ("kernel_size", lambda: avg_pool(LINE, 10**6)),
        ("kernel_size", lambda: max_pool(LINE, 2, dilation=HUGE)),
        ("padding", lambda: max_pool(LINE, 2 * HUGE, padding=HUGE)),
    ],
)
def test_absurd_sizes_are_refused_before_memory_is_touched(name, call):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=rf"^{name}: "):
            call()
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_message_says_how_much_it_would_be():
    with pytest.raises(
        ValueError, match=r"^padding: needs 2000000005 entries .* has 5; at most 1073741824$"
    ):
        pad(LINE, HUGE)


def test_large_strides_are_no_absurd_sizes():
    assert conv(LINE, LINE, stride=HUGE).shape == (1, 1, 1)
    assert max_pool(LINE, 2, stride=HUGE).shape == (1, 1, 1)
    assert output_size(10**15, 3, padding=HUGE) == 10**15 + 2 * HUGE - 2


def test_limit_is_on_one_example_and_grows_with_it():
    limit = _arguments.MOST_ENTRIES
    _arguments.expect_room("x", (limit,), LINE.shape[1:])
    with pytest.raises(ValueError, match=r"^x: needs 1073741825 entries"):
        _arguments.expect_room("x", (limit + 1,), LINE.shape[1:])
    # 4 GB of columns in float32 for a large photograph: no slip
    photograph = (3, 10**4, 10**4)
    sizes = geometry((10**4, 10**4), (3, 3), padding=1)
    _geometry.expect_columns(photograph, sizes)
    most = 1024 * 3 * 10**8
    _arguments.expect_room("x", (most,), photograph)
    with pytest.raises(ValueError, match=rf"at most {most}$"):
        _arguments.expect_room("x", (most + 1,), photograph)


def test_limit_counts_all_channels(monkeypatch):
    monkeypatch.setattr(_arguments, "MOST_ENTRIES", 1000)
    x = np.ones((1, 8, 1))  # 8 entries, so 8192 are allowed
    assert max_pool(x, 1000, padding=500, stride=1).shape == (1, 8, 2)
    assert pad(x, 511).shape == (1, 8, 1023)
    for call in (
        lambda: max_pool(x, 1200, padding=600),
        lambda: avg_pool(x, 1200, padding=600),
        lambda: pad(x, 512),
        lambda: im2col(x, 1, padding=600),
    ):
        with pytest.raises(ValueError, match=r"^padding: needs .* has 8; at most 8192"):
            call()
    with pytest.raises(ValueError, match=r"^kernel: needs 88000 entries"):
        im2col(x, 500, padding=260)
    # 2 channels to 16, in 2 groups: 16 times 301 entries where 4096 are allowed
    x, w = np.ones((1, 2, 2)), np.ones((2, 8, 1))
    assert conv_transpose(x, w, groups=2, stride=200).shape == (1, 16, 201)
    with pytest.raises(ValueError, match=r"^stride: needs 4816 entries"):
        conv_transpose(x, w, groups=2, stride=300)
    with pytest.raises(ValueError, match=r"^stride: "):
        conv_transpose(x, np.ones((2, 8, 2)), groups=2, stride=300, dilation=300)
    with pytest.raises(ValueError, match=r"^size: needs 9000 entries"):
        col2im(np.ones((1, 3, 2)), 3000, 1, stride=2999)
