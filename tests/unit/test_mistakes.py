"""Each mistake is described, really is one, and is undone afterwards."""

import importlib
import inspect
import re

import numpy as np
import pytest

import convlib
from convlib import layers, training
from convlib.mistakes import MISTAKES, made
from tests.operations import POOL_FEW, POOL_GRID, TRANSPOSED_FEW, TRANSPOSED_GRID
from tests.settings import CS231N, FEW, GRID, TOLERANCE, Setting, error_against_loops

SETTINGS = [*FEW, Setting((6,), (3,), stride=2, padding=1), Setting((4, 4), (3, 2))]

PUBLISHED_DX = CS231N["seed_post_dx_formula_check"]
"""How the code that a blog post published for dx fared at some settings."""

EVERY_MISTAKE = pytest.mark.parametrize("name", MISTAKES)


def probe(setting):
    """Call everything that a mistake can stand in for, and return what comes out by name."""
    x, w, b, dy = setting.arrays()
    sizes = {name: v for name, v in setting.keywords.items() if name != "groups"}
    cols = convlib.im2col(x, setting.kernel, **sizes)
    calls = {
        "output_size": lambda: convlib.output_size(setting.size, setting.kernel, **sizes),
        "output_size of one axis": lambda: convlib.output_size(8, 3, stride=2, padding=2),
        "conv": lambda: convlib.conv(x, w, b, **setting.keywords),
        "backward": lambda: np.concatenate(
            [v.ravel() for v in convlib.conv_backward(dy, x, w, **setting.keywords)]
        ),
        "im2col": lambda: cols,
        "col2im": lambda: convlib.col2im(cols, setting.size, setting.kernel, **sizes),
        "gradcheck": lambda: convlib.gradcheck(np.sin, [b], [np.cos(b)], np.ones_like(b)).ok,
    }
    if setting is FEW[0]:
        calls |= calls_of_the_others()
    results = {}
    for name, call in calls.items():
        try:
            results[name] = np.asarray(call())
        except (ValueError, IndexError, TypeError) as error:
            results[name] = error
    return results


def calls_of_the_others():
    """Return the calls of transposed convolution, pooling, and what trains a network."""
    calls = {}
    for setting in [*TRANSPOSED_FEW, *POOL_FEW]:
        arrays = setting.arrays()
        if len(arrays) == 2:  # pooling: integers, so that there are ties
            arrays = [np.round(v) for v in arrays]
        for name in ("y", "dx"):
            kind = getattr(setting, "kind", "transposed")
            calls[f"{kind} {name} {setting}"] = lambda s=setting, a=arrays, n=name: s.run(*a)[n]
    x = np.random.default_rng(0).standard_normal((3, 2, 4, 4))
    calls["batch norm"] = lambda: layers.BatchNorm2d(2).backward(x**2, x)[0]
    calls["loss"] = lambda: training.softmax_cross_entropy(x[:, 0, 0], [0, 3, 1])[1]
    return calls


def differences(wrong, right):
    """Return the names of the results that are numbers, and other numbers than the right ones."""
    return {
        name
        for name in right
        if not isinstance(wrong[name], Exception)
        and not (
            wrong[name].shape == right[name].shape
            and np.allclose(wrong[name], right[name], rtol=1e-6, atol=1e-9)
        )
    }


RIGHT = {setting: probe(setting) for setting in SETTINGS}


def test_probe_raises_nothing_where_there_is_no_mistake():
    assert not [
        r for results in RIGHT.values() for r in results.values() if isinstance(r, Exception)
    ]
    assert all(differences(probe(s), right) == set() for s, right in RIGHT.items())


@EVERY_MISTAKE
def test_mistake_makes_a_difference(name):
    with made(name):
        assert any(differences(probe(setting), right) for setting, right in RIGHT.items())


@EVERY_MISTAKE
def test_mistake_spoils_what_it_stands_in_for_and_nothing_else(name):
    spoils = {
        "output_size": {"output_size", "output_size of one axis"},
        "conv": {"conv"},
        "conv_backward": {"backward"},
        "im2col": {"im2col", "col2im"},  # the probe hands these columns on to col2im
        "_add_columns": {"col2im", "backward"},
        "_slope": {"gradcheck"},
        "conv_transpose": "transposed y",
        "max_pool": "max y",
        "max_pool_backward": "max dx",
        "avg_pool": "avg y",
        "avg_pool_backward": "avg dx",
        "_less_what_statistics_carry": {"batch norm"},
        "softmax_cross_entropy": {"loss"},
    }[MISTAKES[name].target.__name__]
    if name in ("assigned_not_added", "averaged_not_added"):  # the transpose adds columns too
        spoils |= {key for key in RIGHT[FEW[0]] if key.startswith("transposed y")}
    if isinstance(spoils, str):
        spoils = {key for key in RIGHT[FEW[0]] if key.startswith(spoils)}
    with made(name):
        for setting, right in RIGHT.items():
            assert differences(probe(setting), right) <= spoils


@EVERY_MISTAKE
def test_one_sentence_says_what_it_is(name):
    mistake = MISTAKES[name]
    assert re.fullmatch(r"[A-Z][^.]*\.", re.sub(r"\[P:-P\]|\.\.\.", "", mistake.sentence))
    assert mistake.sentence == " ".join(inspect.getdoc(mistake.variant).split())
    assert mistake.name == name == mistake.variant.__name__


@EVERY_MISTAKE
def test_variant_is_a_few_lines(name):
    assert len(inspect.getsource(MISTAKES[name].variant).splitlines()) <= 10


TOPICS = ("sizes", "forward", "dx", "dw, db", "checking", "transposed", "pooling", "layers")


def test_topics_stand_in_order():
    order = [TOPICS.index(mistake.topic) for mistake in MISTAKES.values()]
    assert order == sorted(order)
    assert set(order) == set(range(len(TOPICS)))


NAMES = (
    "_geometry",
    "_columns",
    "_conv",
    "_conv_transpose",
    "_pool",
    "layers",
    "training",
    "_gradcheck",
)
MODULES = [convlib, *(importlib.import_module(f"convlib.{name}") for name in NAMES)]


def everything():
    """Map every name in every module of convlib to what it stands for."""
    return {(m.__name__, key): value for m in MODULES for key, value in vars(m).items()}


@EVERY_MISTAKE
def test_right_function_is_back_afterwards(name):
    before = everything()
    with made(name) as mistake:
        assert mistake is MISTAKES[name]
        during = everything()
    assert everything() == before
    changed = {key for key in before if during[key] is not before[key]}
    assert changed
    assert {before[key] for key in changed} == {mistake.target}


@EVERY_MISTAKE
def test_right_function_is_back_after_an_exception(name):
    before = everything()
    with pytest.raises(KeyError), made(name):
        raise KeyError
    assert everything() == before


def test_named_functions_make_the_mistake_too():
    x, w, b, _ = FEW[0].arrays()
    with made("bias_forgotten"):
        wrong = convlib.conv2d(x, w, b, padding=1)
    np.testing.assert_array_equal(wrong, convlib.conv2d(x, w, padding=1))


def test_mistakes_can_be_made_together():
    x, w, b, dy = FEW[0].arrays()
    with made("bias_forgotten"), made("dw_rotated"):
        y, grads = convlib.conv(x, w, b), convlib.conv_backward(dy, x, w, padding=1)
    np.testing.assert_array_equal(y, convlib.conv(x, w))
    right = convlib.conv_backward(dy, x, w, padding=1)
    np.testing.assert_array_equal(grads.dw, right.dw[..., ::-1, ::-1])


def test_unknown_name_raises():
    with pytest.raises(ValueError, match=r"^name: expected one of .*kernel_not_rotated.*'typo'"):
        made("typo").__enter__()


# --- what the published tests cannot see ------------------------------------------------------


def published_dx(size, kernel, stride, padding):
    """Say how the published formula for dx fares, in the words of the stored table."""
    setting = Setting((size, size), (kernel, kernel), stride, padding)
    x, w, _, dy = setting.arrays()
    right = convlib.conv_backward(dy, x, w, stride=stride, padding=padding).dx
    with made("dy_padded_like_x"):
        try:
            dx = convlib.conv_backward(dy, x, w, stride=stride, padding=padding).dx
        except ValueError:
            return "raises ValueError"
    return "correct" if np.allclose(dx, right) else "WRONG values"


@pytest.mark.parametrize(("setting", "verdict"), PUBLISHED_DX.items())
def test_published_dx_fares_as_the_published_code_did(setting, verdict):
    assert published_dx(*map(int, re.findall(r"\d+", setting))) == verdict


# --- what the grids can see --------------------------------------------------------------------

# with padding in numbers, because some variants take no words
SAMPLES = {
    "convolution": [
        setting._replace(padding=setting.pairs) for setting in GRID[::23]
    ],  # all kinds of groups
    "transposed": TRANSPOSED_GRID[::25],
    "pooling": [*POOL_GRID[::25], *POOL_FEW],
}
IN_CONVOLUTION = [
    (name, mistake.topic if mistake.topic in SAMPLES else "convolution")
    for name, mistake in MISTAKES.items()
    if re.fullmatch(r"conv.*|.*_pool.*|_add_columns", mistake.target.__name__)
]


def agrees_with_loops(setting):
    """Run the check of the grids, with whatever mistake is built in."""
    try:
        return error_against_loops(setting, np.float64) <= TOLERANCE[np.float64]
    except (AssertionError, ValueError):
        return False


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_grid_agrees_where_there_is_no_mistake(sample):
    assert all(map(agrees_with_loops, sample))


@pytest.mark.parametrize(("name", "grid"), IN_CONVOLUTION)
def test_grid_sees_the_mistake(name, grid):
    if name == "all_maxima_paid":  # random numbers have no ties; whole ones in the probe have
        return
    with made(name):
        assert not all(map(agrees_with_loops, SAMPLES[grid]))
