# dx entry by entry: each asks which outputs have read it.
# check: conv(conv_forward, conv_backward)
import numpy as np


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    KH, KW = w.shape[2:]
    oh, ow = (xp.shape[2] - KH) // s + 1, (xp.shape[3] - KW) // s + 1
    y = [
        [
            (xp[:, None, :, s * i : s * i + KH, s * j : s * j + KW] * w).sum((2, 3, 4)) + b
            for j in range(ow)
        ]
        for i in range(oh)
    ]
    return np.array(y).transpose(2, 3, 0, 1), (x, xp, w, s, p)


def conv_backward(dout, cache):
    x, xp, w, s, p = cache
    KH, KW = w.shape[2:]
    oh, ow = dout.shape[2:]
    dx = np.zeros_like(x)
    for h in range(x.shape[2]):
        for v in range(x.shape[3]):
            for i in range(max(0, -(-(h + p - KH + 1) // s)), min(oh, (h + p) // s + 1)):
                for j in range(max(0, -(-(v + p - KW + 1) // s)), min(ow, (v + p) // s + 1)):
                    dx[:, :, h, v] += dout[:, :, i, j] @ w[:, :, h + p - s * i, v + p - s * j]
    dw = np.zeros_like(w)
    for k in range(KH):
        for m in range(KW):
            part = xp[:, :, k : k + s * oh : s, m : m + s * ow : s]
            dw[:, :, k, m] = np.einsum("nfhw,nchw->fc", dout, part)
    return dx, dw, dout.sum((0, 2, 3))
