# Batch normalization that adds an eps of its own, and cannot be told another.
# check: batch_norm(BatchNormalization)
import numpy as np


class BatchNormalization:
    def __init__(self, gamma, beta, momentum=0.9):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum

    def forward(self, x, train_flg=True):
        self.xc = x - x.mean(axis=0)
        self.std = np.sqrt(np.mean(self.xc**2, axis=0) + 10e-7)
        self.xn = self.xc / self.std
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dxc += (2.0 / len(dout)) * self.xc * (0.5 * dstd / self.std)
        return dxc - np.sum(dxc, axis=0) / len(dout)
