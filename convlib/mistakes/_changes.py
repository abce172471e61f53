"""What several mistakes do to what they are given, or to what comes out."""

import math

import numpy as np

from convlib._columns import pad
from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose
from convlib._geometry import conv_geometry, spatial_padding


def sizes_only(settings):
    """Leave out what says how to compute, and not what."""
    return {key: value for key, value in settings.items() if key not in ("method", "workers")}


def zeros_around(x, w, padding, settings):
    """Return padding of any form as one (before, after) per axis."""
    settings = {"padding": padding, **sizes_only(settings)}
    return conv_geometry(np.asarray(x), np.asarray(w), **settings)[0].padding


def rotated(w):
    """Turn the kernel by 180 degrees: reverse every spatial axis."""
    return np.flip(w, axis=tuple(range(2, np.ndim(w))))


def transposed(values):
    """Swap height and width, and read what comes out in the old shape."""
    return np.swapaxes(values, -1, -2).reshape(np.shape(values))


def mixed(values):
    """Swap the first two axes by a reshape alone: (A, B, ...) is read as if it were (B, A, ...)."""
    first, second, *rest = np.shape(values)
    return np.reshape(values, (second, first, *rest)).swapaxes(0, 1)


def laid_out(dy, x, w, settings):
    """Put dy into the near corner of the output that x and w have at other settings."""
    dense = np.zeros_like(conv(x, w, **settings))
    dense[tuple(map(slice, np.shape(dy)))] = dy
    return dense


def last_only(values, *axes):
    """Keep the last entry along some axes, and set the others to 0."""
    kept = np.zeros_like(values)
    at = tuple(slice(-1, None) if axis in axes else slice(None) for axis in range(np.ndim(values)))
    kept[at] = np.asarray(values)[at]
    return kept


def all_but_last(values):
    """Set the last entry along every spatial axis to 0."""
    kept, inside = np.zeros_like(values), (..., *(slice(-1),) * (np.ndim(values) - 2))
    kept[inside] = np.asarray(values)[inside]
    return kept


def stepped(values, stride):
    """Keep every S-th part of the places, the first ones, and set the others to 0."""
    size = np.shape(values)[2:]
    steps = np.broadcast_to(stride, len(size)).tolist()
    at = (..., *(slice(-(-n // s)) for n, s in zip(size, steps, strict=True)))
    kept = np.zeros_like(values)
    kept[at] = np.asarray(values)[at]
    return kept


def of_stepped(result, dy, x, w, stride, settings):
    """Return the right gradients but for one, which only every S-th part of dy reaches."""
    right = conv_backward(dy, x, w, stride=stride, **settings)
    wrong = conv_backward(stepped(dy, stride), x, w, stride=stride, **settings)
    return right._replace(**{result: getattr(wrong, result)})


def with_dx(dx, dy, x, w, settings):
    """Return the right gradients but for dx."""
    return conv_backward(dy, x, w, **settings)._replace(dx=dx)


def all_after(padding, ndim):
    """Move all zeros behind x: the sizes stay, and windows start in x itself."""
    pairs = spatial_padding(padding, ndim)
    return tuple((0, before + after) for before, after in pairs)


def dx_padded(dy, x, w, padding, settings):
    """Return the gradient of the padded x."""
    return conv_backward(dy, pad(x, padding), w, **settings).dx


def spatial_pairs(x, pair):
    """Return one pair per axis of x for `np.pad`: nothing for batch and channels."""
    return [(0, 0), (0, 0)] + [pair] * (np.ndim(x) - 2)


def conv_backward_by(add):
    """Return a `conv_backward` that finds dx by adding columns back with `add`."""

    def variant(dy, x, w, *, groups=1, **settings):
        right = conv_backward(dy, x, w, groups=groups, **settings)
        dcols = spread_columns(dy, w, groups)
        dx = add(dcols, np.shape(x)[2:], np.shape(w)[2:], **sizes_only(settings))
        return right._replace(dx=dx)

    return variant


def conv_transpose_by(add):
    """Return a `conv_transpose` that finds y by adding columns back with `add`."""

    def variant(x, w, b=None, *, padding=0, output_padding=0, groups=1, **settings):
        cut = {"padding": padding, "output_padding": output_padding}
        right = conv_transpose(x, w, b, groups=groups, **cut, **settings)
        full = conv_transpose(x, w, groups=groups, **settings).shape[2:]  # nothing cut off yet
        y = add(spread_columns(x, w, groups), full, np.shape(w)[2:], **sizes_only(settings))
        more = ((0, m) for m in np.broadcast_to(output_padding, np.ndim(x) - 2))
        y = pad(y, tuple(more))
        pairs = spatial_padding(padding, np.ndim(x) - 2)
        y = y[(..., *(slice(p, p + h) for (p, _), h in zip(pairs, right.shape[2:], strict=True)))]
        return y if b is None else y + np.reshape(b, (-1, *(1,) * (np.ndim(x) - 2)))

    return variant


def spread_columns(dy, w, groups):
    """Return what each entry of dy hands to its window, wᵀ @ dy: (N, C · ∏kernel, ∏output)."""
    dy, w = np.asarray(dy), np.asarray(w)
    rows = dy.reshape(len(dy), groups, len(w) // groups, math.prod(dy.shape[2:]))
    cols = w.reshape(groups, len(w) // groups, -1).swapaxes(1, 2) @ rows
    return cols.reshape(len(dy), groups * cols.shape[2], rows.shape[-1])


def by_tap(cols, sizes):
    """Return columns as (N, C, *kernel, *output); there may be no example."""
    channels = np.shape(cols)[1] // math.prod(sizes.kernel)
    return np.reshape(cols, (len(cols), channels, *sizes.kernel, *sizes.output))
