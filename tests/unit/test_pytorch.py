"""convlib against results of PyTorch that are stored in a file.

`tests/data/make_pytorch_cases.py` made it, and says how to make it again.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import convlib
from convlib import conv, conv_backward, layers, training
from tests.settings import worst_error

FILE = Path(__file__).parents[1] / "data" / "pytorch_cases.npz"
MORE = FILE.with_name("pytorch_more.npz")


def read(file):
    """Return all arrays of a file."""
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def load():
    """Return the cases: keywords, inputs (x, w, b, dy) and PyTorch's results."""
    arrays = read(FILE)
    cases = []
    for i in range(sum(name.endswith("/keywords") for name in arrays)):
        keywords = json.loads(str(arrays[f"{i}/keywords"]))
        inputs = [arrays[f"{i}/{name}"] for name in ("x", "w", "b", "dy")]
        results = {name: arrays[f"{i}/{name}"] for name in ("y", "dx", "dw", "db")}
        cases.append((keywords, inputs, results))
    return cases


CASES = load()
IDS = [f"{inputs[0].shape} by {inputs[1].shape} {keywords}" for keywords, inputs, _ in CASES]


def by_convlib(keywords, x, w, b, dy):
    grads = conv_backward(dy, x, w, **keywords)
    return {"y": conv(x, w, b, **keywords), **grads._asdict()}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize(("keywords", "inputs", "results"), CASES, ids=IDS)
def test_agrees_with_pytorch(keywords, inputs, results, dtype, tolerance):
    inputs = [v.astype(dtype) for v in inputs]
    size = by_convlib(keywords, *(np.abs(v).astype(np.float64) for v in inputs))
    assert worst_error(by_convlib(keywords, *inputs), results, size) <= tolerance


def test_the_file_holds_varied_cases():
    assert len(CASES) >= 40
    keywords = [keywords for keywords, _, _ in CASES]
    assert {x.ndim for _, (x, *_), _ in CASES} == {3, 4, 5}
    assert {"same", "valid"} <= {k["padding"] for k in keywords if isinstance(k["padding"], str)}
    assert any(k["groups"] == x.shape[1] > 1 for k, (x, *_), _ in CASES)
    assert all(results["y"].dtype == np.float64 for _, _, results in CASES)


# --- transposed convolution and pooling ---------------------------------------------------------

STORED = read(MORE)


def load_more():
    """Return the cases of the second file: kind, keywords, inputs and PyTorch's results."""
    cases = []
    for i in range(sum(name.endswith("/kind") for name in STORED)):
        case = {k.split("/")[1]: v for k, v in STORED.items() if k.startswith(f"{i}/")}
        kind, keywords = str(case.pop("kind")), json.loads(str(case.pop("keywords")))
        results = {name: case.pop(name) for name in ("y", "dx", "dw", "db") if name in case}
        cases.append((kind, keywords, case, results))
    return cases


MORE_CASES = load_more()
MORE_IDS = [f"{kind} of {case['x'].shape} {keywords}" for kind, keywords, case, _ in MORE_CASES]


def more_by_convlib(kind, keywords, x, dy, w=None, b=None):
    ndim = x.ndim - 2
    forward = getattr(convlib, f"{kind}{ndim}d")
    backward = getattr(convlib, f"{kind}{ndim}d_backward")
    if w is None:
        return {"y": forward(x, **keywords), "dx": backward(dy, x, **keywords)}
    return {"y": forward(x, w, b, **keywords), **backward(dy, x, w, **keywords)._asdict()}


def size_of_terms(kind, keywords, inputs, results):
    """What the terms of each sum add up to before they cancel."""
    exact = {name: abs(v).astype(float) for name, v in inputs.items()}
    if kind != "max_pool":
        return more_by_convlib(kind, keywords, **exact)
    exact["x"] = inputs["x"]  # the winners of x, not of |x|
    return more_by_convlib(kind, keywords, **exact) | {"y": abs(results["y"])}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize(("kind", "keywords", "inputs", "results"), MORE_CASES, ids=MORE_IDS)
def test_the_others_agree_with_pytorch(kind, keywords, inputs, results, dtype, tolerance):
    size = size_of_terms(kind, keywords, inputs, results)
    got = more_by_convlib(kind, keywords, **{k: v.astype(dtype) for k, v in inputs.items()})
    places = {name: np.isnan(right) for name, right in results.items()}
    for name, nan in places.items():
        np.testing.assert_array_equal(np.isnan(got[name]), nan, err_msg=name)
    got, results, size = (
        {name: np.where(nan, 0, arrays[name]) for name, nan in places.items()}
        for arrays in (got, results, size)
    )
    assert worst_error(got, results, size) <= tolerance


def test_the_second_file_holds_varied_cases():
    kinds = [kind for kind, *_ in MORE_CASES]
    assert all(kinds.count(kind) >= 20 for kind in ("conv_transpose", "max_pool", "avg_pool"))
    for kind in set(kinds):
        of_kind = [(kw, inputs) for k, kw, inputs, _ in MORE_CASES if k == kind]
        assert {inputs["x"].ndim for _, inputs in of_kind} == {3, 4, 5}
        if kind != "conv_transpose":
            assert {kw["ceil_mode"] for kw, _ in of_kind} == {False, True}
    assert {kw["count_include_pad"] for k, kw, *_ in MORE_CASES if k == "avg_pool"} == {False, True}
    assert any(np.isnan(inputs["x"]).any() for _, _, inputs, _ in MORE_CASES)


# --- layers and training ------------------------------------------------------------------------


def stored(prefix):
    return {k.removeprefix(prefix): v for k, v in STORED.items() if k.startswith(prefix)}


@pytest.mark.parametrize("mode", ["training", "evaluation"])
def test_batch_norm_agrees_with_pytorch(mode):
    case = stored(f"batch_norm/{mode}/")
    layer = layers.BatchNorm2d(2, momentum=0.3)
    layer.params["weight"][...], layer.params["bias"][...] = case["weight"], case["bias"]
    layer(case["x"] + 1)
    layer.training = mode == "training"
    got = {"y": layer(case["x"])}
    got["dx"], grads = layer.backward(case["dy"], case["x"])
    got |= {f"d{name}": grad for name, grad in grads.items()} | layer.buffers
    for name, value in got.items():
        np.testing.assert_allclose(value, case[name], rtol=1e-12, atol=1e-12, err_msg=name)


def test_cross_entropy_agrees_with_pytorch():
    case = stored("cross_entropy/")
    loss, dlogits = training.softmax_cross_entropy(case["logits"], case["labels"])
    assert loss == pytest.approx(float(case["loss"]), rel=1e-13)
    np.testing.assert_allclose(dlogits, case["dlogits"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", ["SGD/0", "SGD/1", "Adam/0", "Adam/1"])
def test_optimizer_goes_where_pytorch_goes(case):
    right = STORED[f"optimizers/{case}"]
    keywords = json.loads(str(STORED[f"optimizers/{case}/keywords"]))
    optimizer = getattr(training, case.split("/")[0])(**keywords)
    params = {"w": STORED["optimizers/start"].copy()}
    for grad, place in zip(STORED["optimizers/grads"], right, strict=True):
        optimizer.step(params, {"w": grad})
        np.testing.assert_allclose(params["w"], place, rtol=1e-12, atol=1e-14)
