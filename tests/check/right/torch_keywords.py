# PyTorch's names and keywords, with dilation and groups; numbers, or one per axis.
# check: conv(conv2d, conv2d_backward)
import numpy as np


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def places(shape, k, stride, dilation):
    starts = [d * i for d, i in zip(dilation, k, strict=True)]
    return tuple(slice(a, a + s * o, s) for a, s, o in zip(starts, stride, shape, strict=True))


def setup(input, weight, stride, padding, dilation):
    stride, padding, dilation = pair(stride), pair(padding), pair(dilation)
    (ph, pw) = padding
    padded = np.pad(input, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    shape = tuple(
        (h - d * (k - 1) - 1) // s + 1
        for h, k, s, d in zip(padded.shape[2:], weight.shape[2:], stride, dilation, strict=True)
    )
    return padded, shape, stride, padding, dilation


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    padded, shape, stride, padding, dilation = setup(input, weight, stride, padding, dilation)
    per_group = weight.shape[1]
    filters = len(weight) // groups
    out = np.zeros((len(input), len(weight), *shape))
    for g in range(groups):
        own = padded[:, g * per_group : (g + 1) * per_group]
        fs = slice(g * filters, (g + 1) * filters)
        for k in np.ndindex(weight.shape[2:]):
            part = own[(..., *places(shape, k, stride, dilation))]
            out[:, fs] += np.einsum("nchw,fc->nfhw", part, weight[(fs, slice(None), *k)])
    if bias is not None:
        out += bias[:, None, None]
    return out


def conv2d_backward(grad_output, input, weight, stride=1, padding=0, dilation=1, groups=1):
    padded, shape, stride, padding, dilation = setup(input, weight, stride, padding, dilation)
    per_group = weight.shape[1]
    filters = len(weight) // groups
    grad_padded, grad_weight = np.zeros_like(padded), np.zeros_like(weight)
    for g in range(groups):
        cs = slice(g * per_group, (g + 1) * per_group)
        fs = slice(g * filters, (g + 1) * filters)
        for k in np.ndindex(weight.shape[2:]):
            at = (slice(None), cs, *places(shape, k, stride, dilation))
            dy = grad_output[:, fs]
            grad_weight[(fs, slice(None), *k)] = np.einsum("nfhw,nchw->fc", dy, padded[at])
            grad_padded[at] += np.einsum("nfhw,fc->nchw", dy, weight[(fs, slice(None), *k)])
    (ph, pw), (h, v) = padding, input.shape[2:]
    grad_input = grad_padded[:, :, ph : ph + h, pw : pw + v]
    return grad_input, grad_weight, grad_output.sum(axis=(0, 2, 3))
