"""What a page's HTML says, read without a browser, and what is wrong with it."""

import functools
import itertools
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Outline(HTMLParser):
    """What the rules below need of a page's HTML."""

    def __init__(self, html):
        super().__init__()
        self.lang, self.title, self.levels = "", "", []
        self.ids, self.links, self.unnamed, self.with_code = [], [], [], []
        self._inside_title = self._inside_main = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        got = dict(attributes)
        if tag == "html":
            self.lang = got.get("lang", "")
        if tag == "title":
            self._inside_title = True
        if tag == "main":
            self._inside_main = True
        if re.fullmatch("h[1-6]", tag):
            self.levels.append((int(tag[1]), self._inside_main))
        if "id" in got:
            self.ids.append(got["id"])
        # alt="" would say "decoration"; this book has none
        is_drawing = tag == "svg" and got.get("role") == "img"
        if is_drawing and not (got.get("aria-label") or "").strip():
            self.unnamed.append(self.get_starttag_text())
        if tag == "img" and not (got.get("alt") or "").strip():
            self.unnamed.append(self.get_starttag_text())
        values = (value for value in got.values() if value)
        if any(name.startswith("on") for name in got) or any("javascript:" in v for v in values):
            self.with_code.append(self.get_starttag_text())
        self.links += [got[key] for key in ("href", "src") if got.get(key)]

    def handle_endtag(self, tag):
        if tag == "title":
            self._inside_title = False
        if tag == "main":
            self._inside_main = False

    def handle_data(self, data):
        if self._inside_title:
            self.title += data


@functools.cache
def outline(path):
    """Parse a page once."""
    return Outline(path.read_text(encoding="utf-8"))


def faults(page):
    """Yield everything that is wrong with the HTML of one page of a site."""
    got = outline(page)
    yield from faults_of_headings(got.levels)
    if got.lang != "en":
        yield f"its language is {got.lang!r}, and should be 'en'"
    if len(got.title.strip()) <= len("Convolution"):
        yield f"its title says too little: {got.title!r}"
    yield from (f"a picture has no text: {tag[:120]}" for tag in got.unnamed)
    yield from (f"an element carries code: {tag[:120]}" for tag in got.with_code)
    repeated = (name for name, count in Counter(got.ids).items() if count > 1)
    yield from (f"the id {name} stands twice" for name in repeated)
    yield from (f"a link leads nowhere: {link}" for link in got.links if is_broken(link, page))
    yield from faults_of_policy(page.read_text(encoding="utf-8"))


def faults_of_headings(levels):
    """Yield what is wrong with headings, given as (level, is it inside of main)."""
    if [level for level, _ in levels].count(1) != 1:
        yield f"it must have one h1, and its headings are {[level for level, _ in levels]}"
    inside = [level for level, in_main in levels if in_main]
    if inside[:1] != [1]:
        yield f"its text must begin with an h1, and its headings are {inside}"
    if any(below > above + 1 for above, below in itertools.pairwise(inside)):
        yield f"a level is left out among its headings {inside}"


def is_broken(link, page):
    """Say whether a link within the site leads nowhere, or only from the root of a server."""
    url = urlsplit(link)
    if url.scheme or url.netloc:
        return False
    target = page.parent / unquote(url.path) if url.path else page
    if link.startswith("/") or not target.is_file():
        return True
    return bool(url.fragment) and unquote(url.fragment) not in outline(target).ids


def faults_of_policy(html):
    """Yield what is wrong with the policy: it comes first, and allows our own files only."""
    head = html.split("</head>")[0]
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
    if not policy:
        yield "it has no policy"
        return
    if re.search(r"<(script|link|style)", head[: policy.start()]):
        yield "its policy comes after something that it should rule"
    parts = dict(part.partition(" ")[::2] for part in policy[1].split("; "))
    if parts.get("default-src") != "'self'":
        yield f"its policy allows other hosts by default: {policy[1]}"
    # Python is WebAssembly in a worker: only pages with cells that run need either.
    runs = "_static/live.js" in html
    allowed = {"'self'", "'wasm-unsafe-eval'"} if runs else {"'self'"}
    if set(re.sub(r"'sha256-[\w+/=]+'", "", parts.get("script-src", "")).split()) != allowed:
        yield f"its policy allows scripts that are not ours: {policy[1]}"
