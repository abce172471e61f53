"""Winograd's method: exact matrices, few lost digits, little memory, whatever the setting."""

import itertools
import math
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest

from convlib import geometry
from convlib._methods import _axes, _boxes, _tiles, im2col, winograd
from convlib._methods._matrices import POINTS, winograd_matrices
from convlib._methods.winograd import pays, supports
from tests.settings import Setting, worst_error

BOUND = {np.float64: 1e-12, np.float32: 1e-5}
"""The largest error, relative to the sum over absolute values."""


def some_settings(count):
    """Return random settings that the method supports, of one to three axes."""
    rng, found = np.random.default_rng(14), []
    while len(found) < count:
        ndim = int(rng.choice([1, 2, 2, 2, 3]))
        stride = tuple(int(s) for s in rng.choice([1, 1, 1, 2, 3], ndim))
        kernel = tuple(
            int(rng.choice([1, 3, 3, 4, 5]) if s == 1 else rng.integers(s + 1, 2 * s + 1))
            for s in stride
        )
        size = tuple(
            int(h) * s
            for h, s in zip(rng.integers(4, 15 if ndim < 3 else 8, ndim), stride, strict=True)
        )
        padding = tuple((int(rng.integers(k)), int(rng.integers(k))) for k in kernel)
        groups = int(rng.choice([1, 1, 2]))
        channels, filters = (int(n) * groups for n in rng.choice([16, 17, 32, 40], 2))
        setting = Setting(
            size, kernel, stride, padding, 1, channels, filters, groups, int(rng.choice([1, 3]))
        )
        if setting.is_possible and supports(channels, filters, sizes_of(setting), groups):
            found.append(setting)
    return found


def sizes_of(setting):
    return geometry(setting.size, setting.kernel, stride=setting.stride, padding=setting.pairs)


def rest_of(setting, dtype=np.float32):
    return sizes_of(setting), setting.groups, np.dtype(dtype)


def run(method, x, w, dy, setting, dtype):
    rest = rest_of(setting, dtype)
    return {
        "y": method.forward(x, w, *rest),
        "dx": method.input_gradient(dy, w, *rest),
        "dw": method.weight_gradient(dy, x, *rest),
    }


def error(setting, dtype, arrays=None):
    """Return the worst error against float64 sums, for arrays of `dtype`."""
    x, w, dy = arrays or [v for v in setting.arrays(dtype) if v.ndim > 1]
    exact = [v.astype(np.float64) for v in (x, w, dy)]
    right = run(im2col, *exact, setting, np.float64)
    size = run(im2col, *map(np.abs, exact), setting, np.float64)
    got = run(winograd, x, w, dy, setting, dtype)
    assert {v.dtype for v in got.values()} == {np.dtype(dtype)}
    return worst_error(got, right, size)


RIM = [
    Setting((9, 11), (3, 3), channels=16, filters=16),  # dx: at a corner, one ninth of the terms
    Setting((9, 11), (3, 3), padding=2, channels=32, filters=32),
    Setting((10, 9), (5, 5), channels=16, filters=16),
    Setting((10, 9), (4, 4), padding=3, channels=16, filters=32),
    Setting((10, 9), (5, 5), padding=((0, 4), (0, 4)), channels=16, filters=16, batch=9),
    Setting((9, 9), (5, 5), padding=((4, 0), (4, 0)), channels=16, filters=16, batch=20),
    Setting((6, 7, 6), (3, 3, 3), channels=16, filters=16),
    Setting((15, 10), (3, 3), padding=1, channels=32, filters=32),  # tiles of five
    Setting((5,), (5,), padding=4, channels=16, filters=16, batch=1),
    Setting((17, 14), (3, 3), 2, padding=1, channels=16, filters=16),
    Setting((12, 15), (3, 4), (1, 2), padding=(2, 0), channels=16, filters=20),
    Setting((14, 22), (4, 5), (2, 3), padding=((3, 0), (0, 4)), channels=16, filters=16, batch=1),
    Setting((8, 8, 7), (3, 3, 3), (2, 2, 1), padding=1, channels=16, filters=16),
    Setting((6,), (5,), padding=((0, 4),), channels=32, filters=32, batch=1),  # dw: of 2 terms
    Setting((6, 8, 5), (4, 5, 5), padding=((0, 3), (4, 1), (4, 0)), channels=17, filters=17),
    Setting((7, 7, 7), (5, 5, 5), padding=2, channels=16, filters=16),
    Setting((8, 5, 8), (5, 5, 5), padding=((2, 2), (3, 1), (2, 2)), channels=19, filters=17),
]


@pytest.mark.parametrize(
    ("m", "k"), [(m, k) for m in range(1, 7) for k in range(1, 7) if m + k < 10]
)
def test_matrices_are_exact(m, k):
    rng = np.random.default_rng(10 * m + k)
    x, w = ([Fraction(int(v)) for v in rng.integers(-99, 99, n)] for n in (m + k - 1, k))
    a, g, b = winograd_matrices(m, k)
    assert (a.shape, g.shape, b.shape) == ((m, m + k - 1), (m + k - 1, k), (m + k - 1,) * 2)
    assert [*(a @ ((g @ w) * (b @ x)))] == [
        sum(w[j] * x[i + j] for j in range(k)) for i in range(m)
    ]
    assert all(isinstance(v, Fraction) for matrix in (a, g, b) for v in matrix.flat)


def test_points_can_be_chosen_and_must_differ():
    a, g, b = winograd_matrices(2, 2, [7, Fraction(1, 3)])
    assert [*(a @ ((g @ [2, 3]) * (b @ [5, 1, 4])))] == [13, 14]
    for points in ([1, 1], [1, Fraction(2, 2), 3], [1], []):
        with pytest.raises(ValueError, match=r"points: expected 2 different ones, got \["):
            winograd_matrices(2, 2, points)
    with pytest.raises(ValueError, match="points"):
        winograd_matrices(len(POINTS), 3)


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("setting", [*RIM, *some_settings(25)], ids=str)
def test_errors_are_small_next_to_the_sums(setting, dtype):
    assert error(setting, dtype) <= BOUND[dtype]


@pytest.mark.parametrize("part", [2**22, 1])
def test_long_sums_of_equal_terms_keep_their_digits(part, monkeypatch):
    monkeypatch.setattr(_boxes, "DW_PART", part)  # one long sum, or one of 2,000 boxes
    filters, batch = (600, 2) if part > 1 else (16, 40)
    setting = Setting((28, 28), (3, 3), padding=1, channels=16, filters=filters, batch=batch)
    arrays = [np.full(v.shape, 0.1, np.float32) for v in setting.arrays() if v.ndim > 1]
    assert error(setting, np.float32, arrays) <= BOUND[np.float32]


@pytest.mark.parametrize("dtype", BOUND)
def test_layouts_and_dtypes_of_the_input_do_not_matter(dtype):
    setting = Setting((8, 6), (3, 5), 1, ((1, 0), (2, 1)), channels=32, filters=16, groups=1)
    x, w, dy = (np.rint(9 * v).astype(dtype) for v in setting.arrays() if v.ndim > 1)
    expected = run(winograd, x, w, dy, setting, dtype)
    others = {
        "turned": lambda v: v[::-1, ::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1, ::-1],
        "channels last": lambda v: v.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2),
        "Fortran": np.asfortranarray,
        "every other": lambda v: np.repeat(v, 2, axis=3)[..., ::2],
        "integers": lambda v: v.astype(np.int16),
    }
    for name, change in others.items():
        changed = [change(v) for v in (x, w, dy)]
        for v in changed:
            v.flags.writeable = False
        for key, got in run(winograd, *changed, setting, dtype).items():
            np.testing.assert_array_equal(got, expected[key], err_msg=f"{key}, {name}")


def test_a_batch_of_none_gives_nothing_and_zeros():
    setting = Setting((8, 6), (3, 3), padding=1, channels=16, filters=16, batch=0)
    x, w, dy = (v for v in setting.arrays() if v.ndim > 1)
    got = run(winograd, x, w, dy, setting, np.float64)
    assert [v.shape for v in got.values()] == [dy.shape, x.shape, w.shape]
    assert not got["dw"].any()


@pytest.mark.parametrize(
    ("part", "wide"), [(1, 2**24), (20_000, 2**24), (1, 0), (2**30, 2**30)], ids=str
)
@pytest.mark.parametrize(
    "setting",
    [
        Setting((9, 14), (3, 4), padding=1, channels=18, filters=16, batch=3),
        Setting((23,), (3,), padding=1, channels=16, filters=20, batch=2),
        Setting((6, 5, 7), (3, 1, 3), channels=32, filters=32, groups=2, batch=2),
    ],
    ids=str,
)
def test_work_may_be_cut_anywhere(setting, part, wide, monkeypatch):
    # wide = 0: weights are more than anything, in blocks of one filter; and boxes of one tile
    for name in ("PART", "DW_PART"):
        monkeypatch.setattr(_boxes, name, part)
    monkeypatch.setattr(_boxes, "WIDE_PART", wide)
    if not wide:
        for name in ("WEIGHTS", "DW_WEIGHTS"):
            monkeypatch.setattr(_boxes, name, 1)
    assert error(setting, np.float64) <= BOUND[np.float64]


@pytest.mark.parametrize("examples", [1, 2, 3, 8])
@pytest.mark.parametrize("rows_that_fit", [1, 2, 3, 5])
def test_two_workers_have_as_many_boxes(rows_that_fit, examples):
    for batch, rows, columns in ((8, 7, 7), (8, 14, 3), (5, 9, 2), (2, 3, 1), (1, 6, 2)):
        limit = rows_that_fit * columns * batch * 10
        found = _boxes._boxes(batch, (rows, columns), 10, limit, examples)
        seen = np.zeros((batch, rows, columns), int)
        for box in found:
            seen[box] += 1
            assert seen[box].size * 10 <= limit
            whole_images = limit // (rows * columns * 10)
            assert box[0].stop - box[0].start <= max(examples, whole_images)
        assert (seen == 1).all()
        assert len(found) == 1 or len(found) % 2 == 0


def test_a_large_batch_of_small_images_takes_few_boxes():
    # each box transforms all weights once more
    axes, _ = _axes.axes_of_y(64, geometry((7, 7), (3, 3), padding=1), 512, 2.25, np.float32)
    for sums in (False, True):
        boxes, _ = _boxes.plan(64, 512, 512, (7, 7), axes, sums)
        assert len(boxes) == 2


def test_a_small_batch_takes_a_few_filters_at_a_time():
    axes, _ = _axes.axes_of_y(8, geometry((7, 7), (3, 3), padding=1), 512, 2.25, np.float32)
    for sums, count in ((False, 32), (True, 20)):
        boxes, blocks = _boxes.plan(8, 512, 512, (7, 7), axes, sums)
        assert (len(boxes), len(blocks)) == (1, count)


def test_weights_that_are_copied_for_each_box_are_not_most_of_it():
    sizes = geometry((28, 28), (3, 3), stride=2, padding=1)
    axes, _ = _axes.axes_of_y(8, sizes, 2304, 2.25, np.float32)
    for sums, most in ((False, 4), (True, 2)):  # 6.5 MB of weights, 10 MB of planes
        boxes, _ = _boxes.plan(8, 256, 256, (14, 14), axes, sums)
        assert len(boxes) == most


@pytest.mark.parametrize(
    "setting",
    [
        Setting((64, 64), (3, 3), padding=1, channels=32, filters=32, batch=40),
        Setting((60_000,), (5,), padding=2, channels=32, filters=32, batch=2),
        Setting((8, 8), (3, 3), padding=1, channels=512, filters=512, batch=2),
        Setting((8, 8), (3, 3), padding=1, channels=128, filters=2048, batch=33),
    ],
    ids=str,
)
def test_memory_is_input_and_output_and_little_more(setting):
    x, w, dy = (np.ones(v.shape, np.float32) for v in setting.arrays(np.float32) if v.ndim > 1)
    dtype = np.dtype(np.float32)
    tasks = {"forward": (x, w, dy), "input_gradient": (dy, w, x), "weight_gradient": (dy, x, w)}
    for task, (one, two, result) in tasks.items():
        tracemalloc.start()
        getattr(winograd, task)(one, two, sizes_of(setting), 1, dtype)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - result.nbytes < 64 * 2**20, task


def test_threads_do_not_disturb_one_another():
    settings = [RIM[0], RIM[2], RIM[7], RIM[8]]
    arrays = [[v for v in setting.arrays() if v.ndim > 1] for setting in settings]

    def sums(i):
        return run(winograd, *arrays[i], settings[i], np.float64)

    alone = [sums(i) for i in range(len(settings))]
    _axes._rounded.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        for i, got in zip(itertools.cycle(range(4)), pool.map(sums, [0, 1, 2, 3] * 4)):
            for key, value in got.items():
                np.testing.assert_array_equal(value, alone[i][key])


@pytest.mark.parametrize(
    ("expected", "changed"),
    [
        (True, {}),
        (True, {"kernel": (5, 4), "padding": ((4, 0), (0, 3))}),
        (True, {"kernel": (1, 3), "padding": (0, 1)}),
        (True, {"channels": 32, "filters": 48, "groups": 2}),
        (True, {"stride": (1, 2), "size": (8, 10)}),
        (True, {"kernel": (4, 5), "stride": (2, 3), "size": (10, 15)}),
        (False, {"stride": (1, 2), "size": (8, 6)}),
        (False, {"kernel": (5, 3), "stride": (2, 1), "size": (20, 8)}),  # longer than two steps
        (False, {"stride": 3, "size": (20, 20)}),  # and with one entry a phase
        (False, {"kernel": (1, 3), "stride": (2, 1)}),
        (False, {"kernel": (8, 8), "stride": 4, "size": (64, 64)}),
        (False, {"dilation": (2, 1)}),
        (False, {"kernel": (1, 1)}),
        (False, {"kernel": (3, 2)}),
        (False, {"kernel": (3, 6)}),
        (False, {"padding": (0, 3)}),  # windows that read zeros only must give exactly 0
        (False, {"kernel": (1, 3), "padding": 1}),
        (False, {"size": (3, 8), "kernel": (5, 5), "padding": 4}),  # so must taps that do
        (False, {"size": (8, 5)}),  # less than a tile of outputs
        (False, {"channels": 15}),
        (False, {"filters": 15}),
        (False, {"channels": 16, "filters": 16, "groups": 2}),
    ],
    ids=str,
)
def test_supports_what_it_can_do_well(expected, changed):
    setting = Setting((8, 8), (3, 3), channels=16, filters=16)._replace(**changed)
    keywords = {name: v for name, v in setting.keywords.items() if name != "groups"}
    sizes = geometry(setting.size, setting.kernel, **keywords)
    assert supports(setting.channels, setting.filters, sizes, setting.groups) is expected


@pytest.mark.parametrize(
    ("expected", "setting"),
    [
        (True, Setting((28, 28), (3, 3), channels=128, filters=128, batch=1)),
        (True, Setting((7, 7), (3, 3), padding=1, channels=512, filters=512, batch=8)),
        (False, Setting((7, 7), (3, 3), padding=1, channels=512, filters=512, batch=7)),
        (False, Setting((28, 28), (3, 3), channels=16, filters=256, batch=8)),
        (False, Setting((28, 28), (1, 5), padding=(0, 2), channels=128, filters=128, batch=8)),
        (False, Setting((2800,), (5,), channels=128, filters=128, batch=8)),
        (True, Setting((28, 28), (3, 3), channels=64, filters=64, groups=2, batch=8)),
        (False, Setting((28, 28), (3, 3), channels=64, filters=64, groups=4, batch=8)),
    ],
    ids=str,
)
def test_pays_where_there_is_enough_to_save(expected, setting):
    sizes, counts = sizes_of(setting), (setting.batch, setting.channels, setting.filters)
    for task in ("forward", "input_gradient", "weight_gradient"):
        assert pays(task, *counts, sizes, setting.groups, np.dtype(np.float32)) is expected


@pytest.mark.parametrize(
    ("expected", "setting"),
    [
        ("y dx dw", Setting((56, 56), (3, 3), 2, 1, channels=128, filters=128, batch=8)),
        ("y dx dw", Setting((28, 28), (3, 3), 2, 1, channels=256, filters=256, batch=8)),
        ("", Setting((28, 28), (3, 3), 2, 1, channels=512, filters=512, batch=8)),
        ("", Setting((56, 56), (3, 3), 2, 1, channels=32, filters=64, batch=8)),
        ("dx", Setting((16, 28, 28), (3, 3, 3), 2, 1, channels=64, filters=64, batch=2)),
        ("y dx dw", Setting((56, 56), (3, 3), 2, 1, channels=64, filters=64, batch=1)),
        ("", Setting((28, 28), (3, 3), 2, 1, channels=256, filters=256, batch=1)),
        ("", Setting((2800,), (3,), 2, 1, channels=128, filters=128, batch=8)),
        ("y dx dw", Setting((96, 96), (5, 6), 3, 2, channels=64, filters=64, batch=2)),
        ("", Setting((96, 96), (4, 6), 3, 1, channels=64, filters=64, batch=2)),
    ],
    ids=str,
)
def test_a_stride_pays_with_many_channels_but_not_with_too_many_weights(expected, setting):
    sizes, counts = sizes_of(setting), (setting.batch, setting.channels, setting.filters)
    tasks = {"y": "forward", "dx": "input_gradient", "dw": "weight_gradient"}
    found = [name for name, t in tasks.items() if pays(t, *counts, sizes, 1, np.dtype(np.float32))]
    assert " ".join(found) == expected
    wide = (sizes, 1, np.dtype(np.float64))  # where weights are as large as with twice as many
    few = setting.channels * setting.filters <= 2**13
    assert pays(tasks["dw"], *counts, *wide) is ("dw" in found and few)


@pytest.mark.parametrize(
    ("k", "stride", "t"), [(3, 1, [6, 7]), (4, 1, [7, 8]), (3, 2, [5]), (4, 2, [6]), (5, 3, [8])]
)
def test_tiles_take_few_products(k, stride, t):
    sizes = geometry((28,), (k,), stride=stride, padding=1)
    for axes_of in (_axes.axes_of_y, _axes.axes_of_dx):
        (axis,), g = axes_of(8, sizes, 10**4, 1, np.float32)
        assert len(axis.bt) in t
        np.testing.assert_array_equal(g, axis.g)


@pytest.mark.parametrize(
    ("terms", "part", "found"),
    [(800, 2.8, True), (800, 25, False), (80, 2.8, False)],
)
def test_no_tiles_will_do_where_they_would_lose_too_many_digits(terms, part, found):
    sizes = geometry((8, 8), (5, 5), padding=4)
    assert (_axes.axes_of_y(2, sizes, terms, part, np.float32) is not None) is found
    assert _axes.axes_of_y(2, sizes, terms, part, np.float64)


@pytest.mark.parametrize("largest", [1, 3e38])  # whose products overflow
def test_what_no_tiles_will_do_for_is_left_to_im2col(largest):
    setting = Setting((9, 9), (5, 5), padding=4, channels=16, filters=16, batch=1)
    arrays = setting.arrays(np.float32)
    arrays[0][0, :, 4, 4] = largest
    exact, got = (setting.run(*arrays, method=method)["y"] for method in ("im2col", "winograd"))
    np.testing.assert_array_equal(got, exact)


@pytest.mark.parametrize("padding", [0, ((0, 1), (0, 1)), 1])
@pytest.mark.parametrize(("kernel", "stride"), [((3, 3), 2), ((4, 4), 2), ((5, 6), 3)])
def test_tiles_with_a_stride_do_at_any_padding(kernel, stride, padding, monkeypatch):
    setting = Setting((24, 24), kernel, stride, padding, channels=64, filters=96)
    x, w, dy = (v for v in setting.arrays(np.float32) if v.ndim > 1)
    monkeypatch.delattr(im2col, "forward")
    monkeypatch.delattr(im2col, "input_gradient")
    monkeypatch.delattr(im2col, "weight_gradient")
    run(winograd, x, w, dy, setting, np.float32)


def test_planes_and_pixels_are_not_a_power_of_two_apart():
    planes = _tiles.new_planes(36, 128, 64, np.float32)
    pixels = _tiles.pixels(np.ones((2, 32, 4, 4)), (0, 0), (4, 4), np.float64)
    for distance in (planes.strides[0], pixels.strides[1]):
        assert distance != 2 ** round(math.log2(distance))
