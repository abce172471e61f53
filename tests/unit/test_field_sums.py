"""Long sums keep five digits in float32, in every order of memory: reports from the field."""

import numpy as np
import pytest

import convlib
from convlib import reference
from convlib._matmul import matmul
from convlib._methods import depthwise
from convlib._sums import BLOCK, add_up, total
from convlib.layers import BatchNorm2d, Linear
from convlib.training import softmax_cross_entropy

TENTH = float(np.float32(0.1))  # in float32, 10⁶ of them make 100958.3, one after another

ORDERS = {
    "C order": lambda v: v.copy("C"),
    "Fortran order": lambda v: v.copy("F"),
    "channels last": lambda v: np.moveaxis(np.moveaxis(v, 1, -1).copy("C"), -1, 1),
    "rows and columns swapped": lambda v: v.swapaxes(-1, -2).copy("C").swapaxes(-1, -2),
    "backwards": lambda v: np.flip(np.flip(v).copy("C")),
    "every other column": lambda v: np.repeat(v, 2, axis=-1)[..., ::2],
    "one number, broadcast": lambda v: np.broadcast_to(v.flat[0], v.shape),
}
EVERY_ORDER = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)

LONG = {
    "one channel": (1, 1, 300, 300),
    "square": (1, 2, 300, 300),
    "many examples": (30_000, 2, 1, 1),
    "many rows": (1, 2, 30_000, 1),
    "many columns": (1, 2, 1, 30_000),
    "small images": (600, 3, 7, 8),
}
EVERY_LONG_SHAPE = pytest.mark.parametrize("shape", LONG.values(), ids=LONG)


def assert_five_digits(got, right):
    np.testing.assert_allclose(got, np.broadcast_to(right, np.shape(got)), rtol=5e-6)


def tenths(*shape):
    """Return an array of 0.1 in float32."""
    return np.full(shape, TENTH, np.float32)


@EVERY_LONG_SHAPE
@EVERY_ORDER
def test_float32_sum_along_a_slow_axis(order, shape):
    # numpy/numpy#29772, #8869
    dy, x = order(tenths(*shape)), np.ones(shape, np.float32)
    C = shape[1]
    right = TENTH * (dy.size // C)
    for groups in {1, C}:
        w = np.ones((C, C // groups, 1, 1), np.float32)
        for backward in (convlib.conv2d_backward, convlib.conv_transpose2d_backward):
            _, dw, db = backward(dy, x, w, groups=groups)
            assert dw.dtype == db.dtype == np.float32
            assert_five_digits(db, right)
            assert_five_digits(dw, right)
    layer = BatchNorm2d(C, dtype=np.float32)
    layer.training = False
    _, grads = layer.backward(dy, x)
    assert_five_digits(grads["bias"], right)
    assert_five_digits(grads["weight"], right / np.sqrt(1 + layer.eps))


def test_reference_sums_a_channels_last_dy_in_float64():
    dy = tenths(1, 300, 300, 2).transpose(0, 3, 1, 2)
    x, w = np.zeros((1, 1, 1, 1), np.float32), np.zeros((2, 1, 1, 1), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "products", lambda *_: ())
        patch.setattr(reference, "writes", lambda *_: ())
        for backward in (reference.conv_backward, reference.conv_transpose_backward):
            np.testing.assert_allclose(backward(dy, x, w)[2], 9e4 * TENTH, rtol=1e-12)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (3, 1), (2, 3), (64, 64)])
def test_matrix_product_with_a_long_inner_axis(rows, columns, order):
    # BLAS adds up a product with a vector one term after another
    for inner in (BLOCK + 1, 5_000, 30_001):
        a = tenths(rows, inner).copy(order)
        b = np.ones((inner, columns), np.float32, order=order)
        got = matmul(a, b)
        assert got.dtype == np.float32
        assert_five_digits(got, inner * TENTH)


@pytest.mark.parametrize("inner", [BLOCK, BLOCK + 1, 9_000])
def test_large_product_is_taken_in_pieces(inner, monkeypatch):
    monkeypatch.setattr("convlib._matmul.PIECE", 20)
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 1, 5, inner)), rng.standard_normal((3, inner, 4))
    out = np.empty((2, 3, 5, 4))
    assert matmul(a, b, out=out) is out
    np.testing.assert_allclose(out, a @ b, atol=1e-10)


def test_convolution_with_very_many_taps_and_filters():
    x, w = tenths(1, 1, 30_002), np.ones((1, 1, 30_000), np.float32)
    assert_five_digits(convlib.conv1d(x, w), 3e4 * TENTH)
    many = np.ones((30_000, 1, 1), np.float32)  # every filter hands its gradient to one entry
    dy = tenths(1, 30_000, 3)
    dx = convlib.conv1d_backward(dy, np.ones((1, 1, 3), np.float32), many).dx
    assert_five_digits(dx, 3e4 * TENTH)
    assert_five_digits(convlib.conv_transpose1d(dy, many), 3e4 * TENTH)


@EVERY_ORDER
def test_linear_layer_of_long_rows_and_many_examples(order):
    long = Linear(30_000, 2, rng=np.random.default_rng(0), dtype=np.float32)
    long.params["weight"][...] = 1
    assert_five_digits(long(order(tenths(2, 30_000))), 3e4 * TENTH)
    layer = Linear(2, 2, rng=np.random.default_rng(0), dtype=np.float32)
    dy, x = order(tenths(30_000, 2)), np.ones((30_000, 2), np.float32)
    _, grads = layer.backward(dy, x)
    assert_five_digits(grads["bias"], 3e4 * TENTH)
    assert_five_digits(grads["weight"], 3e4 * TENTH)


@pytest.mark.parametrize("order", ["C", "F"])
def test_loss_of_many_examples_or_classes(order):
    for shape in ((30_000, 2), (2, 30_000)):
        logits = tenths(*shape).copy(order)
        logits[:, 0] = 2
        loss, dlogits = softmax_cross_entropy(logits, np.zeros(len(logits), int))
        others = (shape[1] - 1) * np.exp(TENTH - 2)
        assert_five_digits(loss, np.log(1 + others))
        assert_five_digits(dlogits[:, 1] * len(logits), np.exp(TENTH - 2) / (1 + others))


# --- averages of many -----------------------------------------------------------------------------


def test_average_of_a_large_window():
    # microsoft/onnxruntime#12043: 500 × 500 values of 0.1 gave 0.09976
    assert_five_digits(convlib.avg_pool2d(tenths(1, 1, 120, 120), 120), 0.1)


def test_entry_that_belongs_to_very_many_windows():
    x, dy, w = tenths(1, 1, 4_999), tenths(1, 1, 2_500), np.ones((1, 1, 2_500), np.float32)
    x[0, 0, 2_499] = 1  # the entry that all windows reach, and that wins them
    for found, right in (
        (convlib.avg_pool1d_backward(dy, x, 2_500, stride=1), 0.1),
        (convlib.max_pool1d_backward(dy, x, 2_500, stride=1), 250),
        (convlib.conv1d_backward(dy, x, w).dx, 250),
        (convlib.conv_transpose1d(dy, w), 250),
    ):
        assert_five_digits(found[0, 0, 2_499], right)


def test_depthwise_convolution_with_a_large_kernel():
    ones, sizes = np.ones((2, 1, 5_000), np.float32), convlib.geometry(9_999, 5_000)
    rest = (sizes, 2, np.dtype(np.float32))
    y = depthwise.forward(tenths(1, 2, 9_999), ones, *rest)
    dx = depthwise.input_gradient(tenths(1, 2, 5_000), ones, *rest)
    assert_five_digits([y[0, 1, 0], dx[0, 1, 4_999]], [500, 500])


def test_sums_are_collected_where_they_belong():
    numbers = np.arange(3.0 * BLOCK)
    found = add_up((2,), np.float64, ((int(i) % 2, i) for i in numbers))
    np.testing.assert_array_equal(found, [numbers[::2].sum(), numbers[1::2].sum()])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.1, 123456.7, 1e7])
@EVERY_ORDER
def test_batch_norm_of_a_constant(order, value, dtype):
    # pytorch/pytorch#5410: 123456.7 in float32 gave 0.93
    x = order(np.full((4, 2, 30, 31), value, dtype))
    layer = BatchNorm2d(2, dtype=dtype, momentum=1)
    y = layer(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, 0, atol=1e-9)
    assert_five_digits(layer.buffers["running_mean"], value)
    np.testing.assert_allclose(layer.buffers["running_var"], 0, atol=1e-12)
    _, grads = layer.backward(np.ones_like(x), x)
    np.testing.assert_allclose(grads["weight"], 0, atol=1e-6)


@EVERY_ORDER
def test_batch_norm_of_small_deviations_from_a_large_mean(order):
    rng = np.random.default_rng(0)
    near = rng.integers(-2, 3, (4, 2, 30, 31)).astype(np.float32)
    y = BatchNorm2d(2, dtype=np.float32)(order(near + np.float32(1e7)))
    if order is not ORDERS["one number, broadcast"]:
        np.testing.assert_allclose(y, BatchNorm2d(2)(near.astype(float)), rtol=1e-5, atol=1e-5)


def test_float64_sum_along_a_slow_axis():
    rows = np.full((300_000, 2), 0.1)
    np.testing.assert_allclose(total(rows, (0,)), 3e4, rtol=2e-14)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_integers_are_summed_in_float64(dtype):
    got = total(np.full((1_000, 2), 100, dtype), (0,))
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, 1e5)


def test_kept_axes_stay_in_order():
    a = np.random.default_rng(0).standard_normal((5, 300, 1, 3, 2))
    for order in ORDERS.values():
        if order is not ORDERS["one number, broadcast"]:
            np.testing.assert_allclose(total(order(a), (1, 3)), a.sum(axis=(1, 3)), atol=1e-12)
