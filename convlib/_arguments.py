"""What convlib is given, checked: each function names the argument that does not fit.

A wrong type is a TypeError, a value or a shape that is wrong a ValueError. Nothing is changed.
Convolution, pooling, layers and training all check their arguments here, once.
"""

import functools
import math
import numbers
import operator

import numpy as np

MOST_ENTRIES = 2**30
"""Entries that an array made for one example may have, where x does not justify more.

2³⁰ entries are 8 GB in float64. Where x is large itself, 1024 times the entries of one example
of x are allowed too: a padded image, its columns and its outputs are all of that order. What is
above both limits is taken for a slip, and refused before any memory is touched.
"""


_USUAL = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


def as_array(name, value, ndim=None, axes=None):
    """Return `value` as an array of numbers that `convlib` computes with.

    Parameters
    ----------
    name : str
        The argument's name, for messages.
    value : array_like
        Integers, float32 or float64, in any byte order.
    ndim : int, optional
        Number of axes wanted.
    axes : str, optional
        Names of these axes, for messages.

    Returns
    -------
    ndarray
        `value` itself where it is an array already, and in the byte order of this machine.
        Otherwise a new array; `value` is never changed.

    Raises
    ------
    TypeError
        If the numbers are bool, complex, object, text or floats of another width, or masked.
    ValueError
        If the rank is wrong, or nested sequences are ragged.

    Examples
    --------
    >>> as_array("w", [[1, 2], [3, 4]], ndim=2).dtype.kind
    'i'
    >>> as_array("w", np.ones(2, ">f4")).dtype == np.float32
    True
    """
    if type(value) is np.ndarray and value.dtype in _USUAL:
        array = value
    else:
        array = _converted(name, value)
    if ndim is not None and array.ndim != ndim:
        wanted = f"{ndim} axes {axes}" if axes else f"{ndim} axes"
        raise ValueError(f"{name}: expected {wanted}, got {array.ndim}: shape {array.shape}")
    return array


def _converted(name, value):
    """Do the work of `as_array` for what is no array of floats yet."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: masked arrays are not supported; fill the mask first")
    try:
        array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name}: cannot be made into an array: {error}") from None
    if array.dtype.kind not in "iu" and not _is_float(array.dtype):
        raise TypeError(f"{name}: expected integers, float32 or float64, got dtype {array.dtype}")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array


def as_batch(name, value):
    """Return `value` as an array with a batch, a channel and at least one spatial axis.

    Examples
    --------
    >>> as_batch("x", [[[1, 2, 3]]]).shape
    (1, 1, 3)
    """
    array = as_array(name, value)
    if array.ndim < 3:
        raise ValueError(
            f"{name}: expected shape (N, C, *size), got {array.ndim} axes: {array.shape}"
        )
    if 0 in array.shape[1:]:
        raise ValueError(f"{name}: only the batch axis may be empty, got shape {array.shape}")
    return array


def common_dtype(*arrays):
    """Return the dtype to compute in: NumPy's common type, float64 where all are integers.

    This is the rule for all of convlib. Integers beside float32 count as NumPy counts them: 8 and
    16 bits fit into float32, longer ones ask for float64.

    Examples
    --------
    >>> common_dtype(np.ones(1, np.float32), np.ones(1, np.float32)), common_dtype(np.ones(1, int))
    (dtype('float32'), dtype('float64'))
    """
    dtypes = [array.dtype for array in arrays]
    dtype = dtypes[0]
    if dtypes.count(dtype) < len(dtypes):
        dtype = np.result_type(*dtypes)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def in_common_dtype(*arrays):
    """Return the arrays in the dtype to compute in, so that no product or sum of them wraps.

    Examples
    --------
    >>> [array.dtype.name for array in in_common_dtype(np.ones(1, np.uint8), np.ones(1, np.int8))]
    ['float64', 'float64']
    """
    dtype = common_dtype(*arrays)
    return [array if array.dtype == dtype else array.astype(dtype) for array in arrays]


def float_dtype(name, value):
    """Return `value` as a dtype that parameters may have: float32 or float64.

    Examples
    --------
    >>> float_dtype("dtype", "float32")
    dtype('float32')
    """
    try:
        dtype = np.dtype(value)
    except (TypeError, ValueError):
        dtype = None
    if dtype is None or not _is_float(dtype):
        raise TypeError(f"{name}: expected float32 or float64, got {value!r}")
    return dtype.newbyteorder("=")


def _is_float(dtype):
    """Say whether a dtype is float32 or float64, in any byte order."""
    return dtype.char in "fd"


def integer(name, value, least):
    """Return one integer of at least `least` as a plain int.

    Examples
    --------
    >>> integer("groups", np.int64(2), least=1)
    2
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    try:
        index = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {value!r}") from None
    if index < least:
        raise ValueError(f"{name}: must be at least {least}, got {value!r}")
    return index


def ints(name, value, length, least):
    """Return integers of at least `least`, one per axis, as a tuple; a single one is repeated.

    Parameters
    ----------
    name : str
    value : int or sequence of int
    length : int or None
        How many are wanted; None for as many as are given.
    least : int

    Examples
    --------
    >>> ints("stride", 2, 3, least=1), ints("stride", (2, 1), 2, least=1)
    ((2, 2, 2), (2, 1))
    """
    entries = value if is_sequence(value) else [value] * (length or 1)
    if length is not None and len(entries) != length:
        raise ValueError(f"{name}: expected an int or {length} of them, got {value!r}")
    if len(entries) == 0:
        raise ValueError(f"{name}: expected at least one spatial axis, got {value!r}")
    try:
        found = tuple(integer(name, entry, least=-math.inf) for entry in entries)
    except TypeError:
        raise TypeError(f"{name}: expected integers, got {value!r}") from None
    if min(found) < least:
        raise ValueError(f"{name}: must be at least {least}, got {value!r}")
    return found


def is_sequence(value):
    """Say whether a value is one per axis: a tuple, a list or an array of some axes."""
    return isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0)


def number(name, value, *, least=0.0, below=math.inf):
    """Return a real number as a float: at least `least`, smaller than `below`, and no NaN.

    Examples
    --------
    >>> number("momentum", 0.9)
    0.9
    >>> number("lr", -1)
    Traceback (most recent call last):
        ...
    ValueError: lr: must be at least 0 and below inf, got -1
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not least <= value < below:  # a NaN neither
        raise ValueError(f"{name}: must be at least {least:g} and below {below:g}, got {value!r}")
    return float(value)


def flag(name, value):
    """Return a value that must be True or False.

    Examples
    --------
    >>> flag("ceil_mode", True)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return bool(value)


def expect_shape(name, array, shape, meaning):
    """Raise a ValueError that names the argument unless `array` has this shape.

    Examples
    --------
    >>> expect_shape("b", np.ones(3), (2,), "one bias per filter")
    Traceback (most recent call last):
        ...
    ValueError: b: expected shape (2,), one bias per filter; got (3,)
    """
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, {meaning}; got {array.shape}")


def expect_same_names(what, got, wanted):
    """Raise a ValueError that lists what one dict of arrays lacks or has too much.

    Examples
    --------
    >>> expect_same_names("file", {"weight": 0, "beta": 0}, {"weight": 0, "bias": 0})
    Traceback (most recent call last):
        ...
    ValueError: file: missing ['bias'], not known ['beta']
    """
    missing, extra = sorted(wanted.keys() - got.keys()), sorted(got.keys() - wanted.keys())
    if missing or extra:
        raise ValueError(f"{what}: missing {missing}, not known {extra}")


def expect_room(name, shape, given):
    """Raise a ValueError unless an array made for one example can be held: see `MOST_ENTRIES`.

    Parameters
    ----------
    name : str
        The argument that makes it large.
    shape : tuple of int
        Its shape, without the batch.
    given : tuple of int
        The shape of what it is made from, without the batch.

    Examples
    --------
    >>> expect_room("padding", (1, 2 * 10**9 + 5), (1, 5))
    Traceback (most recent call last):
        ...
    ValueError: padding: needs 2000000005 entries for an example that has 5; at most 1073741824
    """
    entries, given = math.prod(shape), math.prod(given)
    limit = max(MOST_ENTRIES, 1024 * given)
    if entries > limit:
        raise ValueError(
            f"{name}: needs {entries} entries for an example that has {given}; at most {limit}"
        )


def remembered(function):
    """Keep the last results of a function of two shapes and settings; errors are found anew.

    A result is found again by plain ints, text, and tuples of them only. To a dict, 1, True and
    1.0 are the same key, and with one of them remembered, another would be taken for checked.

    Examples
    --------
    >>> scaled = remembered(lambda x, w, by: integer("by", by, least=0) * (len(x) + len(w)))
    >>> scaled((2, 5), (3,), 2)
    6
    >>> scaled((2, 5), (3,), 2.0)
    Traceback (most recent call last):
        ...
    TypeError: by: expected an integer, got 2.0
    """
    kept = functools.lru_cache(maxsize=256)(function)

    @functools.wraps(function)
    def call(x_shape, w_shape, *settings):
        return (kept if _are_plain(settings) else function)(x_shape, w_shape, *settings)

    return call


def _are_plain(values):
    """Say whether all values are ints, text, or tuples of such."""
    for value in values:
        kind = type(value)
        if kind is not int and kind is not str and not (kind is tuple and _are_plain(value)):
            return False
    return True
