"""The phases of a stride as channels: only Winograd's digits are lost, whatever the setting."""

import numpy as np
import pytest

from convlib import geometry
from convlib._methods import METHODS, _axes, phases, winograd
from tests.settings import Setting, worst_error

BOUND = {np.float64: 1e-12, np.float32: 1e-5}
TASKS = {"y": "forward", "dx": "input_gradient", "dw": "weight_gradient"}


def some_settings(count):
    """Return random settings that the method supports: strides up to 4, kernels up to 11."""
    rng, found = np.random.default_rng(8), []
    while len(found) < count:
        ndim = int(rng.choice([1, 2, 2, 2, 3]))
        kernel, stride = (
            tuple(int(n) for n in rng.integers(1, top, ndim)) for top in (12 if ndim < 3 else 7, 5)
        )
        size = tuple(int(n) for n in rng.integers(8, 40 if ndim < 3 else 14, ndim))
        padding = tuple((int(rng.integers(k)), int(rng.integers(k))) for k in kernel)
        groups, filters = int(rng.choice([1, 1, 2])), int(rng.choice([16, 17, 33]))
        channels = groups * -(-int(rng.choice([12, 20])) // int(np.prod(stride)))
        setting = Setting(
            size,
            kernel,
            stride,
            padding,
            1,
            channels,
            groups * filters,
            groups,
            int(rng.choice([1, 3])),
        )
        if setting.is_possible and phases.supports(
            channels, groups * filters, sizes_of(setting), groups
        ):
            found.append(setting)
    return found


def sizes_of(setting):
    return geometry(setting.size, setting.kernel, stride=setting.stride, padding=setting.pairs)


def computed(method, setting, x, w, dy):
    rest = (sizes_of(setting), setting.groups, x.dtype)
    given = {"y": (x, w), "dx": (dy, w), "dw": (dy, x)}
    return {key: getattr(method, task)(*given[key], *rest) for key, task in TASKS.items()}


CORNER = Setting((15, 24), (7, 6), (2, 3), ((6, 3), (5, 4)), 1, 192, 192, groups=3, batch=4)
"""At a corner of y, sums have 1 term where others have 42; in phases, 6, of which 5 are 0."""


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("setting", [*some_settings(24), CORNER], ids=str)
def test_few_digits_are_lost(setting, dtype):
    arrays = [v for v in setting.arrays(dtype) if v.ndim > 1]
    exact = [v.astype(np.float64) for v in arrays]
    right = computed(METHODS["im2col"], setting, *exact)
    size = computed(METHODS["im2col"], setting, *map(np.abs, exact))
    # where no window reads x, the size is 0, and only an exact 0 is right
    assert worst_error(computed(phases, setting, *arrays), right, size) <= BOUND[dtype]


@pytest.mark.parametrize("setting", some_settings(4), ids=str)
def test_nothing_is_used_that_was_not_written(setting, monkeypatch):
    x, w, _, dy = setting.arrays()
    expected = computed(phases, setting, x, w, dy)
    monkeypatch.setattr(np, "empty", lambda shape, dtype=float, **_: np.full(shape, np.nan, dtype))
    for key, got in computed(phases, setting, x, w, dy).items():
        np.testing.assert_allclose(got, expected[key], atol=1e-11)


@pytest.mark.parametrize(
    "setting",
    [
        Setting((32, 32), (7, 7), 2, 3, channels=3, filters=64),  # as the first layer of a ResNet
        Setting((28, 28), (5, 5), 2, 2, channels=64, filters=128),
        Setting((63, 63), (11, 11), 4, 2, channels=3, filters=64),
    ],
    ids=str,
)
def test_nothing_is_left_to_columns(setting, monkeypatch):
    x, w, dy = (v for v in setting.arrays(np.float32) if v.ndim > 1)
    for task in TASKS.values():
        monkeypatch.delattr(METHODS["im2col"], task)
    computed(phases, setting, x, w, dy)
    for axes_of in (_axes.axes_of_y, _axes.axes_of_dx):
        axes, _ = axes_of(8, phases._without_stride(sizes_of(setting)).sizes, 10**4, 4, np.float32)
        assert min(len(axis.bt) - axis.g.shape[1] + 1 for axis in axes) >= 4


def test_the_first_layer_of_a_resnet_has_large_tiles():
    sizes = geometry((224, 224), (7, 7), stride=2, padding=3)
    plan, terms, part = phases._without_stride(sizes), 3 * 7 * 7, winograd.part_of_kernel(sizes)
    axes, _ = _axes.axes_of_y(8, plan.sizes, terms, part, np.float32)
    assert [len(axis.at) for axis in axes] == [4, 4]


@pytest.mark.parametrize("setting", some_settings(24), ids=str)
def test_the_plan_says_what_the_convolution_of_the_phases_does(setting):
    sizes = sizes_of(setting)
    plan = phases._without_stride(sizes)
    assert plan.sizes.output == sizes.output
    assert {*plan.sizes.stride} == {1}
    axes = zip(sizes.size, sizes.kernel, sizes.stride, setting.pairs, sizes.output, strict=True)
    for axis, (size, kernel, stride, (before, _), output) in enumerate(axes):
        read = np.arange(kernel) + stride * np.arange(output)[:, np.newaxis] - before
        met = [np.count_nonzero(read == i) for i in range(size)]  # by an entry of x
        assert plan.read[axis] == min(size, read.max() + 1)
        assert 1 <= plan.fewest[axis] <= min(count for count in met if count)


def test_a_kernel_that_its_phases_do_not_overlap_is_left_to_others():
    apart, dilated = (
        geometry((32, 32), (3, 3), stride=2),
        geometry((32, 32), (7, 7), stride=2, dilation=2),
    )
    wide = geometry((32, 32), (5, 5), stride=2, padding=5)
    plain = geometry((32, 32), (5, 5), padding=2)
    assert not any(phases.supports(32, 32, sizes, 1) for sizes in (apart, dilated, wide, plain))
    stem = geometry((32, 32), (7, 7), stride=2, padding=3)
    assert phases.supports(1, 16, stem, 1)  # at a corner 4 × 4 entries of a window are of x
    assert not phases.supports(1, 15, stem, 1)
    assert not phases.supports(4, 64, stem._replace(padding=((6, 6), (6, 6))), 1)
    assert winograd.fits(phases._without_stride(stem).sizes)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "channels", "filters", "y", "dx"),
    [
        (224, 7, 2, 3, 3, 64, True, True),
        (224, 7, 2, 3, 3, 16, False, True),  # few filters share the transforms of x
        (28, 5, 2, 2, 64, 128, True, True),
        (224, 11, 4, 2, 3, 64, True, True),
        (32, 4, 2, 1, 64, 128, False, False),  # half of the products would be with zeros
        (8, 5, 2, 2, 64, 128, False, False),  # more weights than tiles
    ],
)
def test_phases_pay_where_many_products_are_saved(
    size, kernel, stride, padding, channels, filters, y, dx
):
    sizes = geometry((size, size), (kernel, kernel), stride=stride, padding=padding)
    found = [
        phases.pays(task, 8, channels, filters, sizes, 1, np.dtype(np.float32))
        for task in TASKS.values()
    ]
    assert found == [y, dx, dx]
