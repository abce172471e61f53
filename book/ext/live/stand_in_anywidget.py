"""What a page has in the place of anywidget.

The explorer is a widget. In a page it is mounted from the HTML that it brings, so of anywidget it
needs the class to derive from, and nothing else.
"""

import traitlets


class AnyWidget(traitlets.HasTraits):
    """What is left of a widget where nothing is sent."""

    def _repr_mimebundle_(self, **_):
        return {}, {}
