"""Load a module when it is asked for, and say which extra it needs."""

import importlib


def load(name, extra=None):
    """Import a module of convlib by its full name.

    Parameters
    ----------
    name : str
    extra : str, optional
        The extra of the distribution that brings what the module needs beside NumPy.

    Raises
    ------
    ImportError
        If that is not installed; the message says how to.

    Examples
    --------
    >>> load("convlib.palette").__name__
    'convlib.palette'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if extra is None or error.name.startswith("convlib"):
            raise
        raise ImportError(
            f"{name} needs {error.name}, which is not installed. "
            f'Try: pip install "convolution-backwards[{extra}]"'
        ) from error


def version():
    """Return the version that is installed. It stands in pyproject.toml alone.

    Examples
    --------
    >>> version().count(".") >= 2
    True
    """
    from importlib import metadata  # takes longer to load than all of convlib

    try:
        return metadata.version("convolution-backwards")
    except metadata.PackageNotFoundError:  # run from a folder, not installed
        return "0.0.0+unknown"
