"""Layers, loss and optimizers: gradients of whole networks, saved weights, and a trained one."""

import numpy as np
import pytest

from convlib import conv2d, gradcheck
from convlib.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
    he_normal,
    load,
    save,
)
from convlib.training import SGD, Adam, softmax_cross_entropy


def generator():
    return np.random.default_rng(0)


def network(dtype=np.float64):
    rng = generator()
    return Sequential(
        Conv2d(2, 4, 3, padding=1, stride=1, groups=2, rng=rng, dtype=dtype),
        BatchNorm2d(4, dtype=dtype),
        ReLU(),
        MaxPool2d(3, stride=2, padding=1),
        Conv2d(4, 3, (3, 2), dilation=(1, 2), rng=rng, dtype=dtype),
        ReLU(),
        Flatten(),
        Linear(3, 4, rng=rng, dtype=dtype),
    )


X = np.random.default_rng(1).standard_normal((5, 2, 6, 5))
LABELS = np.array([0, 3, 1, 1, 2])


# --- gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_a_whole_network(training):
    net = network()
    net(X)  # moves the running statistics away from 0 and 1
    net.train(training)
    activations = net.activations(X)
    _, dy = softmax_cross_entropy(activations[-1], LABELS)
    dx, grads = net.backward(dy, activations)
    names = list(net.params)
    if training:  # batch normalization takes away what a bias before it adds
        names.remove("0.bias")
        np.testing.assert_allclose(grads["0.bias"], 0, atol=1e-15)
    originals = [net.params[name].copy() for name in names]

    def loss(x, *values):
        for name, value in zip(names, values, strict=True):
            net.params[name][...] = value
        return np.array(softmax_cross_entropy(net(x), LABELS)[0])

    report = gradcheck(loss, [X, *originals], [dx, *(grads[name] for name in names)], 1.0)
    assert report.ok, str(report)
    assert all(np.abs(grads[name]).max() > 1e-3 for name in names)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_alone(training):
    # y, whatever the loss: with a mean of all entries, what is wrong in dx may cancel
    rng = generator()
    layer = BatchNorm2d(2, eps=1e-3)
    layer.params["weight"][...], layer.params["bias"][...] = rng.standard_normal((2, 2))
    layer(X)
    layer.training = training
    dy = rng.standard_normal(X.shape)
    dx, grads = layer.backward(dy, X)
    assert gradcheck(layer, [X], [dx], dy).ok

    def scaled(weight, bias):
        layer.params["weight"][...], layer.params["bias"][...] = weight, bias
        return layer(X)

    point = [layer.params[name].copy() for name in ("weight", "bias")]
    assert gradcheck(scaled, point, [grads["weight"], grads["bias"]], dy).ok


def test_relu_at_zero_and_nan():
    x = np.array([-1.0, 0.0, 2.0, np.nan])
    np.testing.assert_array_equal(ReLU()(x), [0, 0, 2, np.nan])
    np.testing.assert_array_equal(ReLU().backward(np.ones(4), x)[0], [0, 0, 1, 1])
    assert ReLU()(np.array([1, -1])).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_everywhere(dtype):
    net = network(dtype)
    activations = net.activations(X.astype(dtype))
    loss, dy = softmax_cross_entropy(activations[-1], LABELS)
    dx, grads = net.backward(dy, activations)
    optimizer = Adam()
    optimizer.step(net.params, grads)
    arrays = [*activations, dy, dx, *grads.values(), *net.params.values(), *net.buffers.values()]
    arrays += [*optimizer.mean.values(), *optimizer.square.values()]
    assert {v.dtype for v in arrays} == {np.dtype(dtype)}
    assert isinstance(loss, float)


def test_nothing_is_remembered_between_calls():
    net = network()
    net.train(False)
    before = net.activations(X)
    _, dy = softmax_cross_entropy(before[-1], LABELS)
    alone = net.backward(dy, before)
    net(2 * X)
    for layer in net.layers:
        assert set(vars(layer)) <= {"params", "buffers", "training", "settings", "eps", "momentum"}
    again = net.backward(dy, before)
    np.testing.assert_array_equal(alone[0], again[0])
    for name in alone[1]:
        np.testing.assert_array_equal(alone[1][name], again[1][name])


def test_inputs_are_left_as_they_were():
    net = network()
    x = X.copy()
    activations = net.activations(x)
    copies = [v.copy() for v in activations]
    _, dy = softmax_cross_entropy(activations[-1], LABELS)
    dy_copy = dy.copy()
    net.backward(dy, activations)
    assert all(np.array_equal(a, b) for a, b in zip(activations, copies, strict=True))
    np.testing.assert_array_equal(dy, dy_copy)


# --- layers one by one ------------------------------------------------------------------------


def test_conv2d_is_convlibs():
    layer = Conv2d(
        2, 4, (3, 2), stride=2, padding=(1, 0), dilation=(1, 2), groups=2, rng=generator()
    )
    layer.params["bias"][...] = [1, 2, 3, 4]
    assert layer.params["weight"].shape == (4, 1, 3, 2)
    right = conv2d(
        X,
        layer.params["weight"],
        layer.params["bias"],
        stride=2,
        padding=(1, 0),
        dilation=(1, 2),
        groups=2,
    )
    np.testing.assert_array_equal(layer(X), right)


def test_weights_keep_the_size_of_what_passes_through():
    # He: the second moment of weights · ReLU(normal) is that of the normal
    rng = generator()
    values = rng.standard_normal((1000, 100))
    weights = he_normal(rng, (1000, 4, 5, 5), np.float64).reshape(1000, 100)
    after = np.maximum(values, 0) @ weights.T
    assert np.mean(after**2) == pytest.approx(1, rel=0.05)
    assert not Conv2d(2, 3, 1, rng=rng).params["bias"].any()
    assert not Linear(2, 3, rng=rng).params["bias"].any()


def test_weights_come_from_the_generator_alone():
    first, second = (Linear(3, 2, rng=generator()).params["weight"] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for value in (None, 0, np.random.RandomState(0)):
        with pytest.raises(TypeError, match=r"^rng: expected a numpy.random.Generator"):
            Linear(3, 2, rng=value)


def test_batch_norm_uses_running_statistics_when_not_trained():
    layer = BatchNorm2d(2)
    before = {name: v.copy() for name, v in layer.buffers.items()}
    layer.training = False
    np.testing.assert_allclose(layer(X), X / np.sqrt(1 + 1e-5))
    assert all(np.array_equal(layer.buffers[name], v) for name, v in before.items())
    layer.training = True
    y = layer(X)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-4)
    np.testing.assert_allclose(layer.buffers["running_mean"], 0.1 * X.mean(axis=(0, 2, 3)))
    unbiased = X.var(axis=(0, 2, 3), ddof=1)
    np.testing.assert_allclose(layer.buffers["running_var"], 0.9 + 0.1 * unbiased)


def test_backward_leaves_running_statistics_alone():
    layer = BatchNorm2d(2)
    layer(X)
    before = {name: v.copy() for name, v in layer.buffers.items()}
    layer.backward(X, X)
    assert all(np.array_equal(layer.buffers[name], v) for name, v in before.items())


def test_train_reaches_every_layer():
    net = network()
    assert all(layer.training for layer in net.layers)
    net.train(False)
    assert not any(layer.training for layer in net.layers)
    net.train()
    assert all(layer.training for layer in net.layers)


# --- loss -------------------------------------------------------------------------------------


def test_cross_entropy_and_its_gradient():
    logits = generator().standard_normal((5, 4))
    loss, dlogits = softmax_cross_entropy(logits, LABELS)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert loss == pytest.approx(-np.log(p[np.arange(5), LABELS]).mean(), rel=1e-14)

    def function(logits):
        return np.array(softmax_cross_entropy(logits, LABELS)[0])

    assert gradcheck(function, [logits], [dlogits], 1.0).ok
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-15)


def test_cross_entropy_of_large_logits_does_not_overflow():
    loss, dlogits = softmax_cross_entropy([[1000.0, 0.0], [-1000.0, 0.0]], [1, 0])
    assert loss == 1000
    np.testing.assert_array_equal(dlogits, [[0.5, -0.5], [-0.5, 0.5]])


# --- optimizers -------------------------------------------------------------------------------


def test_sgd_by_hand():
    params = {"w": np.array([1.0, 2.0])}
    optimizer = SGD(lr=0.5, momentum=0.5, weight_decay=0.1)
    optimizer.step(params, {"w": np.array([1.0, 0.0])})
    # velocity 1 + 0.1 · 1 and 0 + 0.1 · 2
    np.testing.assert_allclose(params["w"], [1 - 0.55, 2 - 0.1])
    optimizer.step(params, {"w": np.array([0.0, 0.0])})
    # velocity 0.5 · 1.1 + 0.1 · 0.45 and 0.5 · 0.2 + 0.1 · 1.9
    np.testing.assert_allclose(params["w"], [0.45 - 0.5 * 0.595, 1.9 - 0.5 * 0.29])


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1, momentum=0.9), Adam(lr=0.1)])
def test_optimizer_changes_parameters_in_place_and_leaves_gradients_alone(optimizer):
    value, grad = np.ones((2, 2)), np.full((2, 2), 3.0)
    optimizer.step({"w": value}, {"w": grad})
    assert (value < 1).all()
    assert (grad == 3).all()
    optimizer.step({"w": value}, {"w": grad})
    assert (grad == 3).all()


@pytest.mark.parametrize("make", [lambda: SGD(lr=0.1), Adam])
@pytest.mark.parametrize(
    ("grads", "message"),
    [
        ({}, r"^grads: missing \['w'\], not known \[\]"),
        ({"w": np.ones(2), "v": np.ones(2)}, r"^grads: missing \[\], not known \['v'\]"),
        (
            {"w": np.ones(3)},
            r"^grads\['w'\]: expected shape \(2,\), that of the parameter; got \(3,\)",
        ),
        ({"w": np.float64(1)}, r"^grads\['w'\]: expected shape \(2,\)"),
    ],
)
def test_gradients_must_fit_the_parameters(make, grads, message):
    params, optimizer = {"w": np.ones(2)}, make()
    with pytest.raises(ValueError, match=message):
        optimizer.step(params, grads)
    np.testing.assert_array_equal(params["w"], [1, 1])
    assert vars(optimizer) == vars(make())  # as if the step had not been tried


# --- saved weights ----------------------------------------------------------------------------


def test_saved_network_comes_back(tmp_path):
    net, other = network(), network()
    SGD(lr=0.1).step(net.params, {name: np.ones_like(v) for name, v in net.params.items()})
    net(X)
    path = tmp_path / "weights.npz"
    save(path, net)
    load(path, other)
    other.train(False)
    net.train(False)
    np.testing.assert_array_equal(net(X), other(X))
    assert {"0.weight", "0.bias", "1.running_mean", "7.weight"} <= set(np.load(path).files)


def test_files_of_pytorchs_layout_fit(tmp_path):
    # the names and shapes of torch.nn.Sequential(Conv2d(1, 2, 3), Flatten(), Linear(8, 2))
    shapes = {"0.weight": (2, 1, 3, 3), "0.bias": (2,), "2.weight": (2, 8), "2.bias": (2,)}
    path = tmp_path / "weights.npz"
    np.savez(path, **{name: np.full(shape, 7, np.float32) for name, shape in shapes.items()})
    rng = generator()
    net = Sequential(Conv2d(1, 2, 3, rng=rng), Flatten(), Linear(8, 2, rng=rng))
    load(path, net)
    assert all((v == 7).all() for v in net.params.values())
    assert {v.dtype.name for v in net.params.values()} == {"float64"}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"weight": None}, ValueError, r"weights.npz: missing \['weight'\], not known \[\]"),
        ({"extra": np.ones(1)}, ValueError, r"missing \[\], not known \['extra'\]"),
        (
            {"bias": np.ones(3)},
            ValueError,
            r"weights.npz: bias: expected shape \(2,\), that of this network; got \(3,\)",
        ),
        (
            {"bias": np.ones(2, complex)},
            ValueError,
            r"weights.npz: bias: expected .*complex128",
        ),
    ],
)
def test_file_that_does_not_fit_changes_nothing(tmp_path, change, error, message):
    layer = Linear(3, 2, rng=generator())
    arrays = {name: np.zeros_like(v) for name, v in layer.params.items()} | change
    path = tmp_path / "weights.npz"
    np.savez(path, **{name: v for name, v in arrays.items() if v is not None})
    before = {name: v.copy() for name, v in layer.params.items()}
    with pytest.raises(error, match=message):
        load(path, layer)
    assert all(np.array_equal(layer.params[name], v) for name, v in before.items())


# --- bad input --------------------------------------------------------------------------------

RNG = generator()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Conv2d(0, 1, 3, rng=RNG), ValueError, "in_channels: must be at least 1"),
        (
            lambda: Conv2d(1, 1.0, 3, rng=RNG),
            TypeError,
            "out_channels: expected an integer",
        ),
        (lambda: Conv2d(1, 1, (3, 3, 3), rng=RNG), ValueError, "kernel_size: expected an int or 2"),
        (lambda: Conv2d(3, 2, 3, groups=2, rng=RNG), ValueError, "groups: 2 does not divide both"),
        (lambda: Conv2d(2, 3, 3, groups=2, rng=RNG), ValueError, "groups: 2 does not divide both"),
        (lambda: Conv2d(1, 1, 3, groups=0, rng=RNG), ValueError, "groups: must be at least 1"),
        (lambda: Conv2d(1, 1, 3, rng=RNG, dtype=int), TypeError, "dtype: expected float32 or"),
        (lambda: Linear(0, 1, rng=RNG), ValueError, "in_features: must"),
        (lambda: Linear(1, 0, rng=RNG), ValueError, "out_features: must"),
        (lambda: Linear(2, 1, rng=RNG)(np.ones((1, 3))), ValueError, r"x: expected shape \(1, 2\)"),
        (lambda: Linear(2, 1, rng=RNG)(np.ones(2)), ValueError, r"x: expected 2 axes \(N, D\)"),
        (
            lambda: Linear(2, 1, rng=RNG).backward(np.ones((1, 2)), np.ones((1, 2))),
            ValueError,
            r"dy: expected shape \(1, 1\)",
        ),
        (lambda: BatchNorm2d(0), ValueError, "num_features: must"),
        (lambda: BatchNorm2d(2)(np.ones((1, 3, 2, 2))), ValueError, "x: expected .*2 channels"),
        (lambda: BatchNorm2d(2)(np.ones((1, 2, 1, 1))), ValueError, "x: training needs two"),
        (lambda: BatchNorm2d(2)(np.ones((0, 2, 1, 1))), ValueError, "x: training needs two"),
        (lambda: BatchNorm2d(2)(np.ones((3, 2))), ValueError, "x: expected 4 axes"),
        (lambda: BatchNorm2d(2).backward(X[1:], X), ValueError, "dy: expected shape .*of x"),
        (lambda: ReLU().backward(np.ones(2), np.ones(3)), ValueError, "dy: expected shape"),
        (lambda: ReLU()("x"), TypeError, "x: expected"),
        (
            lambda: Flatten().backward(np.ones((2, 5)), np.ones((2, 3, 2))),
            ValueError,
            r"dy: expected shape \(2, 6\)",
        ),
        (lambda: Sequential(ReLU(), np.sin), TypeError, "layers: expected a Layer, got <ufunc"),
        (lambda: BatchNorm2d(2, eps=-1e-5), ValueError, "eps: must be at least 0 .* got -1e-05"),
        (lambda: BatchNorm2d(2, eps="small"), TypeError, "eps: expected a number, got 'small'"),
        (lambda: BatchNorm2d(2, momentum=np.nan), ValueError, "momentum: must be .* got nan"),
        (lambda: BatchNorm2d(2, dtype=int), TypeError, "dtype: expected float32 or float64, got"),
        (lambda: Linear(2, 1, rng=RNG, dtype="oops"), TypeError, "dtype: expected .* got 'oops'"),
        (lambda: SGD("fast"), TypeError, "lr: expected a number, got 'fast'"),
        (lambda: SGD(True), TypeError, "lr: expected a number, got True"),
        (lambda: SGD(np.inf), ValueError, "lr: must be at least 0 and below inf, got inf"),
        (lambda: SGD(0.1, momentum=-0.5), ValueError, "momentum: must be at least 0"),
        (lambda: SGD(0.1, weight_decay=-1), ValueError, "weight_decay: must be at least 0"),
        (lambda: Adam(-1), ValueError, "lr: must be at least 0"),
        (lambda: Adam(eps=None), TypeError, "eps: expected a number, got None"),
        (lambda: Adam(betas=0.9), ValueError, "betas: expected two numbers, got 0.9"),
        (lambda: Adam(betas=(0.9,)), ValueError, r"betas: expected two numbers, got \(0.9,\)"),
        (lambda: Adam(betas=(0.9, 1)), ValueError, "betas: must be at least 0 and below 1, got 1"),
        (lambda: Adam(betas=("x", 0)), TypeError, "betas: expected a number, got 'x'"),
        (
            lambda: Adam().step({"w": np.ones(2)}, {"w": "x"}),
            TypeError,
            r"grads\['w'\]: expected int",
        ),
        (lambda: softmax_cross_entropy(np.ones(3), [0]), ValueError, "logits: expected 2 axes"),
        (lambda: softmax_cross_entropy(np.ones((2, 3)), [0]), ValueError, "labels: expected shape"),
        (lambda: softmax_cross_entropy(np.ones((0, 3)), []), ValueError, "logits: no axis"),
        (lambda: softmax_cross_entropy(np.ones((1, 0)), [0]), ValueError, "logits: no axis"),
        (lambda: softmax_cross_entropy(np.ones((1, 3)), [1.0]), TypeError, "labels: expected int"),
        (
            lambda: softmax_cross_entropy(np.ones((1, 3)), [3]),
            ValueError,
            "labels: expected 0 to 2",
        ),
        (lambda: softmax_cross_entropy(np.ones((1, 3)), [-1]), ValueError, "labels: expected 0"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=rf"^{message}"):
        call()


def test_no_examples():
    net = network()
    net.train(False)
    activations = net.activations(X[:0])
    assert activations[-1].shape == (0, 4)
    dx, grads = net.backward(np.ones((0, 4)), activations)
    assert dx.shape == X[:0].shape
    assert not any(grad.any() for grad in grads.values())


def test_a_layer_of_ones_own():
    class Double(Layer):
        def forward(self, x):
            return 2 * x

        def backward(self, dy, x):
            return 2 * dy, {}

    net = Sequential(Double(), Double())
    assert net(3) == 12
    assert net.backward(1, net.activations(3)) == (4, {})


# --- training ---------------------------------------------------------------------------------


def bars(count, seed):
    """Images of one bar in noise, upright (class 0) or lying (class 1)."""
    rng = np.random.default_rng(seed)
    labels, places = rng.integers(0, 2, count), rng.integers(0, 8, count)
    x = rng.standard_normal((count, 1, 8, 8))
    for image, label, place in zip(x[:, 0], labels, places, strict=True):
        (image if label else image.T)[place] += 3
    return x, labels


@pytest.mark.parametrize("optimizer", [SGD(lr=0.05, momentum=0.9), Adam(lr=0.01)])
def test_a_small_network_learns(optimizer):
    rng = generator()
    net = Sequential(
        Conv2d(1, 8, 3, padding=1, rng=rng),
        BatchNorm2d(8),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(128, 2, rng=rng),
    )
    x, labels = bars(256, seed=1)
    for epoch in range(10):
        for batch in np.split(np.random.default_rng(epoch).permutation(256), 8):
            activations = net.activations(x[batch])
            _, dy = softmax_cross_entropy(activations[-1], labels[batch])
            optimizer.step(net.params, net.backward(dy, activations)[1])
    net.train(False)
    x, labels = bars(256, seed=2)
    assert np.mean(net(x).argmax(axis=1) == labels) > 0.9
