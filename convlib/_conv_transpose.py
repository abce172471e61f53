"""Transposed convolution: the way back through a convolution, taken as a way forward.

A convolution reads x at i = S·o + D·k. In its transpose, input and output have changed sides, and
it writes y at o = S·i + D·k. So its forward pass is what a convolution does to find dx, and its
backward pass is a convolution forward. Nothing is computed here that a convolution does not compute
already, and by the same methods.
"""

from convlib._arguments import (
    as_array,
    common_dtype,
    expect_room,
    expect_shape,
    integer,
    ints,
    remembered,
)
from convlib._conv import ConvGrads, bias_gradient, check_bias, same_rank
from convlib._geometry import geometry, spatial_padding
from convlib._matmul import quiet
from convlib._methods import forward, input_gradient, weight_gradient
from convlib._methods._chunks import write

__all__ = ["conv_transpose", "conv_transpose_backward"]


def conv_transpose(
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
    """Lay every filter of w down at every entry of x, times that entry, and add up.

    Parameters
    ----------
    x : array_like, shape (N, C, *size)
        N examples with C channels and one to any number of spatial axes.
    w : array_like, shape (C, F // groups, *kernel)
        Channels first: it is the w of the convolution from F channels to C that this transposes.
    b : array_like, shape (F,), optional
        One bias per output channel.
    stride, dilation : int or tuple of int, default 1
        Step of the kernel over the output, and step between its entries.
    padding : int, tuple of int or tuple of (int, int), default 0
        Entries *cut off* the output, as the convolution cuts its padding off dx.
    output_padding : int or tuple of int, default 0
        Entries added at the far end: what the convolution's remainder was. Smaller than the
        stride or the dilation.
    groups : int, default 1
        Must divide C.
    method, workers
        As in `conv`. The methods are those of a convolution, which is done the other way here.

    Returns
    -------
    ndarray, shape (N, F, *output)
        Along each axis ``output = S·(size - 1) + Kₑ - P_before - P_after + output_padding`` with
        ``Kₑ = D·(K - 1) + 1``. The dtype is that of `conv`.

    Raises
    ------
    TypeError
        If an argument is of a type or dtype that is not supported.
    ValueError
        If a shape or a setting does not fit; the message names it.

    Notes
    -----
    ``y_pad[n, f, o] = b[f] + Σ_c Σ_{i, k: S·i + D·k = o} x[n, c, i] w[c, f, k]``, with
    ``y = y_pad[P : P + output]``: `torch.nn.ConvTranspose2d`, with every argument in its meaning.
    For every x and z, ⟨conv_transpose(x, w), z⟩ = ⟨x, conv(z, w)⟩.

    Examples
    --------
    >>> conv_transpose([[[1, 10]]], [[[1, 2, 3]]], stride=2)
    array([[[ 1.,  2., 13., 20., 30.]]])
    """
    x, w = same_rank(x, w, "(C, F, *kernel)")
    sizes, groups = _adjoint_geometry(x, w, stride, padding, output_padding, dilation, groups)
    b, dtype = check_bias(b, w.shape[1] * groups, x, w)
    with quiet():
        y = input_gradient(x, w, sizes, groups, dtype, method, workers)
        write(y, y, b)
    return y


def conv_transpose_backward(
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
    """Turn the gradient of the output into the gradients of x, w and b.

    Parameters
    ----------
    dy : array_like, shape (N, F, *output)
        Upstream gradient.
    x, w, stride, padding, output_padding, dilation, groups
        As they were given to `conv_transpose`.
    method, workers
        As in `conv_transpose`.

    Returns
    -------
    ConvGrads
        ``dx`` of the shape of x, ``dw`` of the shape of w, ``db`` of shape (F,).

    Raises
    ------
    TypeError, ValueError
        As in `conv_transpose`; or if dy does not have the shape of the output.

    Notes
    -----
    With o = S·i + D·k as in the forward pass, and dy_pad for dy padded by P,
    ``dx[n, c, i] = Σ_f Σ_k dy_pad[n, f, S·i + D·k] w[c, f, k]``, which is ``conv(dy, w)``: the
    adjoint of the adjoint. In dw, x and dy have changed places:
    ``dw[c, f, k] = Σ_n Σ_i x[n, c, i] dy_pad[n, f, S·i + D·k]``.

    Examples
    --------
    >>> grads = conv_transpose_backward([[[1, 0, 0, 0, 2]]], [[[1, 10]]], [[[1, 2, 3]]], stride=2)
    >>> grads.dx, grads.dw, grads.db
    (array([[[1., 6.]]]), array([[[ 1.,  0., 20.]]]), array([3.]))
    """
    x, w = same_rank(x, w, "(C, F, *kernel)")
    sizes, groups = _adjoint_geometry(x, w, stride, padding, output_padding, dilation, groups)
    dy = as_array("dy", dy, x.ndim, "(N, F, *output)")
    expect_shape("dy", dy, (len(x), w.shape[1] * groups, *sizes.size), "that of the output y")
    dtype = common_dtype(x, w, dy)
    with quiet():
        dx = forward(dy, w, None, sizes, groups, dtype, method, workers)
        dw = weight_gradient(x, dy, sizes, groups, dtype, method, workers)
    return ConvGrads(dx, dw, bias_gradient(dy, dtype))


def _adjoint_geometry(x, w, stride, padding, output_padding, dilation, groups):
    """Check the arguments, and return the sizes of the convolution that this is the adjoint of.

    It goes from the output to x, so its `size` is that of the output, and its `output` that of x.
    """
    settings = (stride, padding, output_padding, dilation, groups)
    return _geometry_of_shapes(x.shape[1:], w.shape, *settings)


@remembered
def _geometry_of_shapes(x_shape, w_shape, stride, padding, output_padding, dilation, groups):
    """Do that work for shapes; that of x without its batch."""
    groups = integer("groups", groups, least=1)
    channels, *size_in = x_shape
    if 0 in w_shape:
        raise ValueError(f"w: no axis may be empty, got shape {w_shape}")
    if w_shape[0] != channels:
        raise ValueError(f"w: expected {channels} rows, one per channel of x; got {w_shape}")
    if channels % groups:
        raise ValueError(f"groups: {groups} does not divide the {channels} channels of x")
    ndim = len(size_in)
    stride = ints("stride", stride, ndim, least=1)
    dilation = ints("dilation", dilation, ndim, least=1)
    more = ints("output_padding", output_padding, ndim, least=0)
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise ValueError(
            f"output_padding: must be smaller than the stride {stride} or the dilation {dilation}, "
            f"got {output_padding!r}"
        )
    padding = spatial_padding(padding, ndim)
    axes = zip(size_in, stride, w_shape[2:], dilation, more, strict=True)
    full = tuple((h - 1) * s + d * (k - 1) + 1 + m for h, s, k, d, m in axes)
    size = tuple(h - sum(pair) for h, pair in zip(full, padding, strict=True))
    if min(size) < 1:
        raise ValueError(f"padding: {padding} leaves nothing of an output of {full}")
    to_blame = "dilation" if max(dilation) > max(stride) else "stride"
    expect_room(to_blame, (w_shape[1] * groups, *full), x_shape)
    sizes = geometry(size, w_shape[2:], stride=stride, padding=padding, dilation=dilation)
    # an output padding as large as the stride would make room for a window that x does not have
    return sizes._replace(output=tuple(size_in), remainder=more), groups
