"""Check a layer that somebody wrote: find what is wrong, and name the mistake.

Its modules, each of which imports only from those above it::

_guard         run code that nobody has read
_settings      what is run, from simple to hard
_operations    what can be checked, with the right results
_conventions   from names in a signature to a call
_passes        functions, or methods of an object
_learner       the code at work, and every result judged
_diagnose      name a mistake by its numbers
_terms         the sum that an entry should be
_shrink        the smallest shapes that show a failure
_sections      which section of the course explains it
_report        what a reader is told
_walk          all of this in order
_sizes         the same for the size of the output
_source        the code of a function, with all that it needs
_kept          what is right, kept in a file
_cases         one test a case, for a class
_find          the layers among some names
_file          the names in a file, or in a notebook
"""

import inspect

from convlib._arguments import number
from convlib.check._cases import Case, cases, expect, points
from convlib.check._kept import keep as _keep
from convlib.check._kept import kept
from convlib.check._operations import OPERATIONS
from convlib.check._report import Report
from convlib.check._sizes import examine_size
from convlib.check._walk import examine

__all__ = [
    "OPERATIONS",
    "Case",
    "Report",
    "backward",
    "cases",
    "expect",
    "forward",
    "kept",
    "layer",
    "points",
    "size",
]


def forward(function, *, operation="conv", convention=None, time_limit=5.0, keep=False):
    """Check a forward pass.

    Parameters
    ----------
    function : callable
        In the convention of its author: ``(x, w, b, conv_param)`` as in CS231n,
        ``(A_prev, W, b, hparameters)`` as in deeplearning.ai, keywords as in PyTorch, or
        ``(x, w, b, stride, pad)``. It returns y, or y and a cache.
    operation, convention, time_limit, keep
        As in `layer`.

    Returns
    -------
    Report

    Raises
    ------
    TypeError, ValueError
        As in `layer`.

    Examples
    --------
    >>> import numpy as np
    >>> def conv_forward(x, w, b, stride, pad):
    ...     x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    ...     windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    ...     return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
    >>> report = forward(conv_forward)
    >>> report.ok, report.setting.name
    (False, 'stride 2')
    """
    _expect_callable("function", function)
    made = inspect.isclass(function)
    report = examine(function, None, operation, convention, _limit(time_limit), made)
    return _kept_if_right(report, keep, [function], operation)


def backward(
    function, *, operation="conv", convention=None, time_limit=5.0, outputs=None, keep=False
):
    """Check a backward pass by itself.

    Parameters
    ----------
    function : callable
        ``(dout, cache)``, where the cache is what a forward pass of the same convention was
        given, or ``(dy, x, w, ...)``. It returns the gradients: dx, dw, db. Where your forward
        pass keeps something else, check both with `layer`.
    operation, convention, time_limit, keep
        As in `layer`.
    outputs : collection of str, optional
        The gradients that it returns, in their usual order, where it does not return all of them.

    Returns
    -------
    Report

    Raises
    ------
    TypeError, ValueError
        As in `layer`; and if the operation has no such gradient.

    Examples
    --------
    A function may be written step by step. What its arguments cannot say is left out:

    >>> import convlib
    >>> def bias_gradient(dy):
    ...     return dy.mean(axis=(0, 2, 3))
    >>> backward(bias_gradient, outputs=["db"]).mistake
    'db_averaged'
    >>> backward(convlib.mistakes.MISTAKES["dw_rotated"].variants[convlib.conv_backward]).mistake
    'dw_rotated'
    """
    _expect_callable("function", function)
    report = examine(None, function, operation, convention, _limit(time_limit), outputs=outputs)
    return _kept_if_right(report, keep, [function], operation)


def layer(forward, backward=None, *, operation="conv", convention=None, time_limit=5.0, keep=False):
    """Check both passes, the second with what the first one keeps.

    Parameters
    ----------
    forward : callable
        The forward pass; or a class with methods ``forward`` and ``backward``, or a function
        that makes such an object.
    backward : callable, optional
        The backward pass, where `forward` is one.
    operation : {'conv', 'conv_transpose', 'max_pool', 'avg_pool', 'batch_norm'}
    convention : {'cs231n', 'deeplearning.ai', 'pytorch', 'im2col'}, optional
        How the functions are called. It is found from their signatures.
    time_limit : float or None, default 5.0
        Seconds that one call may take. There is no limit in a browser, on Windows and in
        a second thread; the report says so.
    keep : bool, default False
        Whether to write what is right into the file ``my_layers.py`` beside the notebook, with
        all that it needs, from where `kept` takes it. The report says what was written.

    Returns
    -------
    Report

    Raises
    ------
    TypeError
        If `forward` or `backward` cannot be called.
    ValueError
        If there is no such operation or convention, or the time limit is not positive.

    Examples
    --------
    >>> import convlib
    >>> print(layer(convlib.max_pool2d, convlib.max_pool2d_backward, operation="max_pool").parts)
    {'y': True, 'dx': True}
    """
    _expect_callable("forward", forward)
    if backward is not None:
        _expect_callable("backward", backward)
    made = backward is None
    report = examine(forward, backward, operation, convention, _limit(time_limit), made)
    return _kept_if_right(report, keep, [forward] if made else [forward, backward], operation)


def size(function, *, time_limit=5.0, keep=False):
    """Check a function that returns how many outputs there are along one axis.

    Parameters
    ----------
    function : callable
        ``(size, kernel, *, stride, padding, dilation)``, as `convlib.output_size` with whole
        numbers. It returns a whole number.
    time_limit, keep
        As in `layer`.

    Returns
    -------
    Report
        Its `setting` is the first one at which the size is wrong.

    Raises
    ------
    TypeError, ValueError
        As in `layer`.

    Examples
    --------
    >>> def no_gaps(size, kernel, *, stride=1, padding=0, dilation=1):
    ...     return (size + 2 * padding - kernel) // stride + 1
    >>> print(size(no_gaps).headline[:63])
    no_gaps is wrong at dilation 2: it returns 7, expected 5. It ta
    >>> size(no_gaps).mistake
    'dilation_forgotten'
    """
    _expect_callable("function", function)
    return _kept_if_right(examine_size(function, _limit(time_limit)), keep, [function], "size")


def _kept_if_right(report, keep, functions, operation):
    """Keep functions, if that is asked for and they are right, and let the report say so."""
    if not (keep and report.ok):
        return report
    return report._replace(detail=(*report.detail, _keep(functions, operation)))


def _expect_callable(name, value):
    if not callable(value):
        raise TypeError(f"{name}: expected a function or a class, got {type(value).__name__}")


def _limit(seconds):
    """Check a time limit."""
    if seconds is not None and number("time_limit", seconds) == 0:
        raise ValueError("time_limit: must be more than 0; None for none")
    return seconds
