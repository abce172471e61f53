"""By Winograd's algorithm: outputs side by side share their products.

Two outputs of a kernel of three, y₀ = x₀w₀ + x₁w₁ + x₂w₂ and y₁ = x₁w₀ + x₂w₁ + x₃w₂, are six
products. Four are enough, since what depends on w alone is computed once for all places::

    p₀ = (x₀ - x₂) w₀                     y₀ = p₀ + p₁ + p₂
    p₁ = (x₁ + x₂) (w₀ + w₁ + w₂) / 2     y₁ = p₁ - p₂ + p₃
    p₂ = (x₂ - x₁) (w₀ - w₁ + w₂) / 2
    p₃ = (x₃ - x₁) w₂

In general t = m + k - 1 products are enough for m outputs of a kernel of k. Three small matrices,
which `_matrices` derives from polynomials, say what is added up before and after::

    y = Aᵀ [(G w) ⊙ (Bᵀ x)]

**In an image** each matrix goes along every axis. Tiles of t entries overlap by k - 1, and give m
outputs: with m = 4, a 3×3 kernel takes 6² products for 4² outputs, where there were 144. Channels
are added up before Aᵀ. So the products of each of the 36 places in a tile are those of one matrix
product, (tiles, C) @ (C, F).

**With a stride**, entries of the kernel that are S apart meet entries of x that are S apart, and no
others. So an axis splits into S convolutions without a stride, whose results are added up, and
`_axes` puts theirs side by side. A kernel of 3 at stride 2 is one of 2 and one of 1, which take
3 + 2 products for 2 outputs instead of 6, or 25 in an image instead of 36.

**Backward**, dx is the convolution of dy with the kernel turned round: the same once more; at a
stride, every S-th entry of dx is one. And y is linear in w, so the line above, transposed, gives
dw = Gᵀ [Σ (A dy) ⊙ (Bᵀ x)], summed over tiles.

**What it costs** is digits. The rounding error of an entry is in proportion to what its tile adds
up to as a whole, not to what it adds up to itself. So this is for sums that are long enough to be
much alike (`FEWEST`), and where some have far fewer terms, at a rim, tiles are smaller, or all is
left to `im2col`.

After A. Lavin and S. Gray (*Fast Algorithms for Convolutional Neural Networks*, 2016,
arXiv:1509.09308).
"""

import itertools
import math

import numpy as np

from convlib._matmul import FEW, product
from convlib._methods import _chunks, _tiles, im2col
from convlib._methods._axes import MOST_LOSS_OF_DW, STRIDED, axes_of_dx, axes_of_y
from convlib._methods._boxes import plan
from convlib._methods._workers import each, in_order, one_blas_thread

FEWEST = 16
"""Channels, and filters, of a group: with these, the sums of a tile are about as large."""

PARTS, MANY_WEIGHTS = 4, 2**21
"""Parts of what is needed before all blocks of a box that is alone, or before all boxes: there, if
weights have more bytes than the second."""


def supports(channels, filters, sizes, groups):
    """Say whether kernels fit, and sums are long enough to be much alike."""
    return fits(sizes) and min(channels, filters) // groups >= FEWEST


def fits(sizes):
    """Say whether kernels of 3 to 5 (or 1 along some axes) move over enough.

    Or, at a stride S of 2 or 3, those of more than S and at most 2·S. With longer ones, `phases`
    takes less time, and with a longer stride the transform of the weights takes too much.
    """
    axes = zip(sizes.size, sizes.kernel, sizes.stride, sizes.padding, sizes.output, strict=True)
    return (
        {*sizes.dilation} == {1}
        and max(sizes.kernel) > 1
        and all(
            max(pads) < k
            and (k == s == 1 or (s * k <= size and output >= 4))
            and (1 <= k <= 5 and k != 2 if s == 1 else s < k <= 2 * s <= 6)
            for size, k, s, pads, output in axes
        )
    )


def pays(task, batch, channels, filters, sizes, groups, dtype):
    """Say whether this is faster than im2col: with kernels along two axes, and enough of all."""
    axes = zip(sizes.kernel, sizes.stride, strict=True)
    outputs = [1 if k == 1 else 4 if s == 1 else STRIDED for k, s in axes]
    tiles = batch * math.prod(-(-h // m) for h, m in zip(sizes.output, outputs, strict=True))
    c, f = channels // groups, filters // groups
    if sum(m > 1 for m in outputs) < 2:
        return False
    # transforms take time in proportion to C + F, and what they save is in proportion to C·F
    if max(sizes.stride) == 1:
        return tiles >= 32 and c * f >= 16 * (c + f)
    short = any(2 * k < 3 * s for k, s in zip(sizes.kernel, sizes.stride, strict=True) if s > 1)
    return tiles >= 64 and not short and _pays_with_stride(task, c, f, len(outputs), dtype)


def _pays_with_stride(task, c, f, ndim, dtype):
    """Say the same where fewer products are saved, as was measured against all other methods.

    Many weights take long to be read, or added up in dw.
    """
    if ndim > 2 and task != "input_gradient":
        return False
    most = 2**13 if task == "weight_gradient" and dtype.itemsize == 8 else 2**16
    return c * f <= most and c * f >= 32 * (c + f)


def forward(x, w, sizes, groups, dtype, b=None):
    """Return y, (N, F, *output)."""
    return correlated(x, w, sizes, groups, dtype, b, math.prod(w.shape[1:]), part_of_kernel(sizes))


def correlated(x, w, sizes, groups, dtype, b, terms, part):
    """Return y by x and the kernel as it is; at a rim, sums have one in `part` of the `terms`."""
    y = np.empty((len(x), len(w), *sizes.output), dtype)
    tiles = axes_of_y(len(x), sizes, terms, part, dtype)
    if tiles is None:
        return _by_columns("forward", x, w, sizes, groups, dtype, b)
    for c, f in _by_group(x.shape[1], len(w), groups):
        bias = None if b is None else b[f]
        _correlate(y[:, f], x[:, c], w[f].swapaxes(0, 1), *tiles, bias)
    return y


def input_gradient(dy, w, sizes, groups, dtype):
    """Return dx, (N, C, *size)."""
    axes = zip(sizes.stride, sizes.padding, strict=True)
    fewest = [1 + min(pads) if s == 1 else 1 for s, pads in axes]
    most = [k if s == 1 else 2 for k, s in zip(sizes.kernel, sizes.stride, strict=True)]
    return turned(dy, w, sizes, groups, dtype, fewest, most)


def turned(dy, w, sizes, groups, dtype, fewest, most):
    """Return dx by dy and the kernel turned round.

    Along each axis, an entry of dx meets so many entries of the kernel that are not 0, at least and
    at most. At a stride, each phase of dx has tiles of its own, whose entries meet two at most. And
    what meets none, after the last window, is exactly 0: such tiles have two outputs, and each is
    the sum of products that are 0 if all that it reads is 0.
    """
    dx = np.empty((len(dy), w.shape[1] * groups, *sizes.size), dtype)
    terms, part = len(w) // groups * math.prod(most), math.prod(most) / math.prod(fewest)
    tiles = axes_of_dx(len(dy), sizes, terms, part, dtype)
    if tiles is None:
        return _by_columns("input_gradient", dy, w, sizes, groups, dtype)
    for c, f in _by_group(dx.shape[1], len(w), groups):
        _correlate(dx[:, c], dy[:, f], w[f], *tiles)
    return dx


def weight_gradient(dy, x, sizes, groups, dtype):
    """Return dw, (F, C // groups, *kernel)."""
    filters, channels = dy.shape[1] // groups, x.shape[1] // groups
    terms, part = len(dy) * math.prod(sizes.output), _part_of_places(sizes)
    tiles = axes_of_y(len(dy), sizes, terms, part, dtype, MOST_LOSS_OF_DW)
    if tiles is None:
        return _by_columns("weight_gradient", dy, x, sizes, groups, dtype)
    axes, g_all = tiles
    of_dy = [axis.as_read() for axis in axes]
    boxes, blocks = plan(len(dy), channels, filters, sizes.output, axes, sums=True)
    # a long sum is in float64; where it is short, weights may be so many that they count
    dw = np.zeros((dy.shape[1], channels, *sizes.kernel), np.float64 if len(boxes) > FEW else dtype)
    places = list(itertools.product(_by_group(x.shape[1], dy.shape[1], groups), boxes))
    alone = len(places) == 1  # then its blocks are what workers share, one by one

    def share(place):
        (c, f), box = place
        x_planes = _planes(x[:, c], box, axes, alone)
        dy_planes = _planes(dy[:, f], box, of_dy, alone)

        def of_block(some):
            sums = product(dy_planes[..., some].swapaxes(1, 2), x_planes)
            rows = product(sums.reshape(len(sums), -1).T, g_all)
            return dw[f][some], rows.reshape(-1, *dw.shape[1:])

        shares = in_order(of_block, blocks)
        return shares if alone else list(shares)

    with one_blas_thread(len(places) * len(blocks)):
        for shares in in_order(share, places):
            for part, values in shares:
                part += values
    return dw.astype(dtype, copy=False)


def _by_columns(task, *arguments):
    """Compute a task in the exact way."""
    result = getattr(im2col, task)(*arguments)
    _chunks.check(result)  # `phases` has zeros in its kernels, which infinity spreads to
    return result


def part_of_kernel(sizes):
    """Return how many times as many entries a kernel has as some place of y meets."""
    fewest = (k - max(pads) for k, pads in zip(sizes.kernel, sizes.padding, strict=True))
    return math.prod(sizes.kernel) / math.prod(fewest)


def _part_of_places(sizes):
    """Return how many times as many places there are as some kernel entry reads x at."""
    axes = zip(sizes.stride, sizes.padding, sizes.output, strict=True)
    return math.prod(output / (output - -(-max(pads) // s)) for s, pads, output in axes)


def _correlate(y, x, w, axes, g_all, bias=None):
    """Fill y tile by tile from x and the weights (C, F, *kernel)."""
    at = [axis.at for axis in axes]
    boxes, blocks = plan(len(y), x.shape[1], y.shape[1], y.shape[2:], axes)

    def fill(box):
        planes = _planes(x, box, axes, len(boxes) == 1)
        some, *tiles = box
        corner = (slice(len(m) * t.start, len(m) * t.stop) for m, t in zip(at, tiles, strict=True))
        here = y[(some, slice(None), *corner)]
        inside = tuple(map(slice, here.shape[2:]))

        def fill_block(f):
            u = _weights(w[:, f], g_all) if weights is None else weights
            shape = (planes.shape[1], f.stop - f.start)
            sums = product(planes, u, out=_tiles.new_planes(len(planes), *shape, g_all.dtype))
            pixels = _tiles.from_planes(sums, at, [t.stop - t.start for t in tiles])
            _chunks.check(pixels)
            tile = pixels[(*inside, ..., slice(len(here) * sums.shape[2]))]
            tile = tile.reshape(*tile.shape[:-1], len(here), -1)
            tile = tile.transpose(tile.ndim - 2, tile.ndim - 1, *range(tile.ndim - 2))
            _chunks.write(tile, here[:, f], None if bias is None else bias[f])

        each(fill_block, blocks)

    with one_blas_thread(len(boxes) * len(blocks)):
        many = g_all[:, 0].nbytes * math.prod(w.shape[:2]) > MANY_WEIGHTS
        weights = _weights(w, g_all, PARTS if many else 1) if len(blocks) == 1 else None
        each(fill, boxes)


def _planes(x, box, axes, alone):
    """Take what the tiles of a box read to planes.

    Where the box is alone, workers share its examples.
    """
    some, *tiles = box
    x, channels = x[some], x.shape[1]
    matrices, steps = [axis.bt for axis in axes], [axis.step for axis in axes]
    starts = [axis.first + axis.step * t.start for axis, t in zip(axes, tiles, strict=True)]
    tiles, entries = [t.stop - t.start for t in tiles], [len(matrix) for matrix in matrices]
    counts = [axis.step * (t - 1) + axis.bt.shape[1] for axis, t in zip(axes, tiles, strict=True)]
    rows = len(x) * math.prod(tiles)
    planes = _tiles.new_planes(math.prod(entries), rows, channels, matrices[0].dtype)
    by_tile = _tiles.by_tile(planes, tiles, entries)

    def fill(n):  # among the examples of the box
        pixels = _tiles.pixels(x[n], starts, counts, planes.dtype)
        here = by_tile[..., n.start * channels : n.stop * channels]
        _tiles.to_planes(pixels, matrices, steps, out=here)

    each(fill, _chunks.cut(len(x), -(-len(x) // (PARTS if alone else 1))))
    return planes


def _weights(w, g_all, parts=1):
    """Take weights (C, F, *kernel) to planes (∏t, C, F)."""
    planes = _tiles.new_planes(len(g_all), *w.shape[:2], g_all.dtype)

    def fill(some):
        rows = w[some].reshape(-1, g_all.shape[1]).astype(g_all.dtype, copy=False)
        product(g_all, rows.T, out=planes[:, some].reshape(len(planes), -1))

    each(fill, _chunks.cut(len(w), -(-len(w) // parts)))
    return planes


def _by_group(channels, filters, groups):
    """Return the slices of the channels and of the filters, group by group."""
    steps = channels // groups, filters // groups
    return [tuple(slice(g * n, (g + 1) * n) for n in steps) for g in range(groups)]
