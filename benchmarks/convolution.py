"""How long convlib takes, as a multiple of what a peer takes on the same processor.

The peer is what a convolution cannot do without, its bare matrix products on columns that are
there already; or another copy of convlib, or PyTorch, which is no dependency of this project::

    python benchmarks/convolution.py                     # the bare products
    python benchmarks/convolution.py --peer ../older     # the folder that holds another `convlib`
    python benchmarks/convolution.py --peer torch        # where PyTorch is installed

Each round times both, one after the other, on the same float32 arrays; the table gives the median
over the rounds, and of the ratios. Below 1, convlib is faster. A second table compares the methods
of `convlib._methods` where there is a choice. On a busy machine, the seconds of the processor say
more than those of the clock: ``OPENBLAS_NUM_THREADS=1 python benchmarks/convolution.py --cpu``.
"""

import argparse
import importlib
import statistics
import sys
import time

import numpy as np

import convlib
from convlib._methods import METHODS

LAYERS = {
    "3×3, 64 → 64, 56×56": ((8, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    "3×3, 256 → 256, 14×14": ((8, 256, 14, 14), (256, 256, 3, 3), {"padding": 1}),
    "3×3 by 2, 64 → 128, 56×56": ((8, 64, 56, 56), (128, 64, 3, 3), {"padding": 1, "stride": 2}),
    "7×7 by 2, 3 → 64, 112×112": ((4, 3, 112, 112), (64, 3, 7, 7), {"padding": 3, "stride": 2}),
    "1×1, 64 → 256, 56×56": ((8, 64, 56, 56), (256, 64, 1, 1), {}),
    "5×5, 1 → 16, 28×28": ((64, 1, 28, 28), (16, 1, 5, 5), {"padding": 2}),
    "3×3, 16 → 32, 8×8": ((64, 16, 8, 8), (32, 16, 3, 3), {"padding": 1}),
    "3×3 in 32 groups, 128, 28×28": (
        (8, 128, 28, 28),
        (128, 4, 3, 3),
        {"padding": 1, "groups": 32},
    ),
    "3×3 depthwise, 128, 28×28": ((8, 128, 28, 28), (128, 1, 3, 3), {"padding": 1, "groups": 128}),
    "5×5 depthwise by 2, 32, 56×56": (
        (8, 32, 56, 56),
        (32, 1, 5, 5),
        {"padding": 2, "stride": 2, "groups": 32},
    ),
}


def seconds(call, clock):
    """Time one call."""
    start = clock()
    call()
    return clock() - start


def compare(ours, theirs, rounds, clock):
    """Return median milliseconds of both, and the median of their ratios."""
    ours(), theirs()
    times = []
    for number in range(rounds):
        # the one that goes first has warmer caches or colder ones: take turns
        pair = (ours, theirs) if number % 2 else (theirs, ours)
        taken = {call: seconds(call, clock) for call in pair}
        times.append((taken[ours], taken[theirs]))
    own, other = (1e3 * statistics.median(column) for column in zip(*times, strict=True))
    return own, other, statistics.median(a / b for a, b in times)


def arrays(x_shape, w_shape, settings):
    """Return x, w and dy of a layer."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in (x_shape, w_shape))
    dy = rng.standard_normal(convlib.conv2d(x, w, **settings).shape).astype(np.float32)
    return x, w, dy


def bare_products(x, w, dy, settings):
    """Return both passes without anything but their products."""
    groups = settings.get("groups", 1)
    sizes = {name: value for name, value in settings.items() if name != "groups"}
    cols = convlib.im2col(x, w.shape[2:], **sizes)
    cols = cols.reshape(len(x), groups, -1, cols.shape[-1])
    w_rows = w.reshape(groups, len(w) // groups, -1)
    dy_rows = dy.reshape(len(x), groups, len(w) // groups, -1)

    def backward():
        np.matmul(dy_rows, cols.swapaxes(-1, -2))
        np.matmul(w_rows.swapaxes(-1, -2), dy_rows)

    return lambda: np.matmul(w_rows, cols), backward


def another_copy(folder):
    """Return a peer that uses the convlib of another folder."""
    own = {name: sys.modules.pop(name) for name in [*sys.modules] if name.startswith("convlib")}
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    other = importlib.import_module("convlib")
    sys.path.remove(folder)
    sys.modules.update(own)
    if other.__file__ == convlib.__file__:
        sys.exit(f"--peer: there is no other convlib in {folder}")

    def passes(x, w, dy, settings):
        return (
            lambda: other.conv2d(x, w, **settings),
            lambda: other.conv2d_backward(dy, x, w, **settings),
        )

    return passes


def pytorch():
    """Return a peer that uses PyTorch."""
    import torch

    def passes(x, w, dy, settings):
        tensors = [torch.tensor(v, requires_grad=True) for v in (x, w)]
        y, upstream = torch.nn.functional.conv2d(*tensors, **settings), torch.tensor(dy)

        def forward():
            with torch.no_grad():
                torch.nn.functional.conv2d(*tensors, **settings)

        return forward, lambda: torch.autograd.grad(y, tensors, upstream, retain_graph=True)

    return passes


def by_method(x, w, dy, settings):
    """Return each task by each method that can be used."""
    groups = settings.get("groups", 1)
    sizes = {name: value for name, value in settings.items() if name != "groups"}
    sizes = convlib.geometry(x.shape[2:], w.shape[2:], **sizes)
    given = {"forward": (x, w), "input_gradient": (dy, w), "weight_gradient": (dy, x)}
    fits = {
        name: method
        for name, method in METHODS.items()
        if method.supports(x.shape[1], len(w), sizes, groups)
    }
    return {
        task: {
            name: lambda m=method, t=task: getattr(m, t)(*given[t], sizes, groups, x.dtype)
            for name, method in fits.items()
        }
        for task in given
    }


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default="product", help="product, torch, or a folder")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu", action="store_true", help="count the processor's seconds")
    asked = parser.parse_args()
    clock = time.process_time if asked.cpu else time.perf_counter
    named = {"product": lambda: bare_products, "torch": pytorch}
    peer = named.get(asked.peer, lambda: another_copy(asked.peer))()
    print(f"NumPy {np.__version__}, {asked.rounds} rounds, compared with: {asked.peer}")
    print(f"{'layer':32}{'pass':10}{'convlib ms':>12}{'peer ms':>12}{'ratio':>8}")
    for name, layer in LAYERS.items():
        x, w, dy = arrays(*layer)
        own = (
            lambda x=x, w=w, s=layer[2]: convlib.conv2d(x, w, **s),
            lambda x=x, w=w, dy=dy, s=layer[2]: convlib.conv2d_backward(dy, x, w, **s),
        )
        theirs = peer(x, w, dy, layer[2])
        for which, ours, other in zip(("forward", "backward"), own, theirs, strict=True):
            a, b, ratio = compare(ours, other, asked.rounds, clock)
            print(f"{name:32}{which:10}{a:12.2f}{b:12.2f}{ratio:8.2f}", flush=True)
    print(f"\n{'layer':32}{'task':18}{'method':12}{'ms':>8}{'im2col ms':>12}{'ratio':>8}")
    for name, layer in LAYERS.items():
        for task, calls in by_method(*arrays(*layer), layer[2]).items():
            for method in [*calls][1:]:
                a, b, ratio = compare(calls[method], calls["im2col"], asked.rounds, clock)
                print(f"{name:32}{task:18}{method:12}{a:8.2f}{b:12.2f}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
