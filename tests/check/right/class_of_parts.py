# A class made of two: a layer of stride 1, whose gradients add up, and one that drops places.
# check: conv(Conv2d)
import numpy as np


class Dense:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.kernel_size = kernel_size
        self.W = np.random.default_rng().random((out_channels, in_channels, *2 * [kernel_size]))
        self.b = np.zeros(out_channels)
        self.dLdW, self.dLdb = np.zeros(self.W.shape), np.zeros(self.b.shape)

    def forward(self, A):
        self.A, k = A, self.kernel_size
        rows, columns = A.shape[2] - k + 1, A.shape[3] - k + 1
        Z = np.zeros((len(A), len(self.W), rows, columns))
        for i in range(rows):
            for j in range(columns):
                Z[:, :, i, j] = np.tensordot(
                    A[:, :, i : i + k, j : j + k], self.W, axes=([1, 2, 3], [1, 2, 3])
                )
        return Z + self.b[:, None, None]

    def backward(self, dLdZ):
        k, dLdA = self.kernel_size, np.zeros(self.A.shape)
        for i in range(dLdZ.shape[2]):
            for j in range(dLdZ.shape[3]):
                at = np.s_[:, :, i : i + k, j : j + k]
                self.dLdW += np.tensordot(dLdZ[:, :, i, j], self.A[at], [0, 0])
                dLdA[at] += np.tensordot(dLdZ[:, :, i, j], self.W, 1)
        self.dLdb += dLdZ.sum(axis=(0, 2, 3))
        return dLdA


class Downsample:
    def __init__(self, factor):
        self.factor = factor

    def forward(self, A):
        self.shape = A.shape
        return A[:, :, :: self.factor, :: self.factor]

    def backward(self, dLdZ):
        dLdA = np.zeros(self.shape)
        dLdA[:, :, :: self.factor, :: self.factor] = dLdZ
        return dLdA


class Conv2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride, padding=0, init_fn=None):
        self.pad = padding
        self.dense = Dense(in_channels, out_channels, kernel_size)
        self.downsample = Downsample(stride)

    def forward(self, A):
        A = np.pad(A, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))
        return self.downsample.forward(self.dense.forward(A))

    def backward(self, dLdZ):
        dLdA = self.dense.backward(self.downsample.backward(dLdZ))
        rows, columns = (n - self.pad for n in dLdA.shape[2:])
        return dLdA[:, :, self.pad : rows, self.pad : columns]
