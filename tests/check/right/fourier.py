# Products of Fourier transforms; every S-th of what they give.
# check: conv(conv_forward_fft, conv_backward_fft)
import numpy as np


def transform(a, shape):
    return np.fft.rfft2(a, s=shape)


def conv_forward_fft(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    shape = xp.shape[2:]
    product = np.einsum("nchw,fchw->nfhw", transform(xp, shape), transform(w, shape).conj())
    full = np.fft.irfft2(product, s=shape)
    rows, cols = (a - k + 1 for a, k in zip(shape, w.shape[2:], strict=True))
    y = full[:, :, :rows:s, :cols:s] + b[:, None, None]
    return y, (xp, w, s, p)


def conv_backward_fft(dout, cache):
    xp, w, s, p = cache
    shape = xp.shape[2:]
    spread = np.zeros((*dout.shape[:2], *shape))
    spread[:, :, : s * dout.shape[2] : s, : s * dout.shape[3] : s] = dout
    g = transform(spread, shape)
    dxp = np.fft.irfft2(np.einsum("nfhw,fchw->nchw", g, transform(w, shape)), s=shape)
    dw = np.fft.irfft2(np.einsum("nfhw,nchw->fchw", g.conj(), transform(xp, shape)), s=shape)
    dx = dxp[:, :, p : shape[0] - p, p : shape[1] - p]
    return dx, dw[:, :, : w.shape[2], : w.shape[3]], dout.sum(axis=(0, 2, 3))
