# One matrix of columns for each example, filled window by window.
# check: conv(forward, backward)
import numpy as np


def im2col(x, HH, WW, stride):
    C, H, W = x.shape
    h_out, w_out = (H - HH) // stride + 1, (W - WW) // stride + 1
    col = np.zeros([h_out * w_out, C * HH * WW])
    for i in range(h_out):
        for j in range(w_out):
            patch = x[..., i * stride : i * stride + HH, j * stride : j * stride + WW]
            col[i * w_out + j, :] = np.reshape(patch, -1)
    return col


def col2im_back(dcol, h_out, w_out, stride, HH, WW, c):
    H = (h_out - 1) * stride + HH
    W = (w_out - 1) * stride + WW
    dx = np.zeros([c, H, W])
    for k in range(h_out * w_out):
        i, j = divmod(k, w_out)
        patch = np.reshape(dcol[k], (c, HH, WW))
        dx[:, i * stride : i * stride + HH, j * stride : j * stride + WW] += patch
    return dx


def forward(x, w, b, stride, pad):
    p = pad
    n, c, H, W = x.shape
    f, _, HH, WW = w.shape
    h_out = (H + 2 * p - HH) // stride + 1
    w_out = (W + 2 * p - WW) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    out = np.zeros([n, f, h_out, w_out])
    rows = w.reshape(f, -1)
    for k in range(n):
        col = im2col(padded[k], HH, WW, stride)
        out[k] = (col.dot(rows.T) + b).T.reshape(f, h_out, w_out)
    return out, (padded, w, b, stride, pad, (H, W))


def backward(dout, cache):
    padded, w, b, stride, p, (H, W) = cache
    n, f, h_out, w_out = dout.shape
    c, HH, WW = w.shape[1:]
    rows = w.reshape(f, -1)
    dx_padded, dw, db = np.zeros(padded.shape), np.zeros(w.shape), np.zeros(f)
    for k in range(n):
        g = dout[k].reshape(f, -1)
        db += g.sum(axis=1)
        dw += g.dot(im2col(padded[k], HH, WW, stride)).reshape(w.shape)
        part = col2im_back(g.T.dot(rows), h_out, w_out, stride, HH, WW, c)
        dx_padded[k, :, : part.shape[1], : part.shape[2]] = part
    return dx_padded[:, :, p : p + H, p : p + W], dw, db
