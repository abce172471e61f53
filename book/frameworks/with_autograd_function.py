"""The layer of this course as a function of PyTorch's autograd.  python with_autograd_function.py"""

import numpy as np
import torch

import convlib

draw = np.random.RandomState(231).randn
arrays = draw(4, 3, 5, 5), draw(2, 3, 3, 3), draw(2), draw(4, 2, 3, 3)


# shown from here
class Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        y = convlib.conv2d(x.numpy(), w.numpy(), b.numpy(), stride=2, padding=1)
        return torch.from_numpy(y)

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        grads = convlib.conv2d_backward(dy.numpy(), x.numpy(), w.numpy(), stride=2, padding=1)
        return tuple(torch.from_numpy(grad) for grad in grads)


x, w, b, dy = (torch.tensor(array) for array in arrays)
for parameter in (x, w, b):
    parameter.requires_grad_()

y = Conv2d.apply(x, w, b)
dx, dw, db = torch.autograd.grad(y, (x, w, b), grad_outputs=dy)
agrees = torch.autograd.gradcheck(Conv2d.apply, (x, w, b))
# shown to here
results = {name: value.numpy() for name, value in {"dx": dx, "dw": dw, "db": db}.items()}
np.savez(
    "../data/with_autograd_function.npz",
    version=torch.__version__,
    gradcheck=agrees,
    **results,
)
