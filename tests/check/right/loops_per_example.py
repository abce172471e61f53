# One padded example at a time, and a crop that asks for the padding first.
# check: conv(conv_forward_naive, conv_backward_naive)
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param.get("stride", 1), conv_param.get("pad", 0)
    out = []
    H_out = (x.shape[2] + 2 * p - w.shape[2]) // s + 1
    W_out = (x.shape[3] + 2 * p - w.shape[3]) // s + 1
    for image in x:
        padded = np.pad(image, ((0, 0), (p, p), (p, p)))
        maps = np.empty((len(w), H_out, W_out))
        for i in range(H_out):
            for j in range(W_out):
                patch = padded[:, i * s : i * s + w.shape[2], j * s : j * s + w.shape[3]]
                maps[:, i, j] = (w * patch).sum(axis=(1, 2, 3)) + b
        out.append(maps)
    return np.reshape(out, (len(x), len(w), H_out, W_out)).astype(float), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for n in range(x.shape[0]):
        padded = np.pad(x[n], ((0, 0), (p, p), (p, p)))
        dpadded = np.zeros_like(padded)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = slice(i * s, i * s + HH), slice(j * s, j * s + WW)
                for f in range(w.shape[0]):
                    dw[f] += dout[n, f, i, j] * padded[:, rows, cols]
                    dpadded[:, rows, cols] += dout[n, f, i, j] * w[f]
        if p > 0:
            dx[n] = dpadded[:, p:-p, p:-p]
        else:
            dx[n] = dpadded
    db = dout.sum(axis=(0, 2, 3))
    return dx, dw, db
