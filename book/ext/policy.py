"""Put a Content-Security-Policy into every page: it may use our own files, and nothing else."""

import base64
import hashlib
import re
from pathlib import Path

POLICY = {
    "default-src": "'self'",  # Firefox fetches the next chapter ahead
    "script-src": "'self'",  # and the hash of each inline script of the page
    # KaTeX places each sign, and a drawing each line, by a style attribute. They cannot run code.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",  # the theme's style sheets hold small drawings
    "font-src": "'self'",
    "connect-src": "'self'",  # the search reads the pages that it found
    "frame-src": "'none'",
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
RUNS_CELLS = "_static/live.js"
"""Pages with this script start Python, which is WebAssembly in a worker."""
INLINE = re.compile(r"<script(?![^>]* src=)([^>]*)>(.*?)</script>", re.S)


def hashes(html):
    """Return the hash of each inline script, as a policy writes it, sorted; data are no scripts.

    Examples
    --------
    >>> hashes('<script type="application/json">{}</script><script src="a.js"></script>')
    []
    >>> hashes("<script></script>")
    ["'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"]
    """
    code = {text for attributes, text in INLINE.findall(html) if "json" not in attributes}
    digests = (hashlib.sha256(text.encode()).digest() for text in code)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def add_policy(html):
    """Put the policy first in the head, right after the declaration of the encoding."""
    scripts, more = [POLICY["script-src"], *hashes(html)], {}
    if RUNS_CELLS in html:
        scripts.append("'wasm-unsafe-eval'")
        more = {"worker-src": "'self'"}
    parts = POLICY | {"script-src": " ".join(scripts)} | more
    content = "; ".join(f"{name} {value}" for name, value in parts.items())
    meta = f'\n<meta http-equiv="Content-Security-Policy" content="{content}">'
    html, count = re.subn(r'<meta charset="utf-8" ?/?>', lambda m: m[0] + meta, html, count=1)
    if not count:
        raise ValueError('a page has no <meta charset="utf-8">: there is no place for its policy')
    return html


def protect(app, exception):
    """Add the policy to every page, when nothing changes the pages any more."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).glob("*.html"):
        page.write_text(add_policy(page.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    """Run last."""
    app.connect("build-finished", protect, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
