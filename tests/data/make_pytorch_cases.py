"""Make `pytorch_cases.npz`: what PyTorch computes at a varied set of settings.

PyTorch is no dependency of this project. To make the file again, from the project's root::

    python3.11 -m venv /tmp/torch
    /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python -m tests.data.make_pytorch_cases

The file holds, for case i, the arguments ``i/keywords`` (JSON), the inputs ``i/x``, ``i/w``,
``i/b``, ``i/dy`` (float32, so that the file is small and both dtypes start from the same numbers)
and the results ``i/y``, ``i/dx``, ``i/dw``, ``i/db``, computed in float64.
"""

import json
from pathlib import Path

import numpy as np
import torch

from tests.settings import Setting

FILE = Path(__file__).with_name("pytorch_cases.npz")

CONVOLUTIONS = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d}
CONVOLUTIONS[3] = torch.nn.functional.conv3d

ONE, GROUPED, DEPTHWISE = (
    {"channels": 1, "filters": 1},
    {"channels": 4, "filters": 2, "groups": 2},
    {"channels": 3, "filters": 6, "groups": 3},
)

CASES = [
    Setting((7,), (3,)),
    Setting((7,), (3,), padding=1, **ONE),
    Setting((8,), (3,), stride=2),
    Setting((8,), (4,), stride=3, padding=2),
    Setting((8,), (4,), padding="same"),
    Setting((9,), (2,), padding="same", dilation=3, **GROUPED),
    Setting((9,), (3,), stride=2, padding=((3, 0),), dilation=2),
    Setting((9,), (3,), stride=4, padding=((0, 1),), **DEPTHWISE),
    Setting((3,), (2,), padding=5),
    Setting((10,), (1,), stride=3, padding=1),
    Setting((10,), (5,), stride=3, padding="valid", **GROUPED),
    Setting((12,), (2,), stride=5, padding=1, dilation=4),
    Setting((5, 5), (3, 3), padding=1, channels=3),
    Setting((5, 5), (3, 3)),
    Setting((5, 5), (3, 3), padding=2, **ONE),
    Setting((5, 5), (3, 3), stride=2, padding=1, channels=3, filters=2),
    Setting((6, 6), (3, 3), stride=2, padding=1),
    Setting((6, 5), (2, 3)),
    Setting((6, 5), (4, 1), stride=(1, 2), padding=(2, 0)),
    Setting((6, 5), (1, 1), stride=2),
    Setting((6, 5), (1, 1), padding=1, **GROUPED),
    Setting((7, 6), (3, 2), stride=(3, 2), **ONE),
    Setting((7, 6), (3, 2), stride=(3, 2), padding=(1, 2), **GROUPED),
    Setting((7, 6), (2, 2), padding="same"),
    Setting((7, 6), (4, 3), padding="same", dilation=(1, 2), **ONE),
    Setting((7, 6), (3, 3), padding="same", **DEPTHWISE),
    Setting((7, 6), (3, 3), stride=2, dilation=2, padding=2),
    Setting((7, 6), (2, 3), stride=(2, 3), dilation=(3, 1), padding=(1, 2), **DEPTHWISE),
    Setting((6, 7), (2, 4), padding=((1, 0), (0, 2))),
    Setting((6, 7), (2, 4), stride=2, padding=((0, 3), (5, 4)), **GROUPED),
    Setting((4, 5), (2, 2), padding=((3, 4), (4, 5)), **ONE),
    Setting((8, 4), (3, 3), stride=(4, 1), padding=(0, 1)),
    Setting((8, 4), (5, 2), stride=(2, 1), padding="valid", dilation=(1, 2)),
    Setting((3, 3), (3, 3), batch=3),
    Setting((4, 3, 5), (2, 2, 2)),
    Setting((4, 3, 5), (2, 1, 3), stride=(1, 2, 1), **ONE),
    Setting((4, 3, 5), (3, 3, 3), padding=1, batch=1),
    Setting((4, 3, 5), (2, 3, 2), padding="same", batch=1, **GROUPED),
    Setting((4, 3, 5), (2, 2, 2), stride=2, padding=(1, 0, 1), dilation=(1, 2, 1)),
    Setting((3, 4, 4), (2, 2, 1), stride=(2, 3, 3), padding=((1, 0), (0, 1), (2, 2)), batch=1),
    Setting((3, 4, 3), (1, 2, 2), batch=1, **DEPTHWISE),
]


def by_pytorch(setting, x, w, b, dy):
    """Return y, dx, dw and db."""
    x, w, b = (torch.tensor(v, requires_grad=True) for v in (x, w, b))
    padded, keywords = x, setting.keywords
    if not isinstance(setting.padding, str):
        pairs = [zeros for pair in reversed(setting.pairs) for zeros in pair]
        padded, keywords = torch.nn.functional.pad(x, pairs), keywords | {"padding": 0}
    y = CONVOLUTIONS[len(setting.size)](padded, w, b, **keywords)
    y.backward(torch.tensor(dy))
    arrays = {"y": y.detach(), "dx": x.grad, "dw": w.grad, "db": b.grad}
    return {name: tensor.numpy() for name, tensor in arrays.items()}


def main():
    """Write the file."""
    stored = {"version": np.array(f"PyTorch {torch.__version__}")}
    for i, setting in enumerate(CASES):
        inputs = dict(zip(("x", "w", "b", "dy"), setting.arrays(np.float32), strict=True))
        results = by_pytorch(setting, *(v.astype(np.float64) for v in inputs.values()))
        stored[f"{i}/keywords"] = np.array(json.dumps(setting.keywords))
        stored |= {f"{i}/{name}": v for name, v in (inputs | results).items()}
    np.savez_compressed(FILE, **stored)
    print(f"{FILE.name}: {len(CASES)} cases, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
