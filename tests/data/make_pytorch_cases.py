"""Make `pytorch_cases.npz` and `pytorch_more.npz`: what PyTorch computes at varied settings.

PyTorch is no dependency of this project. To make the file again, from the project's root::

    python3.11 -m venv /tmp/torch
    /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python -m tests.data.make_pytorch_cases

The first file is about convolution; the second about transposed convolution, pooling and what
`convlib.layers` and `convlib.training` do. They hold, for case i, the arguments
``i/keywords`` (JSON), the inputs ``i/x``, ``i/w``, ``i/b``, ``i/dy`` (float32, so that the file is
small and both dtypes start from the same numbers) and the results ``i/y``, ``i/dx``, ``i/dw``,
``i/db``, computed in float64. In the second file,
``i/kind`` says which operation it is, and pooling has neither w nor b.
"""

import json
from pathlib import Path

import numpy as np
import torch

from tests.operations import Pool, Transposed
from tests.settings import Setting

FILE = Path(__file__).with_name("pytorch_cases.npz")
MORE = Path(__file__).with_name("pytorch_more.npz")

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


TRANSPOSED = [
    Transposed((4,), (3,)),
    Transposed((4,), (3,), stride=2, padding=1, output_padding=1),
    Transposed((1,), (2,), stride=3, output_padding=2),
    Transposed((4,), (2,), output_padding=2, dilation=3, **ONE),
    Transposed((4,), (3,), stride=2, output_padding=2, dilation=3, **GROUPED),
    Transposed((5,), (4,), stride=3, padding=((2, 0),), **DEPTHWISE),
    Transposed((3,), (5,), stride=1, padding=3),
    Transposed((6,), (1,), stride=2, padding=1),
    Transposed((3, 4), (3, 3)),
    Transposed((3, 4), (3, 3), stride=2, padding=1, output_padding=1, **ONE),
    Transposed((3, 4), (4, 4), stride=2, padding=1),
    Transposed((3, 4), (2, 2), stride=2, **GROUPED),
    Transposed((3, 4), (2, 3), stride=(3, 1), output_padding=(2, 0), **DEPTHWISE),
    Transposed((3, 4), (2, 3), stride=(1, 2), dilation=(2, 1), padding=(1, 0)),
    Transposed((3, 4), (3, 1), stride=(1, 2), dilation=(2, 3), output_padding=(1, 2)),
    Transposed((4, 3), (3, 3), padding=((0, 2), (1, 0)), **GROUPED),
    Transposed((4, 3), (3, 3), stride=2, padding=((2, 1), (0, 3)), output_padding=1),
    Transposed((4, 3), (3, 3), stride=2, channels=3, filters=3, groups=3),
    Transposed((2, 2), (1, 1), stride=3, output_padding=2, batch=3),
    Transposed((2, 3, 2), (2, 2, 2), stride=2),
    Transposed((2, 3, 2), (2, 1, 3), stride=(2, 1, 1), padding=(1, 0, 1), **GROUPED),
    Transposed((2, 1, 2), (2, 3, 2), stride=2, dilation=(1, 2, 1), output_padding=(1, 1, 0)),
]

POOLS = [
    Pool(kind, size, kernel_size, **{"stride": stride, "padding": padding, "ceil_mode": ceil_mode})
    for kind in ("max", "avg")
    for size, kernel_size, stride, padding in [
        ((7,), 3, 2, 1),
        ((7,), 2, 3, 0),
        ((2,), 3, 2, 1),
        ((7,), 4, 3, 2),
        ((5, 6), 2, None, 0),
        ((5, 6), 3, 1, 1),
        ((5, 6), 3, 2, 1),
        ((5, 6), (3, 2), (2, 3), (1, 0)),
        ((6, 6), (2, 4), (5, 3), (1, 2)),
        ((4, 3, 5), 2, None, 1),
        ((4, 3, 5), (2, 1, 3), (1, 2, 2), (1, 0, 1)),
    ]
    for ceil_mode in (False, True)
]
POOLS += [
    pool._replace(count_include_pad=False)
    for pool in POOLS
    if pool.kind == "avg" and pool.padding != 0
]
POOLS += [
    Pool("max", (7,), 2, 1, 0, 3),
    Pool("max", (8,), 3, 2, 1, 2, True),
    Pool("max", (6, 7), 2, (1, 2), (0, 1), (3, 2), True),
    Pool("max", (6, 7), 4, 1, 2, 2),
    Pool("max", (4, 3, 5), (2, 1, 2), 1, (1, 0, 0), (2, 1, 3)),
]


def special(x):
    """Replace entries by equal ones, infinities and NaN, so that a rule must decide who wins."""
    values = np.array([-np.inf, 1, 1, 2, 2, np.nan, np.inf, -1], np.float32)
    return values[np.digitize(x, [-1.5, -1, -0.5, 0, 0.5, 1.6, 2])]


def transposed_by_pytorch(setting, x, w, b, dy):
    """Return y, dx, dw and db. PyTorch pads evenly only, so its uneven padding is a crop here."""
    x, w, b = (torch.tensor(v, requires_grad=True) for v in (x, w, b))
    function = getattr(torch.nn.functional, f"conv_transpose{len(setting.size)}d")
    full = function(x, w, b, **(setting.keywords | {"padding": 0}))
    crop = (slice(p, p + h) for (p, _), h in zip(setting.pairs, setting.output, strict=True))
    y = full[(..., *crop)]
    y.backward(torch.tensor(dy))
    arrays = {"y": y.detach(), "dx": x.grad, "dw": w.grad, "db": b.grad}
    return {name: tensor.numpy() for name, tensor in arrays.items()}


def pool_by_pytorch(setting, x, dy):
    """Return y and dx."""
    x = torch.tensor(x, requires_grad=True)
    y = getattr(torch.nn.functional, f"{setting.kind}_pool{len(setting.size)}d")(
        x, **setting.keywords
    )
    y.backward(torch.tensor(dy))
    return {"y": y.detach().numpy(), "dx": x.grad.numpy()}


def batch_norm_by_pytorch(x, dy, weight, bias, momentum, training):
    """Return y, the gradients and the running statistics after one forward pass."""
    layer = torch.nn.BatchNorm2d(len(weight), momentum=momentum, dtype=torch.float64)
    layer.load_state_dict(
        layer.state_dict() | {"weight": torch.tensor(weight), "bias": torch.tensor(bias)}
    )
    layer(torch.tensor(x) + 1)  # so that the running statistics are not those of a new layer
    x = torch.tensor(x, requires_grad=True)
    y = layer.train(training)(x)
    y.backward(torch.tensor(dy))
    tensors = {"y": y, "dx": x.grad, "dweight": layer.weight.grad, "dbias": layer.bias.grad}
    tensors |= {"running_mean": layer.running_mean, "running_var": layer.running_var}
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def steps_by_pytorch(make, start, grads):
    """Return where an optimizer goes from `start` with these gradients."""
    value = torch.tensor(start, requires_grad=True)
    optimizer = make([value])
    path = []
    for grad in grads:
        value.grad = torch.tensor(grad)
        optimizer.step()
        path.append(value.detach().numpy().copy())
    return np.array(path)


OPTIMIZERS = {
    "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}],
    "Adam": [{"lr": 0.01}, {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3}],
}


def training_by_pytorch():
    """Return results of batch normalization, cross-entropy and the optimizers."""
    rng = np.random.default_rng(0)
    stored = {}
    for training in (True, False):
        arrays = {"x": rng.standard_normal((3, 2, 4, 5)), "dy": rng.standard_normal((3, 2, 4, 5))}
        arrays |= {"weight": rng.standard_normal(2), "bias": rng.standard_normal(2)}
        results = batch_norm_by_pytorch(**arrays, momentum=0.3, training=training)
        prefix = f"batch_norm/{'training' if training else 'evaluation'}"
        stored |= {f"{prefix}/{name}": v for name, v in (arrays | results).items()}
    logits = torch.tensor(9 * rng.standard_normal((5, 4)), requires_grad=True)
    labels = torch.tensor([0, 3, 1, 1, 2])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    results = {"logits": logits, "labels": labels, "loss": loss, "dlogits": logits.grad}
    stored |= {f"cross_entropy/{k}": tensor.detach().numpy() for k, tensor in results.items()}
    start, grads = rng.standard_normal((2, 3)), rng.standard_normal((7, 2, 3))
    stored |= {"optimizers/start": start, "optimizers/grads": grads}
    for name, settings in OPTIMIZERS.items():
        for i, keywords in enumerate(settings):
            path = steps_by_pytorch(
                lambda p, n=name, k=keywords: getattr(torch.optim, n)(p, **k), start, grads
            )
            stored[f"optimizers/{name}/{i}"] = path
            stored[f"optimizers/{name}/{i}/keywords"] = np.array(json.dumps(keywords))
    return stored


def more_cases():
    """Yield (kind, keywords, inputs, results) of everything in the second file but the layers."""
    for setting in TRANSPOSED:
        inputs = dict(zip(("x", "w", "b", "dy"), setting.arrays(np.float32), strict=True))
        results = transposed_by_pytorch(setting, *(v.astype(np.float64) for v in inputs.values()))
        yield "conv_transpose", setting.keywords, inputs, results
    for setting in (pool._replace(batch=1) for pool in POOLS):
        x, dy = setting.arrays(np.float32)
        for values in (x, special(x)) if setting.kind == "max" else (x,):
            results = pool_by_pytorch(setting, values.astype(float), dy.astype(float))
            yield f"{setting.kind}_pool", setting.keywords, {"x": values, "dy": dy}, results


def main():
    """Write both files."""
    stored = {"version": np.array(f"PyTorch {torch.__version__}")}
    for i, setting in enumerate(CASES):
        inputs = dict(zip(("x", "w", "b", "dy"), setting.arrays(np.float32), strict=True))
        results = by_pytorch(setting, *(v.astype(np.float64) for v in inputs.values()))
        stored[f"{i}/keywords"] = np.array(json.dumps(setting.keywords))
        stored |= {f"{i}/{name}": v for name, v in (inputs | results).items()}
    save(FILE, stored)
    stored = {"version": stored["version"]} | training_by_pytorch()
    for i, (kind, keywords, inputs, results) in enumerate(more_cases()):
        stored |= {f"{i}/kind": np.array(kind), f"{i}/keywords": np.array(json.dumps(keywords))}
        stored |= {f"{i}/{name}": v for name, v in (inputs | results).items()}
    save(MORE, stored)


def save(file, stored):
    """Write one file, and say how large it is."""
    np.savez_compressed(file, **stored)
    cases = sum(name.endswith("/dx") for name in stored)
    print(f"{file.name}: {cases} cases, {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
