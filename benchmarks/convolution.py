"""How long convlib takes, as a multiple of what PyTorch takes on the same processor.

PyTorch is no dependency of this project. In an environment that has it (see
`tests/data/make_pytorch_cases.py`), from the project's root::

    PYTHONPATH=. /tmp/torch/bin/python benchmarks/convolution.py

Each round times both, one after the other, on the same float32 arrays and two threads; the table
gives the median over the rounds, and of the ratios. Below 1, convlib is faster. The depthwise
layers stand there once more with a zero filter for another channel ("by columns"), which sends
them through the general path.
"""

import statistics
import sys
import time

import numpy as np
import torch

import convlib

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 9

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


def seconds(call):
    """Time one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compare(ours, theirs):
    """Return median milliseconds of both, and the median of their ratios."""
    ours(), theirs()
    rounds = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    own, other = (1e3 * statistics.median(column) for column in zip(*rounds, strict=True))
    return own, other, statistics.median(a / b for a, b in rounds)


def calls(x_shape, w_shape, settings):
    """Return forward and backward passes, as convlib and as PyTorch take them."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in (x_shape, w_shape))
    tensors = [torch.tensor(v, requires_grad=True) for v in (x, w)]
    y = torch.nn.functional.conv2d(*tensors, **settings)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    upstream = torch.tensor(dy)

    def forward():
        with torch.no_grad():
            torch.nn.functional.conv2d(*tensors, **settings)

    return {
        "forward": (lambda: convlib.conv2d(x, w, **settings), forward),
        "backward": (
            lambda: convlib.conv2d_backward(dy, x, w, **settings),
            lambda: torch.autograd.grad(y, tensors, upstream, retain_graph=True),
        ),
    }


def by_columns(x_shape, w_shape, settings):
    """Return forward and backward of a depthwise layer: by columns, and as convlib takes it.

    Two filters for each channel, which is twice the products, but no more columns.
    """
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in (x_shape, w_shape))
    double = np.repeat(w, 2, axis=0)
    dy = np.ones_like(convlib.conv2d(x, w, **settings))
    dy_double = np.repeat(dy, 2, axis=1)
    return {
        "forward": (
            lambda: convlib.conv2d(x, double, **settings),
            lambda: convlib.conv2d(x, w, **settings),
        ),
        "backward": (
            lambda: convlib.conv2d_backward(dy_double, x, double, **settings),
            lambda: convlib.conv2d_backward(dy, x, w, **settings),
        ),
    }


def main():
    """Print the tables."""
    torch.set_num_threads(2)
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}, {ROUNDS} rounds")
    print(f"{'layer':32}{'pass':10}{'convlib ms':>12}{'PyTorch ms':>12}{'ratio':>8}")
    for name, layer in LAYERS.items():
        for which, (ours, theirs) in calls(*layer).items():
            own, other, ratio = compare(ours, theirs)
            print(f"{name:32}{which:10}{own:12.2f}{other:12.2f}{ratio:8.2f}", flush=True)
    print(f"{'depthwise by columns':32}{'pass':10}{'columns ms':>12}{'slices ms':>12}{'ratio':>8}")
    for name, layer in LAYERS.items():
        if layer[0][1] == layer[1][0] == layer[2].get("groups"):
            for which, (columns, slices) in by_columns(*layer).items():
                own, other, ratio = compare(columns, slices)
                print(f"{name:32}{which:10}{own:12.2f}{other:12.2f}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
