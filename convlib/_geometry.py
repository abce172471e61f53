"""Sizes: everything about a convolution that can be known without its numbers.

The one home of the rule that output o reads, with kernel entry k, the input at
i = S·o + D·k - P: product by product (`products`), and for all outputs at once (`tap_slices`).
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from convlib._arguments import expect_room, integer, ints, is_sequence, remembered

__all__ = ["Geometry", "geometry", "output_size"]


class Geometry(NamedTuple):
    """The sizes of one convolution, one entry per spatial axis.

    Attributes
    ----------
    size, kernel : tuple of int
        Input size H and kernel size K.
    stride, dilation : tuple of int
        Stride S and dilation D.
    padding : tuple of (int, int)
        Zeros before and after the input.
    extent : tuple of int
        What the dilated kernel spans: Kₑ = D·(K - 1) + 1.
    padded : tuple of int
        Size of the padded input.
    output : tuple of int
        Number of positions of the kernel: ⌊(padded - Kₑ) / S⌋ + 1.
    remainder : tuple of int
        Padded entries at the far end that no window reads: (padded - Kₑ) mod S.

    Examples
    --------
    >>> geometry(6, 3, stride=2).remainder
    (1,)
    """

    size: tuple
    kernel: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    extent: tuple
    padded: tuple
    output: tuple
    remainder: tuple


def geometry(size, kernel, *, stride=1, padding=0, dilation=1):
    """Work out every size of a convolution, or say which argument does not fit.

    Parameters
    ----------
    size, kernel : int or tuple of int
        Input and kernel size, one entry per spatial axis.
    stride, dilation : int or tuple of int, default 1
        One value for all axes, or one per axis; at least 1.
    padding : int, tuple of int, tuple of (int, int), 'valid' or 'same', default 0
        Zeros around the input: one value for all axes, one per axis, or (before, after) per
        axis. ``'valid'`` is 0. ``'same'`` keeps the size and wants stride 1; where the zeros
        cannot be split evenly, the odd one goes after, as in PyTorch.

    Returns
    -------
    Geometry

    Raises
    ------
    TypeError
        If a value is not an integer (or one of the two words, for padding).
    ValueError
        If a value is out of range, if a tuple has the wrong length, or if the dilated kernel is
        larger than the padded input.

    Examples
    --------
    >>> g = geometry((7, 6), (3, 2), stride=2, padding=1)
    >>> g.padded, g.output, g.remainder
    ((9, 8), (4, 4), (0, 0))
    """
    return named_geometry("kernel", size, kernel, stride, padding, dilation)


def named_geometry(kernel_name, size, kernel, stride, padding, dilation):
    """Do the work of `geometry` for callers that know the kernel by another name."""
    size = ints("size", size, None, least=1)
    ndim = len(size)
    kernel = ints(kernel_name, kernel, ndim, least=1)
    stride = ints("stride", stride, ndim, least=1)
    dilation = ints("dilation", dilation, ndim, least=1)
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    padding = _padding(padding, extent, stride)
    padded = tuple(h + a + b for h, (a, b) in zip(size, padding, strict=True))
    for axis, (room, span) in enumerate(zip(padded, extent, strict=True)):
        if span > room:
            raise ValueError(
                f"{kernel_name}: spans {span} along spatial axis {axis} (size {kernel[axis]}, "
                f"dilation {dilation[axis]}), but the padded input has only {room} there"
            )
    spare = [room - span for room, span in zip(padded, extent, strict=True)]
    output = tuple(r // s + 1 for r, s in zip(spare, stride, strict=True))
    remainder = tuple(r % s for r, s in zip(spare, stride, strict=True))
    return Geometry(size, kernel, stride, padding, dilation, extent, padded, output, remainder)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Count the positions of a kernel: ⌊(H + P_before + P_after - Kₑ) / S⌋ + 1 per axis.

    Parameters
    ----------
    size, kernel : int or tuple of int
        Input and kernel size. An int stands for one axis.
    stride, padding, dilation
        As in `geometry`.

    Returns
    -------
    int or tuple of int
        An int where `size` is one.

    Raises
    ------
    TypeError, ValueError
        As in `geometry`.

    Notes
    -----
    The formula of `torch.nn.Conv2d`, which counts windows that lie in the padded input as a whole.

    Examples
    --------
    >>> output_size(5, 3, padding=1)
    5
    >>> output_size((32, 20), (3, 5), stride=2, padding=(1, 0))
    (16, 8)
    """
    output = geometry(size, kernel, stride=stride, padding=padding, dilation=dilation).output
    return output if is_sequence(size) else output[0]


class Product(NamedTuple):
    """The places of one product: what y[o] reads with w[k] is x[i].

    Attributes
    ----------
    o, k, i : tuple of int
        In the output, in the kernel and in the input, one entry per spatial axis. A place of the
        input counts from the first entry of x, so it is negative, or H and more, in the padding.
    """

    o: tuple
    k: tuple
    i: tuple


def products(sizes):
    """Yield every product that a filter and a channel have: i = S·o + D·k - P, along each axis.

    Parameters
    ----------
    sizes : Geometry

    Yields
    ------
    Product
        Output by output, and for each output kernel entry by kernel entry.

    Examples
    --------
    >>> for product in products(geometry(4, 2, stride=2, padding=1)):
    ...     print(*product)
    (0,) (0,) (-1,)
    (0,) (1,) (0,)
    (1,) (0,) (1,)
    (1,) (1,) (2,)
    (2,) (0,) (3,)
    (2,) (1,) (4,)
    """
    before = [pair[0] for pair in sizes.padding]
    places = (itertools.product(*map(range, shape)) for shape in (sizes.output, sizes.kernel))
    for o, k in itertools.product(*places):
        axes = zip(sizes.stride, o, sizes.dilation, k, before, strict=True)
        yield Product(o, k, tuple(s * a + d * b - p for s, a, d, b, p in axes))


def tap_slices(sizes):
    """Yield each kernel entry k with the slices of the padded input that it reads, S·o + D·k.

    Examples
    --------
    >>> import numpy as np
    >>> for k, places in tap_slices(geometry(6, 2, stride=2)):
    ...     print(k, np.arange(6)[places])
    (0,) [0 2 4]
    (1,) [1 3 5]
    """
    for k in itertools.product(*map(range, sizes.kernel)):
        axes = zip(k, sizes.dilation, sizes.stride, sizes.output, strict=True)
        yield k, (..., *(slice(d * i, d * i + s * out, s) for i, d, s, out in axes))


@functools.lru_cache(256)
def uses_every_place(sizes):
    """Say whether each output reads x, with each kernel entry, and each entry of x is read.

    Examples
    --------
    >>> uses_every_place(geometry(6, 3, padding=1))
    True
    >>> uses_every_place(geometry(6, 3, stride=2))  # the last entry is the remainder
    False
    """
    values = (sizes.size, sizes.kernel, sizes.stride, sizes.padding, sizes.dilation, sizes.output)
    for size, kernel, stride, (before, _), dilation, output in zip(*values, strict=True):
        i = stride * np.arange(output)[:, np.newaxis] + dilation * np.arange(kernel) - before
        inside = (i >= 0) & (i < size)
        if not (inside.any(axis=0).all() and inside.any(axis=1).all()):
            return False
        if len(np.unique(i[inside])) < size:
            return False
    return True


def spatial_padding(padding, ndim):
    """Bring a padding of numbers into the form ((before, after), ...), one pair per axis.

    Examples
    --------
    >>> spatial_padding(1, 2)
    ((1, 1), (1, 1))
    >>> spatial_padding((0, (1, 2)), 2)
    ((0, 0), (1, 2))
    """
    if isinstance(padding, str):
        raise ValueError(f"padding: {padding!r} needs a kernel; give numbers here")
    if not is_sequence(padding):
        padding = [padding] * ndim
    padding = list(padding)
    if len(padding) != ndim:
        raise ValueError(
            f"padding: expected one entry for each of {ndim} spatial axes, got {tuple(padding)!r}"
        )
    return tuple(ints("padding", entry, 2, least=0) for entry in padding)


def conv_geometry(x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Check that an input and a weight array go together, and return their `Geometry`.

    Parameters
    ----------
    x : ndarray, shape (N, C, *size)
        As `as_batch` returns it.
    w : ndarray, shape (F, C // groups, *kernel)
    stride, padding, dilation
        As in `geometry`.
    groups : int, default 1
        Must divide C and F.

    Returns
    -------
    Geometry, int
        The sizes, and `groups` as a plain int.

    Raises
    ------
    TypeError, ValueError
        As in `geometry`; or if the channels and groups do not fit, or an axis of w is empty.
    """
    return _conv_geometry(x.shape[1:], w.shape, stride, padding, dilation, groups)


@remembered
def _conv_geometry(x_shape, w_shape, stride, padding, dilation, groups):
    """Do the work of `conv_geometry` for shapes; that of x without its batch."""
    groups = integer("groups", groups, least=1)
    if 0 in w_shape:
        raise ValueError(f"w: no axis may be empty, got shape {w_shape}")
    channels, filters = x_shape[0], w_shape[0]
    if channels % groups:
        raise ValueError(f"groups: {groups} does not divide the {channels} channels of x")
    if filters % groups:
        raise ValueError(f"groups: {groups} does not divide the {filters} filters of w")
    if w_shape[1] != channels // groups:
        raise ValueError(
            f"w: expected {channels // groups} channels per filter (x has {channels}, in {groups} "
            f"groups), got {w_shape[1]}: shape {w_shape}"
        )
    sizes = geometry(x_shape[1:], w_shape[2:], stride=stride, padding=padding, dilation=dilation)
    expect_columns(x_shape, sizes)
    return sizes, groups


def expect_columns(shape, sizes):
    """Raise a ValueError unless the padded x and its columns can be held.

    Examples
    --------
    >>> expect_columns((1, 10**5), geometry(10**5, 10**4, padding=10**5))
    Traceback (most recent call last):
        ...
    ValueError: kernel: needs 2900010000 entries for an example that has 100000; at most 1073741824
    """
    expect_room("padding", (shape[0], *sizes.padded), shape)
    expect_room("kernel", (shape[0], *sizes.kernel, *sizes.output), shape)


def _padding(padding, extent, stride):
    """Return one (before, after) pair per axis for every form of `padding`."""
    if not isinstance(padding, str):
        return spatial_padding(padding, len(extent))
    if padding == "valid":
        return ((0, 0),) * len(extent)
    if padding != "same":
        raise ValueError(f"padding: the words are 'valid' and 'same', got {padding!r}")
    if any(s != 1 for s in stride):
        raise ValueError(f"padding: 'same' needs stride 1, got stride {stride}")
    return tuple(((span - 1) // 2, span - 1 - (span - 1) // 2) for span in extent)
