"""By the phases of x: a convolution with a stride is one without, of more channels.

Along an axis, output o reads i = S·o + k - P. Write k - P = S·a + q, with 0 ≤ q < S. Then

    x[S·o + k - P] = x_q[o + a]

where phase q of x holds every S-th entry, from q on. With the phases as channels, and w_q[a] =
w[S·a + q + P] as their kernels, the stride is gone. The kernel has become shorter: one of 7 at
stride 2 is one of 4 now, and where a phase has an entry less, that is a zero.

And what has no stride, Winograd's algorithm computes with few products. In the first layer of a
network, 7×7 kernels at stride 2 take 49 products an output and channel of x. In four phases, 4×4
kernels would take 64, and by tiles of 7×7 for 4×4 outputs they take 4 · 49 / 16, which is 12.

Backward, this convolution has its own dx_q and dw_q, which are put back in their places. A kernel
of 3 at stride 2 would become one of 2, nearly half of it zeros; that, `winograd` does by itself.
"""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from convlib._geometry import Geometry, geometry
from convlib._methods import _chunks, winograd
from convlib._methods._workers import each

TRANSFORM = 20
"""Products that take as long as it takes to transform an entry (measured)."""


def supports(channels, filters, sizes, groups):
    """Say whether there is a stride, and the phases fit Winograd's algorithm.

    Its sums must be long enough there too: no longer than the phases have entries that are not 0.
    """
    fewest = [k - max(pads) for k, pads in zip(sizes.kernel, sizes.padding, strict=True)]
    if {*sizes.dilation} != {1} or {*sizes.stride} == {1} or min(fewest) < 1:
        return False
    terms = min(channels * math.prod(fewest), filters) // groups
    return terms >= winograd.FEWEST and winograd.fits(_without_stride(sizes).sizes)


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether this takes less time than columns do, as was measured.

    Many products must be saved, and the transforms of weights be used for enough tiles. Those of
    x and y take the time of some `TRANSFORM` products, which y, with the few phases of a first
    layer, does not always save; dx saves more, since columns are added back more slowly.
    """
    c, f = channels * math.prod(sizes.stride) // groups, filters // groups
    tiles = batch * math.prod(-(-size // 4) for size in sizes.output)
    by_tiles = [
        (k + 3) / 4 for k in _without_stride(sizes).sizes.kernel if k > 1
    ]  # products an output, phase and axis
    saved = math.prod(sizes.kernel) / math.prod(sizes.stride) / math.prod(by_tiles)
    if len(by_tiles) < 2 or tiles < max(32, min(c, f)) or saved < 2.2:
        return False
    if task != "forward":
        return True
    gain = 1.3 if dtype.itemsize == 4 else 1.4
    return batch * c >= 64 and c * saved >= gain * (c + TRANSFORM * (1 + c / f))


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output)."""
    plan = _without_stride(sizes)
    terms, part = math.prod(w.shape[1:]), winograd.part_of_kernel(sizes)
    x = _to_phases(x, sizes.stride, plan.sizes.size, dtype)
    w = _kernels(w, sizes, plan, dtype)
    return winograd.correlated(x, w, plan.sizes, groups, dtype, b, terms, part)


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    plan = _without_stride(sizes)
    w = _kernels(w, sizes, plan, dtype)
    most = [-(-k // s) for k, s in zip(sizes.kernel, sizes.stride, strict=True)]
    dx = winograd.turned(dy, w, plan.sizes, groups, dtype, plan.fewest, most)
    return _from_phases(dx, sizes.stride, sizes.size, plan.read)


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    plan = _without_stride(sizes)
    x = _to_phases(x, sizes.stride, plan.sizes.size, dtype)
    dw = winograd.weight_gradient(dy, x, plan.sizes, groups, dtype)
    ends = [zeros + k for zeros, k in zip(plan.lead, sizes.kernel, strict=True)]
    return _from_phases(dw, sizes.stride, ends, ends)[(..., *map(slice, plan.lead, ends))].copy()


class Plan(NamedTuple):
    """The convolution of the phases.

    Attributes
    ----------
    sizes : Geometry
        Its sizes; the stride is 1.
    lead : tuple of int
        Zeros before each kernel, along each axis.
    read : tuple of int
        Up to where windows read x. Beyond, dx is 0, and not what tiles would make of it.
    fewest : tuple of int
        How many kernel entries that are not 0 an entry of x meets at least.
    """

    sizes: Geometry
    lead: tuple
    read: tuple
    fewest: tuple


@functools.lru_cache(256)
def _without_stride(sizes):
    """Plan the convolution of the phases: axis by axis, k - P = S·a + q for all k."""
    axes = zip(sizes.size, sizes.kernel, sizes.stride, sizes.padding, sizes.output, strict=True)
    found = []
    for whole, k, s, (before, _), output in axes:
        first, last = -before // s, (k - 1 - before) // s  # a
        size, taps = min(-(-whole // s), output + last), last - first + 1
        pads, lead = (-first, output + last - size), -before - s * first
        read = min(whole, s * (output - 1) + k - before)
        fewest = min(pads[0] + (lead == 0), pads[1] + (lead + k == s * taps))
        found.append((size, taps, pads, lead, read, max(1, fewest)))
    size, kernel, padding, *rest = zip(*found, strict=True)
    return Plan(geometry(size, kernel, padding=padding), *rest)


def _kernels(w, sizes, plan, dtype):
    """Return the kernels of the phases, (F, C/G · ∏S, *kernel)."""
    padded = np.pad(w, [(0, 0), (0, 0), *((zeros, 0) for zeros in plan.lead)])
    return _to_phases(padded, sizes.stride, plan.sizes.kernel, dtype)


def _to_phases(a, strides, count, dtype):
    """Write each phase as a channel: (n, c, *size) to (n, c · ∏S, *count), zeros beyond a."""
    phases = np.zeros((*a.shape[:2], *strides, *count), dtype)

    def fill(n):
        for phase in itertools.product(*map(range, strides)):
            part = a[n][_every(phase, strides)][(..., *map(slice, count))]
            phases[(n, slice(None), *phase, *map(slice, part.shape[2:]))] = part

    each(fill, _chunks.chunks(len(a), phases[:1].nbytes, 1))
    return phases.reshape(len(a), a.shape[1] * math.prod(strides), *count)


def _from_phases(a, strides, size, ends):
    """Put the phases back in their places: (n, c · ∏S, *count) to (n, c, *size), up to the ends."""
    whole = np.zeros((len(a), a.shape[1] // math.prod(strides), *size), a.dtype)
    a = a.reshape(*whole.shape[:2], *strides, *a.shape[2:])

    def fill(n):
        for phase in itertools.product(*map(range, strides)):
            here = whole[n][(..., *map(slice, ends))][_every(phase, strides)]
            here[...] = a[(n, slice(None), *phase, *map(slice, here.shape[2:]))]

    each(fill, _chunks.chunks(len(a), whole[:1].nbytes, 1))
    return whole


def _every(phase, strides):
    """Return the index of every S-th entry from a phase on."""
    return (..., *map(slice, phase, itertools.repeat(None), strides))
