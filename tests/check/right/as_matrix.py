# The whole layer as one matrix; the way back is its transpose.
# check: conv(conv_forward, conv_backward)
import numpy as np


def indices(x_shape, w_shape, s, p):
    """Say for each output place and kernel entry which entry of x it reads, or -1."""
    (H, W), (KH, KW) = x_shape[2:], w_shape[2:]
    oh, ow = (H + 2 * p - KH) // s + 1, (W + 2 * p - KW) // s + 1
    rows = s * np.arange(oh)[:, None] + np.arange(KH) - p
    cols = s * np.arange(ow)[:, None] + np.arange(KW) - p
    at = rows[:, None, :, None] * W + cols[None, :, None, :]
    inside = ((rows >= 0) & (rows < H))[:, None, :, None] & ((cols >= 0) & (cols < W))[
        None, :, None, :
    ]
    return np.where(inside, at, -1)


def matrix(w, at, size):
    F, C = w.shape[:2]
    oh, ow = at.shape[:2]
    M = np.zeros((F, oh, ow, C, size + 1))  # the last column takes what is outside
    for i, j, p, q in np.ndindex(at.shape):
        M[:, i, j, :, at[i, j, p, q]] += w[:, :, p, q]
    return M[..., :-1].reshape(F * oh * ow, C * size)


def conv_forward(x, w, b, conv_param):
    at = indices(x.shape, w.shape, conv_param["stride"], conv_param["pad"])
    M = matrix(w, at, x.shape[2] * x.shape[3])
    y = x.reshape(len(x), M.shape[1]) @ M.T
    y = y.reshape(len(x), len(w), *at.shape[:2]) + b[:, None, None]
    return y, (x, w, at, M)


def conv_backward(dout, cache):
    x, w, at, M = cache
    dx = (dout.reshape(len(x), M.shape[0]) @ M).reshape(x.shape)
    flat = np.concatenate([x.reshape(*x.shape[:2], -1), np.zeros((*x.shape[:2], 1))], axis=2)
    dw = np.einsum("nfhw,nchwij->fcij", dout, flat[:, :, at])
    return dx, dw, dout.sum(axis=(0, 2, 3))
