"""The two passes of a layer, as functions or as methods of an object, called by the roles."""

import inspect
import re
from collections.abc import Mapping

import numpy as np

from convlib.check._conventions import NORM, WORDS, UnclearError, bind
from convlib.check._guard import run
from convlib.check._settings import PLAIN

CALLED = {name: WORDS[name].split() for name in ("x", "w", "b", "gamma", "beta")}
CALLED |= {new: CALLED[new] + CALLED[old] for old, new in NORM.items()}
"""What an array may be called, where an object keeps it."""

MARKED = r"(?:d_?l_?d_?|d_?|grad(?:ient)?s?_)(\w+)|(\w+?)_grad(?:ient)?s?"
"""A name that says that it is a gradient: dx, dLdW, grad_w, weights_gradient."""


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
        self.make, self.operation = make, operation
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
        for name in {*operation.parameters} - self.roles:
            _fill(layer, name, values[name])

    @property
    def signatures(self):
        """What has names by which its convention is known."""
        return [self.make, *super().signatures]

    def call(self, part, values):
        """Return a call of one of the methods; forward returns the output and the object."""
        return lambda: (self._forward if part == "forward" else self._backward)(values)

    def _backward(self, values):
        layer, kept = values["cache"]
        values = values | {"cache": kept, "rate": 1.0}
        before = {name: values[name].copy() for name in self.operation.parameters}
        returned = self.bindings["backward"].prepared(layer.backward, values)()
        found = _with_attributes(returned, layer, self.operation.grads)
        if "rate" in self.roles:  # it learns at once: what it has taken off is the gradient
            for name, array in before.items():
                if found[f"d{name}"] is None:
                    names, key = _place(layer, name)
                    found[f"d{name}"] = array - names[key].reshape(array.shape)
        return found

    def _forward(self, values):
        if "rate" in self.roles:
            values = values | {name: values[name].copy() for name in self.operation.parameters}
        layer = self.bindings["make"].prepared(self.make, values)()
        for name in {*self.operation.parameters} - self.roles:
            _fill(layer, name, values[name])
        method = getattr(layer, "forward", layer)
        returned = self.bindings["forward"].prepared(method, values)()
        if not isinstance(returned, tuple) or not returned:
            return returned, (layer, None)
        return returned[0], (layer, returned[-1])


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


def _fill(layer, name, value):
    """Put a parameter where an object keeps it."""
    place = _place(layer, name)
    if place is None:
        usual = ", ".join(CALLED[name])
        raise UnclearError(f"where does it keep its {name}? Use a usual name: {usual}")
    names, key = place
    if name == "w" and np.ndim(names[key]) not in (0, np.ndim(value)):
        raise UnclearError(f"its {key} has shape {names[key].shape}, expected {value.ndim} axes")
    names[key] = value


def _place(layer, name, depth=2):
    """Return the dictionary, and its key, in which an object or a part of it keeps an array."""
    kept = getattr(layer, "__dict__", {})
    inner = [
        item for key, item in kept.items() if isinstance(item, dict) and "grad" not in key.lower()
    ]
    for names in (kept, *inner):
        for word in CALLED[name]:
            for key, item in names.items():
                fits = item is None or isinstance(item, np.ndarray)
                if fits and str(key).lower().strip("_") == word:
                    return names, key
    parts = _parts(layer) if depth else ()
    return next(filter(None, (_place(part, name, depth - 1) for part in parts)), None)


def _parts(layer):
    """Return the layers that an object is made of."""
    return [item for item in getattr(layer, "__dict__", {}).values() if hasattr(item, "forward")]


def _with_attributes(returned, layer, names):
    """Return the gradients by name: of what is not returned, the attribute of the object."""
    if isinstance(returned, (tuple, list)) and len(returned) > len(names):
        return returned
    found = by_names(returned, names) or {names[0]: returned}
    for name in names:
        if found.get(name) is None:
            found[name] = _gradient(layer, name)
    return found


def _gradient(layer, name, depth=2):
    """Return the gradient that an object or a part of it keeps, or None."""
    kept = getattr(layer, "__dict__", {})
    # among gradients, b is one; among other attributes, it is the bias
    inner = [item for key, item in kept.items() if isinstance(item, Mapping) and "grad" in key]
    found = [by_word(kept, name, bare=False), *(by_word(item, name) for item in inner)]
    if depth and name != "dx":
        found += [_gradient(part, name, depth - 1) for part in _parts(layer)]
    return next((item for item in found if item is not None), None)


def by_names(returned, names):
    """Return gradients by name from a tuple, a dictionary, or dx and a dictionary; else None."""
    if isinstance(returned, Mapping):
        return {name: by_word(returned, name) for name in names}
    if not isinstance(returned, (tuple, list)):
        return None
    if len(returned) == 2 and isinstance(returned[1], Mapping):
        return {names[0]: returned[0]} | by_names(returned[1], names[1:])
    return dict(zip(names, returned, strict=False))


def by_word(found, name, *, bare=True):
    """Look a gradient up by its usual names, the likeliest first.

    Examples
    --------
    >>> by_word({"dLdW": 1, "W": 2}, "dw"), by_word({"W": 2}, "dw"), by_word({"W": 2}, "db")
    (1, 2, None)
    """
    marked, plain = {}, {}
    for key, value in found.items():
        word = str(key).lower().strip("_")
        match = re.fullmatch(MARKED, word)
        if match:
            marked[match[1] or match[2]] = value
        plain[word] = value
    for names in (marked, plain) if bare else (marked,):
        for word in CALLED[name[1:]]:
            if word in names:
                return names[word]
    return None
