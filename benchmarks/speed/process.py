"""What happens in the processes that are timed: one for all on one thread, else one for each.

The threads of PyTorch and of NumPy's BLAS disturb each other in one process. They are therefore
timed in two, in turn; on one thread, the seconds of the processor say more than those of the clock.
"""

import contextlib
import math
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
KEEP = {"MALLOC_TRIM_THRESHOLD_": str(2**33), "MALLOC_MMAP_THRESHOLD_": str(2**25)}
"""For the C library: what was freed stays with the process. Else it depends on what ran before, and
on luck, whether each new array of some MB is paid for once more: up to half of PyTorch's time."""
SHORTEST = 2e-3
"""Seconds that are timed at once, at least: a shorter call is repeated."""
BEFORE = 0.03
"""Seconds for which a call with several threads is repeated untimed. The threads of the process
before wait busily for a while, and it takes time until a thread is moved to a processor that has
been asleep: either makes the first calls slower, by chance."""

calls = {}
"""What this process has ready to be timed: by contestant, then by task."""


def arrays(row, dtype):
    """Return x, w, b and dy of a row, with entries that suit its size."""
    import numpy as np

    from convlib._geometry import geometry

    given = {name: value for name, value in row.settings.items() if name != "groups"}
    output = geometry(row.x[2:], row.w[2:], **given).output
    shapes = (row.x, row.w, row.w[:1], (row.x[0], row.w[0], *output))
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape, np.float32).astype(dtype) for shape in shapes]


def prepare(row, dtype, names, threads, older):
    """Make ready what is timed next, and return {contestant: tasks}."""
    from benchmarks.speed import contestants

    calls.clear()
    given = arrays(row, dtype)
    for name in names:
        calls[name] = contestants.named(name, older)(*given, row.settings, threads)
    return {name: [*tasks] for name, tasks in calls.items()}


def known(row, dtype):
    """Return the number of products in y, and the methods that are taken for y, dx and dw."""
    import convlib

    x, w, _, dy = arrays(row, dtype)
    choice = convlib.choose_method(x, w, **row.settings)
    return {
        "products": dy.size * math.prod(row.w[1:]),
        "methods": {"y": choice.y, "dx": choice.dx, "dw": choice.dw},
    }


def seconds(name, task, times, threads):
    """Call once, or several times, and return the seconds of one call."""
    call = calls[name][task]
    clock = time.process_time if threads == 1 else time.perf_counter
    if threads > 1:
        until = clock() + BEFORE
        while clock() < until:
            call()
    start = clock()
    for _ in range(times):
        call()
    return (clock() - start) / times


def timer(pool, name, task, threads):
    """Return what `in_turn` calls, with as many calls at a time as a short task needs."""
    once = pool.submit(seconds, name, task, 1, threads).result
    once()
    took = pool.submit(seconds, name, task, 1, threads).result()
    times = math.ceil(SHORTEST / max(took, 1e-7))
    return lambda: pool.submit(seconds, name, task, times, threads).result()


@contextlib.contextmanager
def pools(names, threads):
    """Start the processes, with so many threads each, and yield them by contestant."""
    os.environ.update(dict.fromkeys(VARIABLES, str(threads)) | KEEP)
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(alone()) for _ in (names if threads > 1 else names[:1])]
        yield dict(zip(names, made if threads > 1 else made * len(names), strict=True))


def alone():
    """Return a process of its own, which starts with nothing loaded."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
