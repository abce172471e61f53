"""Make one style sheet of all that the pages ask for, and leave out what the theme never uses here.

A browser draws nothing before it has every style sheet. The theme and the extensions bring a dozen,
half a megabyte in all, most of it for parts that no page of this book has.
"""

import hashlib
import itertools
import re
from pathlib import Path
from urllib.parse import urlsplit

import tinycss2

LINK = re.compile(r'[ \t]*<link (?=[^>]*rel="stylesheet")[^>]*href="([^"]+)"[^>]*>\n?')
IMPORT = re.compile(r'@import "([^"]+)";')
# Ours, and KaTeX's: all of it is used, and scripts put some of the names together from parts.
WHOLE = {"book.css", "explorer.css", "roles.css", "katex.min.css", "katex-math.css"}
PUT_TOGETHER = "bs-"  # so does Bootstrap, for its tooltips
NESTED = {"media", "supports", "container", "layer"}


def links(html):
    """Return the style sheets of a page, in order.

    Examples
    --------
    >>> links('<link rel="stylesheet" type="text/css" href="_static/a.css?v=1" />')
    ['_static/a.css']
    """
    return [urlsplit(href).path for href in LINK.findall(html)]


def words(text):
    """Return all that can be a class or an id in HTML or a script."""
    return set(re.findall(r"[\w-]+", text))


def names(selector):
    """Return the classes and ids that a selector asks for; not those inside of brackets.

    Examples
    --------
    >>> names(tinycss2.parse_component_value_list("nav.menu > a#home:not(.open)"))
    ['menu', 'home']
    """
    found, dot = [], False
    for token in selector:
        if token.type == "hash" or (dot and token.type == "ident"):
            found.append(token.value)
        dot = token == "."
    return found


def split(prelude):
    """Return the selectors of a list with commas."""
    selectors = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def prune(rules, used):
    """Return the text of the rules of which some selector can match; None for used keeps all."""

    def can_match(selector):
        return all(n in used or n.startswith(PUT_TOGETHER) for n in names(selector))

    kept = []
    for rule in rules:
        if rule.type == "qualified-rule" and used is not None:
            selectors = [s for s in split(rule.prelude) if can_match(s)]
            if selectors:
                text = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                kept.append(f"{text}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inside = prune(tinycss2.parse_rule_list(rule.content, True, True), used)
            if inside:
                condition = tinycss2.serialize(rule.prelude).strip()
                kept.append(f"@{rule.lower_at_keyword} {condition}{{{inside}}}")
        elif rule.type == "error" or (rule.type == "at-rule" and rule.lower_at_keyword == "import"):
            raise ValueError(f"a style sheet cannot be read: {rule}")
        elif not (rule.type == "at-rule" and rule.lower_at_keyword == "charset"):
            kept.append(rule.serialize())
    return "\n".join(kept)


def load(path, static):
    """Return the rules of a file, first those that it imports, with addresses from `static`."""

    def rebase(match):
        address = match[1]
        if re.match(r"data:|https?:|#", address):
            return match[0]
        target = (path.parent / urlsplit(address).path).resolve()
        return f'url("{target.relative_to(static.resolve()).as_posix()}")'

    text = path.read_text("utf-8")
    imported = [load(path.parent / address, static) for address in IMPORT.findall(text)]
    text = re.sub(r"""url\(\s*["']?([^"')]+)["']?\s*\)""", rebase, IMPORT.sub("", text))
    own = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return [*itertools.chain.from_iterable(imported), *own]


def write(app, exception):
    """Write the style sheet, and link it from every page in place of the many."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    pages = {path: path.read_text("utf-8") for path in sorted(out.glob("*.html"))}
    order = max((links(html) for html in pages.values()), key=len)
    scripts = (path.read_text("utf-8") for path in sorted(static.rglob("*.js")))
    used = words("\n".join([*pages.values(), *scripts]))
    css = "\n".join(
        prune(load(out / href, static), None if Path(href).name in WHOLE else used)
        for href in order
    )
    (static / "site.css").write_text(css, encoding="utf-8")
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, html in pages.items():
        own = links(html)
        if own != [href for href in order if href in own]:
            raise ValueError(f"{path.name} has style sheets in another order: {own}")
        if own:
            one = f'    <link rel="stylesheet" href="_static/site.css?v={version}" />\n'
            # It stands early, so that it is asked for before the scripts.
            html = LINK.sub("", html).replace("</title>\n", f"</title>\n{one}", 1)
            path.write_text(html, encoding="utf-8")


def setup(app):
    """Run when the pages are tidy, and before policy."""
    app.connect("build-finished", write, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
