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
    ("conv", r"conv"),
)
MORE = r"relu|sigmoid|tanh|softmax|affine|dropout|loss|global|adaptive|unpool|[13]d|separable"
"""What more than one layer does, or one that is not checked here."""

PARTS = (
    ("backward", r"_?(backward|backprop|back|bwd|grads?|gradients?)(?![a-z])"),
    ("forward", r"_?(forward|fwd)(?![a-z])"),
)
BARE = (
    r"(conv|convolve|convolution|conv_transpose|(max_?|avg_?)pool(ing)?|batch_?norm)_?(2d)?"
    r"(_(naive|slow|fast|numpy|np|im2col|loops?|vectori[sz]ed|simple|strided?s?))?"
)


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
        Functions that have all but "forward" and "backward" in common are one layer; so are a
        backward pass, as in "backward_alt", and the forward pass that it is another one for.

    Examples
    --------
    >>> def conv_forward_naive(x, w, b, conv_param): ...
    >>> def conv_backward_naive(dout, cache): ...
    >>> def conv_output_size(size): ...
    >>> (layer,) = find(dict(locals()))
    >>> layer.operation, layer.backward.__name__
    ('conv', 'conv_backward_naive')
    """
    layers = {}
    for name, item in names.items():
        if name.startswith("__") or not callable(item):
            continue
        operation = _kind(name)
        if inspect.isclass(item):
            if not (hasattr(item, "forward") and hasattr(item, "backward")):
                _add_functions(layers, _methods(item))
            elif operation:
                layers[operation, name] = {"forward": item}
        elif operation:
            _add_functions(layers, {name: item})
    for (operation, rest), one in layers.items():
        if "forward" not in one:
            starts = [key for key in layers if key[0] == operation and rest.startswith(key[1])]
            one |= layers[max(starts, key=lambda key: len(key[1]))] | one
    found = [Found(key[0], one.get("forward"), one.get("backward")) for key, one in layers.items()]
    return list(dict.fromkeys(found))


def _add_functions(layers, names):
    """Put functions into {(operation, rest of the name): {pass: function}}."""
    for name, item in names.items():
        operation, (part, rest) = _kind(name), _part(name)
        if operation and part:
            layers.setdefault((operation, rest), {})[part] = item


def _methods(item):
    """Return the methods of an object that was not set up, for what needs nothing of it."""
    try:
        blank = item.__new__(item)
        return {name: getattr(blank, name) for name in vars(item) if _kind(name) and _part(name)[0]}
    except Exception:
        return {}


def _kind(name):
    """Name the operation, if it is just one."""
    lower = name.lower()
    if re.search(MORE, lower) or len(re.findall(r"conv|pool|norm", lower)) > 1:
        return None
    return next((kind for kind, words in KINDS if re.search(words, lower)), None)


def _part(name):
    """Return which pass a name stands for, and what is left of the name without it."""
    lower = name.lower()
    for part, words in PARTS:
        if re.search(words, lower):
            return part, re.sub(words, "", lower)
    return ("forward", lower) if re.fullmatch(BARE, lower) else (None, lower)
