"""Faults that others met in the field, and ours of the same kinds: dtypes, files, shared layers."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import convlib
from convlib import gradcheck, layers, reference, training
from tests.operations import EVERY_FEW
from tests.unit.test_every_operation import in_record

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def generator():
    return np.random.default_rng(0)


# --- narrow integers wrapped: rsokl/MyGrad#193, cupy/cupy#6823 ------------------------------------


def whole(shape, dtype):
    """Numbers that every dtype holds; their products and sums are too large for 8 bits."""
    return generator().integers(50, 128, shape).astype(dtype)


def layer_results(dtype):
    """What every layer and the loss return, with whole numbers for x, dy and all parameters."""
    rng, image = generator(), whole((3, 2, 4, 4), dtype)
    cases = [
        (layers.Conv2d(2, 2, 3, padding=1, rng=rng), image),
        (layers.BatchNorm2d(2), image),
        (layers.MaxPool2d(2), image),
        (layers.ReLU(), image),
        (layers.Flatten(), image),
        (layers.Linear(4, 2, rng=rng), whole((3, 4), dtype)),
    ]
    results = []
    for layer, x in cases:
        layer.params = {name: whole(v.shape, dtype) for name, v in layer.params.items()}
        y = layer(x)
        dx, grads = layer.backward(whole(y.shape, dtype), x)
        results += [y, dx, *grads.values()]
    loss, dlogits = training.softmax_cross_entropy(np.array([[3, 7, 5]], dtype), [1])
    return [*results, np.float64(loss), dlogits]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_narrow_integers_are_computed_in_float64(dtype):
    right = layer_results(np.float64)
    for order in "<>":
        for got, expected in zip(layer_results(order + dtype), right, strict=True):
            assert got.dtype == np.float64
            assert got.dtype.isnative
            np.testing.assert_allclose(got, expected, rtol=1e-12)
    assert right[-2] == pytest.approx(0.142932, abs=1e-6)


@pytest.mark.parametrize("make", [lambda: training.SGD(0.5, weight_decay=0.5), training.Adam])
@pytest.mark.parametrize("kind", ["f4", "f8"])
@pytest.mark.parametrize("dtype", [*INTEGERS, ">f4", ">i2"])
def test_steps_with_narrow_gradients_are_those_with_floats(dtype, kind, make):
    params = [{"w": np.array([1.0, -2.0], kind)} for _ in range(2)]
    optimizers = [make(), make()]
    for _ in range(2):
        optimizers[0].step(params[0], {"w": np.array([16, 100], dtype)})
        optimizers[1].step(params[1], {"w": np.array([16.0, 100.0])})
    np.testing.assert_allclose(params[0]["w"], params[1]["w"], rtol=1e-6)
    assert params[0]["w"].dtype == kind


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.ones(2, int), TypeError, r"params\['w'\]: expected float32 or float64, got .*int64"),
        (np.ones(2, "f2"), TypeError, r"params\['w'\]: expected .* got dtype float16"),
        ([1.0, 2.0], TypeError, r"params\['w'\]: expected an array, to be changed in place"),
        (np.float64(1), TypeError, r"params\['w'\]: expected an array, to be changed in place"),
        (np.ma.ones(2), TypeError, r"params\['w'\]: masked arrays"),
        (np.broadcast_to(1.0, 2), ValueError, r"params\['w'\]: .* got a read-only one"),
    ],
)
@pytest.mark.parametrize("optimizer", [training.SGD(1), training.Adam()])
def test_parameters_that_no_step_can_change_are_refused(optimizer, value, error, message):
    params = {"v": np.ones(2), "w": value}
    with pytest.raises(error, match=rf"^{message}"):
        optimizer.step(params, {"v": np.ones(2), "w": np.ones(np.shape(value))})
    assert (params["v"] == 1).all()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_narrow_labels_and_many_classes(dtype):
    logits, right = generator().standard_normal((2, 300)), [0, 127]
    loss, dlogits = training.softmax_cross_entropy(logits, right)
    for order in "<>":
        got = training.softmax_cross_entropy(logits, np.array(right, order + dtype))
        assert got[0] == loss
        np.testing.assert_array_equal(got[1], dlogits)
    top = np.array([np.iinfo(dtype).max], dtype)
    if top[0] >= 300:
        with pytest.raises(ValueError, match=r"^labels: expected 0 to 299"):
            training.softmax_cross_entropy(logits[:1], top)


def test_narrow_settings_do_not_wrap():
    hundred, x, w = np.int8(100), np.ones((1, 1, 301), "u1"), np.full((1, 1, 2), 200, "u1")
    assert convlib.output_size(np.uint8(255), np.uint8(1), padding=np.uint8(200)) == 655
    for module in (convlib, reference):
        y = module.conv(x, w, stride=hundred, dilation=hundred, padding=np.uint8(50))
        np.testing.assert_array_equal(y, [[[200, 400, 400, 200]]])
        back = module.conv_backward(np.full(y.shape, 2, "i1"), x, w, stride=hundred,
                                    dilation=hundred, padding=np.uint8(50))  # fmt: skip
        assert back[0].max() == 800
        many = module.conv(np.ones((1, 400, 1), "u1"), np.ones((200, 4, 1)), groups=hundred)
        np.testing.assert_array_equal(many, np.full((1, 200, 1), 4))
        many = module.conv_transpose(np.ones((1, 400, 1)), np.ones((400, 2, 1)), groups=hundred)
        np.testing.assert_array_equal(many, np.full((1, 200, 1), 4))
        back = module.conv_transpose_backward(
            *(np.full(shape, 100, "i1") for shape in ((1, 1, 101), (1, 1, 2), (1, 1, 1))),
            stride=hundred,
        )
        np.testing.assert_array_equal(back[0], [[[10000, 10000]]])
    weights = layers.he_normal(generator(), np.full(3, 100, "i1"), np.float64)
    assert np.std(weights) == pytest.approx(np.sqrt(2 / 10**4), rel=0.01)
    with pytest.raises(ValueError, match=r"^padding: must be at least 0, got .*-1"):
        convlib.conv(x, w, padding=np.int8(-1))


def test_a_drawn_product_of_narrow_integers():
    x = w = np.full((1, 2, 2), 200, "u1")
    drawing = convlib.figures.three_products(x, w, np.int8(-128), padding=0)
    assert "y is 159872" in drawing.alt
    assert "− 128" in drawing.svg


# --- big-endian numbers were refused with a wrong reason: cositools/cosipy#636 --------------------


@pytest.mark.parametrize("setting", EVERY_FEW, ids=str)
def test_big_endian_is_computed_in_native_order(setting):
    arrays = [np.round(3 * v) for v in setting.arrays()]
    right = setting.run(*arrays)
    for dtype in (">f4", ">f8", ">i2", ">u8"):
        given = [np.abs(v).astype(dtype) for v in arrays]
        got, right = setting.run(*given), setting.run(*map(np.abs, arrays))
        for name, array in got.items():
            assert array.dtype == ("f4" if dtype == ">f4" else "f8")
            assert array.dtype.isnative
            np.testing.assert_allclose(array, right[name], rtol=1e-5)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u8"])
def test_what_only_moves_numbers_gives_native_ones_too(dtype):
    x = np.arange(12).reshape(1, 2, 6).astype(f">{dtype}")
    native = x.astype(dtype)
    for move in (
        lambda x: convlib.pad(x, 1),
        lambda x: convlib.pad(x, 0),
        lambda x: convlib.sliding_windows(x, 3),
        lambda x: convlib.im2col(x, 3, padding=1),
    ):
        assert move(x).dtype == dtype
        np.testing.assert_array_equal(move(x), move(native))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_big_endian_parameters(dtype):
    made = [
        layers.Conv2d(1, 1, 2, rng=generator(), dtype=f">{dtype}"),
        layers.Linear(2, 2, rng=generator(), dtype=f">{dtype}"),
        layers.BatchNorm2d(2, dtype=f">{dtype}"),
    ]
    for layer in made:
        for array in [*layer.params.values(), *layer.buffers.values()]:
            assert array.dtype == dtype
            assert array.dtype.isnative
    params = {"w": np.ones(2, f">{dtype}")}
    training.SGD(0.5).step(params, {"w": np.ones(2, f">{dtype}")})
    np.testing.assert_array_equal(params["w"], [0.5, 0.5])


class Lends:
    """An object that is no array, but lends one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)


class Refuses:
    """An object that says why it lends no array, as one on another device does."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("it is on another device")


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix
@pytest.mark.parametrize("make", [np.matrix, np.rec.array, in_record, Lends])
def test_subclasses_and_lenders_are_computed(make):
    logits, weight = np.array([[3.0, 7.0, 5.0], [1.0, 2.0, 3.0]]), np.ones((4, 3))
    right = training.softmax_cross_entropy(logits, [1, 0])
    got = training.softmax_cross_entropy(make(logits), [1, 0])
    assert got[0] == right[0]
    np.testing.assert_array_equal(got[1], right[1])
    assert type(got[1]) is np.ndarray
    layer = layers.Linear(3, 4, rng=generator())
    layer.params["weight"][...] = weight
    np.testing.assert_array_equal(layer(make(logits)), logits @ weight.T)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.ones(2, "f2"), "expected integers, float32 or float64, got dtype float16"),
        (np.ones(2, ">f2"), "expected integers, float32 or float64, got dtype >f2"),
        (np.ones(2, bool), "expected .* got dtype bool"),
        (np.ones(2, ">c16"), "expected .* got dtype >c16"),
        (np.ones(2, "M8[s]"), "expected .* got dtype datetime64"),
        (np.ones(2, "m8[s]"), "expected .* got dtype timedelta64"),
        (np.array(["1"]), "expected .* got dtype <U1"),
        (np.zeros(2, [("a", "f8")]), "expected .* got dtype .*'a'"),
        ([10**30], "expected .* got dtype object"),
        (np.ma.ones(2), "masked arrays are not supported"),
        (Refuses(), "cannot be made into an array: it is on another device"),
    ],
)
def test_what_is_not_computed_is_refused_with_a_true_reason(value, reason):
    with pytest.raises(TypeError, match=rf"^x: {reason}"):
        layers.ReLU()(value)


# --- what was saved could not be loaded: numpy/numpy#9929 -----------------------------------------


def linear(seed=0):
    return layers.Linear(3, 2, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("name", ["weights", "weights.npz", "weights.bin", "weights.v2", "a b.é"])
@pytest.mark.parametrize("kind", [str, Path])
def test_what_was_saved_is_loaded(tmp_path, name, kind):
    path = kind(tmp_path / name)
    for seed in (1, 2):  # the second replaces the first
        saved, loaded = linear(seed), linear()
        layers.save(path, saved)
        layers.load(path, loaded)
        np.testing.assert_array_equal(loaded.params["weight"], saved.params["weight"])
        assert [p.name for p in tmp_path.iterdir()] == [name if "." in name else f"{name}.npz"]


def test_a_name_without_ending_may_be_the_whole_name(tmp_path):
    layers.save(tmp_path / "weights", linear(1))
    (tmp_path / "weights.npz").rename(tmp_path / "weights")
    loaded = linear()
    layers.load(tmp_path / "weights", loaded)
    np.testing.assert_array_equal(loaded.params["weight"], linear(1).params["weight"])


def test_a_layer_without_parameters_is_saved_too(tmp_path):
    layers.save(tmp_path / "none", layers.ReLU())
    layers.load(tmp_path / "none", layers.ReLU())


def damaged(kind):
    """Return the bytes of a file that `save` did not write."""
    file = io.BytesIO()
    if kind == "array":
        np.save(file, np.ones(2))
    elif kind == "pickled array":
        np.savez(file, weight=np.array([print], object), bias=np.ones(2))
    elif kind == "pickle":
        pickle.dump({"weight": 1}, file)
    elif kind == "complex":
        np.savez(file, weight=np.ones((2, 3), complex), bias=np.ones(2))
    elif kind == "half":
        np.savez(file, weight=np.ones((2, 3), "f2"), bias=np.ones(2))
    elif kind == "shape":
        np.savez(file, weight=np.ones((2, 3)), bias=np.ones(3))
    elif kind == "names":
        np.savez(file, weights=np.ones((2, 3)), bias=np.ones(2))
    elif kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("weight.npy", b"no array")
            archive.writestr("bias.txt", b"no array")
    else:
        layers.save(file, linear(1))
    whole = file.getvalue()
    return {
        "empty": b"",
        "text": b"weights, please",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "start": whole[:100],
        "without end": whole[:-30],
        "cut in the middle": whole[:200] + whole[260:],
        "other bits": whole[:150] + b"bits" + whole[154:],
    }.get(kind, whole)


KINDS = [
    "array", "pickled array", "pickle", "complex", "half", "shape", "names", "zip", "empty", "text",
    "picture", "start", "without end", "cut in the middle", "other bits",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_does_not_fit_is_named_with_the_reason(tmp_path, kind):
    path, layer = tmp_path / "weights.npz", linear()
    path.write_bytes(damaged(kind))
    with pytest.raises(ValueError, match=r"weights.npz: \S+") as caught:
        layers.load(path, layer)
    assert "pickle=" not in str(caught.value) or kind == "pickled array"
    for name, value in linear().params.items():
        np.testing.assert_array_equal(layer.params[name], value)
    path.unlink()  # it is closed, which Windows would insist on


def test_saving_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "weights.npz"
    layers.save(path, linear(1))

    def disk_full(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", disk_full)
        for target in (path, tmp_path / "new.npz"):
            with pytest.raises(OSError, match="no space left"):
                layers.save(target, linear(2))
    assert [p.name for p in tmp_path.iterdir()] == ["weights.npz"]
    loaded = linear()
    layers.load(path, loaded)
    np.testing.assert_array_equal(loaded.params["weight"], linear(1).params["weight"])


def test_a_saved_file_is_an_ordinary_one(tmp_path):
    ordinary, path, link = (tmp_path / name for name in ("ordinary", "w.npz", "link.npz"))
    ordinary.write_bytes(b"")
    layers.save(path, linear())
    assert path.stat().st_mode == ordinary.stat().st_mode
    path.chmod(0o640)
    link.symlink_to(path)
    layers.save(link, linear(1))
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: layers.save(p / "no" / "w.npz", linear()), FileNotFoundError, "there is no fol"),
        (lambda p: layers.load(p / "w.npz", linear()), FileNotFoundError, "w.npz"),
        (lambda p: layers.load(p / "w", linear()), FileNotFoundError, "w'"),
        (lambda p: layers.save(3, linear()), TypeError, "^path: expected a name, a Path or"),
        (lambda p: layers.load(b"w.npz", linear()), TypeError, "^path: expected a name, a Path or"),
        (lambda p: layers.save(linear(), p / "w.npz"), TypeError, "^layer: expected a Layer or"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(tmp_path, call, error, message):
    with pytest.raises(error, match=message):
        call(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    layer = linear()
    layer.params["bias"] = np.array([None, None])
    with pytest.raises(TypeError, match=r"^bias: expected .* got dtype object"):
        layers.save(tmp_path / "weights", layer)
    assert not list(tmp_path.iterdir())


# --- a layer that stands twice was stepped twice: torch/torch7#716 --------------------------------


def test_one_layer_used_twice_is_stepped_once():
    layer = layers.Linear(1, 1, rng=generator())
    layer.params["weight"][...] = 1
    net = layers.Sequential(layer, layer)
    activations = net.activations(np.ones((1, 1)))
    training.Adam(0.1).step(net.params, net.backward(np.ones((1, 1)), activations)[1])
    assert layer.params["weight"][0, 0] == pytest.approx(0.9)


def shared_weight():
    """Two layers with one weight, and a bias each."""
    first, second = (layers.Linear(4, 4, rng=generator()) for _ in range(2))
    second.params["weight"] = first.params["weight"]
    return first, layers.ReLU(), second


def tied_afterwards():
    """Two layers that share a weight only after the network was built."""
    first, second = (layers.Linear(4, 4, rng=generator()) for _ in range(2))
    net = layers.Sequential(first, layers.ReLU(), second)
    second.params["weight"] = first.params["weight"]
    return net


def repeated(*row):
    return layers.Sequential(*row, *row)


NETWORKS = {
    "linear": lambda: repeated(layers.Linear(4, 4, rng=generator()), layers.ReLU()),
    "convolution": lambda: repeated(layers.Conv2d(2, 2, 3, padding=1, rng=generator())),
    "normalization": lambda: repeated(layers.BatchNorm2d(2), layers.ReLU()),
    "shared": lambda: layers.Sequential(*shared_weight()),
    "tied": tied_afterwards,
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("training_mode", [True, False])
def test_gradients_of_what_is_shared_add_up(name, training_mode, tmp_path):
    net, rng = NETWORKS[name](), generator()
    net.train(training_mode)
    for value in net.params.values():
        value += 0.3 * rng.standard_normal(value.shape)
    x = rng.standard_normal((3, 2, 4, 4) if name in ("convolution", "normalization") else (3, 4))
    activations = net.activations(x)
    dy = rng.standard_normal(activations[-1].shape)
    dx, grads = net.backward(dy, activations)
    assert grads.keys() == net.params.keys()
    assert len({id(v) for v in net.params.values()}) == len(net.params)
    point = [v.copy() for v in net.params.values()]

    def function(x, *values):
        for array, value in zip(net.params.values(), values, strict=True):
            array[...] = value
        return net(x)

    report = gradcheck(function, [x, *point], [dx, *(grads[name] for name in net.params)], dy)
    assert report.ok, str(report)

    layers.save(tmp_path / "shared", net)
    other = NETWORKS[name]()
    layers.load(tmp_path / "shared", other)
    net.train(False)
    other.train(False)
    np.testing.assert_array_equal(other(x), net(x))


@pytest.mark.parametrize("view", [lambda v: v, lambda v: v.T, lambda v: v[:, :1]])
@pytest.mark.parametrize("optimizer", [training.SGD(0.1), training.Adam()])
def test_one_array_under_two_names_is_not_stepped_twice(optimizer, view):
    shared = np.ones((2, 2))
    params = {"a": shared, "b": np.ones(1), "c": view(shared)}
    with pytest.raises(ValueError, match=r"^params: 'a' and 'c' share memory"):
        optimizer.step(params, {name: np.ones(v.shape) for name, v in params.items()})
    assert (shared == 1).all()


def test_parameters_side_by_side_in_one_array_are_stepped():
    both = np.ones((2, 2))
    training.SGD(0.5).step({"a": both[:, 0], "b": both[:, 1]}, {"a": np.ones(2), "b": np.ones(2)})
    assert (both == 0.5).all()


def test_a_network_in_a_network_is_refused():
    with pytest.raises(TypeError, match=r"^layers: expected a Layer, got .*Sequential"):
        layers.Sequential(layers.Sequential(layers.ReLU()))


# --- NaN and infinity: what the loops, the library and PyTorch make of them -----------------------


def test_relu_hands_the_gradient_on_at_nan():
    # apache/mxnet#14262. The numbers are those of PyTorch 2.13.
    x, dy = np.array([-1, -0.0, 0, 2, np.nan, np.inf, -np.inf]), np.arange(1.0, 8.0)
    np.testing.assert_array_equal(layers.ReLU()(x), [0, 0, 0, 2, np.nan, np.inf, 0])
    np.testing.assert_array_equal(layers.ReLU().backward(dy, x)[0], [0, 0, 0, 4, 5, 6, 0])
    np.testing.assert_array_equal(
        layers.ReLU().backward(np.full(7, np.nan), x)[0],
        [0, 0, 0, np.nan, np.nan, np.nan, 0],
    )


@pytest.mark.parametrize("setting", EVERY_FEW, ids=str)
def test_loops_agree_where_nan_and_infinity_meet_padding(setting):
    rng = generator()
    for value in (np.nan, np.inf, -np.inf):
        for number in range(len(setting.arrays())):
            arrays = [np.round(4 * v) for v in setting.arrays()]
            arrays[number].flat[rng.integers(arrays[number].size)] = value
            with np.errstate(invalid="ignore"):
                got, right = setting.run(*arrays), setting.by_loops(*arrays)
            for name in right:
                np.testing.assert_allclose(
                    got[name], right[name], rtol=1e-12, atol=1e-12, err_msg=name
                )


def test_zeros_of_the_padding_are_multiplied():
    x, w = np.ones((1, 1, 2)), np.array([[[np.inf, 1.0, 1.0]]])
    with np.errstate(invalid="ignore"):
        for y in (convlib.conv(x, w, padding=1), reference.conv(x, w, padding=1)):
            np.testing.assert_array_equal(y, [[[np.nan, np.inf]]])


def test_the_last_of_several_nans_wins():
    # as in PyTorch 2.13
    for row, winner in (([1, np.nan, np.nan], 2), ([np.nan, 5, np.nan], 2), ([np.inf, np.nan], 1)):
        x = np.array([[row]])
        for module in (convlib, reference):
            dx = module.max_pool_backward(np.ones((1, 1, 1)), x, len(row))
            assert dx[0, 0].tolist() == [float(i == winner) for i in range(len(row))]
