"""What holds where nothing is said: the defaults, and the words of messages about shapes."""

import inspect
import re

import numpy as np
import pytest

import convlib
from convlib import _geometry, reference
from tests.operations import Pool, Transposed
from tests.settings import Setting

# --- defaults: stride 1, or that of the kernel; no padding, no dilation, one group ----------------


@pytest.mark.parametrize("name", ["conv", "conv_transpose"])
@pytest.mark.parametrize("rank", ["1d", "2d", "3d", ""])
def test_defaults_of_convolution(name, rank):
    size = (4, 5, 4)[: int(rank[:1] or 2)]
    make = Setting if name == "conv" else Transposed
    setting = make(size, (2,) * len(size), channels=2, filters=4)
    x, w, b, dy = (np.round(3 * v) for v in setting.arrays())
    forward, backward = (getattr(convlib, f"{name}{rank}{end}") for end in ("", "_backward"))
    by_loops = setting.by_loops(x, w, 0 * b, dy)
    np.testing.assert_array_equal(forward(x, w), by_loops["y"])
    np.testing.assert_array_equal(forward(x, w, b), by_loops["y"] + b.reshape(4, *(1,) * len(size)))
    for got, right in zip(backward(dy, x, w), ("dx", "dw", "db"), strict=True):
        np.testing.assert_array_equal(got, by_loops[right])


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize("rank", ["1d", "2d", "3d", ""])
def test_defaults_of_pooling(kind, rank):
    size = (5, 7, 5)[: int(rank[:1] or 2)]
    x, dy = (np.round(8 * v) for v in Pool(kind, size, 2).arrays())
    forward, backward = (getattr(convlib, f"{kind}_pool{rank}{end}") for end in ("", "_backward"))
    by_loops = Pool(kind, size, 2).by_loops(x, dy)
    np.testing.assert_array_equal(forward(x, 2), by_loops["y"])
    np.testing.assert_array_equal(backward(dy, x, 2), by_loops["dx"])


@pytest.mark.parametrize("rank", ["1d", "2d", "3d", ""])
def test_the_padding_of_an_average_is_counted_by_default(rank):
    more = int(rank[:1] or 1) - 1
    forward, backward = (getattr(convlib, f"avg_pool{rank}{end}") for end in ("", "_backward"))
    x, right = (np.reshape(v, (1,) * (2 + more) + (2,)) for v in ([2, 4], [1, 2]))
    kernel, padding = (1,) * more + (2,), (0,) * more + (1,)
    np.testing.assert_array_equal(forward(x, kernel, padding=padding), right)
    np.testing.assert_array_equal(backward(x, x, kernel, padding=padding), right)


def test_defaults_of_windows_and_sizes():
    x = np.arange(1.0, 6.0).reshape(1, 1, 5)
    cols = [[[1, 2, 3, 4], [2, 3, 4, 5]]]
    np.testing.assert_array_equal(convlib.sliding_windows(x, 2)[0].swapaxes(1, 2), cols)
    for columns in (convlib.im2col(x, 2), convlib.unfold(x, 2)):
        np.testing.assert_array_equal(columns, cols)
    for back in (convlib.col2im(cols, 5, 2), convlib.fold(cols, 5, 2)):
        np.testing.assert_array_equal(back, [[[1, 4, 6, 8, 5]]])
    assert convlib.output_size(5, 2) == 4
    assert convlib.geometry(5, 2) == ((5,), (2,), (1,), ((0, 0),), (1,), (2,), (5,), (4,), (0,))
    sizes, groups = _geometry.conv_geometry(x, np.ones((1, 1, 2)))
    assert (sizes, groups) == (convlib.geometry(5, 2), 1)


JUDGED = [name for name in convlib.__all__ if hasattr(reference, name)]


def test_the_loops_judge_every_operation_that_has_a_gradient():
    general = [name for name in convlib.__all__ if not re.search(r"\dd(_backward)?$", name)]
    assert len(JUDGED) >= 8
    assert [name for name in general if name.endswith("_backward") and name not in JUDGED] == []


@pytest.mark.parametrize("name", JUDGED)
def test_loops_take_the_same_arguments_with_the_same_defaults(name):
    own, loops = (inspect.signature(getattr(module, name)) for module in (convlib, reference))
    what = [value for key, value in own.parameters.items() if key not in ("method", "workers")]
    assert what == list(loops.parameters.values())


# --- messages -----------------------------------------------------------------------------------

X_AXES = {1: "(N, C, W)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
KERNEL_AXES = {1: "WW", 2: "HH, WW", 3: "DD, HH, WW"}


@pytest.mark.parametrize("end", ["", "_backward"])
@pytest.mark.parametrize("name", ["conv", "conv_transpose", "max_pool", "avg_pool"])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_messages_of_named_functions_name_the_axes(name, ndim, end):
    function = getattr(convlib, f"{name}{ndim}d{end}")
    right, wrong = np.ones((1,) * (ndim + 2)), np.ones((1,) * 7)
    dy = (right,) if end else ()
    rest = f"got 7: shape {wrong.shape}"
    second = 1 if name.endswith("pool") else right
    expect(f"x: expected {ndim + 2} axes {X_AXES[ndim]}, {rest}", function, *dy, wrong, second)
    if name.startswith("conv"):
        axes = f"({'F, C' if name == 'conv' else 'C, F'}, {KERNEL_AXES[ndim]})"
        expect(f"w: expected {ndim + 2} axes {axes}, {rest}", function, *dy, right, wrong)


def expect(message, function, *arguments, **keywords):
    """Check that a call raises a ValueError with exactly this message."""
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}$"):
        function(*arguments, **keywords)


def test_message_about_channels_and_groups():
    x, w = np.ones((2, 4, 5)), np.ones((6, 3, 2))
    message = "w: expected 2 channels per filter (x has 4, in 2 groups), got 3: shape (6, 3, 2)"
    expect(message, convlib.conv, x, w, groups=2)
    expect("groups: 3 does not divide the 4 channels of x", convlib.conv, x, w, groups=3)
    expect("groups: 4 does not divide the 6 filters of w", convlib.conv, x, w, groups=4)


LINE = np.ones((1, 1, 3))
FLAT = np.ones((1, 1, 3, 3))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("conv", (LINE, FLAT), "w: expected 3 axes (F, C, *kernel), as many as x has, got 4"),
        (
            "conv_transpose",
            (LINE, FLAT),
            "w: expected 3 axes (C, F, *kernel), as many as x has, got 4",
        ),
        ("conv", (LINE, LINE, [1, 2]), "b: expected shape (1,), one bias per filter; got (2,)"),
        (
            "conv_transpose",
            (LINE, LINE, [1, 2]),
            "b: expected shape (1,), one bias per filter; got (2,)",
        ),
        ("conv_backward", (FLAT, LINE, LINE), "dy: expected 3 axes (N, F, *output), got 4"),
        (
            "conv_backward",
            (LINE, LINE, LINE),
            "dy: expected shape (1, 1, 1), that of the output y; got (1, 1, 3)",
        ),
        (
            "conv_transpose_backward",
            (FLAT, LINE, LINE),
            "dy: expected 3 axes (N, F, *output), got 4",
        ),
        (
            "conv_transpose_backward",
            (LINE, LINE, LINE),
            "dy: expected shape (1, 1, 5), that of the output y; got (1, 1, 3)",
        ),
        (
            "conv_transpose_backward",
            (LINE, LINE, FLAT),
            "w: expected 3 axes (C, F, *kernel), as many as x has, got 4",
        ),
        (
            "conv_backward",
            (LINE, LINE, FLAT),
            "w: expected 3 axes (F, C, *kernel), as many as x has, got 4",
        ),
        ("max_pool_backward", (FLAT, LINE, 1), "dy: expected 3 axes (N, C, *output), got 4"),
        (
            "avg_pool_backward",
            (LINE, LINE, 2),
            "dy: expected shape (1, 1, 1), that of the output y; got (1, 1, 3)",
        ),
        ("col2im", (FLAT, 3, 1), "cols: expected 3 axes (N, C · ∏kernel, ∏output), got 4"),
        (
            "col2im",
            (LINE, 4, 1),
            "cols: expected shape (1, 1, 4), one column per position of the kernel; got (1, 1, 3)",
        ),
    ],
)
def test_messages_say_what_was_expected(function, arguments, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}"):
        getattr(convlib, function)(*arguments)
