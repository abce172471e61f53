"""A few examples are taken at a time, or rows of a large one, so that memory stays small."""

import itertools
import math

import numpy as np

CHUNK_BYTES = 2**23
"""As many examples are taken at a time as fit in this with their columns, and at least one."""

CACHE_BYTES, TAP_BYTES = 2**22, 2**17
"""Or in this, which a cache holds, if each tap has so much to read at a time (measured)."""

WORTH_BYTES = 2**21
"""Or in half of all, if that is less, so that two workers share it; but calls for less than this
take too long."""

MOST_BYTES = 2**25
"""An example that needs more is cut into rows; cut for less, the weights are read too often."""


def chunks(batch, bytes_each, taps=math.inf):
    """Cut a batch into slices of so many examples as are best taken at a time.

    Examples
    --------
    >>> chunks(5, CHUNK_BYTES // 2)
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None), slice(4, 5, None)]
    >>> [len(chunks(64, CACHE_BYTES // 4, taps)) for taps in (1, 49, 100)]
    [16, 12, 8]
    >>> [len(chunks(batch, WORTH_BYTES // 4, taps=1)) for batch in (4, 6, 12)]
    [1, 2, 2]
    """
    half = max(WORTH_BYTES, batch * bytes_each // 2)
    most = min(CHUNK_BYTES, max(min(CACHE_BYTES, half), taps * TAP_BYTES))
    return cut(batch, most // max(1, bytes_each))


def cut(length, most, unit=1):
    """Cut a range into slices of whole units, of nearly equal length: at most `most`, or one unit.

    More than one are an even number if they can be, so that two workers have as much to do.

    Examples
    --------
    >>> cut(8, 3)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None), slice(6, 8, None)]
    >>> cut(80, 40, unit=16)
    [slice(0, 32, None), slice(32, 48, None), slice(48, 64, None), slice(64, 80, None)]
    """
    if length <= most:
        return [slice(0, length)][:length]  # none of no length
    units = -(-length // unit)
    count = -(-units // max(1, most // unit))
    count += count % 2 if 1 < count < units else 0
    few, more = divmod(units, count)
    ends = [min(length, unit * (i * few + min(i, more))) for i in range(count + 1)]
    return [slice(start, end) for start, end in itertools.pairwise(ends)]


def pieces(batch, sizes, bytes_each, taps):
    """List slices of the batch, of the rows of x and of y, and the sizes of these parts.

    Rows are those of the first spatial axis. They are parted only if one example does not fit.

    Examples
    --------
    >>> from convlib import geometry
    >>> for n, inputs, outputs, part in pieces(1, geometry(7, 3, padding=1), 2 * MOST_BYTES, 3):
    ...     print(inputs, outputs, part.size, part.padding)
    slice(0, 3, None) slice(0, 2, None) (3,) ((1, 0),)
    slice(1, 5, None) slice(2, 4, None) (4,) ((0, 0),)
    slice(3, 7, None) slice(4, 6, None) (4,) ((0, 0),)
    slice(5, 7, None) slice(6, 7, None) (2,) ((0, 1),)
    """
    rows, parts = sizes.output[0], [(slice(None), slice(None), sizes)]
    height = max(1, rows * MOST_BYTES // bytes_each)
    if height < rows:
        parts = [_part(sizes, some) for some in cut(rows, height)]
    batches = chunks(batch, bytes_each, taps)
    return [(n, *part) for n in batches for part in parts]


def _part(sizes, outputs):
    """Return the rows of x that some rows of y read, those rows of y, and their sizes."""
    first = sizes.stride[0] * outputs.start  # in the padded x
    stop = sizes.stride[0] * (outputs.stop - 1) + sizes.extent[0]
    before, size = sizes.padding[0][0], sizes.size[0]
    start, end = (min(max(0, i - before), size) for i in (first, stop))
    zeros = min(max(0, before - first), stop - first)
    part = sizes._replace(
        size=(end - start, *sizes.size[1:]),
        padding=((zeros, stop - first - zeros - (end - start)), *sizes.padding[1:]),
        padded=(stop - first, *sizes.padded[1:]),
        output=(outputs.stop - outputs.start, *sizes.output[1:]),
        remainder=(0, *sizes.remainder[1:]),
    )
    return slice(start, end), outputs, part


def bytes_each(channels, sizes, dtype, taps=None):
    """Count the bytes of one example's columns, for all kernel entries or some, and its padded x.

    Examples
    --------
    >>> import numpy as np
    >>> from convlib import geometry
    >>> bytes_each(2, geometry(6, 3), np.dtype(np.float64))  # 2 · (3 · 4 + 6) · 8
    288
    """
    columns = (taps or math.prod(sizes.kernel)) * math.prod(sizes.output)
    return channels * (columns + math.prod(sizes.padded)) * dtype.itemsize


class NotFiniteError(ArithmeticError):
    """Some entry of a result is infinite or not a number."""


def check(part):
    """Raise `NotFiniteError` unless all entries are finite.

    Those of a part are checked best where they were computed, while a cache holds them.

    Examples
    --------
    >>> check(np.ones(3))
    >>> check(np.array([1, np.inf]))
    Traceback (most recent call last):
        ...
    convlib._methods._chunks.NotFiniteError
    """
    if not math.isfinite(np.vdot(part, part)):  # which makes no array of a part that is contiguous
        raise NotFiniteError


def write(rows, y, b):
    """Write rows to a part of y, (N, F, *output), plus the bias of each filter where there is one.

    A pass over all of y at the end would bring it from memory once more.

    Examples
    --------
    >>> y = np.empty((1, 2, 3))
    >>> write(np.ones(3), y, np.array([0, 10]))
    >>> y
    array([[[ 1.,  1.,  1.],
            [11., 11., 11.]]])
    """
    if b is not None:
        np.add(rows, b.reshape(-1, *(1,) * (y.ndim - 2)), out=y)
    elif rows is not y:
        y[...] = rows
