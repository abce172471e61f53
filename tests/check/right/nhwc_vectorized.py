# Channels last, without a loop over examples.
# check: conv(conv_forward, conv_backward)
import numpy as np


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    A = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(A, (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (m, n_H, n_W, n_C_prev, f, f)
    Z = np.tensordot(windows, W, axes=([4, 5, 3], [0, 1, 2])) + b
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H, n_W, n_C = dZ.shape
    f = W.shape[0]
    A = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA, dW = np.zeros_like(A), np.zeros_like(W)
    for i in range(n_H):
        for j in range(n_W):
            rows, cols = slice(i * stride, i * stride + f), slice(j * stride, j * stride + f)
            dA[:, rows, cols] += np.einsum("mc,hwpc->mhwp", dZ[:, i, j], W)
            dW += np.einsum("mc,mhwp->hwpc", dZ[:, i, j], A[:, rows, cols])
    db = dZ.sum(axis=(0, 1, 2)).reshape(1, 1, 1, n_C)
    _, H, V, _ = A_prev.shape
    return dA[:, pad : pad + H, pad : pad + V], dW, db
