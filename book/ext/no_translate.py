"""Keep browsers from translating code and formulas; the words around them stay translatable.

Sphinx marks code with a class that one translator knows. The attribute `translate` is the standard
(https://html.spec.whatwg.org/multipage/dom.html#the-translate-attribute), and formulas need it too.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.writers.html5 import HTML5Translator

VERBATIM = (
    addnodes.desc_signature,
    nodes.doctest_block,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
)


def is_verbatim(node):
    """Say whether a node is code or a formula; the API's terms are names and types.

    Examples
    --------
    >>> is_verbatim(nodes.literal("", "dx")), is_verbatim(nodes.paragraph("", "the gradient"))
    (True, False)
    """
    if isinstance(node, nodes.term):
        return inside(node, addnodes.desc_content)
    return isinstance(node, VERBATIM)


def inside(node, kind):
    """Say whether a node stands, at any depth, in one of a kind."""
    while node := node.parent:
        if isinstance(node, kind):
            return True
    return False


class Translator(HTML5Translator):
    """Sphinx's writer of HTML, which the theme extends."""

    def starttag(self, node, tagname, *args, **attributes):
        """Write the tag of a node, and say where its words must stay as they are."""
        if is_verbatim(node):
            attributes["translate"] = "no"
        return super().starttag(node, tagname, *args, **attributes)


def setup(app):
    """Name the class before the theme, at the start of the build, derives its own from it."""
    app.set_translator("html", Translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
