"""The layer of this course at stride 2, in PyTorch.  python with_pytorch.py"""

import numpy as np
import torch
import torch.nn.functional as F

draw = np.random.RandomState(231).randn
arrays = draw(4, 3, 5, 5), draw(2, 3, 3, 3), draw(2), draw(4, 2, 3, 3)
# shown from here
x, w, b, dy = (torch.tensor(array) for array in arrays)
for parameter in (x, w, b):
    parameter.requires_grad_()

y = F.conv2d(x, w, b, stride=2, padding=1)
dx, dw, db = torch.autograd.grad(y, (x, w, b), grad_outputs=dy)
# shown to here
results = {"y": y, "dx": dx, "dw": dw, "db": db}
results = {name: array.detach().numpy() for name, array in results.items()}
np.savez("../data/with_pytorch.npz", version=torch.__version__, **results)
