"""Find the layers in a module by their usual names."""

import inspect
import re
from typing import NamedTuple

KINDS = (
    ("conv_transpose", r"transpose|deconv"),
    ("max_pool", r"max_?pool"),
    ("avg_pool", r"(avg|average|mean)_?pool"),
    ("max_pool", r"pool"),
    ("batch_norm", r"batch_?norm|^bn_"),
    ("conv", r"conv|^(forward|backward)$"),
)
PARTS = (
    ("backward", r"_?(backward|backprop|back|bwd|grads?|gradients?)(?![a-z])"),
    ("forward", r"_?(forward|fwd)(?![a-z])"),
)
BARE = r"(conv|convolve|convolution|conv_transpose|(max_?|avg_?)pool(ing)?|batch_?norm)_?(2d)?"


class Found(NamedTuple):
    """A layer in a module: its operation, and one or two passes; or a class as `forward`."""

    operation: str
    forward: object
    backward: object


def find(names):
    """Find layers among the names of a module.

    Parameters
    ----------
    names : dict of str to object

    Returns
    -------
    list of Found
        Functions that have all but "forward" and "backward" in common are one layer.

    Examples
    --------
    >>> def conv_forward_naive(x, w, b, conv_param): ...
    >>> def conv_backward_naive(dout, cache): ...
    >>> def conv_output_size(size): ...
    >>> (layer,) = find(dict(locals()))
    >>> layer.operation, layer.backward.__name__
    ('conv', 'conv_backward_naive')

    Without another name, they are those of a convolution:

    >>> [found.operation for found in find({"forward": print, "backward": print})]
    ['conv']
    """
    layers = {}
    for name, item in names.items():
        operation = _kind(name)
        if operation is None or name.startswith("__") or not callable(item):
            continue
        if inspect.isclass(item):
            if hasattr(item, "forward") and hasattr(item, "backward"):
                layers[operation, name] = {"forward": item}
            continue
        part, rest = _part(name)
        if part:
            layers.setdefault((operation, rest), {})[part] = item
    return [Found(key[0], one.get("forward"), one.get("backward")) for key, one in layers.items()]


def _kind(name):
    lower = name.lower()
    return next((kind for kind, words in KINDS if re.search(words, lower)), None)


def _part(name):
    """Return which pass a name stands for, and what is left of the name without it."""
    lower = name.lower()
    for part, words in PARTS:
        if re.search(words, lower):
            return part, re.sub(words, "", lower)
    return ("forward", lower) if re.fullmatch(BARE, lower) else (None, lower)
