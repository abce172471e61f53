"""Mistakes of a transposed convolution."""

import numpy as np

from convlib._conv_transpose import conv_transpose, conv_transpose_backward
from convlib._geometry import spatial_padding
from convlib.mistakes._catalogue import also_replaces, replaces
from convlib.mistakes._changes import all_after, rotated, transposed


def _with_bias(y, b):
    return y if b is None else y + np.reshape(b, (-1, *(1,) * (y.ndim - 2)))


@replaces(conv_transpose, "transposed")
def output_padding_forgotten(x, w, b=None, *, output_padding=0, **settings):
    """Leaves the remainder out, so that the shape of before does not come back."""
    return conv_transpose(x, w, b, **settings)


@replaces(conv_transpose, "transposed")
def cropped_at_the_end(x, w, b=None, *, padding=0, **settings):
    """Cuts all of the padding off the far end, where each side must lose its own."""
    return conv_transpose(x, w, b, padding=all_after(padding, np.ndim(x) - 2), **settings)


@replaces(conv_transpose, "transposed")
def kernel_rotated_twice(x, w, b=None, **settings):
    """Rotates the kernel before it is laid down, though the adjoint turns it by itself."""
    return conv_transpose(x, rotated(w), b, **settings)


@also_replaces(conv_transpose, "transposed")
def stamps_one_apart(x, w, b=None, *, stride=1, padding=0, output_padding=0, **settings):
    """Lays the kernels down one apart, where they stand S apart."""
    cut = {"padding": padding, "output_padding": output_padding}
    y = np.zeros_like(conv_transpose(x, w, stride=stride, **cut, **settings))
    before = (pair[0] for pair in spatial_padding(padding, np.ndim(x) - 2))
    dense = conv_transpose(x, w, **settings)[(..., *(slice(p, None) for p in before))]
    there = tuple(slice(0, min(sizes)) for sizes in zip(y.shape, dense.shape, strict=True))
    y[there] = dense[there]
    return _with_bias(y, b)


@also_replaces(conv_transpose, "transposed")
def padding_not_cut(x, w, b=None, *, padding=0, **settings):
    """Returns the whole sum, and forgets to cut the padding off."""
    return conv_transpose(x, w, b, **settings)


@also_replaces(conv_transpose, "transposed")
def cut_minus_zero(x, w, b=None, *, padding=0, **settings):
    """Cuts with [P:-P], which leaves nothing where P is 0."""
    cut = (slice(p, -q) for p, q in spatial_padding(padding, np.ndim(x) - 2))
    return conv_transpose(x, w, b, **settings)[(..., *cut)].copy()


@also_replaces(conv_transpose, "transposed")
def stamp_transposed(x, w, b=None, **settings):
    """Lays each filter down with height and width swapped."""
    return conv_transpose(x, transposed(w), b, **settings)


@also_replaces(conv_transpose, "transposed")
def stamp_gaps_forgotten(x, w, b=None, *, padding=0, output_padding=0, dilation=1, **settings):
    """Lays the kernels down without their gaps, where the entries must stand D apart."""
    ndim = np.ndim(x) - 2
    more = ((0, each) for each in np.broadcast_to(output_padding, ndim))
    # not conv_transpose's own: it allows what is smaller than the dilation
    whole = np.pad(conv_transpose(x, w, **settings), [(0, 0), (0, 0), *more])
    pairs = zip(spatial_padding(padding, ndim), whole.shape[2:], strict=True)
    cut = (slice(p, size - q) for (p, q), size in pairs)
    return _with_bias(whole[(..., *cut)].copy(), b)


@also_replaces(conv_transpose_backward, "transposed")
def stamp_gradient_rotated(dy, x, w, **settings):
    """Rotates dw of a transposed convolution by 180 degrees."""
    right = conv_transpose_backward(dy, x, w, **settings)
    return right._replace(dw=rotated(right.dw))


@also_replaces(conv_transpose_backward, "transposed")
def read_with_rotated_kernel(dy, x, w, **settings):
    """Rotates the kernel to find dx, which is a convolution forward and needs no rotation."""
    right = conv_transpose_backward(dy, x, w, **settings)
    return right._replace(dx=conv_transpose_backward(dy, x, rotated(w), **settings).dx)
