"""Parts of a computation that do not depend on one another, several of them at a time.

A method cuts its work into parts by shapes alone, never by the number of workers. So each part is
the same product whoever computes it, and parts are added up in their order: the result has the
same bits for any number of workers, as far as BLAS gives the same bits for the same product.
"""

import collections
import contextlib
import contextvars
import functools
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from convlib._arguments import integer

_AT_ONCE = contextvars.ContextVar("at_once", default=1)
"""How many parts are computed at a time. A thread of a pool starts with 1: no pool makes pools."""


def call(workers, function, *arguments):
    """Call a function, and let the parts that it hands to `each` be computed by so many workers.

    Examples
    --------
    >>> call(2, lambda n: list(in_order(lambda i: i**2, range(n))), 5)
    [0, 1, 4, 9, 16]
    """
    if type(workers) is int and workers == 1:
        return function(*arguments)
    token = _AT_ONCE.set(count(workers))
    try:
        return function(*arguments)
    finally:
        _AT_ONCE.reset(token)


def count(workers):
    """Return how many workers an argument asks for, in the manner of `scipy.fft`.

    Examples
    --------
    >>> count(3)
    3
    >>> count(0)
    Traceback (most recent call last):
        ...
    ValueError: workers: must not be 0
    """
    # Python 3.13 knows how many processors are for this process
    there = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    workers = integer("workers", workers, least=-there)
    if workers == 0:
        raise ValueError("workers: must not be 0")
    if sys.platform == "emscripten":  # the Python of the pages cannot start a thread
        return 1
    return workers if workers > 0 else workers + there + 1


def each(function, parts):
    """Call a function that returns nothing for each part.

    Examples
    --------
    >>> squares = [0, 0, 0]
    >>> call(2, each, lambda i: squares.__setitem__(i, i**2), range(3))
    >>> squares
    [0, 1, 4]
    """
    collections.deque(in_order(function, parts), maxlen=0)


def in_order(function, parts):
    """Yield what a function returns for each part, first to last; only a few results wait.

    NumPy does not warn: what overflows or is not a number shows in the result.
    """
    parts, function = list(parts), functools.partial(_quietly, function)
    workers = min(_AT_ONCE.get(), len(parts))
    if workers < 2:
        yield from map(function, parts)
        return
    waiting = collections.deque()
    with _ONE_BLAS_THREAD, ThreadPoolExecutor(workers) as pool:
        for part in parts:
            waiting.append(pool.submit(function, part))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _quietly(function, part):
    """Call a function for a part without warnings; a thread has settings of its own for them."""
    with np.errstate(over="ignore", invalid="ignore"):
        return function(part)


class _OneBlasThread:
    """Hold BLAS to one thread while any pool runs, where threadpoolctl is installed.

    The limit is one for the whole process. So the first pool sets it, and the last one lifts it:
    if each did both, one that began within another would bring the limit back at its end.
    """

    def __init__(self):
        self._lock, self._pools, self._limit = threading.Lock(), 0, contextlib.nullcontext()

    def __enter__(self):
        with self._lock:
            if self._pools == 0:
                self._limit = _blas_limit()
                self._limit.__enter__()
            self._pools += 1

    def __exit__(self, *error):
        with self._lock:
            self._pools -= 1
            if self._pools == 0:
                self._limit.__exit__(*error)


_ONE_BLAS_THREAD = _OneBlasThread()


def _blas_limit():
    """Return a context that holds BLAS to one thread, or one that does nothing."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    return threadpool_limits(limits=1, user_api="blas")
