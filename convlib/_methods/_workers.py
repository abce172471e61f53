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

from convlib._arguments import integer
from convlib._matmul import quiet

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
    >>> count(1)
    1
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
    with one_blas_thread(), ThreadPoolExecutor(workers) as pool:
        for part in parts:
            waiting.append(pool.submit(function, part))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _quietly(function, part):
    """Call a function for a part without warnings; a thread has settings of its own for them."""
    with quiet():
        return function(part)


def one_blas_thread():
    """Hold BLAS to one thread if several workers take part, and threadpoolctl is installed.

    Also for what one worker does before and after them: threads of BLAS that are awake wait busily,
    each on a processor that a worker could have. What is not parted at all keeps all threads.
    """
    return _held() if _AT_ONCE.get() > 1 else _AS_IT_IS


@contextlib.contextmanager
def _held():
    """Hold BLAS to one thread.

    The limit is one for the whole process, and only the thread that set it can lift it. Of calls
    that overlap, the first one does both; each on its own, the last would bring the limit back.
    """
    if not _HELD.acquire(blocking=False):
        yield
        return
    try:
        with _blas_limit():
            yield
    finally:
        _HELD.release()


_HELD = threading.Lock()
_AS_IT_IS = contextlib.nullcontext()


def _blas_limit():
    """Return a context that holds BLAS to one thread, or one that does nothing."""
    controller = _controller()
    return controller.limit(limits=1, user_api="blas") if controller else contextlib.nullcontext()


@functools.cache
def _controller():
    """Find the BLAS that NumPy has loaded: once, since it takes longer than many a convolution."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
