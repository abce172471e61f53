"""By one matrix, for layers so small that calling NumPy takes longer than computing.

A convolution is linear, so all of it is one matrix T that maps the entries of x to those of y:

    y[f, o] = Σ_c Σ_i T[(f, o), (c, i)] x[c, i]   with   T[(f, o), (c, i)] = w[f, c, k]

where i = S·o + D·k - P, and 0 where no k makes that true, or where c is in another group than f.
In T, each weight stands once for every output that reads an entry of x with it; where, depends on
the sizes alone, and is remembered. Then

    forward      y = x Tᵀ                      a row of x and of y is one example
    dx           dx = dy T                     the transpose hands back what the matrix took
    dw           dT = dyᵀ x                    and dw[f, c, k] adds up the entries of dT where
                                               w[f, c, k] stands: the adjoint of putting it there

Most of T is zero, and is multiplied all the same. A layer of 5×5 images pays for that with a few
thousand products, and saves most of the calls: three products instead of padding, windows, columns
and their way back. T has F·∏output rows and C·∏size columns, so this ends where layers grow.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from convlib._geometry import products, uses_every_place
from convlib._matmul import product
from convlib._methods import _chunks

MOST_ENTRIES = 2**16
"""Entries that T may have."""

FEW_ENTRIES = 2**14
"""Entries up to which the method pays: above, im2col takes as long (measured)."""


def supports(channels, filters, sizes, groups):
    """Say whether T can be held, and every output, weight and entry of x meets another one in it.

    What meets zeros of the padding alone is left out, though infinity times 0 is not a number; and
    an entry of x that no window reads is multiplied by 0, though it must not matter.
    """
    return _entries(channels, filters, sizes) <= MOST_ENTRIES and uses_every_place(sizes)


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether T is small."""
    return _entries(channels, filters, sizes) <= FEW_ENTRIES


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output): y = x Tᵀ."""
    T = _matrix(w, sizes, groups, dtype)
    y = product(_rows(x, T.shape[1], dtype), T.T).reshape(len(x), len(w), *sizes.output)
    _chunks.write(y, y, b)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size): dx = dy T."""
    T = _matrix(w, sizes, groups, dtype)
    dx = product(_rows(dy, len(T), dtype), T)
    return dx.reshape(len(dy), w.shape[1] * groups, *sizes.size)


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel): the sums of dT = dyᵀ x where each weight stands."""
    places = _places(x.shape[1], dy.shape[1], sizes, groups)
    outputs, entries = places.shape
    dT = product(_rows(dy, outputs, dtype).T, _rows(x, entries, dtype))
    dw = np.add.reduceat(dT.take(places.where), places.starts)
    return dw.reshape(dy.shape[1], x.shape[1] // groups, *sizes.kernel)


class Places(NamedTuple):
    """Where the weights stand in T, weight after weight.

    Attributes
    ----------
    where : ndarray of int
        Places in T, its rows one after another.
    which : ndarray of int
        The weight that stands there.
    starts : ndarray of int
        Where in `where` each weight has its first place.
    shape : tuple of int
        Rows and columns of T.
    """

    where: np.ndarray
    which: np.ndarray
    starts: np.ndarray
    shape: tuple


@functools.lru_cache(maxsize=32)
def _places(channels, filters, sizes, groups):
    """Find the places of all weights, product by product."""
    axes = range(len(sizes.size))
    inside = [p for p in products(sizes) if all(0 <= p.i[a] < sizes.size[a] for a in axes)]
    o, k, i = (
        np.ravel_multi_index(np.transpose([getattr(p, name) for p in inside]), shape)
        for name, shape in (("o", sizes.output), ("k", sizes.kernel), ("i", sizes.size))
    )
    taps, outputs, entries = (math.prod(v) for v in (sizes.kernel, sizes.output, sizes.size))
    f, c = (v[..., np.newaxis] for v in np.ogrid[:filters, : channels // groups])
    c_x = f // (filters // groups) * (channels // groups) + c  # among all channels of x
    where = ((f * outputs + o) * channels + c_x) * entries + i
    which = (f * (channels // groups) + c) * taps + k
    order = np.argsort(which, axis=None, kind="stable")
    where, which = where.ravel()[order], which.ravel()[order]
    starts = np.flatnonzero(np.diff(which, prepend=-1))
    return Places(where, which, starts, (filters * outputs, channels * entries))


def _matrix(w, sizes, groups, dtype):
    """Return T."""
    places = _places(w.shape[1] * groups, len(w), sizes, groups)
    T = np.zeros(places.shape, dtype)
    T.reshape(-1)[places.where] = w.take(places.which)
    return T


def _rows(a, length, dtype):
    """Write each example as a row."""
    return a.reshape(len(a), length).astype(dtype, copy=False)


def _entries(channels, filters, sizes):
    """Count the entries of T."""
    return channels * filters * math.prod(sizes.size) * math.prod(sizes.output)
