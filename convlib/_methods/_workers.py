"""Parts of a computation that do not depend on one another, several of them at a time.

A method cuts its work into parts by shapes alone, never by the number of workers. So each part is
the same product whoever computes it, and parts are added up in their order: the result has the
same bits for any number of workers, as far as BLAS gives the same bits for the same product.
"""

import collections
import contextlib
import contextvars
import functools
import math
import os
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from convlib._arguments import integer
from convlib._matmul import quiet

_AT_ONCE = contextvars.ContextVar("at_once", default=1)
"""How many parts are computed at a time; one, within such a part: it has no workers of its own."""


def call(workers, function, *arguments):
    """Call a function, and let the parts that it hands to `each` be computed by so many workers.

    Examples
    --------
    >>> call(count(2), lambda n: list(in_order(lambda i: i**2, range(n))), 5)
    [0, 1, 4, 9, 16]
    """
    token = _AT_ONCE.set(workers)
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
    workers = integer("workers", workers, least=-math.inf)
    if workers == 0:
        raise ValueError("workers: must not be 0")
    if workers < 0:
        # Python 3.13 knows how many processors are for this process
        there = getattr(os, "process_cpu_count", os.cpu_count)() or 1
        workers = integer("workers", workers, least=-there) + there + 1
    # the Python of the pages cannot start a thread
    return 1 if sys.platform == "emscripten" else workers


def each(function, parts):
    """Call a function that returns nothing for each part.

    Examples
    --------
    >>> squares = [0, 0, 0]
    >>> call(count(2), each, lambda i: squares.__setitem__(i, i**2), range(3))
    >>> squares
    [0, 1, 4]
    """
    collections.deque(in_order(function, parts), maxlen=0)


def in_order(function, parts):
    """Yield what a function returns for each part, first to last; only a few results wait.

    The thread that asks computes parts too, so that it need not be woken for each of them.
    """
    parts = list(parts)
    workers = min(_AT_ONCE.get(), len(parts))
    if workers < 2:
        yield from map(function, parts)
        return
    left, room = collections.deque(enumerate(parts)), collections.deque([None] * 2 * workers)
    done, found, others = queue.SimpleQueue(), {}, []

    def work_on_next():
        """Compute a part, and say whether there was one left, and room for its result."""
        try:
            room.pop()
            number, part = left.popleft()
        except IndexError:
            return False
        try:
            value = function(part)
        except BaseException as error:
            done.put((number, (None, error)))
        else:  # an interrupt from here on is that of the thread, and not of the part
            done.put((number, (value, None)))
        return True

    def work():  # never waits: nobody might come back for the results
        with quiet():  # as the thread that asks is: NumPy's settings are a thread's own
            while work_on_next():
                pass

    try:
        with one_blas_thread():
            pool = _pool(workers - 1)
            for number in range(len(parts)):
                others = [other for other in others if not other.done()]
                while left and len(others) < workers - 1:
                    others.append(pool.submit(call, 1, work))
                while number not in found:
                    if not done.empty() or not call(1, work_on_next):
                        found.update([done.get()])
                yield _result(*found.pop(number))
                room.append(None)
    finally:
        left.clear()
        wait([other for other in others if not other.cancel()])
        found = done = None  # an error keeps this frame, and what it holds


def _result(value, error):
    """Return a result, or raise the error that there is instead."""
    try:
        if error is not None:
            raise error
        return value
    finally:
        error = None  # it keeps this frame, and so what it holds


@functools.cache
def _pool(threads):
    """Return so many threads, which wait for work: to start one takes longer than to wake it."""
    return ThreadPoolExecutor(threads)


if hasattr(os, "register_at_fork"):  # a process that was forked has none of these threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def one_blas_thread(parts=2):
    """Hold BLAS to one thread if workers share these parts, and threadpoolctl is installed.

    Also for what one worker does before and after them: threads of BLAS that are awake wait busily,
    each on a processor that a worker could have. What is not parted at all keeps all threads.
    """
    return _held() if min(parts, _AT_ONCE.get()) > 1 else _AS_IT_IS


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
