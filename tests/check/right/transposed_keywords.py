# PyTorch's transposed convolution: a convolution of x that is spread out.
# check: conv_transpose(conv_transpose2d, conv_transpose2d_backward)
import numpy as np


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0):
    n, c, h, v = input.shape
    _, f, kh, kw = weight.shape
    s, p, more = stride, padding, output_padding
    spread = np.zeros((n, c, s * (h - 1) + 1, s * (v - 1) + 1))
    spread[:, :, ::s, ::s] = input
    spread = np.pad(spread, ((0, 0), (0, 0), (kh - 1, kh - 1 + more), (kw - 1, kw - 1 + more)))
    view = np.lib.stride_tricks.sliding_window_view(spread, (kh, kw), axis=(2, 3))
    out = np.einsum("nchwij,cfij->nfhw", view, weight[:, :, ::-1, ::-1])
    out = out[:, :, p : out.shape[2] - p, p : out.shape[3] - p]
    return out.copy() if bias is None else out + bias[:, None, None]


def conv_transpose2d_backward(grad_output, input, weight, stride=1, padding=0, output_padding=0):
    p = padding
    full = np.pad(grad_output, ((0, 0), (0, 0), (p, p), (p, p)))
    view = np.lib.stride_tricks.sliding_window_view(full, weight.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride][:, :, : input.shape[2], : input.shape[3]]
    grad_input = np.einsum("nfhwij,cfij->nchw", view, weight)
    grad_weight = np.einsum("nfhwij,nchw->cfij", view, input)
    return grad_input, grad_weight, grad_output.sum(axis=(0, 2, 3))
