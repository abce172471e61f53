"""Every method computes the same three things, as the formula says; auto chooses one of them."""

import gc
import inspect
import os
import queue
import re
import subprocess
import sys
import threading
import tracemalloc
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import lru_cache
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import convlib
from convlib import _methods, geometry
from convlib._matmul import quiet
from convlib._methods import METHODS, _chunks, _workers, im2col, winograd
from convlib.mistakes import MISTAKES, made
from tests.operations import DEPTHWISE, EVERY_FEW, GROUPED, Transposed
from tests.settings import FEW, TOLERANCE, Setting, worst_error

TASKS = ("forward", "input_gradient", "weight_gradient")

MORE = [
    Setting((9, 11), (3, 3), padding=1, channels=8, filters=9),
    Setting((12, 7), (5, 5), padding=((2, 1), (0, 2)), channels=9, filters=8),
    Setting((8, 9), (3, 5), channels=4, filters=4),
    Setting((13,), (3,), padding=1, channels=8, filters=8),
    Setting((10, 9), (4, 3), padding=((0, 3), (1, 0)), channels=32, filters=32, groups=2),
    Setting((14, 9), (3, 3), padding=1, channels=33, filters=40),
    Setting((11, 6), (5, 1), channels=16, filters=17),
    Setting((5, 6, 7), (3, 3, 3), padding=1, channels=3, filters=4),
    Setting((9, 8), (3, 3), padding=1, channels=5, filters=5, groups=5),
    Setting((17,), (3,), padding=((1, 0),), channels=3, filters=3, groups=3),
    Setting((15, 13), (7, 7), stride=2, padding=3, channels=3, filters=4),
    Setting((10, 9), (3, 3), stride=2, padding=1, channels=4, filters=5),
    Setting((23, 19), (7, 7), stride=2, padding=3, channels=3, filters=16),
    Setting((41, 30), (11, 9), stride=(4, 2), padding=((2, 3), (4, 0)), channels=2, filters=17),
    Setting((20, 9), (6, 3), stride=(2, 1), padding=1, channels=12, filters=32, groups=2),
    Setting((6, 7), (1, 1), channels=5, filters=6),
    Setting((1, 2), (3, 3), padding=1),  # some weights read zeros alone
    Setting((3,), (2,), padding=2),  # and so do some outputs
    Setting((4, 3, 5), (2, 1, 3), stride=(2, 1, 1), channels=3, filters=3, groups=3),
]
"""What the methods are made for, and the settings of the grids are too small for."""

SETTINGS = [*FEW, DEPTHWISE, GROUPED, *MORE]
TRANSPOSED = [
    *(setting for setting in EVERY_FEW if isinstance(setting, Transposed)),
    Transposed((4, 5), (3, 3), padding=1, channels=16, filters=17),
    Transposed((7, 6), (5, 6), stride=2, padding=1, channels=16, filters=5),
    Transposed((9, 8), (3, 3), padding=1, channels=5, filters=5, groups=5),
]

BOUNDS = {name: {np.float64: 1e-13, np.float32: 1e-5} for name in ("winograd", "phases")}
"""Errors relative to the sum over absolute values, where they are not that of eight roundings."""


def bound(name, dtype):
    return BOUNDS.get(name, TOLERANCE)[dtype]


def sizes_of(setting):
    keywords = {name: v for name, v in setting.keywords.items() if name != "groups"}
    return geometry(setting.size, setting.kernel, **keywords)


def refuses(setting, name):
    """Say whether a method cannot be used at a setting; it must say so itself, with its name."""
    arrays = setting._replace(batch=0).arrays()
    try:
        setting.run(*arrays, method=name)
    except ValueError as error:
        if re.match(rf"method: {name!r} cannot be used", str(error)):
            return True
        raise
    return False


def cases(settings):
    return [
        pytest.param(name, setting, id=f"{name} {setting}")
        for name in METHODS
        for setting in settings
        if not refuses(setting, name)
    ]


CASES = cases(SETTINGS)
EVERY_CASE = pytest.mark.parametrize(("name", "setting"), CASES)
EVERY_METHOD = pytest.mark.parametrize("name", METHODS)


def by_taps(setting, x, w, b, dy):
    """Return y, dx, dw and db, kernel entry by kernel entry: what the loops say, in less time."""
    G, pairs = setting.groups, setting.pairs
    x = np.pad(x, ((0, 0), (0, 0), *pairs)).astype(np.float64)
    w = w.astype(np.float64).reshape(G, len(w) // G, *w.shape[1:])
    dy_rows = dy.astype(np.float64).reshape(len(dy), G, w.shape[1], np.prod(dy.shape[2:]))
    y, dx, dw = np.zeros(dy_rows.shape), np.zeros(x.shape), np.zeros(w.shape)
    for k in np.ndindex(*setting.kernel):
        axes = zip(k, setting.dilations, setting.strides, dy.shape[2:], strict=True)
        at = (..., *(slice(d * i, d * i + s * out, s) for i, d, s, out in axes))
        read, tap = x[at].reshape(len(x), G, w.shape[2], dy_rows.shape[3]), w[(..., *k)]
        y += np.einsum("ngcl,gfc->ngfl", read, tap)
        dx[at] += np.einsum("ngfl,gfc->ngcl", dy_rows, tap).reshape(x[at].shape)
        dw[(..., *k)] = np.einsum("ngfl,ngcl->gfc", dy_rows, read)
    inside = (slice(p, p + h) for (p, _), h in zip(pairs, setting.size, strict=True))
    y = y.reshape(dy.shape) + b.reshape(-1, *(1,) * len(pairs))
    db = dy.sum((0, *range(2, dy.ndim)), np.float64)
    return {"y": y, "dx": dx[(..., *inside)], "dw": dw.reshape(-1, *dw.shape[2:]), "db": db}


@lru_cache
def right(setting, dtype):
    """Return the arrays of a setting, what is right for them, and the size of its terms."""
    arrays = setting.arrays(dtype)
    return arrays, by_taps(setting, *arrays), by_taps(setting, *map(abs, arrays))


@pytest.mark.parametrize("setting", [*FEW, DEPTHWISE, GROUPED], ids=str)
def test_taps_are_what_the_loops_say(setting):
    arrays, got, size = right(setting, np.float64)
    assert worst_error(got, setting.by_loops(*arrays), size) <= TOLERANCE[np.float64]


# --- what each method computes --------------------------------------------------------------------


@EVERY_METHOD
def test_methods_are_tried_where_they_can_be_used(name):
    tried = [case.values[1] for case in CASES if case.values[0] == name]
    assert len(tried) >= 3
    assert name != "im2col" or tried == SETTINGS


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@EVERY_CASE
def test_method_computes_what_is_right(name, setting, dtype):
    setting = setting._replace(batch=3)
    arrays, expected, size = right(setting, dtype)
    got = setting.run(*arrays, method=name)
    assert worst_error(got, expected, size) <= bound(name, dtype)
    assert {v.dtype for v in got.values()} == {np.dtype(dtype)}
    for key, array in got.items():
        assert array.flags.c_contiguous, key
        assert array.base is None or array.base.size == array.size, key


@EVERY_CASE
def test_layout_and_dtype_do_not_matter(name, setting):
    arrays, expected, size = right(setting, np.float32)
    before = [v.tobytes() for v in arrays]
    makes = {
        "Fortran order": np.asfortranarray,
        "backwards": lambda v: np.flip(np.flip(v).copy()),
        "every other": lambda v: np.repeat(v, 2, axis=-1)[..., ::2],
        "float64": lambda v: v.astype(np.float64),
    }
    for words, make in makes.items():
        got = setting.run(*map(make, arrays), method=name)
        assert worst_error(got, expected, size) <= bound(name, np.float32), words
    first, *rest = arrays
    mixed = setting.run(first.astype(np.float64), *rest, method=name)
    assert {v.dtype.name for v in mixed.values()} == {"float64"}
    assert worst_error(mixed, expected, size) <= bound(name, np.float64)
    assert [v.tobytes() for v in arrays] == before


@pytest.mark.parametrize("setting", TRANSPOSED, ids=str)
def test_every_method_transposes(setting):
    arrays = setting.arrays()
    expected, size = setting.by_loops(*arrays), setting.scale(*arrays)
    for name in (name for name in METHODS if not refuses(setting, name)):
        got = setting.run(*arrays, method=name)
        assert worst_error(got, expected, size) <= bound(name, np.float64), name


@EVERY_CASE
def test_whole_numbers_may_be_given(name, setting):
    whole = [np.round(3 * v).astype(np.int8) for v in setting.arrays()]
    expected, size = by_taps(setting, *whole), by_taps(setting, *map(abs, whole))
    assert worst_error(setting.run(*whole, method=name), expected, size) <= bound(name, np.float64)
    for way in ({}, {"method": "im2col"}):
        for key, array in setting.run(*whole, **way).items():
            np.testing.assert_array_equal(array, expected[key], err_msg=key)


@EVERY_CASE
def test_no_examples(name, setting):
    arrays = setting._replace(batch=0).arrays()
    got, expected = setting.run(*arrays, method=name), by_taps(setting, *arrays)
    assert worst_error(got, expected, expected) == 0


# --- what is not finite ---------------------------------------------------------------------------


@lru_cache
def spoiled(setting, which, value, at):
    """Return arrays of which one has an entry that is not finite, and what is right for them."""
    arrays = dict(zip(("x", "w", "b", "dy"), map(np.copy, setting.arrays()), strict=True))
    arrays[which].flat[round(at * (arrays[which].size - 1))] = value
    with np.errstate(invalid="ignore"):
        return arrays.values(), by_taps(setting, *arrays.values())


@pytest.mark.filterwarnings("ignore:invalid value encountered in multiply")  # 0 times infinity
@pytest.mark.parametrize("value", [np.nan, -np.inf])
@pytest.mark.parametrize("which", ["x", "w", "dy"])
@EVERY_CASE
def test_nan_and_infinity_spread_as_the_formula_says(name, setting, which, value):
    for at in (0, 0.4, 0.7, 1):
        arrays, expected = spoiled(setting, which, value, at)
        for key, got in setting.run(*arrays, method=name).items():
            unlike = ~np.isfinite(expected[key])
            np.testing.assert_array_equal(got[unlike], expected[key][unlike], err_msg=key)
            np.testing.assert_allclose(got[~unlike], expected[key][~unlike], atol=1e-12)


@EVERY_CASE
@pytest.mark.filterwarnings("ignore:invalid value")  # one infinity less another
def test_infinities_meet_as_in_the_formula(name, setting):
    for which in (0, 1, 3):
        arrays = [*map(np.copy, setting.arrays())]
        arrays[which].flat[::2], arrays[which].flat[1::2] = np.inf, -np.inf
        expected = by_taps(setting, *arrays)
        for key, got in setting.run(*arrays, method=name).items():
            unlike = ~np.isfinite(expected[key])
            np.testing.assert_array_equal(got[unlike], expected[key][unlike], err_msg=key)


def test_one_infinity_spreads_to_the_windows_that_read_it():
    x, w, b, dy = FEW[0].arrays()
    x[0, 0, 2, 2] = np.inf
    expected = by_taps(FEW[0], x, w, b, dy)
    assert [np.sum(~np.isfinite(v)) for v in expected.values()] == [18, 0, 18, 0]


@EVERY_CASE
def test_nothing_overflows_that_need_not(name, setting):
    x, w, b, dy = (v.astype(np.float32) for v in setting.arrays())
    x[...], w[...], dy[...] = 0, 1 / 4, 1 / 4
    x.flat[x.size // 2] = np.finfo(np.float32).max / 4
    expected = by_taps(setting, x, w, b, dy)
    for key, got in setting.run(x, w, b, dy, method=name).items():
        # relative to the largest: a method may lose the small beside the large
        atol = 1e-5 * abs(expected[key]).max()
        np.testing.assert_allclose(got, expected[key], rtol=0, atol=atol, err_msg=key)


# --- memory ---------------------------------------------------------------------------------------

LARGE = [
    Setting((32, 32), (3, 3), padding=1, channels=8, filters=8, batch=512),
    Setting((32, 32), (5, 5), padding=2, channels=8, filters=8, groups=8, batch=512),
    Setting((1,), (1,), channels=4, filters=4, batch=10**6),
]


@pytest.mark.parametrize(("name", "setting"), cases(LARGE))
def test_extra_memory_is_that_of_input_and_output_and_64_mb(name, setting):
    x, w, b, dy = setting._replace(batch=8).arrays(np.float32)
    x, dy = (np.concatenate([v] * (setting.batch // 8)) for v in (x, dy))
    tracemalloc.start()
    try:
        for call, outputs in (
            (lambda: convlib.conv(x, w, b, **setting.keywords, method=name), [dy]),
            (lambda: convlib.conv_backward(dy, x, w, **setting.keywords, method=name), [x, w]),
        ):
            tracemalloc.reset_peak()
            call()
            extra = tracemalloc.get_traced_memory()[1] - sum(v.nbytes for v in outputs)
            assert extra <= x.nbytes + dy.nbytes + 2**26
    finally:
        tracemalloc.stop()


# --- workers --------------------------------------------------------------------------------------

SHARED = [
    Setting((24, 20), (3, 3), padding=1, channels=32, filters=24, batch=40),
    Setting((24, 20), (3, 3), padding=1, channels=32, filters=32, groups=32, batch=80),
    Setting((7, 7), (3, 3), padding=1, channels=160, filters=160, batch=2),
    Setting((31, 31), (3, 3), stride=2, channels=8, filters=9, batch=80),
    Setting((64, 60), (5, 5), stride=2, padding=2, channels=8, filters=16, batch=16),
]


@pytest.fixture
def pools(monkeypatch):
    """Record how many workers are called, the thread that calls them among them."""
    called, pool = [], _workers._pool
    monkeypatch.setattr(
        _workers, "_pool", lambda threads: called.append(threads + 1) or pool(threads)
    )
    return called


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "setting"), cases(SHARED))
def test_result_has_the_same_bits_for_any_number_of_workers(name, setting, dtype, pools):
    arrays = setting.arrays(dtype)
    with threadpool_limits(limits=1):
        alone = setting.run(*arrays, method=name)
        assert pools == []
        for workers in (2, 3, 16, -1):
            for key, got in setting.run(*arrays, method=name, workers=workers).items():
                np.testing.assert_array_equal(got, alone[key], err_msg=f"{key} {workers}")


@EVERY_METHOD
def test_workers_share_what_is_large(name, pools):
    if name == "dense":  # for what is not worth a thread
        return
    setting = next(s for s in SHARED if not refuses(s, name))
    setting.run(*setting.arrays(), method=name, workers=2)
    # and what is cut into phases and put back
    assert pools == [2] * {"phases": 6, "banded": 2}.get(name, 3)


def test_workers_share_weights_only_where_there_are_many(pools):
    setting = Setting((24, 20), (3, 3), padding=1, channels=96, filters=96, batch=8)
    for dtype, more in ((np.float32, 0), (np.float64, 2)):  # of 1.3 and 2.7 MB, for y and dx
        setting.run(*setting.arrays(dtype), method="winograd", workers=2)
        assert pools == [2] * (3 + more)
        pools.clear()


def test_no_worker_warns():
    both = threading.Barrier(2, timeout=60)  # so that each of two threads takes a part

    def overflow(part):
        both.wait()
        return threading.get_ident(), np.array([3e38], np.float32) * np.float32(10)

    with warnings.catch_warnings(), quiet():
        warnings.simplefilter("error")
        found = _workers.call(2, lambda: list(_workers.in_order(overflow, range(2))))
    assert len({thread for thread, _ in found}) == 2
    assert all(np.isinf(values).all() for _, values in found)


def test_workers_are_not_called_for_a_little(pools):
    setting = Setting((256, 256), (2, 1), channels=1, filters=1, batch=8)  # in eight parts
    setting.run(*setting.arrays(), method="im2col", workers=2)
    assert pools == []
    with pytest.raises(TypeError, match=r"^workers: "):
        setting.run(*setting.arrays(), workers=2.0)


def test_only_a_few_results_wait():
    waiting, most = 0, 0

    def compute(part):
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        sleep(0.001 * (part % 7 == 0))
        return part

    def collect():
        nonlocal waiting
        for part in _workers.in_order(compute, range(60)):
            waiting -= 1
            yield part

    assert _workers.call(3, lambda: [*collect()]) == [*range(60)]
    assert most <= 2 * 3


def test_parts_have_no_workers_of_their_own(pools):
    nested = lambda part: [*_workers.in_order(lambda i: 10 * part + i, range(3))]  # noqa: E731
    found = _workers.call(2, lambda: [*_workers.in_order(nested, range(5))])
    assert found == [[10 * part + i for i in range(3)] for part in range(5)]
    assert pools == [2]


def test_a_loop_that_is_left_early_leaves_no_part_behind():
    done = []

    def leave():
        for part in _workers.in_order(done.append, range(100)):
            assert part is None
            return

    _workers.call(2, leave)
    count = len(done)
    sleep(0.05)
    assert len(done) == count < 100


KEPT = """
import numpy as np
from convlib._methods._workers import call, in_order
def fail():
    for part in in_order(lambda i: np.ones(10), range(100)):
        raise KeyError(part)
try:
    call(2, fail)
except KeyError as error:
    kept = error  # and with it the loop, which is not over
"""


def test_an_error_that_is_kept_does_not_keep_the_process():
    subprocess.run([sys.executable, "-c", KEPT], check=True, timeout=60)


def test_a_thread_that_cannot_start_is_an_error_and_no_more(monkeypatch):
    def cannot(*_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_workers, "_pool", cannot)
    with pytest.raises(RuntimeError, match="start"):
        _workers.call(2, lambda: [*_workers.in_order(abs, range(5))])


def test_an_error_in_a_part_keeps_nothing_once_it_is_dropped():
    class Large:
        pass

    def compute(part):
        large = Large()
        alive.append(weakref.ref(large))
        if part in (3, 4):
            both.wait()
            raise KeyError(part)
        return large

    alive, both = [], threading.Barrier(2, timeout=60)  # one is raised, and one waits for its turn
    gc.disable()
    try:
        with suppress(KeyError):
            _workers.call(2, lambda: [None for _ in _workers.in_order(compute, range(20))])
        assert [ref() for ref in alive if ref()] == []
    finally:
        gc.enable()


def test_an_interrupt_is_not_lost_with_the_part_that_it_meets(monkeypatch):
    class Queue:
        """Of which the first `put` of the main thread is interrupted at its end."""

        def __init__(self):
            self.queue, self.interrupts = queue.SimpleQueue(), [KeyboardInterrupt]
            self.get, self.empty = self.queue.get, self.queue.empty

        def put(self, item):
            self.queue.put(item)
            if threading.current_thread() is threading.main_thread() and self.interrupts:
                raise self.interrupts.pop()

    monkeypatch.setattr(_workers, "queue", SimpleNamespace(SimpleQueue=Queue))
    with pytest.raises(KeyboardInterrupt):
        _workers.call(2, lambda: [*_workers.in_order(abs, range(9))])


INTERRUPTED = """
import threading
from convlib._methods._workers import call, in_order
both = threading.Barrier(2, timeout=30)
def interrupted(part):
    both.wait()
    if threading.current_thread() is not threading.main_thread():
        raise KeyboardInterrupt
try:
    call(2, lambda: [*in_order(interrupted, range(2))])
except KeyboardInterrupt:
    print("raised here")
"""


def test_an_interrupt_in_another_thread_is_raised_here():
    # in a process of its own, which can be ended if it waits for the part for ever
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert done.stdout == "raised here\n"


FORKED = """
import os, threading, numpy as np, convlib
x, w = np.ones((8, 32, 30, 30)), np.ones((32, 32, 3, 3))
before = convlib.conv2d(x, w, workers=2)
child = os.fork()
same = np.array_equal(convlib.conv2d(x, w, workers=2), before) and threading.active_count() > 1
if child:
    same = same and os.waitpid(child, 0)[1] == 0
os._exit(not same)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
def test_a_process_that_was_forked_has_workers_too():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], check=True, timeout=60)


def blas_threads():
    return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]


def test_blas_is_held_to_one_thread_only_while_a_pool_runs(monkeypatch):
    before, within = blas_threads(), spied_threads(monkeypatch, im2col, "columns")
    arrays = SHARED[3].arrays()
    for workers, threads in ((2, [1] * len(before)), (1, before)):
        SHARED[3].run(*arrays, method="im2col", workers=workers)
        assert within
        assert all(found == threads for found in within)
        assert blas_threads() == before
        within.clear()


def spied_threads(monkeypatch, module, name):
    """Record how many threads BLAS has whenever a function is called."""
    found, function = [], getattr(module, name)
    monkeypatch.setattr(
        module, name, lambda *given: found.append(blas_threads()) or function(*given)
    )
    return found


def test_blas_is_held_to_one_thread_before_and_after_the_parts_too(monkeypatch):
    threads = [1] * len(blas_threads())
    before = spied_threads(monkeypatch, winograd, "_weights")
    after = spied_threads(monkeypatch, np, "vdot")
    SHARED[0].run(*SHARED[0].arrays(), method="winograd", workers=2)
    assert before == [threads] * 2
    assert len(after) > 3  # each part of y and dx, and all of dw
    assert all(found == threads for found in after)


def test_blas_keeps_its_threads_where_there_is_one_part(monkeypatch):
    threads, alone = blas_threads(), SHARED[0]._replace(batch=1)
    found = spied_threads(monkeypatch, im2col, "columns")
    monkeypatch.setattr(_methods, "WORTH_SHARING", 0)
    alone.run(*alone.arrays(), method="im2col", workers=2)
    assert found == [threads] * 2


def test_pools_that_overlap_leave_blas_as_it_was():
    before, setting = blas_threads(), SHARED[3]
    arrays, expected, size = right(setting, np.float32)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(setting.run, *arrays, workers=n) for n in (2, 3, 2, 4) * 4]
    for job in jobs:
        assert worst_error(job.result(), expected, size) <= TOLERANCE[np.float32]
    assert blas_threads() == before


def test_workers_do_without_threadpoolctl(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setattr(_workers, "_controller", _workers._controller.__wrapped__)
    assert isinstance(_workers._blas_limit(), nullcontext)
    setting = SHARED[3]
    arrays, expected, size = right(setting, np.float64)
    assert worst_error(setting.run(*arrays, workers=2), expected, size) <= TOLERANCE[np.float64]


def test_an_error_in_a_part_is_raised_and_blas_gets_its_threads_back(monkeypatch):
    before = blas_threads()

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(im2col, "columns", fail)
    x, w, b, _ = SHARED[0].arrays()
    with pytest.raises(MemoryError):
        convlib.conv(x, w, b, method="im2col", workers=2)
    assert blas_threads() == before
    assert _workers._AT_ONCE.get() == 1


def test_negative_workers_count_from_the_number_of_processors(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 6, raising=False)
    assert [_workers.count(n) for n in (-1, -2, -6, 1, 9, np.int64(3))] == [6, 5, 1, 1, 9, 3]
    with pytest.raises(ValueError, match=r"^workers: must be at least -6, got -7$"):
        _workers.count(-7)
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert _workers.count(4) == 1


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["im2col", "depthwise"])
def test_a_chunk_has_room_for_all_that_an_example_takes(name, task, monkeypatch):
    asked = []
    monkeypatch.setattr(_chunks, "chunks", lambda *given: asked.append(given) or [slice(None)])
    x, w, _, dy = DEPTHWISE.arrays()
    sizes = sizes_of(DEPTHWISE)
    first, second = {"forward": (x, w), "input_gradient": (dy, w), "weight_gradient": (dy, x)}[task]
    getattr(METHODS[name], task)(first, second, sizes, DEPTHWISE.groups, x.dtype)
    padded = x.shape[1] * np.prod(sizes.padded)
    taps = x.shape[1] * np.prod(sizes.output) * (np.prod(sizes.kernel) if name == "im2col" else 1)
    product = w.size if (name, task) == ("im2col", "weight_gradient") else 0  # before it is summed
    assert asked[0][:2] == (len(x), 8 * (taps + padded + product))


# --- which method ---------------------------------------------------------------------------------


@EVERY_METHOD
def test_methods_have_the_same_functions(name):
    for task in (*TASKS, "supports", "pays"):
        own, first = (
            inspect.signature(getattr(m, task)) for m in (METHODS[name], METHODS["im2col"])
        )
        assert own == first


@pytest.mark.parametrize(
    ("channels", "filters", "groups", "expected"),
    [(2, 2, 2, True), (1, 1, 1, False), (4, 4, 2, False), (2, 4, 2, False), (4, 2, 2, False)],
)
def test_depthwise_is_one_filter_for_each_of_several_channels(channels, filters, groups, expected):
    sizes = geometry((5, 5), (3, 3))
    assert METHODS["depthwise"].supports(channels, filters, sizes, groups) is expected


def spied(monkeypatch):
    """Record which method is asked for which task."""
    asked = []

    def recorded(name, tasks, function):
        def call(*arguments):
            if asked[-1:] != [(tasks[0], name)]:  # a method may call itself
                asked.extend((task, name) for task in tasks)
            return function(*arguments)

        return call

    for name, method in METHODS.items():
        for task in TASKS:
            monkeypatch.setattr(method, task, recorded(name, [task], getattr(method, task)))
        if hasattr(method, "gradients"):
            both = recorded(name, TASKS[1:], method.gradients)
            monkeypatch.setattr(method, "gradients", both)
    return asked


def first_of_each(asked):
    """Return the method that was asked first for each task: it may ask another one."""
    return [*dict(reversed(asked)).items()][::-1]


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_what_is_chosen_is_what_computes(setting, monkeypatch):
    asked = spied(monkeypatch)
    x, w, b, dy = setting.arrays()
    choice = convlib.choose_method(x, w, **setting.keywords)
    setting.run(x, w, b, dy)
    assert first_of_each(asked) == [*zip(TASKS, choice[:3], strict=True)]
    for result, name, line in zip(("y", "dx", "dw"), choice, choice.why.splitlines(), strict=False):
        *before, last = line.removeprefix(f"{result}: ").split(", ")
        assert last == f"{name} is taken"
        names = [word.split()[0] for word in (*before, last)]
        assert names == [*METHODS][: len(names)]
    asked.clear()
    convlib.conv_transpose(dy, w, **setting.keywords, output_padding=sizes_of(setting).remainder)
    assert asked == [("input_gradient", choice.dx)]


@EVERY_CASE
def test_a_method_that_is_named_is_taken(name, setting, monkeypatch):
    asked = spied(monkeypatch)
    setting.run(*setting.arrays(), method=name)
    assert first_of_each(asked) == [(task, name) for task in TASKS]


def test_dx_and_dw_have_methods_of_their_own(monkeypatch):
    asked = spied(monkeypatch)
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((8, 64, 1000)), rng.standard_normal((64, 1, 3))
    convlib.conv_backward(x, x, w, padding=1, groups=64)
    assert first_of_each(asked) == [("input_gradient", "banded"), ("weight_gradient", "depthwise")]
    asked.clear()
    x, w = rng.standard_normal((8, 64, 28, 28)), rng.standard_normal((64, 1, 3, 3))
    convlib.conv_backward(x, x.astype(int), w, padding=1, groups=64)
    assert first_of_each(asked) == [("input_gradient", "banded"), ("weight_gradient", "im2col")]


@pytest.mark.parametrize("method", METHODS)
def test_a_window_of_zeros_alone_spreads_what_is_not_a_number(method):
    for setting in (
        Setting((9, 8), (3, 3), padding=3, channels=16, filters=16, groups=16),
        Setting((9, 8), (3, 3), padding=3, channels=16, filters=16),
        Setting((9, 8), (3, 2), stride=(4, 1), padding=(2, 3), channels=3, filters=3, groups=3),
        Setting((9,), (3,), padding=3, channels=16, filters=16, groups=16),
    ):
        if refuses(setting, method):
            continue
        x, w, b, dy = setting.arrays()
        dy[0, 1, 0] = np.nan
        right = setting.run(x, w, b, dy, method="im2col")
        got = setting.run(x, w, b, dy, method=method)
        for key in ("dx", "dw", "db"):
            np.testing.assert_array_equal(np.isnan(got[key]), np.isnan(right[key]))


def test_integers_are_left_to_im2col():
    x, w = np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3))
    assert convlib.choose_method(x, w).y != "im2col"
    for given in ((x.astype(int), w), (x, w.astype(np.uint8))):
        choice = convlib.choose_method(*given)
        assert choice[:3] == ("im2col",) * 3
        assert choice.why.splitlines()[1] == "dx: im2col is exact with integers"


NAMES = [f"conv{rank}{end}" for rank in ("", "2d") for end in ("", "_backward")]
NAMES += [f"conv_transpose{rank}{end}" for rank in ("", "2d") for end in ("", "_backward")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("error", "keywords", "message"),
    [
        (ValueError, {"method": "fft"}, r"^method: expected one of 'auto', .*'im2col'; got 'fft'$"),
        (
            ValueError,
            {"method": "depthwise"},
            r"^method: 'depthwise' cannot .* 'auto', .*'im2col'$",
        ),
        (TypeError, {"method": None}, r"^method: expected .*, got None$"),
        (TypeError, {"method": ["im2col"]}, r"^method: .* got \['im2col'\]$"),
        (ValueError, {"workers": 0}, r"^workers: must not be 0$"),
        (ValueError, {"workers": -(10**6)}, r"^workers: must be at least -\d+, got -1000000$"),
        (TypeError, {"workers": 1.0}, r"^workers: expected an integer, got 1\.0$"),
        (TypeError, {"workers": True}, r"^workers: expected an integer, got True$"),
        (TypeError, {"workers": None}, r"^workers: expected an integer, got None$"),
    ],
)
def test_bad_method_or_workers_is_named(name, error, keywords, message):
    x = w = dy = np.ones((1, 1, 1, 1))
    arrays = (dy, x, w) if name.endswith("_backward") else (x, w)
    with pytest.raises(error, match=message):
        getattr(convlib, name)(*arrays, **keywords)


def test_a_layer_hands_method_and_workers_on(monkeypatch):
    asked = spied(monkeypatch)
    rng = np.random.default_rng(0)
    layer = convlib.layers.Conv2d(3, 2, 3, rng=rng, method="im2col", workers=2)
    layer.backward(layer(np.ones((1, 3, 5, 5))), np.ones((1, 3, 5, 5)))
    assert asked == [(task, "im2col") for task in TASKS]
    with pytest.raises(ValueError, match=r"^method: "):
        convlib.layers.Conv2d(3, 2, 3, rng=rng, method="fft")(np.ones((1, 3, 5, 5)))


# --- mistakes reach every method ------------------------------------------------------------------

OPERATIONS = (
    convlib.conv,
    convlib.conv_backward,
    convlib.conv_transpose,
    convlib.conv_transpose_backward,
)
WRONG = [name for name, mistake in MISTAKES.items() if {*OPERATIONS} & {*mistake.variants}]


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_made_with_every_method(mistake):
    for name, setting in (
        ("im2col", GROUPED),
        *((name, shape) for name in METHODS for shape in (MORE[0], MORE[5])),
    ):
        if refuses(setting, name):
            continue
        kind = Transposed if {*OPERATIONS[2:]} & {*MISTAKES[mistake].variants} else Setting
        names = set(kind._fields) & set(setting._fields)
        setting = kind(**{key: getattr(setting, key) for key in names})
        arrays = setting.arrays()
        with made(mistake):
            results = []
            for way in ({"method": "im2col"}, {"method": name, "workers": 2}):
                try:
                    results.append(setting.run(*arrays, **way))
                except ValueError as error:
                    results.append({"error": str(error).split(":")[0]})
        expected, got = results
        assert got.keys() == expected.keys()
        for key in got:
            if key == "error":
                assert got[key] == expected[key]
            else:
                np.testing.assert_allclose(got[key], expected[key], atol=1e-10, err_msg=key)
