"""Mistakes of the gradients of w and b."""

import numpy as np

from convlib._conv import conv_backward
from convlib.mistakes._catalogue import replaces
from convlib.mistakes._changes import all_after, rotated


@replaces(conv_backward, "dw, db")
def dw_rotated(dy, x, w, **settings):
    """Rotates dw by 180 degrees, as if the rule for dx held for it too."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=rotated(right.dw))


@replaces(conv_backward, "dw, db")
def dw_from_x_not_padded(dy, x, w, *, padding=0, **settings):
    """Collects dw from x where it must use the padded x."""
    after = all_after(padding, np.ndim(x) - 2)
    right = conv_backward(dy, x, w, padding=padding, **settings)
    return right._replace(dw=conv_backward(dy, x, w, padding=after, **settings).dw)


@replaces(conv_backward, "dw, db")
def last_example_only(dy, x, w, **settings):
    """Writes = for += in the loop over examples, so that dw is that of the last one."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=conv_backward(dy[-1:], x[-1:], w, **settings).dw)


@replaces(conv_backward, "dw, db")
def averaged_over_batch(dy, x, w, **settings):
    """Divides dw and db by N, which the loss has done already where it is a mean."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(dw=right.dw / len(x), db=right.db / len(x))


@replaces(conv_backward, "dw, db")
def db_over_wrong_axes(dy, x, w, **settings):
    """Sums dy over its first axes, which is right for (N, H, W, F) and wrong for (N, F, H, W)."""
    right = conv_backward(dy, x, w, **settings)
    return right._replace(db=np.sum(dy, axis=tuple(range(np.ndim(dy) - 1))))
