"""What must hold at any setting: forward and backward are linear, and adjoint to each other.

For y = conv(x, w) without bias, ⟨y, dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩. The settings are random, but the
same in every run.
"""

import math

import numpy as np
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from convlib import (
    avg_pool,
    avg_pool_backward,
    col2im,
    conv,
    conv_backward,
    conv_transpose,
    conv_transpose_backward,
    im2col,
    max_pool,
    max_pool_backward,
)
from tests.operations import Pool, Transposed
from tests.settings import Setting, error_against_loops

# no health check of the time that making an example takes: a busy machine is no failure
REPEATABLE = profile(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def some_setting(draw):
    """Draw a possible setting along 1 to 3 axes."""
    ndim = draw(st.integers(1, 3))

    def axes(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * ndim))

    kernel, stride, dilation = axes(1, 4), axes(1, 4), axes(1, 3)
    padding = tuple(zip(axes(0, 5), axes(0, 5), strict=True))
    size = tuple(
        # large enough for the kernel to fit, and no more than 5 larger
        max(1, d * (k - 1) + 1 - sum(pair)) + more
        for k, d, pair, more in zip(kernel, dilation, padding, axes(0, 5), strict=True)
    )
    groups, wide, many = (draw(st.integers(1, high)) for high in (3, 2, 2))
    if draw(st.booleans()):
        stride, padding = 1, draw(st.sampled_from(["same", "valid"]))
        size = tuple(d * (k - 1) + h for k, d, h in zip(kernel, dilation, size, strict=True))
    batch = draw(st.integers(0, 3))
    return Setting(
        size, kernel, stride, padding, dilation, groups * wide, groups * many, groups, batch
    )


def integers(setting, seed):
    """Random x, w and dy of small integers, so that every sum is exact."""
    rng = np.random.default_rng(seed)
    x, w, _, dy = (rng.integers(-9, 10, v.shape).astype(float) for v in setting.arrays())
    return x, w, dy


def dot(a, b):
    assert a.shape == b.shape
    return np.sum(a * b)


@REPEATABLE
@given(some_setting(), SEEDS)
def test_forward_and_backward_are_adjoint(setting, seed):
    x, w, dy = integers(setting, seed)
    dx, dw, _ = conv_backward(dy, x, w, **setting.keywords)
    assert dot(conv(x, w, **setting.keywords), dy) == dot(x, dx) == dot(w, dw)


@REPEATABLE
@given(some_setting(), SEEDS)
def test_bias_and_its_gradient_are_adjoint(setting, seed):
    x, w, dy = integers(setting, seed)
    b = np.arange(1.0, len(w) + 1)
    db = conv_backward(dy, x, w, **setting.keywords).db
    np.testing.assert_array_equal(db, dy.sum(axis=(0, *range(2, dy.ndim))))
    assert dot(conv(0 * x, w, b, **setting.keywords), dy) == dot(b, db)


@REPEATABLE
@given(some_setting(), SEEDS)
def test_col2im_is_the_adjoint_of_im2col(setting, seed):
    x, _, _ = integers(setting, seed)
    keywords = {name: v for name, v in setting.keywords.items() if name != "groups"}
    cols = im2col(x, setting.kernel, **keywords)
    other = np.random.default_rng(seed).integers(-9, 10, cols.shape)
    back = col2im(other, setting.size, setting.kernel, **keywords)
    assert dot(cols, other) == dot(x, back)


@REPEATABLE
@given(some_setting(), SEEDS)
def test_linear_in_x_and_in_w(setting, seed):
    (x1, w1, dy), (x2, w2, _) = integers(setting, seed), integers(setting, seed + 1)

    def y(x, w):
        return conv(x, w, **setting.keywords)

    def grads(x, w):
        return conv_backward(dy, x, w, **setting.keywords)

    np.testing.assert_array_equal(y(x1 - 3 * x2, w1), y(x1, w1) - 3 * y(x2, w1))
    np.testing.assert_array_equal(y(x1, w1 - 3 * w2), y(x1, w1) - 3 * y(x1, w2))
    dx = grads(x1, w1).dx - 3 * grads(x1, w2).dx
    np.testing.assert_array_equal(grads(x1, w1 - 3 * w2).dx, dx)
    dw = grads(x1, w1).dw - 3 * grads(x2, w1).dw
    np.testing.assert_array_equal(grads(x1 - 3 * x2, w1).dw, dw)


@REPEATABLE
@given(some_setting(), SEEDS)
def test_examples_do_not_mix(setting, seed):
    x, w, dy = integers(setting, seed)
    turned = conv(x[::-1], w, **setting.keywords)
    np.testing.assert_array_equal(turned[::-1], conv(x, w, **setting.keywords))
    one_by_one = [
        conv_backward(dy[n : n + 1], x[n : n + 1], w, **setting.keywords) for n in range(len(x))
    ]
    dx, dw, db = conv_backward(dy, x, w, **setting.keywords)
    for n, grads in enumerate(one_by_one):
        np.testing.assert_array_equal(dx[n], grads.dx[0])
    np.testing.assert_array_equal(dw, sum((g.dw for g in one_by_one), np.zeros(w.shape)))
    np.testing.assert_array_equal(db, sum((g.db for g in one_by_one), np.zeros(len(w))))


@REPEATABLE
@given(some_setting(), SEEDS)
def test_output_depends_on_exactly_what_dx_says(setting, seed):
    # with all weights 1, dx counts the windows that read an entry: im2col of ones says the same
    x, _, dy = integers(setting, seed)
    w = np.ones((1, x.shape[1], *setting.kernel))
    keywords = setting.keywords | {"groups": 1}
    dx = conv_backward(np.ones_like(dy[:, :1]), x, w, **keywords).dx
    assert dx.sum() == conv(np.ones_like(x), w, **keywords).sum()
    assert dx.max(initial=0) <= math.prod(setting.kernel)
    assert dx.min(initial=0) == 0


# --- transposed convolution ---------------------------------------------------------------------


@st.composite
def some_transposed(draw):
    """Draw a possible transposed convolution along 1 to 3 axes."""
    ndim = draw(st.integers(1, 3))

    def axes(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * ndim))

    size, kernel, stride, dilation = axes(1, 4), axes(1, 4), axes(1, 4), axes(1, 3)
    more = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
    full = Transposed(size, kernel, stride, 0, more, dilation).output
    cuts = [draw(st.integers(0, h - 1)) for h in full]
    before = [draw(st.integers(0, cut)) for cut in cuts]
    padding = tuple((first, cut - first) for first, cut in zip(before, cuts, strict=True))
    groups, wide, many = (draw(st.integers(1, high)) for high in (3, 2, 2))
    batch = draw(st.integers(0, 3))
    return Transposed(
        size, kernel, stride, padding, more, dilation, groups * wide, groups * many, groups, batch
    )


@REPEATABLE
@given(some_transposed(), SEEDS)
def test_transposed_convolution_is_adjoint_to_its_gradients(setting, seed):
    x, w, dy = integers(setting, seed)
    dx, dw, db = conv_transpose_backward(dy, x, w, **setting.keywords)
    assert dot(conv_transpose(x, w, **setting.keywords), dy) == dot(x, dx) == dot(w, dw)
    b = np.arange(1.0, len(db) + 1)
    assert dot(conv_transpose(0 * x, w, b, **setting.keywords), dy) == dot(b, db)


@REPEATABLE
@given(some_transposed(), SEEDS)
def test_transposed_convolution_is_adjoint_to_convolution(setting, seed):
    x, w, z = integers(setting, seed)
    keywords = setting.keywords
    y = conv_transpose(x, w, **keywords)
    more = keywords.pop("output_padding")
    forward = conv(z, w, **keywords)
    # with an output padding of the stride or more, the convolution has windows that x lacks
    assert all(h <= o for h, o in zip(x.shape[2:], forward.shape[2:], strict=True))
    if all(m < s for m, s in zip(more, setting.stride, strict=True)):
        assert forward.shape == x.shape
    assert dot(y, z) == dot(x, forward[tuple(map(slice, x.shape))])


# --- pooling ------------------------------------------------------------------------------------


@st.composite
def some_pool(draw, kind):
    """Draw a possible pooling along 1 to 3 axes."""
    ndim = draw(st.integers(1, 3))

    def axes(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * ndim))

    kernel = axes(1, 4)
    stride = draw(st.none() | st.tuples(*[st.integers(1, 5)] * ndim))
    padding = tuple((draw(st.integers(0, k // 2)), draw(st.integers(0, k // 2))) for k in kernel)
    dilation = axes(1, 3) if kind == "max" else (1,) * ndim
    ceil_mode, include = draw(st.booleans()), kind == "max" or draw(st.booleans())
    size = tuple(
        max(1, d * (k - 1) + 1 - sum(pair)) + more
        for k, d, pair, more in zip(kernel, dilation, padding, axes(0, 4), strict=True)
    )
    if kind == "avg":
        dilation = 1
    batch = draw(st.integers(0, 2))
    return Pool(kind, size, kernel, stride, padding, dilation, ceil_mode, include, 2, batch)


@REPEATABLE
@given(some_pool("avg"), SEEDS)
def test_average_and_its_gradient_are_adjoint(setting, seed):
    x, dy = setting.arrays()
    y = avg_pool(x, **setting.keywords)
    dx = avg_pool_backward(dy, x, **setting.keywords)
    scale = dot(abs(dx), abs(x))
    assert abs(dot(y, dy) - dot(x, dx)) <= 1e-14 * scale
    assert error_against_loops(setting, np.float64) <= 1e-14


@REPEATABLE
@given(some_pool("avg"), SEEDS)
def test_average_of_ones_is_one_where_the_padding_is_not_counted(setting, seed):
    keywords = setting.keywords | {"count_include_pad": False}
    y = avg_pool(np.ones((1, 1, *setting.size)), **keywords)
    np.testing.assert_array_equal(y, np.ones(y.shape))


@REPEATABLE
@given(some_pool("max"), SEEDS)
def test_gradient_of_a_maximum_goes_to_one_entry_that_has_it(setting, seed):
    rng = np.random.default_rng(seed)
    x, dy = setting.arrays()
    x, dy = np.round(x), rng.integers(-9, 10, dy.shape).astype(float)
    y = max_pool(x, **setting.keywords)
    dx = max_pool_backward(dy, x, **setting.keywords)
    reached = np.isfinite(y)  # a dilated window may have padding only
    assert dx.sum() == dy[reached].sum()
    assert dot(dx, x) == np.sum(dy[reached] * y[reached])
    assert error_against_loops(setting, np.float64) <= 1e-15
