"""Find the layers in a module by their usual names."""

import contextlib
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
BARE = r"(conv|convolve|convolution|conv_transpose|(max_?|avg_?)pool(ing)?|batch_?norm)_?(2d)?"
BARE += r"(_(naive|slow|fast|numpy|np|im2col|loops?|vectori[sz]ed|simple|strided?s?))?"


class Found(NamedTuple):
    """A layer in a module: its operation, and one or two passes; or a class as `forward`."""

    operation: str
    forward: object
    backward: object


def find(names, only=None):
    """Find layers among the names of a module.

    Parameters
    ----------
    names : dict of str to object
    only : str, optional
        The operation to find.

    Returns
    -------
    list of Found
        Functions that have all but "forward" and "backward" in common are one layer. Those with no
        other words in their names are of `only`, or else a convolution. A second backward pass, as
        in "conv_backward_alt", goes with the forward pass that its name begins with.

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
        part, rest = _part(name)
        operation = _kind(name) or (part and not rest and (only or "conv"))
        if not operation or operation != (only or operation):
            continue
        if name.startswith("_") or not callable(item):
            continue
        if inspect.isclass(item):
            if hasattr(item, "forward") and hasattr(item, "backward"):
                layers[operation, name] = {"forward": item}
        elif part:
            layers.setdefault((operation, rest), {})[part] = item
    whole = {key: one["forward"] for key, one in layers.items() if "forward" in one}
    for (operation, rest), one in layers.items():
        first = [key for key in whole if key[0] == operation and rest.startswith(key[1])]
        if "forward" not in one and first:
            one["forward"] = whole[max(first, key=lambda key: len(key[1]))]
    found = [Found(key[0], one.get("forward"), one.get("backward")) for key, one in layers.items()]
    paired = {one.forward for one in found if one.backward}
    alone = [one for one in found if one.backward is None and one.forward in paired]
    return [one for one in dict.fromkeys(found) if one not in alone]


def with_methods(names):
    """Add the methods of classes that are no layers themselves, as those of a whole network.

    Parameters
    ----------
    names : dict of str to object

    Returns
    -------
    dict of str to object
        An object is made for them, but not set up: they must need nothing of it.
    """
    found = dict(names)
    for item in names.values():
        if inspect.isclass(item) and not hasattr(item, "backward"):
            with contextlib.suppress(Exception):
                blank = item.__new__(item)
                methods = [name for name in vars(item) if _kind(name) and _part(name)[0]]
                found |= {name.strip("_"): getattr(blank, name) for name in methods}
    return found


def _kind(name):
    """Name the operation, if it is one alone."""
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
