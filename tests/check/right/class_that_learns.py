# A class of square kernels that learns within its backward pass, and returns dx alone.
# check: conv(Convolution)
import numpy as np


class Convolution:
    def __init__(self, num_channels, num_filters, kernel_size, stride=1, padding=0):
        fan_in = num_channels * kernel_size**2
        shape = (num_filters, num_channels, kernel_size, kernel_size)
        self._filters = np.random.default_rng().random(shape) / np.sqrt(fan_in)
        self._biases = np.zeros(num_filters)
        self.size, self.stride, self.padding = kernel_size, stride, padding

    def _places(self, rows, columns):
        s, k = self.stride, self.size
        for i in range(rows):
            for j in range(columns):
                yield i, j, np.s_[:, :, i * s : i * s + k, j * s : j * s + k]

    def forward(self, x):
        p, s, k = self.padding, self.stride, self.size
        self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = ((n - k) // s + 1 for n in self.padded.shape[2:])
        out = np.zeros((len(x), len(self._filters), rows, columns))
        for i, j, at in self._places(rows, columns):
            window = self.padded[at].reshape(len(x), -1)
            out[:, :, i, j] = window @ self._filters.reshape(len(self._filters), -1).T
        return out + self._biases[:, None, None]

    def backward(self, output_gradient, learning_rate):
        p, dx = self.padding, np.zeros_like(self.padded)
        step = np.zeros_like(self._filters)
        for i, j, at in self._places(*output_gradient.shape[2:]):
            part = output_gradient[:, :, i, j]
            step += np.einsum("nf,ncij->fcij", part, self.padded[at])
            dx[at] += np.einsum("nf,fcij->ncij", part, self._filters)
        self._filters -= learning_rate * step
        self._biases -= learning_rate * output_gradient.sum(axis=(0, 2, 3))
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p]
