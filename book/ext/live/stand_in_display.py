"""What a page has in the place of IPython.display; `live.runner` makes the function itself."""

import builtins


def display(*values, **options):
    """Show values at once."""
    builtins.display(*values, **options)


class Shown:
    """A text that shows itself."""

    def __init__(self, data):
        self.data = data


class HTML(Shown):
    """HTML, shown as it is."""

    def _repr_html_(self):
        return self.data


class SVG(Shown):
    """A drawing, shown as it is."""

    def _repr_svg_(self):
        return self.data
