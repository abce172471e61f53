# PyTorch's names, with padding and dilation.
# check: max_pool(max_pool2d, max_pool2d_backward)
import numpy as np


def _pair(v):
    return v if isinstance(v, tuple) else (v, v)


def _windows(input, kernel_size, stride, padding, dilation):
    (kh, kw), (ph, pw), (dh, dw) = _pair(kernel_size), _pair(padding), _pair(dilation)
    sh, sw = _pair(kernel_size if stride is None else stride)
    pad = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(input, pad, constant_values=-np.inf)
    extent = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    view = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=(2, 3))
    return view[:, :, ::sh, ::sw, ::dh, ::dw], padded.shape, (sh, sw), (ph, pw), (dh, dw)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1):
    return _windows(input, kernel_size, stride, padding, dilation)[0].max(axis=(-2, -1))


def max_pool2d_backward(grad_output, input, kernel_size, stride=None, padding=0, dilation=1):
    view, shape, (sh, sw), (ph, pw), (dh, dw) = _windows(
        input, kernel_size, stride, padding, dilation
    )
    grad = np.zeros(shape)
    for n, c, i, j in np.ndindex(grad_output.shape):
        p, q = np.unravel_index(view[n, c, i, j].argmax(), view.shape[-2:])
        grad[n, c, sh * i + dh * p, sw * j + dw * q] += grad_output[n, c, i, j]
    H, W = input.shape[2:]
    return grad[:, :, ph : ph + H, pw : pw + W]
