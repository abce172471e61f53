# A reshape where windows tile the input, and windows in a view where they do not.
# check: max_pool(max_pool_forward_fast, max_pool_backward_fast)
import numpy as np


def windows(x, pool_param):
    PH, PW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    if s == PH == PW and H % s == 0 and W % s == 0:
        return x.reshape(N, C, H // PH, PH, W // PW, PW).transpose(0, 1, 2, 4, 3, 5)
    return np.lib.stride_tricks.sliding_window_view(x, (PH, PW), axis=(2, 3))[:, :, ::s, ::s]


def max_pool_forward_fast(x, pool_param):
    out = windows(x, pool_param).max(axis=(4, 5))
    return out, (x, pool_param)


def max_pool_backward_fast(dout, cache):
    x, pool_param = cache
    view = windows(x, pool_param)
    PW, s = pool_param["pool_width"], pool_param["stride"]
    first = view.reshape(*view.shape[:4], view.shape[4] * view.shape[5]).argmax(axis=-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, c, i * s + first // PW, j * s + first % PW), dout)
    return dx
