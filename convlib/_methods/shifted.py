"""By matrix products on views of x, shifted for each kernel entry: no columns at all.

im2col copies the padded x once for each kernel entry, and adds K² arrays up to get dx. Both can be
left out where steps are single ones: written row after row, what kernel entry k reads is x itself,
from a later place on. So for each k, a view of x is multiplied by the weights of k, and

    y = Σ_k W_k @ view_k        dW_k = dy @ view_kᵀ

At the end of each row such a view runs on into the next row. These outputs are junk, and are cut
off: one column of 29 with a kernel of 3.

**With a stride** neighbours in the view are S apart in x. So x is parted into phases first: phase q
holds every S-th entry from q on. The rule i = S·o + D·k - P says which phase entry k reads, and
from where on, since D·k = S·a + q with a the quotient and q the remainder: x_q[o + a].

**Backward** dx has the same phases, and each is gathered from views of dy:

    dx_q[t] = Σ_k W_kᵀ @ dy[t - a]     over the k whose remainder is q

At stride 2 a kernel of 3×3 has phases of 4, 2, 2 and 1 entries: nine small kernels in all, where a
dy that is spread with zeros would meet 36.
"""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from convlib._matmul import matmul
from convlib._methods import _chunks
from convlib._methods._workers import each, in_order
from convlib._sums import BLOCK, add_up

ENOUGH = 2**21
"""Products in all; with fewer, the calls take longer than what they do."""


class Plan(NamedTuple):
    """Which views the kernel entries read.

    Attributes
    ----------
    taps : list of (int, int)
        For each kernel entry its phase, and where its view starts in it.
    inside : list of (tuple of slice, tuple of slice)
        For each phase the places that are not padding, and where these stand in x.
    wide : tuple of int
        Places of a phase along each axis.
    """

    taps: list
    inside: list
    wide: tuple


def supports(channels, filters, sizes, groups):
    """Say whether the terms of an entry are few enough to be added up one after another."""
    return math.prod(sizes.kernel) <= BLOCK


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether this takes less time than columns do, as was measured.

    Windows must overlap. dx gains most, since it adds up fewer and smaller arrays. Where x has few
    channels, columns are not much to save, and junk costs products.
    """
    c, f = channels // groups, filters // groups
    places, taps = math.prod(sizes.output), math.prod(sizes.kernel)
    junk = f * (math.prod(_plan(sizes).wide) / places - 1)
    if taps <= math.prod(sizes.stride) or batch * channels * f * places * taps < ENOUGH:
        return False
    if task == "input_gradient":
        return c >= 8 and 2 * c >= f and junk <= 16 * max(sizes.stride)
    return c >= 64 and f <= (c if task == "forward" else c // 2) and junk <= 10


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    weights = _by_entry(w, groups, dtype)  # (K, G, F/G, C/G)

    def fill(piece):
        n, inputs, outputs, part = piece
        plan = _plan(part)
        flat, length = _phases(x[n, :, inputs], plan, groups, dtype)
        rows = _products(weights, [flat[q, ..., at : at + length] for q, at in plan.taps])
        _chunks.write(_cut(rows, plan, [*map(slice, part.output)]), y[n, :, outputs], b)

    each(fill, _pieces(len(x), x.shape[1], len(w), sizes, dtype))
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    dx = np.zeros((len(dy), w.shape[1] * groups, *sizes.size), dtype)
    weights = _by_entry(w, groups, dtype).swapaxes(2, 3)  # (K, G, C/G, F/G)

    def share(piece):
        n, inputs, outputs, part = piece
        plan = _plan(part)
        before = max(at for _, at in plan.taps)
        flat, length = _rows(dy[n, :, outputs], plan, groups, dtype, before)
        shares = []
        for q, (inside, places) in enumerate(plan.inside):
            mine = [k for k, (phase, _) in enumerate(plan.taps) if phase == q]
            starts = [before - plan.taps[k][1] for k in mine]
            rows = _products(weights[mine], [flat[..., at : at + length] for at in starts])
            here, values = dx[n, :, inputs][(..., *places)], _cut(rows, plan, inside)
            if part is sizes:
                here[...] = values
            else:
                shares.append((here, values))
        return shares

    for shares in in_order(share, _pieces(len(dy), dx.shape[1], len(w), sizes, dtype)):
        for here, values in shares:  # of parts that read some rows in common
            here += values
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    filters, channels = dy.shape[1], x.shape[1]
    shape = (math.prod(sizes.kernel), groups, filters // groups, channels // groups)

    def share(piece):
        n, inputs, outputs, part = piece
        plan = _plan(part)
        flat, _ = _phases(x[n, :, inputs], plan, groups, dtype)
        rows, length = _rows(dy[n, :, outputs], plan, groups, dtype)
        values = np.empty(shape, dtype)
        for value, (q, at) in zip(values, plan.taps, strict=True):
            matmul(rows, flat[q, ..., at : at + length].swapaxes(1, 2), out=value)
        return ..., values

    dw = add_up(shape, dtype, in_order(share, _pieces(len(x), channels, filters, sizes, dtype)))
    return np.moveaxis(dw.reshape(*sizes.kernel, filters, -1), (-2, -1), (0, 1)).copy()


@functools.lru_cache(256)
def _plan(sizes):
    """Read D·k = S·a + q for all kernel entries: each has a phase q and a shift a."""
    axes = list(zip(sizes.kernel, sizes.dilation, sizes.stride, strict=True))
    wide = tuple(out + d * (k - 1) // s for out, (k, d, s) in zip(sizes.output, axes, strict=True))
    taps, phases = [], {}
    for k in itertools.product(*map(range, sizes.kernel)):
        a, q = zip(*(divmod(d * i, s) for i, (_, d, s) in zip(k, axes, strict=True)), strict=True)
        taps.append((phases.setdefault(q, len(phases)), int(np.ravel_multi_index(a, wide))))
    return Plan(taps, [_inside(q, wide, sizes) for q in phases], wide)


def _inside(phase, wide, sizes):
    """Return which places t of a phase are not padding, and where these are: i = S·t + q - P."""
    inside, places = [], []
    axes = zip(phase, wide, sizes.stride, sizes.size, sizes.padding, strict=True)
    for q, count, s, size, (before, _) in axes:
        start = min(count, max(0, -((q - before) // s)))
        stop = max(start, min(count, (size - 1 + before - q) // s + 1))
        first = s * start + q - before
        inside.append(slice(start, stop))
        places.append(slice(first, first + s * (stop - start), s))
    return inside, places


def _phases(x, plan, groups, dtype):
    """Part x into its phases, the rows of all examples one after another.

    Returns the phases, (phases, G, C/G, places), and how many places of a view are of one.
    """
    n, channels = x.shape[:2]
    length, beyond = n * math.prod(plan.wide), max(at for _, at in plan.taps)
    flat = np.empty((len(plan.inside), channels, length + beyond), dtype)
    flat[..., length:] = 0
    for phase, (inside, places) in zip(flat, plan.inside, strict=True):
        _lay(phase[:, :length].reshape(channels, n, *plan.wide), inside, x[(..., *places)])
    return flat.reshape(len(flat), groups, channels // groups, -1), length


def _rows(dy, plan, groups, dtype, before=0):
    """Write dy as wide as a phase, after some zeros: return (G, F/G, places), and how many."""
    n, filters, *output = dy.shape
    length = n * math.prod(plan.wide)
    flat = np.empty((filters, before + length), dtype)
    flat[:, :before] = 0
    wide = flat[:, before:].reshape(filters, n, *plan.wide)
    _lay(wide, [slice(0, size) for size in output], dy)
    return flat.reshape(groups, filters // groups, -1), length


def _lay(wide, inside, x):
    """Write x, (n, C, ...), inside of a wide array, (C, n, ...), and zeros around it."""
    wide[(..., *inside)] = x.swapaxes(0, 1)
    for axis, part in enumerate(inside, 2):
        ahead = (slice(None),) * axis
        wide[(*ahead, slice(part.start))] = wide[(*ahead, slice(part.stop, None))] = 0


def _cut(rows, plan, inside):
    """Cut what is inside out of the wide rows, (G, C/G, places), of all examples: (n, C, ...)."""
    channels = rows.shape[0] * rows.shape[1]
    return rows.reshape(channels, -1, *plan.wide)[(..., *inside)].swapaxes(0, 1)


def _products(weights, views):
    """Add up the products of the weights of each kernel entry and what it reads."""
    pairs = zip(weights, views, strict=True)
    rows, other = matmul(*next(pairs)), None
    for pair in pairs:
        other = matmul(*pair, out=other)
        rows += other
    return rows


def _by_entry(w, groups, dtype):
    """Write the weights of each kernel entry as a matrix: (K, G, F/G, C/G)."""
    rows = w.reshape(groups, len(w) // groups, w.shape[1], -1).astype(dtype, copy=False)
    return np.ascontiguousarray(np.moveaxis(rows, -1, 0))


def _pieces(batch, channels, filters, sizes, dtype):
    """Cut the work into pieces whose phases and rows are not large."""
    wide = math.prod(_plan(sizes).wide)
    entries = channels * math.prod(sizes.stride) + 2 * filters
    return _chunks.pieces(batch, sizes, entries * wide * dtype.itemsize, math.inf)
