"""Matplotlib in a page: a figure that a cell leaves open is drawn below it, in the page's colours.

Matplotlib loads this module as its backend, by the variable MPLBACKEND; the style of the course is
its matplotlibrc.
"""

import builtins

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG

from convlib.figures import plots


class Manager(FigureManagerBase):
    """What `figure.show()` asks."""

    def show(self):
        """Draw this figure now."""
        builtins.display(self.canvas.figure)


class FigureCanvas(FigureCanvasSVG):
    """A canvas that is written as SVG."""

    manager_class = Manager


def show(*_, **__):
    """Draw all open figures, and close them."""
    try:
        for number in pyplot.get_fignums():
            builtins.display(pyplot.figure(number))
    finally:
        pyplot.close("all")


def described(figure):
    """Return the words of a figure, for readers who do not see it.

    Examples
    --------
    >>> figure, axes = pyplot.subplots()
    >>> _ = axes.set(title="Loss", xlabel="step", ylabel="value")
    >>> described(figure)
    'A plot: Loss; value against step'
    >>> pyplot.close(figure)
    """
    words = [figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""]
    for axes in figure.axes:
        along, up = axes.get_xlabel(), axes.get_ylabel()
        words += [axes.get_title(), f"{up} against {along}" if along and up else along or up]
    said = "; ".join(word for word in words if word)
    return f"A plot: {said}" if said else "A plot without words"


def drawn(figure):
    """Return a figure as HTML that stands in a page."""
    return plots.draw(figure, alt=described(figure))._repr_mimebundle_()["text/html"]
