# Transposed convolution: every entry of x lays its kernel down.
# check: conv_transpose(conv_transpose_forward, conv_transpose_backward)
import numpy as np


def conv_transpose_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    _, F, KH, KW = w.shape
    full = np.zeros((N, F, s * (H - 1) + KH, s * (W - 1) + KW))
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    full[n, :, s * i : s * i + KH, s * j : s * j + KW] += x[n, c, i, j] * w[c]
    out = full[:, :, p : full.shape[2] - p, p : full.shape[3] - p] + b[:, None, None]
    return out, (x, w, b, conv_param)


def conv_transpose_backward(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    _, _, KH, KW = w.shape
    full = np.pad(dout, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            part = full[:, :, s * i : s * i + KH, s * j : s * j + KW]
            dx[:, :, i, j] = np.tensordot(part, w, axes=([1, 2, 3], [1, 2, 3]))
            dw += np.tensordot(x[:, :, i, j], part, axes=(0, 0))
    return dx, dw, dout.sum(axis=(0, 2, 3))
