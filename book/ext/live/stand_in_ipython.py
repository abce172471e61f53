"""What a page has in the place of IPython."""

from IPython import display

__all__ = ["display", "get_ipython"]


def get_ipython():
    """Return None: there is no shell, which is what Matplotlib asks for."""
    return None
