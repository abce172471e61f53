"""Who calls what how: from the names in a signature to a call.

Each parameter has a role: x, w, b, dy, the cache, a dictionary of settings, or one setting. What
arrays look like is a matter of the layout.
"""

import inspect
import re
from functools import partial
from typing import NamedTuple

import numpy as np

from convlib.check._settings import PLAIN

WORDS = {
    "x": "x input inputs a_prev inp image images img data a in_data x_in input_data",
    "w": "w weight weights kernel kernels filter filters theta",
    "b": "b bias biases",
    "gamma": "gamma scale",
    "beta": "beta shift",
    "dy": "dy dout d_out dz da dh dl_dy dl_dout dldz dldy dloss grad_output grad_out grad_y grad "
    "gradient upstream upstream_grad delta output_grad output_gradient out_grad derivative_out",
    "cache": "cache caches ctx context saved",
    "params": "conv_param conv_params pool_param pool_params hparameters hparams "
    "hparam param params bn_param bn_params options config settings",
    "stride": "stride strides s step",
    "padding": "pad padding p pads zero_padding pad_size",
    "dilation": "dilation dilations d dilate rate dilation_rate",
    "groups": "groups group g num_groups n_groups",
    "output_padding": "output_padding out_pad output_pad",
    "kernel_size": "kernel_size pool_size size window window_size filter_size ksize pool",
    "kernel_height": "pool_height pooling_height pool_h kernel_height kernel_h hh kh",
    "kernel_width": "pool_width pooling_width pool_w kernel_width kernel_w ww kw",
    "eps": "eps epsilon",
    "mode": "mode",
    "rate": "lr learning_rate learn_rate eta",
    "count_include_pad": "count_include_pad",
    "in_channels": "in_channels c_in channels_in n_c_prev input_channels num_channels num_features",
    "out_channels": "out_channels c_out channels_out n_c num_filters n_filters filters_out",
}
SETTINGS = r"\w+_(params?|config|cfg|settings)"
"""What else a dictionary of settings may be called."""

ROLES = {word: role for role, words in WORDS.items() for word in words.split()}

POOLING = {"f": "kernel_size", "k": "kernel_size"}
NORM = {"w": "gamma", "b": "beta"}

LAYOUTS = {"NCHW": (0, 1, 2, 3), "NHWC": (0, 2, 3, 1), "rows": (0, 2, 3, 1)}

CONVENTIONS = {
    "cs231n": ("NCHW", {"stride": "stride", "pad": "padding"}),
    "deeplearning.ai": ("NHWC", {"stride": "stride", "pad": "padding"}),
    "pytorch": ("NCHW", {}),
    "im2col": ("NCHW", {}),
}
"""The layout, and the keys of the dictionary of settings, of each convention."""


TITLES = {"cs231n": "CS231n", "deeplearning.ai": "deeplearning.ai", "pytorch": "PyTorch",
          "im2col": "settings one by one"}  # fmt: skip


class Convention(NamedTuple):
    """How a learner's functions are called.

    Attributes
    ----------
    name : str
        A key of `CONVENTIONS`.
    layout : str
        A key of `LAYOUTS`: how images lie. In "rows", each pixel is a row of channels.
    bias : tuple of int
        The shape of b, with -1 for its length.
    keys : dict of str to str
        For each key of the dictionary of settings, its role.
    given : bool
        Whether it was named, and not found.
    """

    name: str
    layout: str
    bias: tuple
    keys: dict
    given: bool = False

    def shaped(self, name, array):
        """Return an array as the learner's code has it, in memory of its own if it is a copy."""
        if np.ndim(array) == 1:
            return np.reshape(array, self.bias)
        if self.layout == "NCHW" or np.ndim(array) != 4:
            return array
        if name in ("w", "dw"):
            return np.transpose(array, (2, 3, 1, 0))
        array = np.transpose(array, LAYOUTS[self.layout])
        return array.reshape(-1, array.shape[-1]) if self.layout == "rows" else array

    def numbered(self, name, shape):
        """Return the learner's layout of an array that holds its own places in convlib's."""
        return self.shaped(name, np.arange(np.prod(shape, dtype=int)).reshape(shape))

    def place(self, name, index, shape):
        """Return where the learner's layout has an entry of an array of convlib's shape."""
        number = np.ravel_multi_index(index, shape)
        return tuple(map(int, np.argwhere(self.numbered(name, shape) == number)[0]))

    def index(self, name, place, shape):
        """Return where convlib has what the learner's layout has at a place."""
        return tuple(map(int, np.unravel_index(self.numbered(name, shape)[place], shape)))

    def back(self, name, array, shape):
        """Bring a result from the learner's layout into convlib's."""
        found = np.empty(shape)
        found.flat[self.numbered(name, shape).ravel()] = array.ravel()
        return found

    def axes(self, name, ndim):
        """Name what each axis of an array counts."""
        if name in ("b", "db", "gamma", "dgamma", "beta", "dbeta") or ndim < 2:
            return ["channel"] * ndim
        if ndim == 2:
            return ["row", "channel"]
        first = ("filter", "channel") if name in ("w", "dw") else ("example", "channel")
        order = (2, 3, 1, 0) if name in ("w", "dw") else LAYOUTS["NHWC"]
        words = (*first, "row", "column")
        return [words[axis] for axis in order] if self.layout == "NHWC" else list(words)

    def values(self, case):
        """Return what each role stands for at one case: fresh copies of the arrays."""
        options, arrays = case.setting.options, case.arrays
        found = {}
        for name, array in arrays.items():
            fresh = np.array(array, order="K" if case.setting.form else "C")
            found[name] = self.shaped(name, fresh)
            if not case.setting.form:
                found[name] = np.ascontiguousarray(found[name])
        found |= PLAIN | options
        kernel = options.get("kernel_size", arrays["w"].shape[2:] if "w" in arrays else 1)
        height, width = np.broadcast_to(kernel, 2).tolist()
        found |= {"kernel_height": height, "kernel_width": width}
        found["kernel_size"] = height if height == width else (height, width)
        found["mode"] = {"max_pool": "max", "avg_pool": "average"}.get(case.operation.name, "train")
        found["rate"] = 0.0
        found["in_channels"] = arrays["x"].shape[1]
        found["out_channels"] = arrays["dy"].shape[1]
        found["params"] = _Params({key: found[role] for key, role in self.keys.items()})
        found["params"].asked = getattr(self.keys, "asked", set())
        found["params"].given = dict(found["params"])
        return found

    def cache(self, values, operation):
        """Return what a forward pass of this convention keeps."""
        own = [values[name] for name in ("x", *operation.parameters)]
        if self.keys:
            return (*own, values["params"])
        return (*own, values["stride"], values["padding"])


class _Params(dict):
    """A dictionary of settings that notes what it is asked for, and what it was given."""

    asked, given = frozenset(), {}

    def __missing__(self, key):
        self.asked.add(key)
        raise KeyError(key)

    def __contains__(self, key):
        self._note(key)
        return super().__contains__(key)

    def get(self, key, default=None):
        """Look up, and note."""
        self._note(key)
        return super().get(key, default)

    def pop(self, key, *default):
        """Take out, and note."""
        self._note(key)
        return super().pop(key, *default)

    def setdefault(self, key, default=None):
        """Look up, and note."""
        self._note(key)
        return super().setdefault(key, default)

    def _note(self, key):
        if isinstance(key, str):
            self.asked.add(key)


class Binding(NamedTuple):
    """The roles of a function's parameters.

    Attributes
    ----------
    positional : tuple of str
    keywords : dict of str to str
        For each name, its role.
    pairs : frozenset of str
        The roles that take a number per axis, and no number alone.
    """

    positional: tuple
    keywords: dict
    pairs: frozenset = frozenset()

    @property
    def order(self):
        """All of them, in order."""
        return (*self.positional, *self.keywords.values())

    @property
    def roles(self):
        """All of them, as a set."""
        return {*self.order}

    def prepared(self, function, values):
        """Return a call of a function with the values that its roles stand for.

        Raises
        ------
        UnclearError
            If there is none for one of them.
        """
        for one in self.order:
            if one not in values:
                raise UnclearError(f"it takes {one}, which is not given to this pass")
        alone = [one for one in self.pairs if not isinstance(values[one], tuple)]
        values = values | {one: (values[one], values[one]) for one in alone}
        words = {name: values[role] for name, role in self.keywords.items()}
        return partial(function, *(values[role] for role in self.positional), **words)


class UnclearError(Exception):
    """A signature that cannot be understood; the text says why."""


def role(word, operation):
    """Return the role that a name stands for, or None.

    Examples
    --------
    >>> role("A_prev", "conv"), role("f", "max_pool"), role("f", "conv")
    ('x', 'kernel_size', None)
    """
    word = word.lower().strip("_")
    if operation.endswith("_pool") and word in POOLING:
        return POOLING[word]
    found = ROLES.get(word) or ("params" if re.fullmatch(SETTINGS, word) else None)
    if operation == "batch_norm":
        return NORM.get(found, found)
    foreign = NORM.keys() if operation.endswith("_pool") else ()
    return None if found in (*foreign, *NORM.values()) else found


def bind(function, order, operation):
    """Read the signature of a function.

    Parameters
    ----------
    function : callable
    order : sequence of str
        The roles that its parameters have by their position, where a name says nothing.
    operation : str

    Returns
    -------
    Binding

    Raises
    ------
    UnclearError
        If a parameter that must be given has no role.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some that are written in C have none
        return Binding(tuple(order), {})
    spread = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    known = {role(item.name, operation) for item in parameters if item.kind not in spread}
    left = [item for item in order if item not in known]
    if known - {None}:  # beside usual names, one that says nothing is no setting
        left = [item for item in left if item not in PLAIN]
    positional, keywords, pairs, gap = [], {}, set(), False
    for item in parameters:
        if item.kind is item.VAR_POSITIONAL:
            positional += [item for item in order if item not in known]
        elif item.kind is item.VAR_KEYWORD:
            keywords |= {name: name for name in ("stride", "padding") if name not in known}
        else:
            found = role(item.name, operation)
            needed = item.default is item.empty
            if found in PLAIN and isinstance(item.default, tuple) and len(item.default) == 2:
                pairs.add(found)
            if found is None and needed and left:
                found = left.pop(0)
            if found is None and needed:
                raise UnclearError(
                    f"what is its parameter {item.name!r}{_where(function)}? "
                    "Use a usual name: x, w, b, stride, ..."
                )
            if found is None:
                gap = True
            elif gap or item.kind is item.KEYWORD_ONLY:
                keywords[item.name] = found
            else:
                positional.append(found)
    return Binding(tuple(positional), keywords, frozenset(pairs))


def _where(function):
    name = getattr(function, "__name__", "<lambda>")
    return "" if name == "<lambda>" else f", in {name}"


def guess(functions, roles, operation, name=None):
    """Return the conventions that the names allow, the likeliest first.

    Parameters
    ----------
    functions : sequence of callable
    roles : set of str
        Of all their parameters.
    operation : str
    name : str, optional
        The one that is given.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name is not None and str(name).lower() not in CONVENTIONS:
        raise ValueError(f"convention: expected one of {', '.join(CONVENTIONS)}; got {name!r}")
    found = name.lower() if name else _named(_words(functions), roles)
    layout, keys = CONVENTIONS[found]
    layouts = [layout, "NHWC" if layout == "NCHW" else "NCHW"]
    if operation.endswith("_pool") and keys:
        size = {"pool_height": "kernel_height", "pool_width": "kernel_width"}
        keys = (size if found == "cs231n" else {"f": "kernel_size"}) | {"stride": "stride"}
    if operation == "batch_norm":
        keys = {"mode": "mode", "eps": "eps"} if keys else {}
        layouts.insert(0 if found == "cs231n" else 1, "rows")
    tried = [
        Convention(found, layout, bias, keys, bool(name))
        for layout in layouts
        for bias in _bias_shapes(found, layout, operation)
    ]
    return [one for one in tried if one.layout in layouts[:1] or not name]


def _words(functions):
    """Return the names of all parameters, in lower case."""
    words = set()
    for function in functions:
        try:
            words |= {word.lower() for word in inspect.signature(function).parameters}
        except (TypeError, ValueError):
            continue
    return words


def _named(words, roles):
    """Name the convention that a signature speaks."""
    if words & {"a_prev", "hparameters", "dz", "da", "hparams"}:
        return "deeplearning.ai"
    if "params" in roles or not roles & {*PLAIN, "kernel_size"}:
        return "cs231n"
    return "pytorch" if words & {"padding", "dilation", "groups"} else "im2col"


def _bias_shapes(found, layout, operation):
    """Return the shapes that b may have, the likeliest first."""
    if operation == "batch_norm":
        return {"NCHW": [(-1,), (1, -1, 1, 1)], "rows": [(-1,), (1, -1)]}.get(layout, [(-1,)])
    if layout == "NHWC":
        return [(1, 1, 1, -1), (-1,)]
    # a row of products, w.reshape(F, -1) @ columns, wants (F, 1)
    return [(-1,)] if found == "cs231n" else [(-1,), (-1, 1)]
