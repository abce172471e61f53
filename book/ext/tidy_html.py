"""Repair what the theme writes into each page.

Every step is one function that says why it is there. A step that changes no page is out of date,
and the build warns of it.
"""

import re
from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)


def drop_fontawesome_script(html):
    """Remove 1.5 MB of script: the theme's style sheet and fonts draw every icon without it."""
    return re.sub(r'\s*<script defer src="[^"]*scripts/fontawesome\.js[^"]*"></script>', "", html)


def defer_scripts(html):
    """Let the page be drawn before the theme's scripts run.

    Inline scripts need documentation_options.js at once, so that one stays as it is.
    """
    pattern = r'<script((?: data-[^>]*)?) src="((?!_static/documentation_options)[^"]*)"></script>'
    return re.sub(pattern, r'<script defer\1 src="\2"></script>', html)


def drop_preloads_of_scripts(html):
    """Let the scripts come after what the first picture needs: the style sheet and the fonts."""
    return re.sub(r'\s*<link rel="preload" as="script"[^>]*>', "", html)


def drop_search_where_nothing_is_searched(html):
    """Load the index with the page of results only: the field asks for that page."""
    if 'id="search-results"' in html:
        return html
    names = "searchtools|language_data|searchindex"
    return re.sub(rf'\s*<script [^>]*src="[^"]*(?:{names})\.js[^"]*"></script>', "", html)


def keep_one_viewport(html):
    """Keep the first of three viewport declarations."""
    first, *rest = re.split(r'\s*<meta name="viewport"[^>]*>', html)
    return (
        first
        + '<meta name="viewport" content="width=device-width, initial-scale=1">'
        + "".join(rest)
    )


def drop_print_heading(html):
    """Remove the second copy of the page's title, made for print: a page has one h1."""
    return re.sub(
        r'<div id="jb-print-docs-body" class="onlyprint">.*?(?=<div id="searchbox">)',
        "",
        html,
        flags=re.S,
    )


def drop_advertisement(html):
    """Remove the empty box in which Read the Docs would put an advertisement."""
    return re.sub(
        r'<div class="sidebar-primary-item">\s*<div id="ethical-ad-placement".*?</div></div>',
        "",
        html,
        flags=re.S,
    )


def name_search_button_by_its_text(html):
    """Axe, label-content-name-mismatch: the visible text is the button's name."""
    return re.sub(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1", html)


def name_icon_buttons(html):
    """Axe, button-name: a button that shows only an icon needs a name, without a script too."""
    return re.sub(
        r'(<button class="sidebar-toggle[^"]*") title="([^"]*)"',
        r'\1 title="\2" aria-label="\2"',
        html,
    )


def name_folded_code_by_its_text(html):
    """Axe, label-content-name-mismatch: as above, for the line that unfolds a cell's code."""
    return html.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def make_ids_unique(html):
    """Drop the id that sphinx-exercise gives to each exercise and solution alike."""
    return re.sub(r'<section id="(exercise|solution)-content">', "<section>", html)


def let_tabs_be_labels(html):
    """W3C validator: a label of an input controls that input, and names nothing else."""
    return re.sub(r'<label aria-controls="[^"]*" (class="sd-tab-label")', r"<label \1", html)


def make_references_a_list(html):
    """Axe, aria-required-children: what stands in a list is a list item."""
    return html.replace('role="doc-biblioentry"', 'role="listitem"')


def name_sidebar(html):
    """Axe, region: all of a page belongs to a landmark, the title above the menu too."""
    return html.replace(
        '<div id="pst-primary-sidebar"',
        '<div id="pst-primary-sidebar" role="navigation" aria-label="Site"',
    )


STEPS = [
    drop_fontawesome_script,
    defer_scripts,
    drop_preloads_of_scripts,
    drop_search_where_nothing_is_searched,
    keep_one_viewport,
    drop_print_heading,
    drop_advertisement,
    name_search_button_by_its_text,
    name_icon_buttons,
    name_folded_code_by_its_text,
    make_ids_unique,
    let_tabs_be_labels,
    make_references_a_list,
    name_sidebar,
]


def tidy(app, exception):
    """Apply every step to every page, and delete the script that no page asks for any more."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    idle = {step.__name__ for step in STEPS}
    for page in out.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        for step in STEPS:
            tidied = step(html)
            if tidied != html:
                idle.discard(step.__name__)
            html = tidied
        page.write_text(html, encoding="utf-8")
    for script in (out / "_static" / "scripts").glob("fontawesome.js*"):
        script.unlink()
    for name in sorted(idle):
        logger.warning("tidy_html: %s found nothing to do; is it out of date?", name)


def setup(app):
    """Run after everything is written."""
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
