"""How long the layers of another copy of convlib take for what adds up many terms, as a ratio.

    python benchmarks/sums.py ../older     # the folder that holds another `convlib`

Arrays are in C order. Above 1, this copy is faster. Convolutions are compared by
``make bench OLDER=../older``.
"""

import argparse
import statistics
import sys
import time

import numpy as np
from paired import in_turn, ratio

NORMS = [(4, 2, 5, 5), (64, 16, 8, 8), (64, 64, 2, 2), (8, 64, 56, 56), (1, 2, 1000, 1000)]
LINEARS = [(4, 75, 10), (64, 128, 10), (100_000, 10, 10), (256, 1024, 1000)]  # N, D, M
WINDOWS = [((4, 2, 6, 6), 2, 2), ((8, 64, 56, 56), 3, 1), ((1, 3, 64, 64), 33, 1)]


def loaded(folder=None):
    """Import convlib, from another folder or as it is, and return its modules by name."""
    if folder:
        sys.path.insert(0, folder)
    from convlib import avg_pool2d, avg_pool2d_backward, layers, training

    found = (avg_pool2d, avg_pool2d_backward, layers, training)
    for name in [name for name in sys.modules if name.split(".")[0] == "convlib"]:
        del sys.modules[name]
    if folder:
        sys.path.remove(folder)
    return found


def calls(modules, dtype):
    """Yield what is timed: a name, and a function without arguments."""
    pool, pool_backward, layers, training = modules
    rng = np.random.default_rng(0)
    for shape in NORMS:
        x, dy = rng.standard_normal((2, *shape)).astype(dtype)
        norm = layers.BatchNorm2d(shape[1], dtype=dtype)
        yield f"batch norm {shape}, forward", lambda x=x, norm=norm: norm(x)
        yield "backward", lambda x=x, dy=dy, norm=norm: norm.backward(dy, x)
    for N, D, M in LINEARS:
        x, dy = (rng.standard_normal((N, n)).astype(dtype) for n in (D, M))
        linear = layers.Linear(D, M, rng=rng, dtype=dtype)
        yield f"linear {N, D, M}, forward", lambda x=x, linear=linear: linear(x)
        yield "backward", lambda x=x, dy=dy, linear=linear: linear.backward(dy, x)
        labels = np.zeros(N, int)
        yield "loss", lambda dy=dy, n=labels: training.softmax_cross_entropy(dy, n)
    for shape, kernel, stride in WINDOWS:
        x = rng.standard_normal(shape).astype(dtype)
        given = {"kernel_size": kernel, "stride": stride}
        dy = pool(x, **given)
        yield f"average {shape} by {kernel}, forward", lambda x=x, s=given: pool(x, **s)
        yield "backward", lambda x=x, dy=dy, s=given: pool_backward(dy, x, **s)


def timed(call, clock):
    """Return what times one call."""

    def seconds():
        start = clock()
        call()
        return clock() - start

    return seconds


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", help="a folder")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--cpu", action="store_true", help="count the processor's seconds")
    asked = parser.parse_args()
    clock = time.process_time if asked.cpu else time.perf_counter
    own, other = loaded(), loaded(asked.peer)
    if own[0].__code__.co_filename == other[0].__code__.co_filename:
        sys.exit(f"peer: there is no other convlib in {asked.peer}")
    for dtype in (np.float32, np.float64):
        print(f"{np.dtype(dtype).name:44}{'convlib ms':>12}{'peer ms':>12}{'ratio':>8}")
        pairs = zip(calls(own, dtype), calls(other, dtype), strict=True)
        for (name, ours), (_, theirs) in pairs:
            timers = {"own": timed(ours, clock), "peer": timed(theirs, clock)}
            times = in_turn(timers, asked.rounds)
            a, b = (1e3 * statistics.median(taken) for taken in times.values())
            print(f"{name:44}{a:12.3f}{b:12.3f}{ratio(*times.values()):8.2f}", flush=True)


if __name__ == "__main__":
    main()
