"""Whether the images in book/data are those that scikit-learn brings."""

import numpy as np
from sklearn.datasets import load_digits, load_sample_image

from tools.notebooks import BOOK


def test_the_digits_are_those_of_scikit_learn():
    stored, original = np.load(BOOK / "data" / "digits.npz"), load_digits()
    assert np.array_equal(stored["images"], original.images)
    assert np.array_equal(stored["labels"], original.target)


def test_the_photograph_is_the_roof_in_china_jpg():
    """A pixel is the mean of 4 x 4, over three colours. Decoders of JPEG differ by a level."""
    grey = np.load(BOOK / "data" / "photograph.npz")["grey"]
    roof = load_sample_image("china.jpg")[24:184, 84:324]
    means = roof.reshape(40, 4, 60, 4, 3).mean(axis=(1, 3, 4))
    assert grey.shape == means.shape
    assert np.abs(grey - means).max() < 1.5
