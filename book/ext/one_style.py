"""Make one style sheet of all that the pages ask for, and leave out what can match nothing here.

A browser draws nothing before it has every style sheet. The theme and the extensions bring a dozen
and a half megabyte, nine tenths of it for parts that no page of this book has: 97 kB compressed, of
which 29 are left. PurgeCSS leaves 25 to 29, but it also drops what it misreads: the whole ring of
focus, which names its elements by `:is(a, …, [tabindex="0"])`.
"""

import hashlib
import itertools
import re
from pathlib import Path
from urllib.parse import urlsplit

import tinycss2

NAME = "site.css"
FROM_THEME = ["_static/styles/theme.css", "_static/styles/pydata-sphinx-theme.css"]
PUT_TOGETHER = ("bs-", "cl-")  # Bootstrap and the explorer make such names from parts
NESTED = {"media", "supports", "container", "layer"}
STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`")
ATTRIBUTE = re.compile(r'\s(?:class|id)="([^"]*)"')
IMPORT = re.compile(r'@import "([^"]+)";')


def used_names(pages, scripts):
    """Return all classes and ids of pages, and all words that a script could make one of.

    Examples
    --------
    >>> sorted(used_names(['<p class="a b" id="c">d</p>'], ["e.classList.add('f g')"]))
    ['a', 'b', 'c', 'f', 'g']
    """
    texts = [text for page in pages for text in ATTRIBUTE.findall(page)]
    texts += [text for script in scripts for text in STRING.findall(script)]
    return set(re.findall(r"[\w-]+", " ".join(texts)))


def asked_for(selector):
    """Return the classes and ids that a selector asks for; not those inside of brackets.

    Examples
    --------
    >>> asked_for(tinycss2.parse_component_value_list("nav.menu > a#home:not(.open)"))
    ['menu', 'home']
    """
    found, dot = [], False
    for token in selector:
        if token.type == "hash" or (dot and token.type == "ident"):
            found.append(token.value)
        dot = token == "."
    return found


def prune(rules, used):
    """Return the text of the rules of which some selector can match."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [[]]
            for token in rule.prelude:
                if token == ",":
                    selectors.append([])
                else:
                    selectors[-1].append(token)
            can_match = [
                tinycss2.serialize(s).strip()
                for s in selectors
                if all(n in used or n.startswith(PUT_TOGETHER) for n in asked_for(s))
            ]
            if can_match:
                content = tinycss2.serialize(rule.content).strip()
                kept.append(f"{','.join(can_match)}{{{content}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inside = prune(tinycss2.parse_rule_list(rule.content, True, True), used)
            condition = tinycss2.serialize(rule.prelude).strip()
            kept += [f"@{rule.lower_at_keyword} {condition}{{{inside}}}"] if inside else []
        elif rule.type == "error" or rule.lower_at_keyword == "import":
            raise ValueError(f"a style sheet cannot be read: {rule}")
        elif rule.lower_at_keyword != "charset":
            kept.append(rule.serialize())
    return "\n".join(kept)


def load(path, static):
    """Return the rules of a file, first those that it imports, with addresses from `static`."""

    def rebase(match):
        if match[1].startswith(("data:", "http:", "https:", "#")):
            return match[0]
        target = (path.parent / urlsplit(match[1]).path).resolve()
        return f'url("{target.relative_to(static.resolve()).as_posix()}")'

    text = path.read_text("utf-8")
    imported = [load(path.parent / address, static) for address in IMPORT.findall(text)]
    text = re.sub(r"""url\(\s*["']?([^"')]+)["']?\s*\)""", rebase, IMPORT.sub("", text))
    own = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return [*itertools.chain.from_iterable(imported), *own]


def collect(app, pagename, templatename, context, doctree):
    """Remember which style sheets the pages ask for, in their order."""
    for sheet in context["css_files"]:
        app.site_sheets[str(sheet.filename)] = sheet.priority


def write(app, exception):
    """Write the style sheet that layout.html links, and drop a script that no page loads."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    for script in (static / "scripts").glob("fontawesome.js*"):
        script.unlink()  # 3 MB; the fonts draw the icons
    pages = {path: path.read_text("utf-8") for path in sorted(out.glob("*.html"))}
    scripts = [path.read_text("utf-8") for path in sorted(static.rglob("*.js"))]
    used = used_names(pages.values(), scripts)
    sheets = app.site_sheets
    order = [*FROM_THEME, *sorted(sheets, key=sheets.get)]
    css = "\n".join(prune(load(out / sheet, static), used) for sheet in order)
    (static / NAME).write_text(css, encoding="utf-8")
    # A browser that keeps the last one must ask for the new one.
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    for path, html in pages.items():
        path.write_text(html.replace(f'/{NAME}"', f'/{NAME}?v={version}"'), encoding="utf-8")


def setup(app):
    """Collect when all extensions have named theirs; write when the pages are written."""
    app.site_sheets = {}
    app.connect("html-page-context", collect, priority=960)
    app.connect("build-finished", write, priority=700)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
