"""What a mistake is, and the list of all of them."""

from functools import partial
from typing import NamedTuple

TOPICS = (
    "sizes",
    "forward",
    "columns",
    "dx",
    "dw, db",
    "checking",
    "transposed",
    "pooling",
    "layers",
    "methods",
)
"""What mistakes are about, in the order of the course."""


class Mistake(NamedTuple):
    """A wrong variant of one public operation of convlib, or of several that it would spoil alike.

    Attributes
    ----------
    name : str
    topic : str
        What it is about: one of `TOPICS`.
    sentence : str
        What the mistake is.
    variants : dict of callable to callable
        For each function of convlib, the wrong one that stands in for it.
    jury : bool
        Whether it is in the jury of the chapter "Test the tests". The others are what public
        solutions do besides.
    """

    name: str
    topic: str
    sentence: str
    variants: dict
    jury: bool


ENTRIES = []
"""Every `Mistake`, as the modules enter them."""


def enter(topic, variant, variants, jury=True):
    """Put a mistake on the list, under the name of one variant whose docstring is the sentence."""
    sentence = " ".join(variant.__doc__.split())
    ENTRIES.append(Mistake(variant.__name__, topic, sentence, variants, jury))


def replaces(target, topic, jury=True):
    """Enter a function that stands in for one other."""

    def decorate(variant):
        enter(topic, variant, {target: variant}, jury)
        return variant

    return decorate


also_replaces = partial(replaces, jury=False)
"""The same for what public solutions do, beyond the jury."""
