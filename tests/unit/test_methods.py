"""Each method computes the same three things, and everything is computed by the one chosen."""

import inspect

import numpy as np
import pytest

import convlib
from convlib import _methods, geometry
from convlib._methods import METHODS, _chunks, choose, depthwise, im2col
from tests.operations import DEPTHWISE, GROUPED
from tests.settings import FEW, TOLERANCE, Setting, worst_error

SETTINGS = [
    *FEW,
    DEPTHWISE,
    GROUPED,
    Setting((7,), (3,), stride=2, dilation=2, padding=2, channels=2, filters=2, groups=2),
    Setting((4, 3, 5), (2, 1, 3), stride=(2, 1, 1), channels=3, filters=3, groups=3),
]
TASKS = ("forward", "input_gradient", "weight_gradient")


def sizes_of(setting):
    keywords = {name: v for name, v in setting.keywords.items() if name != "groups"}
    return geometry(setting.size, setting.kernel, **keywords)


def supports(method, setting):
    return method.supports(setting.channels, setting.filters, sizes_of(setting), setting.groups)


CASES = [
    pytest.param(name, setting, id=f"{name} {setting}")
    for name, method in METHODS.items()
    for setting in SETTINGS
    if supports(method, setting)
]


def test_methods_are_tried_where_they_can_be_used():
    tried = [case.values[0] for case in CASES]
    assert {name: tried.count(name) for name in METHODS} == {
        "im2col": len(SETTINGS),
        "depthwise": 3,
        "banded": 3,
        "joined": len(SETTINGS),
    }


@pytest.mark.parametrize("examples", [None, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "setting"), CASES)
def test_method_computes_what_the_loops_do(name, setting, dtype, examples, monkeypatch):
    setting = setting._replace(batch=3)
    x, w, b, dy = setting.arrays(dtype)
    if examples:  # a last chunk that is smaller than the others
        monkeypatch.setattr(_chunks, "chunks", lambda batch, _: [slice(0, 2), slice(2, batch)])
    method, rest = METHODS[name], (sizes_of(setting), setting.groups, np.dtype(dtype))
    got = {
        "y": method.forward(x, w, *rest),
        "dx": method.input_gradient(dy, w, *rest),
        "dw": method.weight_gradient(dy, x, *rest),
    }
    exact = [v.astype(np.float64) for v in (x, w, 0 * b, dy)]
    right, size = setting.by_loops(*exact), setting.scale(*exact)
    assert worst_error(got, {key: right[key] for key in got}, size) <= TOLERANCE[dtype]
    assert {v.dtype for v in got.values()} == {np.dtype(dtype)}


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
    assert asked == [(len(x), 8 * (taps + padded + product))]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_methods_have_the_same_functions(method):
    for task in (*TASKS, "supports"):
        own, first = (inspect.signature(getattr(m, task)) for m in (method, im2col))
        assert own == first


@pytest.mark.parametrize(
    ("channels", "filters", "groups", "expected"),
    [(2, 2, 2, True), (1, 1, 1, False), (4, 4, 2, False), (2, 4, 2, False), (4, 2, 2, False)],
)
def test_depthwise_is_one_filter_for_each_of_several_channels(channels, filters, groups, expected):
    sizes = geometry((5, 5), (3, 3))
    assert depthwise.supports(channels, filters, sizes, groups) is expected
    assert im2col.supports(channels, filters, sizes, groups) is True
    for task in TASKS:
        chosen = depthwise if expected and task != "forward" else im2col
        assert choose(task, channels, filters, sizes, groups) is chosen


@pytest.mark.parametrize("setting", [GROUPED, DEPTHWISE], ids=str)
def test_convolution_and_its_transpose_ask_for_every_task(setting, monkeypatch):
    asked = []

    def recorded(task, channels, filters, sizes, groups):
        asked.append((task, channels, filters, sizes.output, groups))
        return im2col

    monkeypatch.setattr(_methods, "choose", recorded)
    x, w, _, dy = setting.arrays()
    settings = setting.keywords
    convlib.conv(x, w, **settings)
    convlib.conv_backward(dy, x, w, **settings)
    rest = (setting.channels, setting.filters, dy.shape[2:], setting.groups)
    assert asked == [(task, *rest) for task in TASKS]
    asked.clear()
    more = sizes_of(setting).remainder
    convlib.conv_transpose(dy, w, output_padding=more, **settings)
    convlib.conv_transpose_backward(x, dy, w, output_padding=more, **settings)
    assert asked == [(task, *rest) for task in (TASKS[1], TASKS[0], TASKS[2])]
