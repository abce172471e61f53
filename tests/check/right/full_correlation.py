# dx by the rotated kernel on a dy that is spread out and padded; dw by dy that slides over x.
# check: conv(conv_forward, conv_backward)
import numpy as np


def correlate(x, w):
    H, W = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    y = np.zeros((x.shape[0], w.shape[0], H, W))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            y += np.einsum("nchw,fc->nfhw", x[:, :, i : i + H, j : j + W], w[:, :, i, j])
    return y


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    out = correlate(x_pad, w)[:, :, ::s, ::s] + b[:, None, None]
    return out, (x, w, conv_param)


def conv_backward(dout, cache):
    x, w, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    KH, KW = w.shape[2:]
    # as many places as a stride of 1 has: the remainder is in it
    dense = np.zeros((*dout.shape[:2], x_pad.shape[2] - KH + 1, x_pad.shape[3] - KW + 1))
    dense[:, :, ::s, ::s] = dout
    full = np.pad(dense, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx_pad = correlate(full, np.rot90(w, 2, axes=(2, 3)).swapaxes(0, 1))
    dw = correlate(x_pad.swapaxes(0, 1), dense.swapaxes(0, 1)).swapaxes(0, 1)
    dx = dx_pad[:, :, p : p + x.shape[2], p : p + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3))
