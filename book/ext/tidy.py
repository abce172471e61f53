"""Repair what extensions write into each page; what the theme writes is repaired in templates/."""

import functools

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from pygments.formatters import HtmlFormatter
from pygments.token import Name, Punctuation, Text, Whitespace
from sphinx.highlighting import PygmentsBridge
from sphinx.writers.html5 import HTML5Translator

SHARED_IDS = {"exercise-content", "solution-content"}
LIKE_TEXT = {Name, Punctuation, Whitespace}
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'


class Formatter(HtmlFormatter):
    """Write no element around code in the colour of the text: of a chapter's elements, a fifth."""

    def format_unencoded(self, tokensource, outfile):
        """Write highlighted code."""
        tokens = ((Text if kind in LIKE_TEXT else kind, text) for kind, text in tokensource)
        super().format_unencoded(tokens, outfile)


def tidy_tree(app, doctree, docname):
    """Drop ids that stand twice, and what makes a label of an input name something else."""
    for section in doctree.findall(nodes.section):
        # sphinx-exercise gives the same id to every exercise and solution.
        section["ids"] = [name for name in section["ids"] if name not in SHARED_IDS]
    for label in doctree.findall(lambda node: "aria_controls" in getattr(node, "attributes", {})):
        del label["aria_controls"]  # W3C validator: a label controls its input


def replace(visit, old, new, translator, node):
    """Write what an extension writes for a node, with one change; complain if it is not there."""
    start = len(translator.body)
    visit(translator, node)
    written = "".join(translator.body[start:])
    if old not in written:
        raise ValueError(f"{old!r} is no longer written for {node.tagname}: tidy.py is out of date")
    translator.body[start:] = [written.replace(old, new)]


def tidy_page(app, pagename, templatename, context, doctree):
    """Let the page be drawn before its scripts run, and load only those that it needs."""
    # docutils declares the viewport a second time.
    context["metatags"] = context.get("metatags", "").replace(VIEWPORT, "")
    scripts = []
    for script in context["script_files"]:
        name = str(script.filename or "")
        if script.attributes.get("body", "").lstrip().startswith("DOCUMENTATION_OPTIONS."):
            continue  # for a menu of versions; without it, the options need not come first
        if name.endswith("design-tabs.js") and "sd-tab" not in context.get("body", ""):
            continue
        if name:
            script.attributes["defer"] = "defer"
        scripts.append(script)
    context["script_files"] = scripts


def setup(app):
    """Run after the extensions have added their nodes and their scripts."""
    PygmentsBridge.html_formatter = Formatter
    # Axe, label-content-name-mismatch: the line that unfolds a cell's code is named by its text.
    summary = functools.partial(
        replace, visit_HideCellInput, ' aria-label="Toggle hidden content"', ""
    )
    app.add_node(HideCodeCellNode, override=True, html=(summary, depart_HideCellInput))
    # Axe, aria-required-children: what stands in a list is a list item.
    entry = functools.partial(
        replace, HTML5Translator.visit_citation, '"doc-biblioentry"', '"listitem"'
    )
    leave = HTML5Translator.depart_citation
    app.add_node(nodes.citation, override=True, html=(entry, leave))
    app.connect("doctree-resolved", tidy_tree, priority=900)
    app.connect("html-page-context", tidy_page, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
