# A class that is given its arrays; the gradients of w and b are kept in it.
# check: conv(Convolution)
import numpy as np


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W = W
        self.b = b
        self.stride = stride
        self.pad = pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = 1 + int((H + 2 * self.pad - FH) / self.stride)
        out_w = 1 + int((W + 2 * self.pad - FW) / self.stride)
        p, s = self.pad, self.stride
        img = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], "constant")
        col = np.zeros((N, C, FH, FW, out_h, out_w))
        for y in range(FH):
            for z in range(FW):
                col[:, :, y, z] = img[:, :, y : y + s * out_h : s, z : z + s * out_w : s]
        col = col.transpose(0, 4, 5, 1, 2, 3).reshape(N * out_h * out_w, C * FH * FW)
        out = np.dot(col, self.W.reshape(FN, -1).T) + self.b
        self.x, self.col = x, col
        return out.reshape(N, out_h, out_w, FN).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        N, _, out_h, out_w = dout.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(rows, axis=0)
        self.dW = np.dot(self.col.T, rows).transpose(1, 0).reshape(FN, C, FH, FW)
        dcol = np.dot(rows, self.W.reshape(FN, -1)).reshape(N, out_h, out_w, C, FH, FW)
        dcol = dcol.transpose(0, 3, 4, 5, 1, 2)
        H, W = self.x.shape[2:]
        p, s = self.pad, self.stride
        img = np.zeros((N, C, H + 2 * p + s - 1, W + 2 * p + s - 1))
        for y in range(FH):
            for z in range(FW):
                img[:, :, y : y + s * out_h : s, z : z + s * out_w : s] += dcol[:, :, y, z]
        return img[:, :, p : H + p, p : W + p]
