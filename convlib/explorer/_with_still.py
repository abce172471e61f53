"""A widget beside the picture that stands for it where there is no kernel."""

import html


class WithStill:
    """A widget that needs a kernel, with a picture for where there is none.

    Parameters
    ----------
    widget : ipywidgets.Widget
    still : Drawing
        Stands on the page and in print.
    note : str, optional
        Says below the picture how to run the widget.

    Examples
    --------
    >>> from convlib import figures
    >>> from convlib.explorer import explore
    >>> panel = WithStill(explore(), still=figures.kernel_steps(5, 3))
    >>> panel
    Needs a running kernel. Instead: Figure: A row of 5 inputs, a kernel of 3 at 3 positions, ...
    """

    NOTE = "A still picture: this panel runs in Python. To use it, open this notebook in Jupyter."

    def __init__(self, widget, *, still, note=NOTE):
        self.widget, self.still, self.note = widget, still, note

    def __repr__(self):
        return f"Needs a running kernel. Instead: {self.still!r}"

    def _repr_mimebundle_(self, **kwargs):
        data = dict(self.widget._repr_mimebundle_(**kwargs))
        picture = self.still._repr_mimebundle_()["text/html"]
        data["text/html"] = f'{picture}<p class="cl-live-note">{html.escape(self.note)}</p>'
        data["text/plain"] = repr(self)
        return data
