"""Who is timed: each takes a layer's arrays, and returns its forward pass and its training step.

A training step is the forward pass, dx, dw and db. What cannot do one leaves it out.
"""

import functools
import importlib
import inspect
import math
import sys

import numpy as np

import convlib
from convlib import reference

FLOOR_BYTES = 2**28
"""As many examples have columns of their own in the bare products; the others meet them again."""


def by_rank(module, x):
    """Return the two passes of convlib for as many axes as x has."""
    name = f"conv{x.ndim - 2}d"
    return getattr(module, name), getattr(module, f"{name}_backward")


def through(module, x, w, b, dy, settings):
    """Return the calls of a convlib."""
    forward, backward = by_rank(module, x)

    def step():
        return forward(x, w, b, **settings), *backward(dy, x, w, **settings)

    return {"forward": lambda: forward(x, w, b, **settings), "step": step}


def ours(x, w, b, dy, settings, threads):
    """Return convlib as it is."""
    if threads > 1 and takes("workers"):
        settings = settings | {"workers": threads}
    return through(convlib, x, w, b, dy, settings)


def takes(argument):
    """Say whether convlib's convolution has an argument of this name."""
    return argument in inspect.signature(convlib.conv).parameters


def by_method(x, w, b, dy, settings, threads, *, method):
    """Return convlib by one of its methods; nothing where that cannot be asked for."""
    if not takes("method"):
        return {}
    calls = ours(x, w, b, dy, settings | {"method": method}, threads)
    try:
        calls["step"]()
    except ValueError:  # not for this layer
        return {}
    return calls


def older(x, w, b, dy, settings, threads, *, folder):
    """Return the convlib of another folder."""
    return through(another_copy(folder), x, w, b, dy, settings)


def another_copy(folder):
    """Import convlib from another folder, beside the one that is here."""
    own = {name: sys.modules.pop(name) for name in [*sys.modules] if name.startswith("convlib")}
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    other = importlib.import_module("convlib")
    sys.path.remove(folder)
    sys.modules.update(own)
    if other.__file__ == convlib.__file__:
        raise ValueError(f"older: there is no other convlib in {folder}")
    return other


def pytorch(x, w, b, dy, settings, threads):
    """Return PyTorch, with autograd for the step and without it for the forward pass."""
    import torch

    torch.set_num_threads(threads)
    forward = getattr(torch.nn.functional, f"conv{x.ndim - 2}d")
    inputs = [torch.from_numpy(v).requires_grad_() for v in (x, w, b)]
    upstream = torch.from_numpy(dy)

    def alone():
        with torch.no_grad():
            return forward(*inputs, **settings).numpy()

    def step():
        y = forward(*inputs, **settings)
        grads = torch.autograd.grad(y, inputs, upstream)
        return y.detach().numpy(), *(v.numpy() for v in grads)

    return {"forward": alone, "step": step}


def products(x, w, b, dy, settings, threads):
    """Return what im2col cannot do without: its products, on columns that are there already."""
    groups = settings.get("groups", 1)
    each = math.prod(w.shape[1:]) * groups * math.prod(dy.shape[2:]) * x.itemsize
    some = min(len(x), max(1, FLOOR_BYTES // each))
    cols = columns(x[:some], w, settings)
    w_rows = w.reshape(groups, len(w) // groups, -1)
    dy_rows = dy[:some].reshape(some, groups, len(w) // groups, -1)
    y, dcols = np.empty_like(dy_rows), np.empty_like(cols)
    dw = np.empty((some, *w_rows.shape), x.dtype)

    def forward():
        for _ in range(0, len(x), some):
            np.matmul(w_rows, cols, out=y)

    def step():
        forward()
        for _ in range(0, len(x), some):
            np.matmul(w_rows.swapaxes(-1, -2), dy_rows, out=dcols)
            np.matmul(dy_rows, cols.swapaxes(-1, -2), out=dw)

    return {"forward": forward, "step": step}


def columns(x, w, settings):
    """Return the columns of all of x, group by group: (N, G, C/G·K, L)."""
    sizes = {name: value for name, value in settings.items() if name != "groups"}
    cols = convlib.im2col(x, w.shape[2:], **sizes)
    return cols.reshape(len(x), settings.get("groups", 1), -1, cols.shape[-1])


# --- the first steps of the chapter, forward only ---------------------------------------------


def loops(x, w, b, dy, settings, threads):
    """Return plain loops."""
    return {"forward": lambda: reference.conv(x, w, b, **settings)}


def windows(x, w, b, dy, settings, threads):
    """Return one sum over a view of all windows."""
    sizes = {name: settings.get(name, 1) for name in ("stride", "dilation")}
    groups = settings.get("groups", 1)

    def forward():
        padded = convlib.pad(x, settings.get("padding", 0))
        view = convlib.sliding_windows(padded, w.shape[2:], **sizes)
        view = view.reshape(len(x), groups, -1, *view.shape[2:])
        filters = w.reshape(groups, len(w) // groups, *w.shape[1:])
        return np.einsum("ngcijpq,gfcpq->ngfij", view, filters)

    return {"forward": forward}


def whole_columns(x, w, b, dy, settings, threads):
    """Return im2col with the columns of the whole batch."""
    w_rows = w.reshape(settings.get("groups", 1), len(w) // settings.get("groups", 1), -1)
    return {"forward": lambda: np.matmul(w_rows, columns(x, w, settings))}


CONTESTANTS = {
    "PyTorch": pytorch,
    "convlib": ours,
    "products": products,
    "loops": loops,
    "windows": windows,
    "columns": whole_columns,
}


def named(name, folder):
    """Return the contestant of this name: what is none of those above is a method of convlib."""
    if name == "older":
        return functools.partial(older, folder=folder)
    return CONTESTANTS.get(name) or functools.partial(by_method, method=name)
