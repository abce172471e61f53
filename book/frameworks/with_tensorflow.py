"""The layer of this course at stride 2, in TensorFlow.  python with_tensorflow.py"""

import numpy as np
import tensorflow as tf

draw = np.random.RandomState(231).randn
arrays = draw(4, 3, 5, 5), draw(2, 3, 3, 3), draw(2), draw(4, 2, 3, 3)
# shown from here
x, w, b, dy = (tf.constant(array) for array in arrays)
x, dy = tf.transpose(x, (0, 2, 3, 1)), tf.transpose(dy, (0, 2, 3, 1))  # channels last
w = tf.transpose(w, (2, 3, 1, 0))  # height, width, in, out

with tf.GradientTape() as tape:
    tape.watch((x, w, b))
    padding = [[0, 0], [1, 1], [1, 1], [0, 0]]
    y = tf.nn.conv2d(x, w, strides=2, padding=padding) + b
dx, dw, db = tape.gradient(y, (x, w, b), output_gradients=dy)
# shown to here
results = {"y": y, "dx": dx, "dw": dw, "db": db}
results = {name: array.numpy() for name, array in results.items()}
np.savez("../data/with_tensorflow.npz", version=tf.__version__, **results)
