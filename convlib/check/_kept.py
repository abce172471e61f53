"""What a reader has got right, kept in a file beside the notebooks: my_layers.py."""

import importlib.util
import os
import re
import runpy
import sys

from convlib.check import _guard
from convlib.check._source import NotFoundError, is_from, self_contained

FILE = "my_layers.py"
VARIABLE = "MY_LAYERS"
"""An environment variable with another name of the file; where it is empty, there is none."""

HEAD = '''"""What I wrote in the course "Convolution, Backwards", as its checker found it right.

Each function stands, with all that it needs, in one of its own. The part under its name is written
anew when it is kept again; whatever stands above the first part stays.
"""

'''
MARK = re.compile(r"^# --- (\w+) \((\w+)\) ---\n", re.M)
LOADING = 60.0
"""Seconds that a file may take to load."""


def path():
    """Return where the file is, or would be; None where nothing is kept."""
    name = os.environ.get(VARIABLE, FILE)
    return os.path.abspath(name) if name else None


def keep(things, operation):
    """Write functions that were found right into the file; say so in a sentence.

    Parameters
    ----------
    things : list of callable
        Functions or classes: all of them are kept, or none.
    operation : str

    Returns
    -------
    str
        What was kept, or why it was not.
    """
    names = " and ".join(getattr(thing, "__name__", type(thing).__name__) for thing in things)
    try:
        _write(things, operation)
    except (NotFoundError, OSError, UnicodeError) as reason:
        why = f"{reason.strerror}: {FILE}" if isinstance(reason, OSError) else reason
        return f"Right, but not kept: {why}."
    return f"Kept in {FILE}: {names}."


def _write(things, operation):
    file = path()
    if file is None:
        raise NotFoundError(f"the variable {VARIABLE} says to keep nothing")
    text = HEAD
    if os.path.exists(file):
        with open(file, encoding="utf-8") as old:
            text = old.read()
    head, *parts = MARK.split(text)
    kept = {parts[n]: (parts[n + 1], parts[n + 2]) for n in range(0, len(parts), 3)}
    for thing in things:
        name = getattr(thing, "__name__", "")
        if name in kept and kept[name][0] != operation:
            raise NotFoundError(
                f"{FILE} has a {name} of {kept[name][0]}: give this one another name"
            )
        if getattr(thing, "__module__", "").partition(".")[0] == "convlib":
            raise NotFoundError(f"{name} is the course's own")
        if not is_from(thing, file):  # kept before
            kept[name] = (operation, self_contained(thing, file))
    written = [
        f"# --- {name} ({kind}) ---\n{code.strip()}\n" for name, (kind, code) in kept.items()
    ]
    _replace(file, "\n\n".join([f"{head.rstrip()}\n", *written]))


def _replace(file, text):
    """Write a file as a whole or not at all, and let the next import see it."""
    new = f"{file}.new"
    try:
        with open(new, "w", encoding="utf-8", newline="\n") as target:
            target.write(text)
        os.replace(new, file)
    finally:
        if os.path.exists(new):
            os.remove(new)
    module = os.path.basename(file).removesuffix(".py")
    sys.modules.pop(module, None)
    cached = importlib.util.cache_from_source(file)
    if os.path.exists(cached):  # compares seconds and sizes, which may be the same
        os.remove(cached)
    importlib.invalidate_caches()


def kept(name, *, otherwise):
    """Take the function that the reader has written and kept, or another where there is none.

    It prints which one it took.

    Parameters
    ----------
    name : str
        The name of the function when it was kept.
    otherwise : callable
        What to take where none of this name is kept, or the file does not load.

    Returns
    -------
    callable

    Raises
    ------
    TypeError
        If `otherwise` cannot be called.
    ValueError
        If `name` is no name.

    Examples
    --------
    >>> import convlib
    >>> forward = kept("forward", otherwise=convlib.conv2d)
    forward: none of your own is kept here, so this is convlib's conv2d.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"name: expected the name of a function, got {name!r}")
    if not callable(otherwise):
        raise TypeError(f"otherwise: expected a function, got {type(otherwise).__name__}")
    own, fault = _load()
    if callable(own.get(name)):
        print(f"{name}: your own, from {FILE}.")
        return own[name]
    why = f"{FILE} cannot be loaded (it {fault})" if fault else "none of your own is kept here"
    home = (getattr(otherwise, "__module__", None) or "").partition(".")[0]
    home = "" if home == "__main__" else home
    other = getattr(otherwise, "__name__", type(otherwise).__name__)
    print(f"{name}: {why}, so this is {home + chr(39) + 's ' if home else ''}{other}.")
    return otherwise


def _load():
    """Return the names of the file, and what is wrong with it."""
    file = path()
    if file is None or not os.path.exists(file):
        return {}, ""
    names, fault = _guard.run(lambda: _names(file), LOADING)
    return ({}, fault.words) if fault else (names, "")


def _names(file):
    """Run the file, which may import its neighbours, and return its names."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    try:
        return runpy.run_path(file, run_name="my_layers")
    finally:
        sys.path.pop(0)
