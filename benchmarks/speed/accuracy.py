"""How far each method is from the exact sums, in units of eps · Σ|·|, on layers cut small."""

import numpy as np

import convlib
from benchmarks.speed.process import arrays
from convlib._geometry import tap_slices
from convlib._methods import METHODS

WIDER = {"float32": np.float64, "float64": np.longdouble}
LARGEST = {"batch": 2, "channels": 128, "size": 16}


def cut(row):
    """Make a row small enough for sums in a wider type, which no BLAS knows."""
    groups = row.settings.get("groups", 1)
    channels, filters = (min(n, LARGEST["channels"]) for n in (row.x[1], row.w[0]))
    size = (min(n, LARGEST["size"]) for n in row.x[2:])
    settings = row.settings | ({"groups": min(groups, channels)} if groups > 1 else {})
    each = channels // settings.get("groups", 1)
    x = (min(row.x[0], LARGEST["batch"]), channels, *size)
    return row._replace(x=x, w=(filters, each, *row.w[2:]), settings=settings)


def direct(x, w, dy, sizes, groups):
    """Add up every product of the three tasks, one kernel entry after another."""
    padded = np.pad(x, ((0, 0), (0, 0), *sizes.padding))
    padded, dy = (v.reshape(len(v), groups, -1, *v.shape[2:]) for v in (padded, dy))
    w = w.reshape(groups, -1, *w.shape[1:])
    y, dpad, dw = np.zeros_like(dy), np.zeros_like(padded), np.zeros_like(w)
    for k, places in tap_slices(sizes):
        at = (..., *k)
        y += np.einsum("ngc...,gfc->ngf...", padded[places], w[at])
        dpad[places] += np.einsum("ngf...,gfc->ngc...", dy, w[at])
        dw[at] = np.einsum("ngf...,ngc...->gfc...", dy, padded[places]).sum(
            axis=tuple(range(3, 3 + len(sizes.size)))
        )
    inner = tuple(slice(p, p + n) for (p, _), n in zip(sizes.padding, sizes.size, strict=True))
    return y, dpad[(..., *inner)], dw


def errors(row, dtype):
    """Return {method: {y, dx, dw: largest error}} of a row, by every method that fits."""
    row = cut(row)
    x, w, _, dy = arrays(row, dtype)
    groups = row.settings.get("groups", 1)
    given = {name: value for name, value in row.settings.items() if name != "groups"}
    sizes = convlib.geometry(row.x[2:], row.w[2:], **given)
    wide = [v.astype(WIDER[dtype]) for v in (x, w, dy)]
    right = direct(*wide, sizes, groups)
    scale = direct(*map(np.abs, wide), sizes, groups)
    found = {}
    for name, method in METHODS.items():
        if method.supports(row.x[1], len(w), sizes, groups):
            rest = (sizes, groups, np.dtype(dtype))
            got = (
                method.forward(x, w, *rest),
                method.input_gradient(dy, w, *rest),
                method.weight_gradient(dy, x, *rest),
            )
            found[name] = {
                what: worst(a, b, c, dtype)
                for what, a, b, c in zip(("y", "dx", "dw"), got, right, scale, strict=True)
            }
    return found


def worst(got, right, scale, dtype):
    """Return the largest error by eps · Σ|·|; where that is 0, no error may be."""
    error = np.abs(got.reshape(right.shape) - right)
    assert not error[scale == 0].any(), "what no window reads has a gradient of exactly 0"
    return float((error[scale > 0] / scale[scale > 0]).max() / np.finfo(dtype).eps)
