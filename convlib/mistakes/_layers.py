"""Mistakes of layers, and of the loss."""

import copy

import numpy as np

from convlib.layers import BatchNorm2d
from convlib.mistakes._catalogue import also_replaces, replaces
from convlib.training import softmax_cross_entropy

# the class itself will hold the wrong ones
right_forward, right_backward = BatchNorm2d.forward, BatchNorm2d.backward
AXES = (0, 2, 3)


@replaces(right_backward, "layers")
def statistics_as_constants(layer, dy, x):
    """Takes mean and variance for constants, though they move with x."""
    dx, grads = right_backward(layer, dy, x)
    if layer.training:
        deviation = np.sqrt(np.var(x, axis=AXES) + layer.eps)
        dx = dy * (layer.params["weight"] / deviation)[:, None, None]
    return dx, grads


@replaces(softmax_cross_entropy, "layers")
def loss_gradient_not_averaged(logits, labels):
    """Forgets that the loss is a mean over the examples, when it comes to its gradient."""
    loss, dlogits = softmax_cross_entropy(logits, labels)
    return loss, len(logits) * dlogits


@also_replaces(right_backward, "layers")
def variance_gradient_forgotten(layer, dy, x):
    """Takes the variance for a constant, and lets only the mean move with x."""
    dx, grads = right_backward(layer, dy, x)
    if layer.training:
        dx = inverse_deviation(layer, x) * (dy - np.mean(dy, axis=AXES, keepdims=True))
    return dx, grads


@also_replaces(right_backward, "layers")
def mean_gradient_forgotten(layer, dy, x):
    """Takes the mean for a constant, and lets only the variance move with x."""
    dx, grads = right_backward(layer, dy, x)
    if layer.training:
        dx = dx + inverse_deviation(layer, x) * np.mean(dy, axis=AXES, keepdims=True)
    return dx, grads


@also_replaces(right_backward, "layers")
def examples_counted_not_entries(layer, dy, x):
    """Divides by the number of examples, where every place of a channel counts."""
    dx, grads = right_backward(layer, dy, x)
    if layer.training:
        straight = inverse_deviation(layer, x) * dy
        dx = straight + (dx - straight) * np.prod(np.shape(x)[2:])
    return dx, grads


@also_replaces(right_backward, "layers")
def scale_forgotten(layer, dy, x):
    """Leaves the learned scale out of dx."""
    dx, grads = right_backward(layer, dy, x)
    return dx / layer.params["weight"][:, None, None], grads


@also_replaces(right_backward, "layers")
def scale_gradient_of_raw_x(layer, dy, x):
    """Multiplies dy by x to find the gradient of the scale, where x is due normalized."""
    dx, grads = right_backward(layer, dy, x)
    return dx, grads | {"weight": np.sum(dy * x, axis=AXES)}


def inverse_deviation(layer, x):
    """Return the learned scale over the deviation of the batch."""
    deviation = np.sqrt(np.var(x, axis=AXES) + layer.eps)
    return (layer.params["weight"] / deviation)[:, None, None]


def rescaled(layer, x, change):
    """Return the right y, but normalized by a deviation that `change` finds from the variance."""
    y, bias = right_forward(layer, x), layer.params["bias"][:, None, None]
    var = np.var(x, axis=AXES) if layer.training else layer.buffers["running_var"]
    return bias + (y - bias) * (np.sqrt(var + layer.eps) / change(var))[:, None, None]


@also_replaces(right_forward, "layers")
def eps_outside_root(layer, x):
    """Adds eps to the deviation, where it belongs to the variance."""
    return rescaled(layer, x, lambda var: np.sqrt(var) + layer.eps)


@also_replaces(right_forward, "layers")
def root_forgotten(layer, x):
    """Divides by the variance, where the deviation is due."""
    return rescaled(layer, x, lambda var: var + layer.eps)


@also_replaces(right_forward, "layers")
def variance_of_a_sample(layer, x):
    """Divides by one less than the number of entries to find the variance of the batch."""
    count = np.size(x) // np.shape(x)[1]
    less = count / (count - 1) if layer.training else 1
    return rescaled(layer, x, lambda var: np.sqrt(var * less + layer.eps))


@also_replaces(right_forward, "layers")
def running_statistics_in_training(layer, x):
    """Normalizes by the running statistics while it is trained."""
    layer.training, before = False, layer.training
    y = right_forward(layer, x)
    layer.training = before
    right_forward(layer, x)
    return y


@also_replaces(right_forward, "layers")
def normalized_per_example(layer, x):
    """Takes mean and variance of each example by itself, where those of the batch are due."""
    y, (weight, bias) = right_forward(layer, x), (v[:, None, None] for v in layer.params.values())
    if layer.training:
        mean, var = (f(x, axis=(2, 3), keepdims=True) for f in (np.mean, np.var))
        y = weight * (x - mean) / np.sqrt(var + layer.eps) + bias
    return y


@also_replaces(right_forward, "layers")
def normalized_per_pixel(layer, x):
    """Takes mean and variance of each place of a channel by itself, over the examples only."""
    y, (weight, bias) = right_forward(layer, x), (v[:, None, None] for v in layer.params.values())
    if layer.training:
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        y = weight * (x - mean) / np.sqrt(var + layer.eps) + bias
    return y


def as_rows(x):
    """Read the numbers of x as rows of C numbers, in the order in which they lie."""
    return np.reshape(x, (-1, np.shape(x)[1], 1, 1))


@also_replaces(right_forward, "layers")
def pixels_reshaped(layer, x):
    """Reshapes x to rows of C numbers, where its channels must be moved to the end first."""
    return right_forward(layer, as_rows(x)).reshape(np.shape(x))


@also_replaces(right_backward, "layers")
def pixels_gradient_reshaped(layer, dy, x):
    """Reshapes dy and x to rows of C numbers, where the channels must be moved to the end first."""
    dx, grads = right_backward(layer, as_rows(dy), as_rows(x))
    return dx.reshape(np.shape(x)), grads


@also_replaces(right_backward, "layers")
def running_statistics_in_backward(layer, dy, x):
    """Goes backward by the running statistics, though it went forward by those of the batch."""
    layer.training, before = False, layer.training
    found = right_backward(layer, dy, x)
    layer.training = before
    return found


@also_replaces(right_backward, "layers")
def scale_gradient_averaged(layer, dy, x):
    """Takes the mean over a channel for the gradients of scale and shift, where the sum is due."""
    dx, grads = right_backward(layer, dy, x)
    count = np.size(x) // np.shape(x)[1]
    return dx, {name: grad / count for name, grad in grads.items()}


@also_replaces(right_forward, "layers")
def batch_statistics_in_testing(layer, x):
    """Normalizes by the statistics of the batch when it is tested, too."""
    if layer.training:
        return right_forward(layer, x)
    other = copy.deepcopy(layer)
    other.training = True
    return right_forward(other, x)


@also_replaces(right_forward, "layers")
def momentum_of_the_old(layer, x):
    """Gives the old running statistics the weight that the new batch should have."""
    layer.momentum = 1 - layer.momentum
    y = right_forward(layer, x)
    layer.momentum = 1 - layer.momentum
    return y
