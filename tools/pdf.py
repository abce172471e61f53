"""Make one PDF of the built site (`make pdf`).

All chapters become one document, so that Chromium itself writes the bookmarks and the links
between them. A second printing puts the page numbers into the table of contents.

Not Sphinx's own `singlehtml`: where two chapters have the same id, its links lead to the first.
"""

import sys
from urllib.parse import urljoin, urlsplit

import pypdf
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from tools import browser, downloads

NAME = "convolution-backwards.pdf"
FOOTER = (
    '<p style="width: 100%; margin: 0; text-align: center; font: 8pt sans-serif; color: #586473">'
    '<span class="pageNumber"></span></p>'
)
OPTIONS = {
    "prefer_css_page_size": True, "print_background": True, "outline": True, "tagged": True,
    "display_header_footer": True, "header_template": "<p></p>", "footer_template": FOOTER,
}  # fmt: skip
BOOK = """<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">
<title>Convolution, Backwards</title><link rel="stylesheet" href="_static/site.css"><style>
@page { size: A4; margin: 18mm 18mm 20mm; }
html { font-size: 75%; }
body { background: none; }
.chapter { break-before: page; }
.chapter figcaption::before { content: "Figure " attr(data-number) ". "; font-weight: 600; }
.headerlink, .copybtn, .toggle-button, .cl-button, .above-input { display: none !important; }
details > summary { list-style: none; }
.pages li { list-style: none; display: flex; gap: .5em; }
.pages .part { margin-top: 1rem; font: 600 1.1rem var(--cl-sans); }
.pages a { color: inherit; text-decoration: none; flex: 1; }
.cover { height: 235mm; display: flex; flex-direction: column; justify-content: center; }
.cover h1 { font-size: 3rem; margin: 0; }
.cover .cl-figure { margin: 3rem 0 0; }
</style></head><body><div class="bd-main"><div class="bd-content"><div class="bd-article-container">
<article class="bd-article"><div class="cover" id="index.html"><h1>Convolution, Backwards</h1>
<p>Backpropagation through convolutional layers, derived, executed and checked.</p></div>
<nav class="pages chapter" id="contents"><h2>Contents</h2><ul></ul></nav>
</article></div></div></div></body></html>"""
IDS = ("id", "for", "aria-labelledby", "aria-describedby")


def parse(path):
    """Return a page of the site."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def article(path):
    """Return a page's text. Its ids are whole addresses: in the book, each stands once."""
    page = parse(path).article
    for unseen in page(["script", "noscript"]):
        unseen.decompose()
    for tag in page(True):
        for name, value in tag.attrs.items():
            if name in IDS:
                tag[name] = f"{path.name}#{value}"
            elif name == "href" and not urlsplit(value).scheme:
                tag[name] = "#" + urljoin(path.name, value)
            elif isinstance(value, str):
                tag[name] = value.replace("url(#", f"url(#{path.name}#")
    for folded in page.select("details"):
        folded["open"] = ""
    return page


def bound(site):
    """Return the whole book as one page: its cover, its contents without numbers, its chapters."""
    book, landing = BeautifulSoup(BOOK, "html.parser"), parse(site / "index.html")
    book.find(class_="cover").append(article(site / "index.html").figure)
    for entry in landing.select(".caption-text, .toctree-l1 > a"):
        row = book.new_tag("li")
        book.nav.ul.append(row)
        if entry.name == "span":
            row["class"] = "part"
            row.string = entry.get_text()
            continue
        name, file = entry.get_text(strip=True), entry["href"]
        row.extend([book.new_tag("a", href=f"#{file}", string=name), book.new_tag("span")])
        chapter = article(site / file)
        chapter.name, chapter["id"], chapter["class"] = "div", file, "chapter"
        number = name.split()[0] if name[0].isdigit() else ""
        for count, caption in enumerate(chapter("figcaption"), 1):
            caption["data-number"] = f"{number}{count}"
        book.article.append(chapter)
    return book


def destinations(pdf):
    """Map the name of each place that a link of the PDF leads to, to its page, from 1."""
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(pdf.pages, 1)}
    found = pdf.named_destinations.items()
    return {name.lstrip("/"): pages[place.page.idnum] for name, place in found}


def broken_links(pdf):
    """List the links that lead to no place in the document, or to a file of this machine."""
    links = [note.get_object() for page in pdf.pages for note in page.get("/Annots", ())]
    inside = {str(link["/Dest"]) for link in links if "/Dest" in link}
    outside = {str(link["/A"]["/URI"]) for link in links if "/URI" in link.get("/A", ())}
    local = [url for url in outside if not url.startswith(("https:", "http:", "mailto:"))]
    return [*(inside - set(pdf.named_destinations)), *local]


def main():
    """Print the PDF twice, look for broken links, and offer it on the landing page."""
    site = downloads.built()
    book, target, source = bound(site), site / NAME, site / "whole-book.html"
    rows = book.select(".pages li:has(> a)")
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        page = chromium.new_page()
        for _ in range(2):
            source.write_text(str(book), encoding="utf-8")
            page.goto(source.as_uri(), timeout=120_000)
            page.evaluate("document.fonts.ready")
            page.pdf(path=target, **OPTIONS)
            pdf = pypdf.PdfReader(target)
            places = destinations(pdf)
            for row in rows:
                row.span.string = str(places[row.a["href"][1:]])
        chromium.close()
    source.unlink()
    broken = broken_links(pdf)
    bookmarks = sum(not isinstance(item, list) for item in pdf.outline)
    print(f"{NAME}: {len(pdf.pages)} pages, {target.stat().st_size / 2**20:.1f} MB")
    print(f"{len(rows)} chapters, {bookmarks} bookmarks at the top, {len(broken)} broken links")
    if broken or not bookmarks:
        sys.exit("\n".join(broken[:20]) or "The PDF has no bookmarks.")
    downloads.offer(site, target, "One PDF")


if __name__ == "__main__":
    main()
