# Computes with channels last inside, and returns transposed views of that.
# check: conv(conv_forward, conv_backward)
import numpy as np


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xl = np.pad(x.transpose(0, 2, 3, 1), ((0, 0), (p, p), (p, p), (0, 0)))
    wl = w.transpose(2, 3, 1, 0)
    h = (xl.shape[1] - wl.shape[0]) // s + 1
    v = (xl.shape[2] - wl.shape[1]) // s + 1
    y = np.zeros((len(x), h, v, len(w))) + b
    for i in range(wl.shape[0]):
        for j in range(wl.shape[1]):
            y += xl[:, i : i + s * h : s, j : j + s * v : s] @ wl[i, j]
    return y.transpose(0, 3, 1, 2), [xl, wl, s, p, x.shape]


def conv_backward(dout, cache):
    xl, wl, s, p, (_, _, H, W) = cache
    dyl = dout.transpose(0, 2, 3, 1)
    _, h, v, _ = dyl.shape
    dxl, dwl = np.zeros(xl.shape), np.zeros(wl.shape)
    for i in range(wl.shape[0]):
        for j in range(wl.shape[1]):
            at = np.s_[:, i : i + s * h : s, j : j + s * v : s]
            dxl[at] += dyl @ wl[i, j].T
            dwl[i, j] = np.tensordot(xl[at], dyl, axes=([0, 1, 2], [0, 1, 2]))
    dx = dxl.transpose(0, 3, 1, 2)[:, :, p : p + H, p : p + W]
    return dx, dwl.transpose(3, 2, 0, 1), dyl.sum(axis=(0, 1, 2))
