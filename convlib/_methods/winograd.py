"""By Winograd's algorithm."""

import functools
import math
from fractions import Fraction

import numpy as np

from convlib._matmul import matmul
from convlib._methods import _tiles

POINTS = (0, 1, -1, Fraction(1, 2), -2, 2, Fraction(-1, 2))
"""Where the polynomials are evaluated: small numbers, exact in binary, that lose few digits."""

PART = 2**20
"""Bytes of planes that are worked on at a time, where these outnumber the weights."""

WEIGHTS = 2**21


def winograd_matrices(m, k):
    """Return A, G and B"""
    t = m + k - 1
    points = [Fraction(p) for p in POINTS[: t - 1]]
    a = [[p**i for p in points] + [Fraction(i == m - 1)] for i in range(m)]
    g, b = [], []
    for p in points:
        others = [q for q in points if q != p]
        scale = math.prod(p - q for q in others)
        g.append([p**j / scale for j in range(k)])
        b.append([*_polynomial(others), Fraction(0)])
    g.append([Fraction(j == k - 1) for j in range(k)])
    b.append(_polynomial(points))
    return tuple(np.array(rows) for rows in (a, g, b))


def _polynomial(roots):
    """Return the coefficients of ∏(z - root), lowest power first."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, kept = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [s - root * c for s, c in zip(shifted, kept, strict=True)]
    return coefficients


def supports(channels, filters, sizes, groups):
    plain = {*sizes.stride, *sizes.dilation} == {1}
    axes = zip(sizes.kernel, sizes.padding, strict=True)
    return plain and max(sizes.kernel) > 1 and all(k <= 7 and max(pad) < k for k, pad in axes)


def forward(x, w, sizes, groups, dtype):
    """Return y without bias, (N, F, *output)."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    alg = _algorithms(sizes.kernel, np.dtype(dtype).str)
    starts = [-before for before, _ in sizes.padding]
    for channels, filters in _groups(w.shape[1] * groups, len(w), groups):
        own = w[filters]

        def up(some):
            return _weights(own[some], alg, dtype).swapaxes(1, 2)

        _correlate(x[:, channels], up, y[:, filters], starts, alg)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    dx = np.empty((len(dy), w.shape[1] * groups, *sizes.size), dtype)
    alg = _algorithms(sizes.kernel, np.dtype(dtype).str)
    flipped = [(a, g[:, ::-1], b) for a, g, b in alg]
    axes = zip(sizes.kernel, sizes.padding, strict=True)
    starts = [before - (k - 1) for k, (before, _) in axes]
    for channels, filters in _groups(w.shape[1] * groups, len(w), groups):
        own = w[filters]

        def up(some):
            return _weights(own[:, some], flipped, dtype)

        _correlate(dy[:, filters], up, dx[:, channels], starts, alg)
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    dw = np.zeros((dy.shape[1], x.shape[1] // groups, *sizes.kernel))
    alg = _algorithms(sizes.kernel, np.dtype(dtype).str)
    for channels, filters in _groups(x.shape[1], dy.shape[1], groups):
        _add_weight_gradient(dw[filters], dy[:, filters], x[:, channels], sizes, alg)
    return dw.astype(dtype, copy=False)


def _correlate(x, up, y, starts, alg):
    """Fill y"""
    dtype = y.dtype
    a, _, b = zip(*alg, strict=True)
    steps, spans = [len(v) for v in a], [len(v) for v in b]
    parts, cuts = _plan(x.shape[1], y.shape[1], len(y), y.shape[2:], steps, spans, dtype.itemsize)
    whole = np.ascontiguousarray(up(cuts[0])) if len(cuts) == 1 else None
    for some, *at in parts:
        tiles = [s.stop - s.start for s in at]
        corner = [m * s.start for m, s in zip(steps, at, strict=True)]
        first = [start + c for start, c in zip(starts, corner, strict=True)]
        counts = [m * (n - 1) + t for m, n, t in zip(steps, tiles, spans, strict=True)]
        v = _tiles.to_planes(_tiles.pixels(x[some], first, counts, dtype), b, steps, x.shape[1])
        here = y[(some, slice(None), *(slice(c, c + m * n) for c, m, n in zip(corner, steps, tiles)))]
        inside = tuple(slice(n) for n in here.shape[2:])
        for f in cuts:
            u = up(f) if whole is None else whole
            product = _tiles.new_planes(spans, v.shape[1], f.stop - f.start, dtype)
            matmul(v, u, out=product)
            result = _tiles.from_planes(product, a, tiles)[inside]
            result = result.reshape(*result.shape[:-1], len(here), -1)
            here[:, f] = np.moveaxis(result, (-2, -1), (0, 1))


def _add_weight_gradient(dw, dy, x, sizes, alg):
    a, g, b = zip(*alg, strict=True)
    steps, spans = [len(v) for v in a], [len(v) for v in b]
    at_ = [np.ascontiguousarray(v.T) for v in a]
    f_, c_ = dw.shape[:2]
    dtype = b[0].dtype
    parts, cuts = _plan(c_, f_, len(dy), dy.shape[2:], steps, spans, dtype.itemsize)
    gk = functools.reduce(np.kron, g)
    for some, *at in parts:
        tiles = [s.stop - s.start for s in at]
        corner = [m * s.start for m, s in zip(steps, at, strict=True)]
        first = [c - before for c, (before, _) in zip(corner, sizes.padding, strict=True)]
        counts = [m * (n - 1) + t for m, n, t in zip(steps, tiles, spans, strict=True)]
        v = _tiles.to_planes(_tiles.pixels(x[some], first, counts, dtype), b, steps, c_)
        counts = [m * n for m, n in zip(steps, tiles, strict=True)]
        z = _tiles.to_planes(_tiles.pixels(dy[some], corner, counts, dtype), at_, steps, f_)
        for f in cuts:
            du = matmul(z[..., f].swapaxes(1, 2), v)
            dw[f] += matmul(du.reshape(len(du), -1).T, gk).reshape(dw[f].shape)


def _plan(channels, filters, batch, output, steps, spans, itemsize):
    tiles = [-(-size // m) for size, m in zip(output, steps, strict=True)]
    entries = math.prod(spans)
    each = entries * max(channels, filters) * itemsize
    weights = entries * channels * filters * itemsize
    many = channels * filters > math.prod(tiles) * batch * max(channels, filters) or weights > 2**24
    parts = _tiles.boxes(batch, tiles, each, 2**24 if many else PART)
    per_filter = entries * channels * itemsize
    return parts, _tiles.cut(filters, max(1, WEIGHTS // per_filter)) if many else [slice(0, filters)]


def _weights(w, alg, dtype):
    """w (F, C, *K) → U (∏t, F, C)"""
    g = functools.reduce(np.kron, [g for _, g, _ in alg])
    flat = w.reshape(math.prod(w.shape[:2]), -1).astype(dtype, copy=False)
    return matmul(g, flat.T).reshape(-1, *w.shape[:2])


def _groups(channels, filters, groups):
    c, f = channels // groups, filters // groups
    return [(slice(c * g, c * (g + 1)), slice(f * g, f * (g + 1))) for g in range(groups)]


@functools.lru_cache
def _algorithms(kernel, dtype):
    return [_one(k, dtype) for k in kernel]


@functools.lru_cache
def _one(k, dtype):
    m = 1 if k == 1 else min(4, 9 - k)
    a, g, b = (v.astype(np.float64) for v in winograd_matrices(m, k))
    scale = 2.0 ** np.round(np.log2(abs(b).sum(1, keepdims=True)))
    return tuple(np.ascontiguousarray(v, dtype) for v in (a, g * scale, b / scale))
