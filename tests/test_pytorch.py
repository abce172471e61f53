"""convlib against results of PyTorch that are stored in a file.

`tests/data/make_pytorch_cases.py` made it, and says how to make it again.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from convlib import convnd, convnd_backward
from tests.settings import worst_error

FILE = Path(__file__).with_name("data") / "pytorch_cases.npz"


def load():
    """Return the cases: keywords, inputs (x, w, b, dy) and PyTorch's results."""
    with np.load(FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
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
    grads = convnd_backward(dy, x, w, **keywords)
    return {"y": convnd(x, w, b, **keywords), **grads._asdict()}


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
