"""Tell search engines and social networks what each page is: its first sentences, and a picture.

Not sphinxext-opengraph: its descriptions run headings into sentences, hold the source of formulas,
and end in the middle of a word.
"""

import html
import re
import textwrap

from docutils import nodes

BOOK = "Backpropagation through convolutional layers, derived, executed and checked."
LENGTH = 155
PICTURE = "_static/social.png"


def describe(doctree):
    """Return the first sentences of a page that hold no formula, until there is enough of them."""
    text = ""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        is_text = isinstance(paragraph.parent, (nodes.section, nodes.document))
        if is_text and not paragraph.next_node(nodes.math) and len(text) < LENGTH // 2:
            text = f"{text} {paragraph.astext()}".strip()
    return textwrap.shorten(text, LENGTH, placeholder="…") or BOOK


def describe_page(app, pagename, _template, context, doctree):
    """Add the description, and what networks read."""
    text = BOOK if pagename == app.config.root_doc else describe(doctree)
    title = re.sub(r"<[^>]*>", "", context.get("title", "")) or app.config.project
    named = {"description": text}
    properties = {
        "og:title": html.unescape(title),
        "og:description": text,
        "og:type": "article",
        "og:site_name": app.config.project,
    }
    if base := app.config.html_baseurl:  # these two must be full addresses
        properties |= {"og:url": f"{base}{pagename}.html", "og:image": base + PICTURE}
        named["twitter:card"] = "summary_large_image"
    for kind, tags in (("name", named), ("property", properties)):
        for name, content in tags.items():
            tag = f'<meta {kind}="{name}" content="{html.escape(content)}" />\n'
            context["metatags"] = context.get("metatags", "") + tag


def setup(app):
    """Run for each page."""
    app.connect("html-page-context", describe_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
