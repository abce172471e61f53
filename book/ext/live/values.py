"""How a value is shown, as Jupyter shows it; IPython itself writes the text of it."""

import base64
import sys

from IPython.lib import pretty

KINDS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
}


def method(value, name):
    """Return a method by which a value shows itself, or None: a class has none, nor has a mock."""
    try:
        anything = hasattr(value, "_ipython_canary_method_should_not_exist_")
        found = getattr(value, name, None)
    except Exception:  # a property of the value's own
        return None
    return found if callable(found) and not anything and not isinstance(value, type) else None


def mimebundle(value):
    """Return what Jupyter would store of a value: its text, and how it shows itself otherwise.

    Examples
    --------
    >>> mimebundle([1, 2])
    {'text/plain': '[1, 2]'}
    """
    bundle = {kind: show() for kind, name in KINDS.items() if (show := method(value, name))}
    if show := method(value, "_repr_mimebundle_"):
        shown = show(include=None, exclude=None)
        bundle |= (shown[0] if isinstance(shown, tuple) else shown) or {}
    if is_figure(value):
        from . import plots

        bundle["text/html"] = plots.drawn(value)
    bundle.setdefault("text/plain", pretty.pretty(value))
    return {kind: encoded(shown) for kind, shown in bundle.items() if shown is not None}


def is_figure(value):
    """Say whether a value is a figure of Matplotlib, without loading it."""
    matplotlib = sys.modules.get("matplotlib.figure")
    return matplotlib is not None and isinstance(value, matplotlib.Figure)


def encoded(shown):
    """Write a form of a value as the notebook format does.

    Examples
    --------
    >>> encoded(b"png"), encoded("<b>")
    ('cG5n', '<b>')
    """
    if isinstance(shown, tuple):  # with metadata
        shown = shown[0]
    return base64.b64encode(shown).decode() if isinstance(shown, bytes) else str(shown)
