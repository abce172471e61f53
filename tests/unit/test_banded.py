"""Banded matrices, joined columns, shifted views and rows of large examples: settings at random."""

import tracemalloc

import numpy as np
import pytest

from convlib import geometry
from convlib._methods import _chunks, banded, im2col, joined, shifted
from tests.settings import Setting, worst_error
from tests.unit.test_field_sums import assert_five_digits, tenths

TASKS = {"y": "forward", "dx": "input_gradient", "dw": "weight_gradient"}


def made_up(count, seed, one_filter_each):
    """Yield settings: 1 to 3 axes, each with its own kernel, stride, dilation and padding."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        ndim = int(rng.integers(1, 4))
        most = (20, 9, 5)[ndim - 1]
        size, kernel, stride, dilation = (
            tuple(rng.integers(1, top, ndim).tolist()) for top in (most, 5, 4, 3)
        )
        padding = tuple(map(tuple, rng.integers(0, 4, (ndim, 2)).tolist()))
        groups = int(rng.integers(2, 4)) if one_filter_each else int(rng.integers(1, 3))
        each = (1, 1) if one_filter_each else rng.integers(1, 3, 2).tolist()
        channels, filters = (groups * n for n in each)
        batch = int(rng.integers(1, 4))
        rest = (stride, padding, dilation, channels, filters, groups, batch)
        setting = Setting(size, kernel, *rest)
        if setting.is_possible:
            found.append(setting)
    return found


def sizes_of(setting):
    keywords = {name: v for name, v in setting.keywords.items() if name != "groups"}
    return geometry(setting.size, setting.kernel, **keywords)


def computed(method, setting, x, w, dy):
    rest = (sizes_of(setting), setting.groups, x.dtype)
    given = {"y": (x, w), "dx": (dy, w), "dw": (dy, x)}
    found = {key: getattr(method, task)(*given[key], *rest) for key, task in TASKS.items()}
    if hasattr(method, "gradients"):
        found |= zip(("dx at once", "dw at once"), method.gradients(dy, x, w, *rest), strict=True)
    return found


def turned(array):
    """Return the same array, with other strides in memory: the last axis is slowest."""
    return np.ascontiguousarray(array[..., ::-1].T).T[..., ::-1]


CASES = [
    *((banded, setting) for setting in made_up(24, 1, one_filter_each=True)),
    *((joined, setting) for setting in made_up(10, 2, one_filter_each=False)),
    *((im2col, setting) for setting in made_up(10, 3, one_filter_each=False)),
    *((shifted, setting) for setting in made_up(20, 5, one_filter_each=False)),
]


@pytest.mark.parametrize("room", [1, 700, 2**23], ids=["one by one", "some", "all"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("method", "setting"), CASES, ids=[f"{m.__name__.split('.')[-1]} {s}" for m, s in CASES]
)
def test_four_roundings_at_most(method, setting, dtype, room, monkeypatch):
    monkeypatch.setattr(banded, "CHUNK_BYTES", room)
    monkeypatch.setattr(_chunks, "CHUNK_BYTES", room)
    monkeypatch.setattr(_chunks, "MOST_BYTES", room)
    x, w, b, dy = map(turned, setting.arrays(dtype))
    got = computed(method, setting, x, w, dy)
    exact = [v.astype(np.float64) for v in (x, w, 0 * b, dy)]
    right, size = (
        {key: results[key.split()[0]] for key in got}
        for results in (setting.by_loops(*exact), setting.scale(*exact))
    )
    # where no window reads x, the size is 0, and only an exact 0 is right
    assert worst_error(got, right, size) <= 4 * np.finfo(dtype).eps
    assert {v.dtype for v in got.values()} == {np.dtype(dtype)}


@pytest.mark.parametrize("method", [banded, shifted])
@pytest.mark.parametrize("setting", made_up(8, 1, one_filter_each=True), ids=str)
def test_nothing_is_used_that_was_not_written(method, setting, monkeypatch):
    x, w, _, dy = setting.arrays()
    expected = computed(method, setting, x, w, dy)
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float, **_: np.full(shape, np.nan, dtype))
    for key, got in computed(method, setting, x, w, dy).items():
        np.testing.assert_allclose(got, expected[key], atol=1e-13)


def test_banded_keeps_the_digits_of_long_sums():
    rest = (geometry(4_999, 2_500), 2, np.dtype(np.float32))
    x, dy, ones = tenths(1, 2, 4_999), tenths(1, 2, 2_500), np.ones((2, 1, 2_500), np.float32)
    y, dx = banded.forward(x, ones, *rest), banded.input_gradient(dy, ones, *rest)
    dw = banded.weight_gradient(np.ones_like(dy), x, *rest)
    assert_five_digits([y[0, 1, 0], dx[0, 1, 2_499], dw[1, 0, 0]], [250] * 3)


def test_banded_is_for_one_filter_a_channel():
    sizes = geometry((5, 5), (3, 3))
    assert banded.supports(2, 2, sizes, 2)
    assert not any(
        banded.supports(*some, sizes, g) for *some, g in ((1, 1, 1), (2, 4, 2), (4, 4, 2))
    )


@pytest.mark.parametrize("task", TASKS.values())
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "channels", "pays"),
    [
        ((56, 56), (3, 3), 1, 128, True),
        ((7, 7), (3, 3), 1, 1024, True),
        ((56, 56), (3, 3), 2, 128, True),
        ((56, 56), (31, 31), 1, 64, True),
        ((16, 28, 28), (3, 3, 3), 1, 16, True),
        ((56, 56), (2, 2), 2, 128, False),  # windows do not overlap
        ((5, 5), (3, 3), 1, 3, False),  # little to do
        ((4, 10**6), (3, 31), 1, 128, False),  # what is shifted takes 250 MB
    ],
)
def test_banded_pays_where_windows_overlap_and_there_is_enough_to_do(
    task, size, kernel, stride, channels, pays
):
    padding = tuple(k // 2 for k in kernel)
    sizes = geometry(size, kernel, stride=stride, padding=padding)
    found = banded.pays(task, 8, channels, channels, sizes, channels, np.dtype(np.float32))
    assert found is pays


def test_joined_pays_where_a_batch_meets_many_weights():
    late, early = geometry(7, 3, padding=1), geometry((56, 56), (3, 3), padding=1)
    rest = (1, np.dtype(np.float32))
    assert joined.pays("forward", 8, 512, 512, late, *rest)
    assert not joined.pays("forward", 1, 512, 512, late, *rest)
    assert not joined.pays("forward", 8, 64, 64, early, *rest)
    assert not joined.pays("forward", 8, 512, 512, late, 512, np.dtype(np.float32))


@pytest.mark.parametrize("setting", made_up(12, 4, one_filter_each=False), ids=str)
def test_parts_of_an_example_are_convolutions_of_their_own(setting, monkeypatch):
    sizes = sizes_of(setting)
    for rows in range(1, sizes.output[0]):
        monkeypatch.setattr(_chunks, "MOST_BYTES", rows)
        parts = [part[1:] for part in _chunks.pieces(1, sizes, sizes.output[0], 1)]
        assert [i for _, outputs, _ in parts for i in range(outputs.start, outputs.stop)] == [
            *range(sizes.output[0])
        ]
        for inputs, outputs, part in parts:
            assert part.size[0] == len(range(sizes.size[0])[inputs])
            assert part.output[0] == outputs.stop - outputs.start <= rows
            assert part.padded[0] == part.size[0] + sum(part.padding[0])
            assert min(part.padding[0]) >= 0
            kept = {name: getattr(part, name) for name in ("stride", "padding", "dilation")}
            if part.size[0]:
                assert (
                    geometry(part.size, part.kernel, **kept)._replace(remainder=part.remainder)
                    == part
                )


@pytest.mark.parametrize(
    ("room", "setting"),
    [  # rows of zeros that are fewer below, or above, than those of the piece before
        (1000, Setting((23, 17), (4, 6), (1, 4), ((13, 13), (2, 3)), (1, 2), 8, 8, 8, batch=5)),
        (20000, Setting((39, 29), (4, 4), (2, 1), ((11, 0), (4, 4)), 1, 8, 8, 8, batch=4)),
    ],
    ids=["below", "above"],
)
def test_nothing_is_left_of_the_piece_before(room, setting, monkeypatch):
    monkeypatch.setattr(banded, "CHUNK_BYTES", room)
    x, w, _, dy = setting.arrays(np.float64)
    exact = computed(im2col, setting, x, w, dy)
    for key, got in computed(banded, setting, x, w, dy).items():
        np.testing.assert_allclose(got, exact[key.split()[0]], rtol=0, atol=1e-11, err_msg=key)


LARGE = {
    banded: Setting((99, 98), (5, 5), padding=2, channels=4, filters=4, groups=4, batch=4),
    im2col: Setting((98, 99), (5, 5), padding=2, channels=2, filters=2, batch=2),
}


@pytest.mark.parametrize("task", TASKS.values())
@pytest.mark.parametrize("method", LARGE, ids=["banded", "im2col"])
def test_a_large_example_is_taken_in_parts(method, task, monkeypatch):
    setting = LARGE[method]
    x, w, _, dy = setting.arrays(np.float32)
    given = {"forward": (x, w), "input_gradient": (dy, w), "weight_gradient": (dy, x)}
    monkeypatch.setattr(banded, "CHUNK_BYTES", 2**14)
    monkeypatch.setattr(_chunks, "MOST_BYTES", 2**16)
    tracemalloc.start()
    try:
        out = getattr(method, task)(*given[task], sizes_of(setting), setting.groups, x.dtype)
        extra = tracemalloc.get_traced_memory()[1] - out.nbytes
    finally:
        tracemalloc.stop()
    # the columns of an example take 2 MB; one channel of it, shifted, 200 kB
    assert extra < {im2col: 2**19, banded: 2**17}[method]


def test_large_kernels_of_many_channels_take_little_memory():
    x, w = np.ones((1, 256, 48, 48), np.float32), np.ones((256, 1, 31, 31), np.float32)
    rest = (geometry((48, 48), (31, 31), padding=15), 256, x.dtype)
    tracemalloc.start()
    try:
        dx, dw = banded.gradients(x, x, w, *rest)
        extra = tracemalloc.get_traced_memory()[1] - dx.nbytes - dw.nbytes
    finally:
        tracemalloc.stop()
    assert extra < 25 * 2**20  # 10 MB are the matrices; in float64, dT of all would be 19


def test_shifted_pays_where_windows_overlap_and_rows_are_long():
    half = geometry((56, 56), (3, 3), stride=2, padding=1)
    apart, dilated = geometry((56, 56), (2, 2), stride=2), geometry((28, 28), (3, 3), dilation=8)
    rest = (1, np.dtype(np.float32))
    assert shifted.pays("forward", 8, 128, 128, half, *rest)
    assert shifted.pays("input_gradient", 8, 128, 128, half, *rest)
    assert not shifted.pays("weight_gradient", 8, 128, 128, half, *rest)
    assert not shifted.pays("forward", 8, 3, 64, half, *rest)
    assert not shifted.pays("input_gradient", 8, 128, 128, apart, *rest)
    assert not shifted.pays("input_gradient", 8, 128, 128, dilated, *rest)
    assert not shifted.pays("input_gradient", 8, 128, 128, half, 128, np.dtype(np.float32))
