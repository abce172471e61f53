"""The two passes of a layer, as functions or as methods of an object, called by the roles."""

import inspect
from collections.abc import Mapping

from convlib.check._conventions import UnclearError, bind
from convlib.check._guard import run
from convlib.check._settings import PLAIN

ATTRIBUTES = {
    "w": ("w", "W", "weight", "weights", "kernel", "kernels", "filters"),
    "b": ("b", "bias", "biases"),
    "gamma": ("gamma", "weight"),
    "beta": ("beta", "bias"),
}
"""Where an object may keep its parameters."""

_CALLED = {
    "dx": "dx dinput dinputs da_prev dx_prev grad_x grad_input x input inputs a_prev",
    "dw": "dw dweight dweights dkernel dfilters grad_w grad_weight grad_weights w weight weights",
    "db": "db dbias dbiases grad_b grad_bias b bias biases",
    "dgamma": "dgamma dweight grad_gamma gamma weight",
    "dbeta": "dbeta dbias grad_beta beta bias",
}
GRADS = {name: words.split() for name, words in _CALLED.items()}
"""What a gradient may be called."""


class Functions:
    """Two functions, or one of them.

    Parameters
    ----------
    forward, backward : callable or None
    operation : Operation

    Raises
    ------
    UnclearError
        If a signature cannot be understood.
    """

    def __init__(self, forward, backward, operation):
        self.functions = {"forward": forward, "backward": backward}
        self.bindings = {
            part: bind(function, _order(function, part, operation), operation.name)
            for part, function in self.functions.items()
            if function is not None
        }

    @property
    def signatures(self):
        """What has names by which its convention is known."""
        return [function for function in self.functions.values() if function is not None]

    @property
    def roles(self):
        """The roles of all parameters."""
        return set().union(*(binding.roles for binding in self.bindings.values()))

    def has(self, part):
        """Whether there is a forward, or a backward."""
        return part in self.bindings

    @property
    def keeps(self):
        """Whether the backward pass takes what the forward pass kept."""
        return self.has("backward") and "cache" in self.bindings["backward"].roles

    def call(self, part, values):
        """Return a call of one of the passes, without arguments."""
        return self.bindings[part].prepared(self.functions[part], values)


class Objects(Functions):
    """A class with methods forward and backward, or a function that makes such an object.

    What is made takes the place of the cache.

    Parameters
    ----------
    make : callable
    operation : Operation
    values : dict
        What the roles stand for, to make a first object.
    parts : collection of str
        Which passes are asked for.
    time_limit : float or None

    Raises
    ------
    UnclearError
        If no object can be made, or it has no forward.
    """

    keeps = True

    def __init__(self, make, operation, values, parts, time_limit):
        self.make, self.parameters, self.grads = make, operation.parameters, operation.grads
        making = bind(make, (*operation.parameters, "stride", "padding"), operation.name)
        layer, fault = run(making.prepared(make, values), time_limit)
        if fault:
            raise UnclearError(f"expected to make a layer, but it {fault.words}")
        if not callable(getattr(layer, "forward", layer)):
            raise UnclearError(
                f"expected a class, or a backward beside it: it makes a {type(layer).__name__}, "
                "which has no method forward"
            )
        backward = getattr(layer, "backward", None) if "backward" in parts else None
        super().__init__(getattr(layer, "forward", layer), backward, operation)
        self.bindings["make"] = making

    @property
    def signatures(self):
        """What has names by which its convention is known."""
        return [self.make, *super().signatures]

    def call(self, part, values):
        """Return a call of one of the methods; forward returns the output and the object."""
        return lambda: (self._forward if part == "forward" else self._backward)(values)

    def _backward(self, values):
        layer = values["cache"]
        returned = self.bindings["backward"].prepared(layer.backward, values)()
        return _with_attributes(returned, layer, self.grads)

    def _forward(self, values):
        layer = self.bindings["make"].prepared(self.make, values)()
        for name in {*self.parameters} - self.roles:
            _fill(layer, ATTRIBUTES[name], values[name])
        method = getattr(layer, "forward", layer)
        returned = self.bindings["forward"].prepared(method, values)()
        y = returned[0] if isinstance(returned, tuple) and returned else returned
        return y, layer


def _order(function, part, operation):
    """Return the roles of positions, for parameters whose names say nothing."""
    try:
        parameters = inspect.signature(function).parameters.values()
        open_ended = any(item.kind is item.VAR_POSITIONAL for item in parameters)
        count = 0 if open_ended else len(parameters)
    except (TypeError, ValueError):
        count = 0
    arrays = ("x", *operation.parameters)
    if part == "backward":
        if count <= 2:
            return ("dy", "cache")
        arrays = ("dy", *arrays)
    if count in (0, len(arrays) + 1):
        return (*arrays, "params")
    if operation.name.endswith("_pool"):
        return (*arrays, "kernel_size", "stride", "padding")
    return (*arrays, *(("eps",) if operation.name == "batch_norm" else [*PLAIN][:4]))


def _fill(layer, words, value):
    """Set the attribute, or the entry of `params`, by the first of its names that is there."""
    params = getattr(layer, "params", None)
    for word in words:
        if isinstance(params, dict) and word in params:
            params[word] = value
            return
        if hasattr(layer, word):
            setattr(layer, word, value)
            return


def _with_attributes(returned, layer, names):
    """Return the gradients by name: of what is not returned, the attribute of the object."""
    if isinstance(returned, (tuple, list, Mapping)) and len(returned) == len(names):
        return returned
    dx, rest = returned, {}
    if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], Mapping):
        dx, rest = returned
    kept = getattr(layer, "__dict__", {})
    for key in ("grads", "gradients"):
        if isinstance(kept.get(key), Mapping):
            rest = {**rest, **kept[key]}
    # there, b may be the gradient; among the attributes, it is the bias
    attributes = {
        key: value for key, value in kept.items() if key.lower().startswith(("d", "grad"))
    }
    found = attributes | rest
    return {names[0]: dx, **{name: by_word(found, GRADS[name]) for name in names[1:]}}


def by_word(found, words):
    """Look a result up by its usual names, the likeliest first.

    Examples
    --------
    >>> by_word({"dW": 1, "W": 2}, GRADS["dw"])
    1
    """
    lower = {str(key).lower().strip("_"): value for key, value in found.items()}
    return next((lower[word] for word in words if word in lower), None)
