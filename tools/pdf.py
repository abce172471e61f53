"""Make one PDF of the built site: python tools/pdf.py (`make pdf`).

All chapters become one document, so that Chromium itself writes the bookmarks and the links
between them. A second printing puts the page numbers into the table of contents.
"""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pypdf
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # also when run as a script

from tools import downloads  # noqa: E402

NAME = "convolution-backwards.pdf"
MENU = re.compile(r'<span class="caption-text">(.*?)</span>|toctree-l1.*?href="([\w-]+)\.html"')
FOOTER = (
    '<p style="width: 100%; margin: 0; text-align: center; font: 8pt sans-serif; color: #586473">'
    '<span class="pageNumber"></span></p>'
)
STYLE = """
@page { size: A4; margin: 18mm 18mm 20mm; }
html { font-size: 75%; }
body { background: none; }
.chapter { break-before: page; counter-reset: figure; counter-increment: chapter; }
.chapter figcaption::before { content: "Figure " attr(data-number) ". "; font-weight: 600; }
.headerlink, .copybtn, .toggle-button, .cl-button, details.above-input { display: none !important; }
details > summary { list-style: none; }
.pages li { list-style: none; display: flex; gap: .5em; }
.pages .part { margin-top: 1rem; font: 600 1.1rem var(--cl-sans); }
.pages a { color: inherit; text-decoration: none; flex: 1; }
.cover { height: 235mm; display: flex; flex-direction: column; justify-content: center; }
.cover h1 { font-size: 3rem; margin: 0; }
.cover .cl-figure { margin: 3rem 0 0; }
"""


def contents(site):
    """Return the order of the book: parts, and pages."""
    return [match.groups() for match in MENU.finditer((site / "index.html").read_text("utf-8"))]


def article(site, page):
    """Return a page's text; its ids and the links to them begin with the page's name."""
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    body = re.search(r"<article[^>]*>(.*)</article>", text, re.S)[1]
    body = re.sub(r"<script.*?</script>|<noscript.*?</noscript>", "", body, flags=re.S)
    body = re.sub(r'(\s(?:id|for|aria-labelledby|aria-describedby)=")', rf"\g<1>{page}--", body)
    body = re.sub(r"url\(#", f"url(#{page}--", body)
    body = re.sub(r'(href=")#', rf"\g<1>#{page}--", body)
    body = re.sub(r'(href=")([\w-]+)\.html#', r"\g<1>#\g<2>--", body)
    return re.sub(r'(href=")([\w-]+)\.html"', r'\g<1>#page-\g<2>"', body)


def title(body):
    """Return a page's title in plain text."""
    heading = re.search(r"<h1>(.*?)(?:<a class=\"headerlink|</h1>)", body, re.S)[1]
    return re.sub(r"<[^>]+>", "", heading).strip()


def number_figures(body, chapter):
    """Put a number on the caption of each figure, after that of its chapter."""
    count = 0

    def numbered(_):
        nonlocal count
        count += 1
        return f'<figcaption data-number="{chapter}{count}"'

    return re.sub(r"<figcaption", numbered, body)


def document(site, order, numbers):
    """Write the whole book as one page of HTML."""
    rows, chapters = [], []
    for part, page in order:
        if part:
            rows.append(f'<li class="part">{part}</li>')
            continue
        body = article(site, page)
        name = title(body)
        chapter = re.match(r"\d+\.", name)
        body = number_figures(body, chapter[0] if chapter else "")
        at = numbers.get(page, "")
        rows.append(f'<li><a href="#page-{page}">{html.escape(name)}</a><span>{at}</span></li>')
        chapters.append(f'<div class="chapter" id="page-{page}">{body}</div>')
    picture = re.search(r"<figure.*?</figure>", article(site, "index"), re.S)
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f'<title>Convolution, Backwards</title><link rel="stylesheet" href="_static/site.css">'
        f"<style>{STYLE}</style></head>"
        f'<body><div class="bd-main"><div class="bd-content"><div class="bd-article-container">'
        f'<article class="bd-article"><div class="cover" id="page-index">'
        f"<h1>Convolution, Backwards</h1><p>Backpropagation through convolutional layers, derived, "
        f"executed and checked.</p>{picture[0] if picture else ''}</div>"
        f'<nav class="pages chapter" id="contents">'
        f"<h2>Contents</h2><ul>{''.join(rows)}</ul></nav>{''.join(chapters)}"
        f"</article></div></div></div></body></html>"
    )


def destinations(pdf):
    """Map the name of each place that a link of the PDF leads to, to its page, from 1."""
    found = pdf.named_destinations
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(pdf.pages, 1)}
    return {name.lstrip("/"): pages[place.page.idnum] for name, place in found.items()}


def broken_links(pdf):
    """List the links that lead to no place in the document, or to a file of this machine."""
    places, broken = set(pdf.named_destinations), []
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            link = annotation.get_object()
            if (name := link.get("/Dest")) and str(name) not in places:
                broken.append(str(name))
            address = str(link.get("/A", {}).get("/URI", "https:"))
            if not address.startswith(("https:", "http:", "mailto:")):
                broken.append(address)
    return broken


def main():
    """Print the PDF twice, look for broken links, and offer it on the landing page."""
    site = Path(os.environ.get("SITE", ROOT / "_build" / "html"))
    if not (site / "index.html").is_file():
        sys.exit("Nothing is built yet: run  make book  first.")
    order, numbers, target = contents(site), {}, site / NAME
    finder = [sys.executable, str(ROOT / "tools" / "browser.py")]
    browser = subprocess.run(finder, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    source = site / "whole-book.html"
    flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=flags)
        for _ in range(2):
            source.write_text(document(site, order, numbers), encoding="utf-8")
            page = chromium.new_page()
            page.goto(source.as_uri(), wait_until="load", timeout=120_000)
            page.evaluate(
                "document.querySelectorAll('details:not(.above-input)').forEach(e => e.open = true)"
            )
            page.evaluate("document.fonts.ready")
            page.pdf(
                path=target, prefer_css_page_size=True, print_background=True, outline=True,
                tagged=True, display_header_footer=True, header_template="<p></p>",
                footer_template=FOOTER,
            )  # fmt: skip
            page.close()
            pdf = pypdf.PdfReader(target)
            places = destinations(pdf)
            numbers = {p: places[f"page-{p}"] for _, p in order if p}
        chromium.close()
    source.unlink()
    broken = broken_links(pdf)
    bookmarks = sum(1 for item in pdf.outline if not isinstance(item, list))
    print(f"{NAME}: {len(pdf.pages)} pages, {target.stat().st_size / 2**20:.1f} MB")
    print(f"{len(numbers)} chapters, {bookmarks} bookmarks at the top, {len(broken)} broken links")
    if broken or not bookmarks:
        sys.exit("\n".join(broken[:20]) or "The PDF has no bookmarks.")
    downloads.offer(site, target, "One PDF")


if __name__ == "__main__":
    main()
