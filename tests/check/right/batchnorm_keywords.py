# Batch normalization of images, with eps as a keyword.
# check: batch_norm(batch_norm, batch_norm_backward)
import numpy as np


def batch_norm(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    inverse = 1 / np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + eps)
    normal = (x - mean) * inverse
    return normal * gamma[:, None, None] + beta[:, None, None], (normal, gamma, inverse)


def batch_norm_backward(dout, cache):
    normal, gamma, inverse = cache
    dgamma, dbeta = (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
    m = dout.size // len(gamma)
    inner = m * dout - dbeta[:, None, None] - normal * dgamma[:, None, None]
    return gamma[:, None, None] * inverse / m * inner, dgamma, dbeta
