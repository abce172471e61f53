"""Examples are taken a few at a time, so that extra memory does not grow with their number."""

import math

CHUNK_BYTES = 2**23
"""As many examples are taken at a time as fit in this with their columns, and at least one."""

CACHE_BYTES, TAP_BYTES = 2**20, 2**17
"""Or in this, which a cache holds, if each kernel entry has so much to read at a time (measured).
"""


def chunks(batch, bytes_each, taps=1):
    """Cut a batch into slices of so many examples as are best taken at a time.

    Examples
    --------
    >>> chunks(5, CACHE_BYTES // 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    >>> len(chunks(64, CACHE_BYTES // 2)), len(chunks(64, CACHE_BYTES // 2, taps=25))
    (32, 11)
    """
    limit = min(CHUNK_BYTES, max(CACHE_BYTES, taps * TAP_BYTES))
    step = max(1, limit // bytes_each)
    return [slice(start, min(start + step, batch)) for start in range(0, batch, step)]


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
