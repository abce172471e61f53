# stride and padding as a number or a pair, and keywords only.
# check: conv(forward, backward)
import numpy as np


def both(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def forward(x, w, b, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = both(stride), both(padding)
    n, c, h, v = x.shape
    f, _, kh, kw = w.shape
    oh, ow = (h + 2 * ph - kh) // sh + 1, (v + 2 * pw - kw) // sw + 1
    xp = np.zeros((n, c, h + 2 * ph, v + 2 * pw))
    xp[:, :, ph : ph + h, pw : pw + v] = x
    y = np.empty((n, f, oh, ow))
    for i in range(oh):
        for j in range(ow):
            part = xp[:, None, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[:, :, i, j] = (part * w).sum(axis=(2, 3, 4))
    return y + b[:, None, None]


def backward(dy, x, w, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = both(stride), both(padding)
    n, c, h, v = x.shape
    kh, kw = w.shape[2:]
    xp = np.zeros((n, c, h + 2 * ph, v + 2 * pw))
    xp[:, :, ph : ph + h, pw : pw + v] = x
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            g = dy[:, :, None, None, None, i, j]
            at = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            dxp[at] += (g * w).sum(axis=1)
            dw += (g * xp[at][:, None]).sum(axis=0)
    return dxp[:, :, ph : ph + h, pw : pw + v], dw, dy.sum(axis=(0, 2, 3))
