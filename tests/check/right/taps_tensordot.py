# A loop over the entries of the kernel, and a tensordot at each.
# check: conv(conv2d_forward, conv2d_backward)
import numpy as np


def conv2d_forward(x, w, b, stride=1, pad=0):
    n, _, h, v = x.shape
    f, _, kh, kw = w.shape
    oh, ow = (h + 2 * pad - kh) // stride + 1, (v + 2 * pad - kw) // stride + 1
    xp = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    y = np.zeros((n, oh, ow, f)) + b
    for i in range(kh):
        for j in range(kw):
            part = xp[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
            y += np.tensordot(part, w[:, :, i, j], axes=(1, 1))
    return np.moveaxis(y, -1, 1), (x, w, b, stride, pad)


def conv2d_backward(dy, cache):
    x, w, b, stride, pad = cache
    _, _, oh, ow = dy.shape
    xp = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    dxp, dw = np.zeros(xp.shape), np.empty(w.shape)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            at = np.s_[:, :, i : i + stride * oh : stride, j : j + stride * ow : stride]
            dw[:, :, i, j] = np.tensordot(dy, xp[at], axes=([0, 2, 3], [0, 2, 3]))
            dxp[at] += np.moveaxis(np.tensordot(dy, w[:, :, i, j], axes=(1, 0)), -1, 1)
    dx = dxp[:, :, pad : dxp.shape[2] - pad, pad : dxp.shape[3] - pad]
    return dx, dw, dy.sum((0, 2, 3))
