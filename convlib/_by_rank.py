"""The names for one, two and three spatial axes: `conv2d` is `conv` for images.

Each checks the number of axes, and hands everything to the function for any number of them, which
it looks up when it is called.
"""

from convlib._arguments import as_array
from convlib._conv import conv, conv_backward
from convlib._conv_transpose import conv_transpose, conv_transpose_backward
from convlib._pool import avg_pool, avg_pool_backward, max_pool, max_pool_backward

__all__ = [
    "avg_pool1d",
    "avg_pool1d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "avg_pool3d",
    "avg_pool3d_backward",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "max_pool3d",
    "max_pool3d_backward",
]


# --- convolution ----------------------------------------------------------------------------------


def conv1d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1):
    """Convolve along one axis: `conv` for x (N, C, W), w (F, C // groups, WW) → y (N, F, W_out).

    Examples
    --------
    >>> conv1d([[[1, 2, 3, 4]]], [[[1, 1]]], [10])
    array([[[13., 15., 17.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(F, C, WW)")
    return conv(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv1d_backward(
    dy, x, w, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1
):
    """Gradients of `conv1d`: `conv_backward` for dy (N, F, W_out).

    Examples
    --------
    >>> conv1d_backward([[[1, 0, 0]]], [[[1, 2, 3, 4]]], [[[5, 6]]]).dx
    array([[[5., 6., 0., 0.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(F, C, WW)")
    return conv_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1):
    """Convolve images: `conv` for x (N, C, H, W) and w (F, C // groups, HH, WW).

    Examples
    --------
    >>> import numpy as np
    >>> conv2d(np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3)), padding=1).shape
    (4, 2, 5, 5)
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(F, C, HH, WW)")
    return conv(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv2d_backward(
    dy, x, w, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1
):
    """Gradients of `conv2d`: `conv_backward` for dy (N, F, H_out, W_out).

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.ones((4, 3, 5, 5)), np.ones((2, 3, 3, 3))
    >>> dx, dw, db = conv2d_backward(np.ones((4, 2, 5, 5)), x, w, padding=1)
    >>> dx[0, 0, 0]
    array([ 8., 12., 12., 12.,  8.])
    >>> dx.shape, dw.shape, db.shape
    ((4, 3, 5, 5), (2, 3, 3, 3), (2,))
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(F, C, HH, WW)")
    return conv_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv3d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1):
    """Convolve volumes: `conv` for x (N, C, D, H, W), w (F, C // groups, DD, HH, WW).

    Examples
    --------
    >>> import numpy as np
    >>> conv3d(np.ones((1, 1, 4, 5, 6)), np.ones((1, 1, 2, 2, 2))).shape
    (1, 1, 3, 4, 5)
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(F, C, DD, HH, WW)")
    return conv(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv3d_backward(
    dy, x, w, *, stride=1, padding=0, dilation=1, groups=1, method="auto", workers=1
):
    """Gradients of `conv3d`: `conv_backward` for dy (N, F, D_out, H_out, W_out).

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.ones((1, 1, 4, 5, 6)), np.ones((1, 1, 2, 2, 2))
    >>> conv3d_backward(np.ones((1, 1, 3, 4, 5)), x, w).db
    array([60.])
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(F, C, DD, HH, WW)")
    return conv_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


# --- transposed convolution -----------------------------------------------------------------------


def conv_transpose1d(
    x,
    w,
    b=None,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Transpose a convolution along one axis: `conv_transpose` for x (N, C, W).

    Examples
    --------
    >>> conv_transpose1d([[[1, 2]]], [[[1, 1]]], [10])
    array([[[11., 13., 12.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(C, F, WW)")
    return conv_transpose(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv_transpose1d_backward(
    dy,
    x,
    w,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Gradients of `conv_transpose1d`: `conv_transpose_backward` for dy (N, F, W_out).

    Examples
    --------
    >>> conv_transpose1d_backward([[[1, 0, 0]]], [[[1, 2]]], [[[5, 6]]]).dx
    array([[[5., 0.]]])
    """
    x, w = as_array("x", x, 3, "(N, C, W)"), as_array("w", w, 3, "(C, F, WW)")
    return conv_transpose_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv_transpose2d(
    x,
    w,
    b=None,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Enlarge images: `conv_transpose` for x (N, C, H, W) and w (C, F // groups, HH, WW).

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.ones((4, 2, 3, 3)), np.ones((2, 3, 3, 3))
    >>> conv_transpose2d(x, w, stride=2, padding=1, output_padding=1).shape
    (4, 3, 6, 6)
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(C, F, HH, WW)")
    return conv_transpose(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv_transpose2d_backward(
    dy,
    x,
    w,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Gradients of `conv_transpose2d`: `conv_transpose_backward` for dy (N, F, H_out, W_out).

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.ones((1, 2, 3, 3)), np.ones((2, 3, 2, 2))
    >>> conv_transpose2d_backward(np.ones((1, 3, 6, 6)), x, w, stride=2).db
    array([36., 36., 36.])
    """
    x, w = as_array("x", x, 4, "(N, C, H, W)"), as_array("w", w, 4, "(C, F, HH, WW)")
    return conv_transpose_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv_transpose3d(
    x,
    w,
    b=None,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Enlarge volumes: `conv_transpose` for x (N, C, D, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> conv_transpose3d(np.ones((1, 2, 2, 3, 4)), np.ones((2, 1, 2, 2, 2)), stride=2).shape
    (1, 1, 4, 6, 8)
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(C, F, DD, HH, WW)")
    return conv_transpose(
        x,
        w,
        b,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


def conv_transpose3d_backward(
    dy,
    x,
    w,
    *,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups=1,
    method="auto",
    workers=1,
):
    """Gradients of `conv_transpose3d`: `conv_transpose_backward` for dy of five axes.

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.ones((1, 1, 1, 2, 2)), np.ones((1, 1, 2, 2, 2))
    >>> conv_transpose3d_backward(np.ones((1, 1, 2, 3, 3)), x, w).dx
    array([[[[[8., 8.],
              [8., 8.]]]]])
    """
    x, w = as_array("x", x, 5, "(N, C, D, H, W)"), as_array("w", w, 5, "(C, F, DD, HH, WW)")
    return conv_transpose_backward(
        dy,
        x,
        w,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
        method=method,
        workers=workers,
    )


# --- pooling: the largest entry -------------------------------------------------------------------


def max_pool1d(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Largest entries of windows along one axis: `max_pool` for x (N, C, W).

    Examples
    --------
    >>> max_pool1d([[[1, 5, 2, 4]]], 2)
    array([[[5., 4.]]])
    """
    x = as_array("x", x, 3, "(N, C, W)")
    return max_pool(
        x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def max_pool1d_backward(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gradient of `max_pool1d`: `max_pool_backward` for x (N, C, W).

    Examples
    --------
    >>> max_pool1d_backward([[[1, 10]]], [[[1, 5, 2, 4]]], 2)
    array([[[ 0.,  1.,  0., 10.]]])
    """
    x = as_array("x", x, 3, "(N, C, W)")
    return max_pool_backward(
        dy, x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def max_pool2d(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Largest entries of windows in images: `max_pool` for x (N, C, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> max_pool2d(np.arange(16).reshape(1, 1, 4, 4), 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """
    x = as_array("x", x, 4, "(N, C, H, W)")
    return max_pool(
        x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def max_pool2d_backward(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gradient of `max_pool2d`: `max_pool_backward` for x (N, C, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> max_pool2d_backward(np.ones((1, 1, 1, 1)), [[[[1, 5], [2, 4]]]], 2)
    array([[[[0., 1.],
             [0., 0.]]]])
    """
    x = as_array("x", x, 4, "(N, C, H, W)")
    return max_pool_backward(
        dy, x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def max_pool3d(x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Largest entries of windows in volumes: `max_pool` for x (N, C, D, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> max_pool3d(np.ones((1, 2, 4, 4, 4)), (1, 2, 2)).shape
    (1, 2, 4, 2, 2)
    """
    x = as_array("x", x, 5, "(N, C, D, H, W)")
    return max_pool(
        x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


def max_pool3d_backward(dy, x, kernel_size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gradient of `max_pool3d`: `max_pool_backward` for x (N, C, D, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> max_pool3d_backward(np.ones((1, 1, 1, 1, 1)), [[[[[1, 5], [2, 4]]]]], (1, 2, 2))
    array([[[[[0., 1.],
              [0., 0.]]]]])
    """
    x = as_array("x", x, 5, "(N, C, D, H, W)")
    return max_pool_backward(
        dy, x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
    )


# --- pooling: the average -------------------------------------------------------------------------


def avg_pool1d(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Averages of windows along one axis: `avg_pool` for x (N, C, W).

    Examples
    --------
    >>> avg_pool1d([[[1, 5, 2, 4]]], 2)
    array([[[3., 3.]]])
    """
    x = as_array("x", x, 3, "(N, C, W)")
    return avg_pool(
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )


def avg_pool1d_backward(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Gradient of `avg_pool1d`: `avg_pool_backward` for x (N, C, W).

    Examples
    --------
    >>> avg_pool1d_backward([[[1, 10]]], [[[1, 5, 2, 4]]], 2)
    array([[[0.5, 0.5, 5. , 5. ]]])
    """
    x = as_array("x", x, 3, "(N, C, W)")
    return avg_pool_backward(
        dy,
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )


def avg_pool2d(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Averages of windows in images: `avg_pool` for x (N, C, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d(np.arange(16).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    x = as_array("x", x, 4, "(N, C, H, W)")
    return avg_pool(
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )


def avg_pool2d_backward(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Gradient of `avg_pool2d`: `avg_pool_backward` for x (N, C, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d_backward(np.ones((1, 1, 1, 1)), [[[[1, 5], [2, 4]]]], 2)
    array([[[[0.25, 0.25],
             [0.25, 0.25]]]])
    """
    x = as_array("x", x, 4, "(N, C, H, W)")
    return avg_pool_backward(
        dy,
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )


def avg_pool3d(x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Averages of windows in volumes: `avg_pool` for x (N, C, D, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool3d(np.ones((1, 2, 4, 4, 4)), (1, 2, 2)).shape
    (1, 2, 4, 2, 2)
    """
    x = as_array("x", x, 5, "(N, C, D, H, W)")
    return avg_pool(
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )


def avg_pool3d_backward(
    dy, x, kernel_size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Gradient of `avg_pool3d`: `avg_pool_backward` for x (N, C, D, H, W).

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool3d_backward(np.ones((1, 1, 1, 1, 1)), [[[[[1, 5], [2, 4]]]]], (1, 2, 2))
    array([[[[[0.25, 0.25],
              [0.25, 0.25]]]]])
    """
    x = as_array("x", x, 5, "(N, C, D, H, W)")
    return avg_pool_backward(
        dy,
        x,
        kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
    )
