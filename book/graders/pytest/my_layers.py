"""The layers of the assignment. Write the body of each function."""

import numpy as np


def conv_forward(x, w, b, stride=1, padding=0):
    """Return y, of shape (N, F, H_out, W_out)."""
    raise NotImplementedError


def conv_backward(dy, x, w, stride=1, padding=0):
    """Return dx, dw and db, with the shapes of x, w and b."""
    raise NotImplementedError


def max_pool_forward(x, kernel_size, stride):
    """Return y, of shape (N, C, H_out, W_out)."""
    raise NotImplementedError


def max_pool_backward(dy, x, kernel_size, stride):
    """Return dx, with the shape of x."""
    raise NotImplementedError


def batch_norm_forward(x, gamma, beta, eps=1e-5):
    """Return y, with the shape of x: (N, C, H, W)."""
    raise NotImplementedError


def batch_norm_backward(dy, x, gamma, eps=1e-5):
    """Return dx, dgamma and dbeta, with the shapes of x, gamma and beta."""
    raise NotImplementedError
