"""Tell search engines and social networks what each page is: its own description, and a picture."""

import html
import re

from docutils import nodes

LENGTH = 155
PICTURE = "_static/social.png"


def shorten(text, length=LENGTH):
    """Cut a text at a word.

    Examples
    --------
    >>> shorten("Slide every filter over x.", 20)
    'Slide every filter…'
    """
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:—") + "…"


def words(paragraph):
    """Return a paragraph's text; a formula as its source, without the signs of TeX."""
    return re.sub(r"[\\{}$]", "", paragraph.astext())


def describe(doctree, fallback):
    """Return the first sentences of a page, until there is enough of them."""
    text = ""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            text = f"{text} {words(paragraph)}".strip()
        if len(text) >= LENGTH // 2:
            break
    return shorten(text) or fallback


def tag(kind, name, content):
    """Write one element."""
    return f'<meta {kind}="{name}" content="{html.escape(content)}" />\n'


def describe_page(app, pagename, _template, context, doctree):
    """Replace the description of the book with that of the page, and add what networks read."""
    book = app.config.myst_html_meta["description"].strip()
    text = book if pagename == app.config.root_doc else describe(doctree, book)
    title = re.sub(r"<[^>]*>", "", context.get("title", "")) or app.config.project
    base = app.config.html_baseurl
    tags = tag("name", "description", text)
    tags += tag("property", "og:title", html.unescape(title))
    tags += tag("property", "og:description", text)
    tags += tag("property", "og:type", "article")
    tags += tag("property", "og:site_name", app.config.project)
    if base:  # these two must be full addresses
        tags += tag("property", "og:url", f"{base}{pagename}.html")
        tags += tag("property", "og:image", base + PICTURE)
        tags += tag("name", "twitter:card", "summary_large_image")
    without = re.sub(r'<meta [^>]*name="description"[^>]*>\s*', "", context.get("metatags", ""))
    context["metatags"] = without + tags


def setup(app):
    """Run for each page."""
    app.connect("html-page-context", describe_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
