# A class that keeps all gradients, dx too, and whose backward pass returns nothing.
# check: conv(Layer)
import numpy as np


class Layer:
    def __init__(self, input_channels, n_filters, filter_size=(3, 3), strides=1, pad=0):
        shape = (n_filters, input_channels, *np.broadcast_to(filter_size, 2))
        self.params = {
            "weights": np.random.default_rng().random(shape),
            "biases": np.zeros(n_filters),
        }
        self.strides, self.pad = strides, pad

    def forward(self, image):
        p, s, w = self.pad, self.strides, self.params["weights"]
        self.image = np.pad(image, ((0, 0), (0, 0), (p, p), (p, p)))
        view = np.lib.stride_tricks.sliding_window_view(self.image, w.shape[2:], (2, 3))
        self.view = view[:, :, ::s, ::s]
        out = np.tensordot(self.view, w, ([1, 4, 5], [1, 2, 3])) + self.params["biases"]
        return np.moveaxis(out, -1, 1)

    def backward(self, gradient):
        p, s, w = self.pad, self.strides, self.params["weights"]
        self.weights_gradient = np.tensordot(gradient, self.view, ([0, 2, 3], [0, 2, 3]))
        self.gradient_biases = gradient.sum(axis=(0, 2, 3))
        grad = np.zeros_like(self.image)
        rows, columns = gradient.shape[2:]
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                at = np.s_[:, :, i : i + s * rows : s, j : j + s * columns : s]
                grad[at] += np.tensordot(gradient, w[:, :, i, j], ([1], [0])).transpose(0, 3, 1, 2)
        self.dx = grad[:, :, p : grad.shape[2] - p, p : grad.shape[3] - p]
