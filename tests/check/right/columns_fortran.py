# Columns kernel entry by kernel entry, with w brought into the same order.
# check: conv(conv_forward, conv_backward)
import numpy as np


def conv_forward(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    OH, OW = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    cols = np.empty((KH * KW, C, N, OH, OW))
    for k in range(KH * KW):
        i, j = divmod(k, KW)
        part = xp[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
        cols[k] = part.swapaxes(0, 1)
    rows = w.transpose(0, 2, 3, 1).reshape(F, KH * KW * C)
    out = rows @ cols.reshape(KH * KW * C, N * OH * OW) + b[:, np.newaxis]
    return out.reshape(F, N, OH, OW).swapaxes(0, 1).copy(), (
        cols,
        rows,
        x.shape,
        w.shape,
        conv_param,
    )


def conv_backward(dout, cache):
    cols, rows, (N, C, H, W), (F, _, KH, KW), conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    OH, OW = dout.shape[2:]
    g = dout.swapaxes(0, 1).reshape(F, N * OH * OW)
    dw = (g @ cols.reshape(KH * KW * C, -1 if N else 0).T).reshape(F, KH, KW, C)
    dcols = (rows.T @ g).reshape(KH * KW, C, N, OH, OW)
    dxp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for k in range(KH * KW):
        i, j = divmod(k, KW)
        dxp[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride] += dcols[k].swapaxes(
            0, 1
        )
    return dxp[:, :, pad : H + pad, pad : W + pad], dw.transpose(0, 3, 1, 2), g.sum(axis=1)
