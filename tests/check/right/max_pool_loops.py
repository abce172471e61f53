# Four loops; the place of the maximum is found by argmax.
# check: max_pool(max_pool_forward_naive, max_pool_backward_naive)
import numpy as np


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    HP, WP, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    H_out, W_out = (H - HP) // S + 1, (W - WP) // S + 1
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    out[n, c, i, j] = np.max(x[n, c, i * S : i * S + HP, j * S : j * S + WP])
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    HP, WP, S = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    window = x[n, c, i * S : i * S + HP, j * S : j * S + WP]
                    p, q = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * S + p, j * S + q] += dout[n, c, i, j]
    return dx
