"""Layers with parameters, in a row: with `convlib.training`, enough to train a small network.

A layer keeps its parameters, and nothing of what passes through it. `forward` takes x;
`backward` takes the gradient of the output *and the same x*, and returns dx with one gradient
per parameter. Whoever trains keeps the inputs of all layers (`Sequential.activations`), so
nothing is remembered from one call to the next. Names and meanings are those of `torch.nn`.
"""

import math
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from convlib._arguments import (
    as_array,
    common_dtype,
    expect_same_names,
    expect_shape,
    float_dtype,
    in_common_dtype,
    integer,
    ints,
    number,
)
from convlib._by_rank import conv2d, conv2d_backward, max_pool2d, max_pool2d_backward
from convlib._matmul import matmul
from convlib._sums import channel_products, total

__all__ = [
    "BatchNorm2d",
    "Conv2d",
    "Flatten",
    "Layer",
    "Linear",
    "MaxPool2d",
    "ReLU",
    "Sequential",
    "he_normal",
    "load",
    "save",
]


class Layer:
    """What all layers have in common: no parameters, until a layer adds some.

    Attributes
    ----------
    params : dict of str to ndarray
        What an optimizer changes.
    buffers : dict of str to ndarray
        What else belongs to the layer's state, and is saved with it.
    training : bool
        Whether the layer is being trained; only `BatchNorm2d` behaves differently when it is.
    """

    def __init__(self):
        self.params, self.buffers, self.training = {}, {}, True

    def __call__(self, x):
        """Return the output for x."""
        return self.forward(x)


class Conv2d(Layer):
    """A convolution of images with weights to learn: `convlib.conv2d`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or (int, int)
    stride, padding, dilation, groups
        As in `convlib.conv2d`.
    rng : numpy.random.Generator
        Draws the weights, with He's variance of 2 / (inputs of one output); biases are 0.
    dtype : float32 or float64, default float64
    method, workers
        As in `convlib.conv2d`.

    Notes
    -----
    Source: K. He et al., "Delving deep into rectifiers", 2015.

    Examples
    --------
    >>> layer = Conv2d(3, 8, 3, padding=1, rng=np.random.default_rng(0))
    >>> layer(np.ones((4, 3, 5, 5))).shape
    (4, 8, 5, 5)
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        *,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        rng,
        dtype=np.float64,
        method="auto",
        workers=1,
    ):
        super().__init__()
        C = integer("in_channels", in_channels, least=1)
        F = integer("out_channels", out_channels, least=1)
        G = integer("groups", groups, least=1)
        if C % G or F % G:
            raise ValueError(f"groups: {G} does not divide both {C} and {F} channels")
        kernel = ints("kernel_size", kernel_size, 2, least=1)
        self.params["weight"] = he_normal(rng, (F, C // G, *kernel), dtype)
        self.params["bias"] = np.zeros_like(self.params["weight"], shape=F)
        self.settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": G}
        self.settings |= {"method": method, "workers": workers}

    def forward(self, x):
        """Return y (N, F, H_out, W_out) for x (N, C, H, W)."""
        return conv2d(x, self.params["weight"], self.params["bias"], **self.settings)

    def backward(self, dy, x):
        """Return dx and the gradients of the parameters."""
        dx, dw, db = conv2d_backward(dy, x, self.params["weight"], **self.settings)
        return dx, {"weight": dw, "bias": db}


class MaxPool2d(Layer):
    """The largest entry of every window: `convlib.max_pool2d`, with its keywords.

    Examples
    --------
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    def __init__(self, kernel_size, **settings):
        super().__init__()
        self.settings = {"kernel_size": kernel_size, **settings}

    def forward(self, x):
        """Return y (N, C, H_out, W_out) for x (N, C, H, W)."""
        return max_pool2d(x, **self.settings)

    def backward(self, dy, x):
        """Return dx; there are no parameters."""
        return max_pool2d_backward(dy, x, **self.settings), {}


class ReLU(Layer):
    """The positive part of every entry.

    Examples
    --------
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def forward(self, x):
        """Return max(x, 0); NaN stays."""
        x = as_array("x", x)
        return np.maximum(x, 0, dtype=common_dtype(x))

    def backward(self, dy, x):
        """Return dx: dy where x is positive. At exactly 0 it is 0, at NaN dy, as in PyTorch."""
        x, dy = as_array("x", x), as_array("dy", dy)
        expect_shape("dy", dy, x.shape, "that of x")
        x, dy = in_common_dtype(x, dy)
        return np.where(x <= 0, 0, dy), {}


class Flatten(Layer):
    """One row per example: (N, ...) → (N, D).

    Examples
    --------
    >>> Flatten()(np.ones((4, 3, 5, 5))).shape
    (4, 75)
    """

    def forward(self, x):
        """Return x in two axes."""
        x = as_array("x", x)
        return x.reshape(len(x), math.prod(x.shape[1:])).astype(common_dtype(x), copy=False)

    def backward(self, dy, x):
        """Return dy in the shape of x."""
        x, dy = as_array("x", x), as_array("dy", dy)
        expect_shape("dy", dy, (len(x), math.prod(x.shape[1:])), "one row per example")
        return dy.reshape(x.shape).astype(common_dtype(x, dy), copy=False), {}


class Linear(Layer):
    """Weighted sums of all entries of a row: y = x @ weightᵀ + bias.

    Parameters
    ----------
    in_features, out_features : int
    rng, dtype
        As in `Conv2d`.

    Examples
    --------
    >>> Linear(75, 10, rng=np.random.default_rng(0))(np.ones((4, 75))).shape
    (4, 10)
    """

    def __init__(self, in_features, out_features, *, rng, dtype=np.float64):
        super().__init__()
        D = integer("in_features", in_features, least=1)
        M = integer("out_features", out_features, least=1)
        self.params["weight"] = he_normal(rng, (M, D), dtype)
        self.params["bias"] = np.zeros_like(self.params["weight"], shape=M)

    def forward(self, x):
        """Return y (N, M) for x (N, D)."""
        weight, bias = self.params["weight"], self.params["bias"]
        x = as_array("x", x, 2, "(N, D)")
        expect_shape("x", x, (len(x), weight.shape[1]), "one column per input feature")
        x, weight, bias = in_common_dtype(x, weight, bias)
        return matmul(x, weight.T) + bias

    def backward(self, dy, x):
        """Return dx and the gradients of the parameters."""
        weight = self.params["weight"]
        x, dy = as_array("x", x, 2, "(N, D)"), as_array("dy", dy)
        expect_shape("dy", dy, (len(x), len(weight)), "that of the output y")
        dy, x, weight = in_common_dtype(dy, x, weight)
        return matmul(dy, weight), {"weight": matmul(dy.T, x), "bias": total(dy, (0,))}


class BatchNorm2d(Layer):
    """Bring every channel to mean 0 and variance 1, then to a scale and shift that are learned.

    While it is trained, mean and variance are those of the batch, and `running_mean` and
    `running_var` follow them with every `forward`; afterwards, the running ones are used.

    Parameters
    ----------
    num_features : int
        Number of channels C.
    eps : float, default 1e-5
        Added to the variance.
    momentum : float, default 0.1
        Weight of the new batch in the running statistics, as in PyTorch: in other fields it is
        the weight of the old ones.
    dtype : float32 or float64, default float64

    Notes
    -----
    y = weight · (x - μ) / √(σ² + eps) + bias. As in PyTorch, σ² divides by the number of
    entries, but the running variance follows the estimate that divides by one less.

    Source: S. Ioffe and C. Szegedy, "Batch normalization", 2015.

    Examples
    --------
    >>> layer = BatchNorm2d(1, eps=1e-12)
    >>> layer(np.array([[[[1.0, 3.0]]]]))
    array([[[[-1.,  1.]]]])
    >>> layer.buffers
    {'running_mean': array([0.2]), 'running_var': array([1.1])}
    """

    def __init__(self, num_features, *, eps=1e-5, momentum=0.1, dtype=np.float64):
        super().__init__()
        C = integer("num_features", num_features, least=1)
        self.eps, self.momentum = number("eps", eps), number("momentum", momentum)
        dtype = float_dtype("dtype", dtype)
        self.params |= {"weight": np.ones(C, dtype), "bias": np.zeros(C, dtype)}
        self.buffers |= {"running_mean": np.zeros(C, dtype), "running_var": np.ones(C, dtype)}

    def forward(self, x):
        """Return y of the shape of x (N, C, H, W), and move the running statistics."""
        centred, mean, var = self._statistics(x)
        if self.training:
            count = centred.size // len(mean)
            batch = {"running_mean": mean, "running_var": var * count / (count - 1)}
            for name, value in batch.items():
                self.buffers[name] += self.momentum * (value - self.buffers[name])
        scale = self.params["weight"] / np.sqrt(var + self.eps)
        y = _spread(scale) * centred
        y += _spread(self.params["bias"])
        return y

    def backward(self, dy, x):
        """Return dx and the gradients of the parameters; the running statistics stay."""
        centred, _, var = self._statistics(x)
        dy = as_array("dy", dy, 4, "(N, C, H, W)")
        expect_shape("dy", dy, centred.shape, "that of x")
        dy, centred = in_common_dtype(dy, centred)
        inverse = 1 / np.sqrt(var + self.eps)
        normalized = centred * _spread(inverse)
        grads = {"weight": channel_products(dy, normalized), "bias": total(dy, (0, 2, 3))}
        if self.training:
            # mean and variance move with x too: take out what goes through them
            count = dy.size // len(var)
            through_variance = normalized * _spread(grads["weight"] / count)
            dy = dy - _spread(grads["bias"] / count) - through_variance
        return _spread(self.params["weight"] * inverse) * dy, grads

    def _statistics(self, x):
        """Return x less the mean, and the mean and variance to use: (C,) each."""
        x = as_array("x", x, 4, "(N, C, H, W)")
        channels = len(self.params["weight"])
        expect_shape("x", x, (len(x), channels, *x.shape[2:]), f"{channels} channels")
        x = x.astype(common_dtype(x, self.params["weight"]), copy=False)
        if not self.training:
            mean, var = self.buffers["running_mean"], self.buffers["running_var"]
            return x - _spread(mean), mean, var
        count = x.size // channels
        if count < 2:
            raise ValueError(f"x: training needs two or more values per channel, got {x.shape}")
        mean = (total(x, (0, 2, 3), np.float64) / count).astype(common_dtype(x))
        centred = x - _spread(mean)
        # a large mean is rounded by more than small deviations from it: what is left goes off, too
        rest = total(centred, (0, 2, 3)) / count
        centred -= _spread(rest)
        return centred, mean + rest, channel_products(centred, centred) / count


class Sequential:
    """Layers in a row.

    Parameters
    ----------
    *layers : Layer
        Their parameters and buffers are known here by number and name, as in PyTorch:
        ``"0.weight"``. What stands in several places is one array with one name, the first of
        them: its gradients add up, and a step changes it once.

    Examples
    --------
    >>> network = Sequential(Flatten(), Linear(4, 2, rng=np.random.default_rng(0)))
    >>> activations = network.activations(np.ones((3, 1, 2, 2)))
    >>> [values.shape for values in activations]
    [(3, 1, 2, 2), (3, 4), (3, 2)]
    >>> dx, grads = network.backward(np.ones((3, 2)), activations)
    >>> sorted(grads)
    ['1.bias', '1.weight']
    """

    def __init__(self, *layers):
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers: expected a Layer, got {layer!r}")
        self.layers = layers

    @property
    def params(self):
        """The parameters of all layers: the arrays themselves, to be changed in place."""
        return self._named("params")[0]

    @property
    def buffers(self):
        """The buffers of all layers, in the same way."""
        return self._named("buffers")[0]

    def __call__(self, x):
        """Return the output of the last layer."""
        return self.activations(x)[-1]

    def train(self, mode=True):
        """Say whether the layers are being trained."""
        for layer in self.layers:
            layer.training = mode

    def activations(self, x):
        """Return a list of the inputs of all layers in turn, and the output last."""
        values = [x]
        for layer in self.layers:
            values.append(layer(values[-1]))
        return values

    def backward(self, dy, activations):
        """Return dx and the gradients of all parameters."""
        grads, names = {}, self._named("params")[1]
        for i in reversed(range(len(self.layers))):
            dy, found = self.layers[i].backward(dy, activations[i])
            for key, value in found.items():
                name = names.get((i, key), f"{i}.{key}")
                grads[name] = grads[name] + value if name in grads else value
        return dy, grads

    def _named(self, kind):
        """Return the arrays of all layers by name, and the name of each (number, key)."""
        arrays, names, first = {}, {}, {}
        for i, layer in enumerate(self.layers):
            for key, array in getattr(layer, kind).items():
                names[i, key] = first.setdefault(id(array), f"{i}.{key}")
                arrays[names[i, key]] = array
        return arrays, names


def save(path, layer):
    """Write the parameters and buffers of a layer or network to an ``.npz`` file.

    Parameters
    ----------
    path : str, Path or open binary file
        A name without an ending gets ``.npz``. A file that is there is replaced when the new one
        has been written as a whole, so that there is never half a file.
    layer : Layer or Sequential

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    TypeError
        If an argument is of another type, or an array of one that convlib does not compute with.

    Examples
    --------
    >>> import io
    >>> file, rng = io.BytesIO(), np.random.default_rng(0)
    >>> first, second = (Linear(3, 2, rng=rng) for _ in range(2))
    >>> save(file, first)
    >>> load(file, second)
    >>> bool(np.all(first.params["weight"] == second.params["weight"]))
    True
    """
    arrays = {name: as_array(name, value) for name, value in _state(layer).items()}
    if hasattr(path, "write"):
        np.savez(path, **arrays)
        return
    path = _with_ending(path).resolve()  # a link stays one
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=path.parent) as folder:
        aside = Path(folder, path.name)
        with aside.open("wb") as file:  # np.savez itself would change the name
            np.savez(file, **arrays)
        if path.exists():
            shutil.copymode(path, aside)
        aside.replace(path)


def load(path, layer):
    """Fill a layer or network from a file that `save` wrote.

    Parameters
    ----------
    path : str, Path or open binary file
        As it was given to `save`. Whatever the file holds, nothing of it is run.
    layer : Layer or Sequential

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If an argument is of another type.
    ValueError
        If the file is cut short or of another kind, or if one of its arrays is not numeric,
        missing, not known or of another shape. Then nothing is changed.
    """
    own = _state(layer)
    if hasattr(path, "read"):
        stored = _read(path, path)
    else:
        found = _with_ending(path)
        with (found if found.exists() else Path(path)).open("rb") as file:
            stored = _read(file, path)
    expect_same_names(f"{path}", stored, own)
    for name, value in own.items():
        expect_shape(f"{path}: {name}", stored[name], value.shape, "that of this network")
    for name, value in own.items():
        value[...] = stored[name]


def _state(layer):
    """Return what is saved of a layer: its parameters and buffers."""
    if not isinstance(layer, (Layer, Sequential)):
        raise TypeError(f"layer: expected a Layer or Sequential, got {layer!r}")
    return {**layer.params, **layer.buffers}


def _with_ending(path):
    """Return the path of a file: its name, and ``.npz`` where that has no ending."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path: expected a name, a Path or an open file, got {path!r}")
    path = Path(path)
    return path if path.suffix else path.with_name(f"{path.name}.npz")


def _read(file, path):
    """Return the arrays of an open file; whatever is wrong with it is a ValueError."""
    try:
        if not zipfile.is_zipfile(file):
            raise ValueError("an .npz file is a zip archive, and this is none, or not all of one")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            return {name: as_array(name, archive[name]) for name in archive.files}
    except Exception as error:  # what a damaged file makes zipfile and NumPy raise is many things
        raise ValueError(f"{path}: {error}") from error


def he_normal(rng, shape, dtype):
    """Draw weights that keep the size of what passes through them and a ReLU.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        Outputs first; the product of the rest is the number of inputs of one output.
    dtype : dtype

    Examples
    --------
    >>> he_normal(np.random.default_rng(0), (8, 3, 5, 5), np.float32).dtype
    dtype('float32')
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a numpy.random.Generator, got {rng!r}")
    shape, dtype = ints("shape", shape, None, least=1), float_dtype("dtype", dtype)
    return (rng.standard_normal(shape) * np.sqrt(2 / math.prod(shape[1:]))).astype(dtype)


def _spread(values):
    """Shape one number per channel to be combined with (N, C, H, W)."""
    return values[:, None, None]
