"""What an explorer shows by default, and what its controls can reach."""

LIMITS = {"size": (3, 6), "kernel": (1, 4), "stride": (1, 3), "padding": (0, 2), "dilation": (1, 2)}
"""The ranges of the controls: every state stays small enough to check by eye."""

CONTROLS = LIMITS | {
    "output_padding": (0, 2), "channels": (1, 6), "filters": (1, 8), "groups": (1, 6),
}  # fmt: skip
"""The same, with those that only some views have."""

LARGEST = 16
"""More rows or columns than this are no longer a picture."""

# Small integers, so that every number can be checked by eye. All nine weights of the corner differ,
# and no row or column is the reverse of another: a flipped kernel is seen to be one.
X = [
    [1, 0, 2, 3, 1, 0],
    [2, 1, 0, 1, 4, 2],
    [0, 3, 1, 2, 0, 1],
    [1, 2, 4, 0, 1, 3],
    [3, 0, 1, 2, 2, 0],
    [0, 1, 2, 1, 0, 4],
]
W = [[1, 2, -1, 0], [0, 3, -2, 1], [4, -3, 5, -1], [2, 0, 1, -2]]
DY = [
    [1, -1, 2, 0, 1, 2, -2, 1, 0, 1],
    [0, 2, 1, -2, 1, 0, 1, -1, 2, 0],
    [3, 1, -1, 1, 2, -1, 0, 2, 1, 1],
    [1, 0, 2, 1, -1, 3, 1, 0, -2, 2],
    [-2, 1, 1, 0, 2, 1, -1, 1, 1, 0],
    [2, -1, 0, 3, 1, 1, 2, -2, 0, 1],
    [0, 1, 1, -1, 0, 2, 1, 3, 1, -1],
    [1, 2, -2, 1, 1, 0, -1, 1, 2, 0],
    [1, 0, 1, 2, -1, 1, 0, 2, -1, 1],
    [-1, 1, 0, 1, 2, 0, 1, -1, 1, 2],
]
