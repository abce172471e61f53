# Spatial batch normalization: pixels become rows, and rows images again.
# check: batch_norm(spatial_batchnorm_forward, spatial_batchnorm_backward)
import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    eps = bn_param.get("eps", 1e-5)
    mean, var = rows.mean(axis=0), rows.var(axis=0)
    xhat = (rows - mean) / np.sqrt(var + eps)
    out = gamma * xhat + beta
    cache = (xhat, gamma, var, eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    xhat, gamma, var, eps = cache
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dgamma, dbeta = (rows * xhat).sum(axis=0), rows.sum(axis=0)
    g = rows * gamma
    dx = (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / np.sqrt(var + eps)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
