"""Each mistake is described, really is one, and is undone afterwards."""

import ast
import copy
import importlib
import inspect
import pkgutil
import re
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import convlib
from convlib import layers, mistakes, training
from convlib.mistakes import MISTAKES, TOPICS, made
from tests.operations import DEPTHWISE, POOL_FEW, TRANSPOSED_FEW
from tests.settings import CS231N, FEW, Setting

SETTINGS = [*FEW, DEPTHWISE, Setting((6,), (3,), stride=2, padding=1), Setting((4, 4), (3, 2))]

PUBLISHED_DX = CS231N["seed_post_dx_formula_check"]
"""How the code that a blog post published for dx fared at some settings."""

EVERY_MISTAKE = pytest.mark.parametrize("name", MISTAKES)


def probe(setting):
    """Call every operation that a mistake can stand in for; return (operation, what) → result."""
    x, w, b, dy = setting.arrays()
    sizes = {name: v for name, v in setting.keywords.items() if name != "groups"}
    cols = np.random.default_rng(0).standard_normal(RIGHT_COLUMNS[setting].shape)
    calls = {
        ("output_size", ""): lambda: convlib.output_size(setting.size, setting.kernel, **sizes),
        ("output_size", "of an int"): lambda: convlib.output_size(8, 3, stride=2, padding=2),
        ("conv", ""): lambda: convlib.conv(x, w, b, **setting.keywords),
        ("sliding_windows", ""): lambda: convlib.sliding_windows(
            convlib.pad(x, setting.keywords["padding"]), setting.kernel, stride=sizes["stride"]
        ),
        ("im2col", ""): lambda: convlib.im2col(x, setting.kernel, **sizes),
        ("col2im", ""): lambda: convlib.col2im(cols, setting.size, setting.kernel, **sizes),
    }
    for name in ("dx", "dw", "db"):
        calls["conv_backward", name] = lambda name=name: getattr(
            convlib.conv_backward(dy, x, w, **setting.keywords), name
        )
    if setting is FEW[0]:
        calls |= calls_of_the_others()
    results = {}
    for key, call in calls.items():
        try:
            results[key] = np.asarray(call())
        except (ValueError, IndexError, TypeError) as error:
            results[key] = error
    return results


def calls_of_the_others():
    """Return the calls of transposed convolution, pooling, and what trains a network."""
    calls = {}
    for setting in [*TRANSPOSED_FEW, *POOL_FEW]:
        arrays = setting.arrays()
        name = "conv_transpose"
        if len(arrays) == 2:  # pooling: integers, so that there are ties
            arrays = [np.round(v) for v in arrays]
            name = f"{setting.kind}_pool"
        for end, out in {"": ("y",), "_backward": ("dx", "dw", "db")[: len(arrays) - 1]}.items():
            for what in out:
                calls[name + end, f"{what} {setting}"] = partial(result, setting, arrays, what)
    x = np.random.default_rng(0).standard_normal((3, 2, 4, 4))
    b = np.ones(3)
    norm = layers.BatchNorm2d(2, eps=0.1)
    norm.params |= {"weight": np.array([2.0, -3.0]), "bias": np.array([5.0, 7.0])}
    calls["BatchNorm2d.forward", ""] = lambda: norm.forward(x)
    calls["BatchNorm2d.backward", "dx"] = lambda: norm.backward(x**2, x)[0]
    calls["BatchNorm2d.backward", "weight"] = lambda: norm.backward(x**2, x)[1]["weight"]
    calls["BatchNorm2d.forward", "tested"] = lambda: normalized_in_testing(norm, x)
    calls["softmax_cross_entropy", ""] = lambda: training.softmax_cross_entropy(
        x[:, 0, 0], [0, 3, 1]
    )[1]
    calls["winograd_matrices", ""] = lambda: np.concatenate(
        [matrix.ravel().astype(float) for matrix in convlib.winograd_matrices(4, 3)]
    )
    calls["gradcheck", ""] = lambda: convlib.gradcheck(np.sin, [b], [np.cos(b)], b).ok
    calls["gradcheck", "in place"] = lambda: (
        convlib.gradcheck(lambda v: v.__imul__(v), [[3.0, 2.0]], [[6.0, 4.0]], [1, 1]).ok
    )
    calls["gradcheck", "zero"] = lambda: (
        convlib.gradcheck(lambda v: v - v.mean(), [[0.1, 0.7, 0.31]], [[0, 0, 0]], [1, 1, 1]).ok
    )
    calls["gradcheck", "kink"] = lambda: (
        convlib.gradcheck(np.abs, [[0.0]], [[1.0]], [1]).suspicion is None
    )
    return calls


def normalized_in_testing(norm, x):
    """Let the running statistics follow one batch, and use them on another."""
    norm = copy.deepcopy(norm)
    norm.forward(x)
    norm.training = False
    return norm.forward(x**2)


def result(setting, arrays, what):
    return setting.run(*arrays)[what]


RIGHT_COLUMNS = {
    s: convlib.im2col(
        s.arrays()[0], s.kernel, **{k: v for k, v in s.keywords.items() if k != "groups"}
    )
    for s in SETTINGS
}


def differences(wrong, right):
    """Return the keys of the results that are numbers, and other numbers than the right ones."""
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


PAIRS = [
    pytest.param(name, target.__qualname__, id=f"{name}-{target.__qualname__}")
    for name, mistake in MISTAKES.items()
    for target in mistake.variants
]


@cache
def spoilt(name):
    """Return the keys of what comes out wrong with a mistake built in, and of what raises."""
    wrong, raised = set(), set()
    with made(name):
        for setting, right in RIGHT.items():
            results = probe(setting)
            wrong |= differences(results, right)
            raised |= {key for key, result in results.items() if isinstance(result, Exception)}
    return wrong, raised


@pytest.mark.parametrize(("name", "operation"), PAIRS)
def test_mistake_spoils_each_operation_that_it_stands_in_for(name, operation):
    wrong, raised = spoilt(name)
    assert [key for key in wrong | raised if key[0] == operation]


GRADIENT_OF = {"dx": {"dx"}, "dw, db": {"dw", "db"}}


@EVERY_MISTAKE
def test_mistake_spoils_nothing_else(name):
    mistake = MISTAKES[name]
    operations = {target.__qualname__ for target in mistake.variants}
    wrong, raised = spoilt(name)
    assert {operation for operation, _ in wrong | raised} <= operations
    gradients = {what for operation, what in wrong if operation == "conv_backward"}
    assert gradients <= GRADIENT_OF.get(mistake.topic, set())


@pytest.mark.parametrize("name", ["assigned_not_added", "averaged_not_added"])
def test_columns_return_wrong_however_the_gradient_is_computed(name):
    x, w, _, dy = DEPTHWISE.arrays()  # by slices, without columns
    right = convlib.conv_backward(dy, x, w, **DEPTHWISE.keywords)
    with made(name):
        wrong = convlib.conv_backward(dy, x, w, **DEPTHWISE.keywords)
    assert not np.allclose(wrong.dx, right.dx)
    np.testing.assert_array_equal(wrong.dw, right.dw)


def test_matrices_are_wrong_in_the_layer_too_and_no_longer_than_the_mistake():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 16, 9, 9)), rng.standard_normal((16, 16, 3, 3))
    right = convlib.conv2d(x, w, method="im2col")
    for _ in range(2):
        with made("sign_in_b"):
            assert not np.allclose(convlib.conv2d(x, w, method="winograd"), right)
        np.testing.assert_allclose(convlib.conv2d(x, w, method="winograd"), right, atol=1e-10)


@EVERY_MISTAKE
def test_one_sentence_says_what_it_is(name):
    mistake = MISTAKES[name]
    assert re.fullmatch(r"[A-Z][^.]*\.", re.sub(r"\[P:-P\]|\[1:-1\]|\.\.\.", "", mistake.sentence))
    assert mistake.name == name


@EVERY_MISTAKE
def test_variant_takes_what_the_right_function_takes(name):
    for target, variant in MISTAKES[name].variants.items():
        wanted, own = (inspect.signature(f).parameters.values() for f in (target, variant))
        positional = [p for p in wanted if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]
        assert [p.name for p in own if p.kind is p.POSITIONAL_OR_KEYWORD][-len(positional) :] == [
            p.name for p in positional
        ]


@EVERY_MISTAKE
def test_it_stands_in_for_public_operations_only(name):
    public = {getattr(convlib, key) for key in convlib.__all__}
    public |= {getattr(training, key) for key in training.__all__}
    public |= {
        vars(item).get(key)
        for item in vars(layers).values()
        if inspect.isclass(item)
        for key in ("forward", "backward")
    }
    assert set(MISTAKES[name].variants) <= public


def test_variants_are_a_few_lines():
    folder = Path(mistakes.__file__).parent
    for path in folder.glob("_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name in MISTAKES:
                assert node.end_lineno - node.lineno <= 10, node.name


def test_topics_stand_in_order_and_none_is_empty():
    topics = [mistake.topic for mistake in MISTAKES.values()]
    assert topics == sorted(topics, key=TOPICS.index)
    assert set(topics) == set(TOPICS)


# --- building one in, and taking it out again ---------------------------------------------------

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(convlib.__path__, "convlib.")
    if not found.name.startswith(("convlib.mistakes", "convlib.check"))  # both know what is right
]
MODULES.append(convlib)


def everything():
    """Map every name in every module and class of convlib to what it stands for."""
    owners = set(MODULES)
    for module in MODULES:
        owners |= {v for v in vars(module).values() if inspect.isclass(v)}
    return {
        (owner.__name__, key): value
        for owner in owners
        if getattr(owner, "__module__", owner.__name__).startswith("convlib")
        for key, value in vars(owner).items()
    }


@EVERY_MISTAKE
def test_right_function_is_nowhere_meanwhile_and_back_afterwards(name):
    before = everything()
    with made(name) as mistake:
        assert mistake is MISTAKES[name]
        during = everything()
    after = everything()
    assert after.keys() == before.keys()
    assert all(after[key] is value for key, value in before.items())
    changed = {key for key in before if during[key] is not before[key]}
    assert {before[key] for key in changed} == set(mistake.variants)
    for target in mistake.variants:
        assert not [key for key, value in during.items() if value is target]


def test_no_table_or_closure_keeps_a_right_function():
    targets = {target for mistake in MISTAKES.values() for target in mistake.variants}
    assert len(targets) > 10

    def held(value, depth=0):
        """List the targets in a container, a default or a closure."""
        if depth > 4:
            return []
        if isinstance(value, dict):
            inner = [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            inner = list(value)
        elif isinstance(value, partial):
            inner = [value.func, *value.args, *value.keywords.values()]
        elif inspect.isfunction(value):
            inner = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
            inner += [cell.cell_contents for cell in value.__closure__ or ()]
        else:
            return []
        found = [v for v in inner if inspect.isfunction(v) and v in targets]
        return found + [t for v in inner for t in held(v, depth + 1)]

    assert held({"a": [partial(len, convlib.conv)]}) == [convlib.conv]
    kept = {key: held(value) for key, value in everything().items() if not key[1].startswith("__")}
    assert {key: found for key, found in kept.items() if found} == {}


def test_right_functions_are_back_after_an_exception():
    before = everything()
    with pytest.raises(KeyError), made("assigned_not_added"):
        raise KeyError
    assert all(everything()[key] is value for key, value in before.items())


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


def test_two_mistakes_of_one_function_cannot_be_made_together():
    message = r"^name: 'forward_flipped' cannot be made, because conv is replaced already"
    with made("bias_forgotten"), pytest.raises(ValueError, match=message):
        made("forward_flipped").__enter__()
    assert convlib.conv.__name__ == "conv"


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
