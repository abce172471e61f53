"""Wrong variants of convlib, each a mistake that people make.

They prove that a check can fail: a check that accepts one of them is blind to it. There is one
module a topic. Every variant stands in for a public operation, calls the right one and spoils what
the mistake would spoil: it stays a few lines, and does not depend on how things are computed.
"""

import sys
from contextlib import contextmanager

from convlib.mistakes import (  # noqa: F401 - each enters its own
    _checking,
    _columns,
    _dw_db,
    _dx,
    _forward,
    _layers,
    _methods,
    _pooling,
    _sizes,
    _transposed,
)
from convlib.mistakes._catalogue import ENTRIES, TOPICS, Mistake

__all__ = ["MISTAKES", "TOPICS", "Mistake", "made"]

MISTAKES = {entry.name: entry for topic in TOPICS for entry in ENTRIES if entry.topic == topic}
"""Every `Mistake`, by its name; topic by topic."""


@contextmanager
def made(name):
    """Run a block of code with one mistake built into convlib.

    Parameters
    ----------
    name : str
        A key of `MISTAKES`.

    Raises
    ------
    ValueError
        If there is no such mistake, or another one has replaced the same function already.

    Notes
    -----
    The right function is replaced in every module and class of convlib that holds it by name, for
    all threads, and put back at the end. Code that took ``conv`` out of convlib before, as in
    ``from convlib import conv``, keeps the right one; ``convlib.conv`` is the wrong one.

    Examples
    --------
    >>> import convlib
    >>> with made("remainder_counted"):
    ...     convlib.output_size(6, 3, stride=2)
    3
    >>> convlib.output_size(6, 3, stride=2)
    2
    """
    if name not in MISTAKES:
        raise ValueError(f"name: expected one of {', '.join(MISTAKES)}; got {name!r}")
    mistake = MISTAKES[name]
    places = [(*place, target) for target in mistake.variants for place in _places(target)]
    for target in mistake.variants:
        if not any(held is target for _, _, held in places):
            raise ValueError(
                f"name: {name!r} cannot be made, because {target.__qualname__} is replaced already"
            )
    try:
        for owner, key, target in places:
            setattr(owner, key, mistake.variants[target])
        yield mistake
    finally:
        for owner, key, target in places:
            setattr(owner, key, target)


def _places(target):
    """Return every module or class of convlib that holds a function, with the name it has there."""
    # this package keeps the right functions, because its variants call them; so does the checker,
    # which judges by them
    own = [
        module
        for key, module in sys.modules.items()
        if key.split(".")[0] == "convlib"
        and not f"{key}.".startswith((f"{__name__}.", "convlib.check."))
    ]
    classes = {
        item
        for module in own
        for item in vars(module).values()
        if isinstance(item, type) and item.__module__.split(".")[0] == "convlib"
    }
    return [
        (owner, key)
        for owner in (*own, *classes)
        for key, item in vars(owner).items()
        if item is target
    ]
