"""Code that does what no layer should: the checker must report it, and survive.

Each entry of `HOSTILE` makes what is checked, and says a word that the report must hold. `HARMLESS`
does strange things, too, and is right: it must pass.
"""

import functools
import random
import sys
import warnings

import numpy as np

HOSTILE, HARMLESS = {}, {}


def forward(x, w, b, conv_param):
    """Return the right y, and a cache."""
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    view = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    view = view[:, :, ::s, ::s]
    y = np.einsum("nchwij,fcij->nfhw", view, w) + b[:, None, None]
    return y, (x.shape, view, w, s, p)


def backward(dout, cache):
    """Return the right gradients."""
    shape, view, w, s, p = cache
    grad = np.zeros((*shape[:2], shape[2] + 2 * p, shape[3] + 2 * p))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
            grad[:, :, i * s : i * s + w.shape[2], j * s : j * s + w.shape[3]] += part
    dw = np.einsum("nfhw,nchwij->fcij", dout, view)
    return grad[:, :, p : p + shape[2], p : p + shape[3]], dw, dout.sum(axis=(0, 2, 3))


def bad_forward(word):
    """Enter what a forward pass does; the backward pass is right."""

    def enter(function):
        HOSTILE[function.__name__] = (function, backward), word
        return function

    return enter


def bad_backward(word):
    """Enter what a backward pass does; the forward pass is right."""

    def enter(function):
        HOSTILE[function.__name__] = (forward, function), word
        return function

    return enter


def harmless(function):
    """Enter a strange forward pass that is right."""
    HARMLESS[function.__name__] = function, backward
    return function


# --- crashes, and code that does not come to an end -----------------------------------------------


@bad_forward("ZeroDivisionError")
def divides_by_zero(x, w, b, conv_param):
    return 1 / 0


@bad_forward("NameError")
def uses_a_name_that_is_not_there(x, w, b, conv_param):
    return output, None  # noqa: F821


@bad_backward("KeyError")
def asks_for_another_key(dout, cache):
    return {}["padding"]


@bad_backward("AttributeError")
def takes_the_cache_for_an_object(dout, cache):
    return cache.x


@bad_forward("not written yet")
def is_not_written_yet(x, w, b, conv_param):
    raise NotImplementedError


@bad_forward("itself without an end")
def calls_itself(x, w, b, conv_param):
    return calls_itself(x, w, b, conv_param)


@bad_backward("does not come to an end")
def loops_for_ever(dout, cache):
    while True:
        pass


@bad_forward("does not come to an end")
def loops_and_catches_everything(x, w, b, conv_param):
    while True:
        try:
            x.sum()
        except BaseException:
            x = x + 1


@bad_forward("exit")
def leaves(x, w, b, conv_param):
    sys.exit(1)


@bad_forward("exit")
def quits(x, w, b, conv_param):
    raise SystemExit("done")


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError


@bad_forward("UnspeakableError")
def raises_what_cannot_be_printed(x, w, b, conv_param):
    raise UnspeakableError


@bad_forward("MemoryError")
def asks_for_all_memory(x, w, b, conv_param):
    raise MemoryError


@bad_backward("Bare")
def raises_a_base_exception(dout, cache):
    class BareError(BaseException):
        pass

    raise BareError


# --- results of the wrong form --------------------------------------------------------------------


@bad_forward("None")
def returns_nothing(x, w, b, conv_param):
    forward(x, w, b, conv_param)


@bad_backward("None")
def gradients_forgotten(dout, cache):
    backward(dout, cache)


@bad_backward("None")
def a_gradient_is_none(dout, cache):
    return backward(dout, cache)[0], None, None


@bad_backward("4 results")
def one_too_many(dout, cache):
    return (*backward(dout, cache), 0)


@bad_forward("1")
def cache_forgotten(x, w, b, conv_param):
    return forward(x, w, b, conv_param)[0]


@bad_forward("TypeError")
def keeps_nothing(x, w, b, conv_param):
    return forward(x, w, b, conv_param)[0], None


@bad_backward("shape")
def batch_axis_lost(dout, cache):
    dx, dw, db = backward(dout, cache)
    return dx[0], dw, db


@bad_forward("integers")
def whole_numbers(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y.astype(int), cache


@bad_forward("float16")
def half_precision(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y.astype(np.float16), cache


@bad_forward("complex")
def complex_numbers(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y + 0j, cache


@bad_forward("object")
def objects(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y.astype(object), cache


@bad_forward("list")
def nested_lists(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y.tolist(), cache


@bad_forward("NaN")
def not_a_number(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y * np.nan, cache


@bad_backward("NaN")
def infinite(dout, cache):
    dx, dw, db = backward(dout, cache)
    return dx, dw / 0, db


@bad_backward("generator")
def a_generator(dout, cache):
    yield from backward(dout, cache)


@bad_forward("result")
async def a_coroutine(x, w, b, conv_param):
    return forward(x, w, b, conv_param)


class Liar:
    """Says that it equals everything, and has no numbers."""

    def __init__(self, shape):
        self.shape, self.dtype = shape, np.dtype(float)

    def __eq__(self, other):
        return True

    __hash__ = None


@bad_forward("Liar")
def equals_everything(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return Liar(y.shape), cache


class Agreeable(np.ndarray):
    """An array that compares as equal, whatever it holds."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    __hash__ = None

    def __sub__(self, other):
        return np.zeros(self.shape)

    def __array_function__(self, *args):
        return True

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.ones(self.shape, bool)


@bad_forward("wrong")
def agrees_with_everything(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return (0 * y).view(Agreeable), cache


# --- what is changed, shared or drawn -------------------------------------------------------------


@bad_forward("chang")
def changes_x(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    x[...] = 0
    return y, cache


@bad_backward("chang")
def changes_dy(dout, cache):
    grads = backward(dout, cache)
    dout *= 2
    return grads


@bad_forward("chang")
def changes_the_settings(x, w, b, conv_param):
    result = forward(x, w, b, conv_param)
    conv_param["pad"] += 1
    return result


@bad_forward("chang")
def changes_the_shape_of_x(x, w, b, conv_param):
    result = forward(x, w, b, conv_param)
    x.shape = (-1,)
    return result


@bad_forward("memory")
def hands_out_its_input(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    if y.size > x.size:
        return y, cache
    part = x.ravel()[: y.size].reshape(y.shape)
    return part, cache


ROOM = np.zeros(10**6)


@bad_forward("later call")
def uses_one_room_for_all_results(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    room = ROOM[: y.size].reshape(y.shape)
    room[...] = y
    return room, cache


@bad_forward("same")
def adds_noise(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y + np.random.default_rng().standard_normal(y.shape), cache


CALLS = []


@bad_forward("same")
def is_right_every_other_time(x, w, b, conv_param):
    CALLS.append(None)
    y, cache = forward(x, w, b, conv_param)
    return y * (len(CALLS) % 2), cache


@bad_forward("lines")
def prints_everything(x, w, b, conv_param):
    for number in range(5000):
        print(number)
    return forward(x, w, b, conv_param)


# --- signatures that say little -------------------------------------------------------------------

HOSTILE |= {
    "a_lambda": ((lambda x, w, b, conv_param: (0 * forward(x, w, b, conv_param)[0], None),), ""),
    "a_function_without_signature": ((np.einsum, backward), ""),
    "a_ufunc": ((np.add,), ""),
    "a_type": ((int,), ""),
    "print_itself": ((print,), ""),
    "no_parameters": ((lambda: None,), ""),
    "too_many_parameters": ((lambda a, q, r, t, u, v, z: None,), ""),
    "an_empty_class": ((type("Empty", (), {}),), ""),
}


# --- strange, and right ---------------------------------------------------------------------------


@harmless
def prints_a_little(x, w, b, conv_param):
    print("shapes", x.shape, w.shape)
    return forward(x, w, b, conv_param)


@harmless
def replaces_standard_output(x, w, b, conv_param):
    sys.stdout = sys.stderr = None
    return forward(x, w, b, conv_param)


@harmless
def makes_errors_of_floats(x, w, b, conv_param):
    np.seterr(all="raise")
    return forward(x, w, b, conv_param)


@harmless
def makes_errors_of_warnings(x, w, b, conv_param):
    warnings.simplefilter("error")
    return forward(x, w, b, conv_param)


@harmless
def warns(x, w, b, conv_param):
    warnings.warn("slow", stacklevel=1)
    np.zeros(1) / 0
    return forward(x, w, b, conv_param)


@harmless
def seeds(x, w, b, conv_param):
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    return forward(x, w, b, conv_param)


@harmless
def replaces_numpy(x, w, b, conv_param):
    result = forward(x, w, b, conv_param)
    np.array_equal = np.allclose = lambda *args, **settings: True
    np.abs = None
    return result


@harmless
def changes_how_arrays_print(x, w, b, conv_param):
    np.set_printoptions(precision=1, threshold=0)
    return forward(x, w, b, conv_param)


@harmless
def keeps_what_it_is_given(x, w, b, conv_param):
    y, cache = forward(x, w, b, conv_param)
    return y, (*cache[:2], w, *cache[3:])


class Callable:
    """An object that is called."""

    def __call__(self, x, w, b, conv_param):
        return forward(x, w, b, conv_param)


HARMLESS |= {
    "a_partial": (functools.partial(forward), functools.partial(backward)),
    "a_callable_object": (Callable(), backward),
    "a_method": (Callable().__call__, backward),
    "a_wrapped_function": (functools.wraps(forward)(lambda *args: forward(*args)), backward),
    "any_arguments": (lambda *args: forward(*args), lambda *args: backward(*args)),
}
