# A dictionary for a cache, and a dictionary of gradients.
# check: conv(conv_forward, conv_backward)
import numpy as np


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    x_padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    KH, KW = w.shape[2:]
    H = (x_padded.shape[2] - KH) // s + 1
    W = (x_padded.shape[3] - KW) // s + 1
    out = np.zeros((x.shape[0], w.shape[0], H, W))
    for i in range(H):
        for j in range(W):
            patch = x_padded[:, :, i * s : i * s + KH, j * s : j * s + KW]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, {"x": x, "x_padded": x_padded, "w": w, "stride": s, "pad": p}


def conv_backward(dout, cache):
    x, w, s, p = cache["x"], cache["w"], cache["stride"], cache["pad"]
    x_padded = cache["x_padded"]
    KH, KW = w.shape[2:]
    grads = {"dx": np.zeros(x_padded.shape), "dw": np.zeros(w.shape)}
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * s : i * s + KH, j * s : j * s + KW]
            grads["dx"][at] += np.tensordot(dout[:, :, i, j], w, axes=1)
            grads["dw"] += np.tensordot(dout[:, :, i, j].T, x_padded[at], axes=1)
    grads["dx"] = grads["dx"][:, :, p : p + x.shape[2], p : p + x.shape[3]]
    grads["db"] = dout.sum(axis=(0, 2, 3))
    return grads
