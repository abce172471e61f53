"""A loss and two optimizers, to train the layers of `convlib.layers`.

Examples
--------
>>> from convlib.layers import Flatten, Linear, Sequential
>>> network = Sequential(Flatten(), Linear(4, 2, rng=np.random.default_rng(0)))
>>> x, labels = np.eye(4).reshape(4, 1, 2, 2), [0, 1, 1, 0]
>>> optimizer, losses = SGD(lr=1.0), []
>>> for _ in range(100):
...     activations = network.activations(x)
...     loss, dy = softmax_cross_entropy(activations[-1], labels)
...     dx, grads = network.backward(dy, activations)
...     optimizer.step(network.params, grads)
...     losses.append(loss)
>>> losses[-1] < 0.1 < losses[0]
True
"""

import itertools

import numpy as np

from convlib._arguments import (
    as_array,
    common_dtype,
    expect_same_names,
    expect_shape,
    float_dtype,
    number,
)
from convlib._sums import total

__all__ = ["SGD", "Adam", "softmax_cross_entropy"]


def softmax_cross_entropy(logits, labels):
    """Return how surprised a classifier is by the right classes, and the gradient of that.

    Parameters
    ----------
    logits : array_like, shape (N, K)
        One score for each of K classes.
    labels : array_like of int, shape (N,)
        The right class of each example.

    Returns
    -------
    float, ndarray of shape (N, K)
        The mean over the examples of ``-log softmax(logits)[label]``, and its derivative with
        respect to the logits, which is divided by N already.

    Raises
    ------
    TypeError
        If an array is not numeric, or the labels are not integers.
    ValueError
        If the shapes do not fit, there is no example, or a label is no class.

    Notes
    -----
    `torch.nn.functional.cross_entropy`.

    Examples
    --------
    >>> loss, dlogits = softmax_cross_entropy([[0.0, 0.0]], [1])
    >>> round(loss, 4), dlogits
    (0.6931, array([[ 0.5, -0.5]]))
    """
    logits, labels = as_array("logits", logits, 2, "(N, K)"), as_array("labels", labels)
    expect_shape("labels", labels, (len(logits),), "one label per example")
    if logits.size == 0:
        raise ValueError(f"logits: no axis may be empty, got shape {logits.shape}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels: expected integers, got dtype {labels.dtype}")
    if labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise ValueError(f"labels: expected 0 to {logits.shape[1] - 1}, got {labels}")
    logits = logits.astype(common_dtype(logits), copy=False)
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)  # so that no exponential overflows
    log_sums = np.log(total(np.exp(shifted), (1,)))[:, None]
    log_softmax = shifted - log_sums
    gradient = np.exp(log_softmax)
    gradient[rows, labels] -= 1
    return float(-total(log_softmax[rows, labels], (0,)) / len(labels)), gradient / len(labels)


class SGD:
    """Stochastic gradient descent with momentum: `torch.optim.SGD`.

    Parameters
    ----------
    lr : float
    momentum, weight_decay : float, default 0

    Raises
    ------
    TypeError, ValueError
        If one of them is no number, negative or infinite.

    Examples
    --------
    >>> params = {"w": np.array([1.0])}
    >>> optimizer = SGD(lr=0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.step(params, {"w": np.array([1.0])})
    >>> params
    {'w': array([-0.25])}
    """

    def __init__(self, lr, *, momentum=0.0, weight_decay=0.0):
        self.lr, self.momentum = number("lr", lr), number("momentum", momentum)
        self.weight_decay = number("weight_decay", weight_decay)
        self.velocity = {}

    def step(self, params, grads):
        """Change the parameters in place; nothing is changed where a gradient does not fit."""
        for name, value, grad in _pairs(params, grads):
            grad = grad + self.weight_decay * value
            velocity = self.momentum * self.velocity.get(name, 0) + grad
            self.velocity[name] = velocity
            value -= self.lr * velocity


class Adam:
    """Steps of about the same length for every parameter: `torch.optim.Adam`.

    Parameters
    ----------
    lr : float, default 1e-3
    betas : (float, float), default (0.9, 0.999)
        How slowly the averages of the gradient and of its square follow.
    eps : float, default 1e-8

    Raises
    ------
    TypeError, ValueError
        If one of them is no number, negative or infinite, or a beta is 1 or more.

    Notes
    -----
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    Examples
    --------
    >>> params = {"w": np.array([1.0])}
    >>> Adam(lr=0.1).step(params, {"w": np.array([123.0])})
    >>> params
    {'w': array([0.9])}
    """

    def __init__(self, lr=1e-3, *, betas=(0.9, 0.999), eps=1e-8):
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"betas: expected two numbers, got {betas!r}")
        self.lr, self.eps = number("lr", lr), number("eps", eps)
        self.betas = tuple(number("betas", beta, below=1) for beta in betas)
        self.steps, self.mean, self.square = 0, {}, {}

    def step(self, params, grads):
        """Change the parameters in place; nothing is changed where a gradient does not fit."""
        pairs = _pairs(params, grads)
        self.steps += 1
        slow, slower = self.betas
        for name, value, grad in pairs:
            self.mean[name] = slow * self.mean.get(name, 0) + (1 - slow) * grad
            self.square[name] = slower * self.square.get(name, 0) + (1 - slower) * grad**2
            # both averages start at 0, and are too small by these factors
            mean = self.mean[name] / (1 - slow**self.steps)
            square = self.square[name] / (1 - slower**self.steps)
            value -= self.lr * mean / (np.sqrt(square) + self.eps)


def _pairs(params, grads):
    """Return (name, parameter, gradient) of all parameters, which fit one another for certain."""
    expect_same_names("grads", grads, params)
    pairs = []
    for name, value in params.items():
        _expect_parameter(f"params[{name!r}]", value)
        grad = as_array(f"grads[{name!r}]", grads[name])
        expect_shape(f"grads[{name!r}]", grad, value.shape, "that of the parameter")
        pairs.append((name, value, grad.astype(common_dtype(value, grad), copy=False)))
    for (first, one, _), (second, other, _) in itertools.combinations(pairs, 2):
        if np.shares_memory(one, other):
            raise ValueError(f"params: {first!r} and {second!r} share memory, to be stepped once")
    return pairs


def _expect_parameter(name, value):
    """Raise an error that names the parameter unless a step can change it in place."""
    as_array(name, value)
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name}: expected an array, to be changed in place; got {value!r}")
    float_dtype(name, value.dtype)
    if not value.flags.writeable:
        raise ValueError(f"{name}: expected an array that can be changed, got a read-only one")
