"""Charts whose shape depends on the settings: what lies outside of the picture is left out."""

import re

import numpy as np

import convlib
from convlib import charts


def names(size, kernel, **settings):
    """Return the names in the matrix of a convolution, from the weights' places alone."""
    places = np.arange(1, kernel + 1)[None, None]
    rows = convlib.conv1d(np.eye(size)[:, None], places, **settings)[:, 0].T
    return [f"w[{int(value) - 1}]" if value else "0" for value in rows.ravel()]


def test_the_matrix_of_a_row_holds_each_weight_that_meets_an_input():
    for settings in ({}, {"padding": 1}, {"stride": 2, "padding": 2}, {"dilation": 2}):
        svg = charts.conv_matrix(6, 3, **settings).svg
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
        drawn = [text for text in texts if re.fullmatch(r"0|w\[\d\]", text)]
        assert drawn == names(6, 3, **settings), settings
