"""Say below each check what it proves, and list all mistakes on a page of their own.

What is said comes from the tags of the check: how many settings it runs at (`make refresh` counts
them) and which mistakes it refuses (the tests build each of them in).
"""

from pathlib import Path

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes

from cell_tags import of_kind, tagged
from convlib.mistakes import MISTAKES, TOPICS

PAGE = "mistakes"
"""Where the directive stands."""
TITLES = {
    "sizes": "Sizes", "forward": "Forward", "columns": "Columns", "dx": "dx", "dw, db": "dw and db",
    "checking": "Checking a gradient", "transposed": "Transposed convolution", "pooling": "Pooling",
    "layers": "Layers and losses", "methods": "Fast methods",
}  # fmt: skip


def in_words(name):
    """Return the name of a mistake as it is read.

    Examples
    --------
    >>> in_words("kernel_not_rotated")
    'kernel not rotated'
    """
    return name.replace("_", " ")


def anchor(name):
    """Return the id of a mistake on its page."""
    return nodes.make_id(name)


def line(tags, address):
    """Return the line below a check, or None for a cell that is none.

    Parameters
    ----------
    tags : list of str
    address : str
        Of the page with all mistakes.

    Examples
    --------
    >>> line(["check:eq-a", "settings:2", "catches:kernel_not_rotated"], "m.html").astext()
    'checked on 2 settings · refuses: kernel not rotated'
    >>> line(["hide-input"], "m.html")
    """
    if not of_kind(tags, "check"):
        return None
    counts = of_kind(tags, "settings")
    told = "".join(f" on {int(n):,} setting{'s' if n != '1' else ''}" for n in counts)
    made = nodes.paragraph("", f"checked{told} · refuses: ", classes=["cl-proven"])
    for number, name in enumerate(of_kind(tags, "catches")):
        made += nodes.Text(", " if number else "")
        target = f"{address}#{anchor(name)}"
        made += nodes.reference("", in_words(name), refuri=target, internal=True)
    return made


def tell(app, doctree, docname):
    """Put the line below each check of a page."""
    if app.builder.format != "html":
        return
    address = app.builder.get_relative_uri(docname, PAGE)
    for node in list(doctree.findall(nodes.container)):
        if node.get("nb_element") != "cell_code":
            continue
        if told := line(node["cell_metadata"].get("tags", []), address):
            node.parent.insert(node.parent.index(node) + 1, told)


def refusals(env):
    """Return for each mistake the chapters with the formulas whose checks refuse it."""
    found = {}
    for docname in toc_order(env):
        path = Path(env.doc2path(docname))
        if path.suffix != ".ipynb":
            continue
        env.note_dependency(str(path))
        for cell in nbformat.read(path, as_version=4).cells:
            for name in tagged(cell, "catches"):
                labels = found.setdefault(name, {}).setdefault(docname, {})
                labels |= dict.fromkeys(tagged(cell, "check"))
    return found


def toc_order(env):
    """Return the pages as a reader meets them."""
    tree = env.app.config.external_site_map
    return [name for name in tree if name in env.found_docs]


class Catalogue(Directive):
    """List every mistake: its name, what it is, and the checks that refuse it."""

    def run(self):
        """Return a section for each topic."""
        env = self.state.document.settings.env
        where = refusals(env)
        return [self.topic(topic, where, env.docname) for topic in TOPICS]

    def topic(self, topic, where, docname):
        """Return the section of one topic."""
        section = nodes.section(ids=[nodes.make_id(f"about-{TITLES[topic]}")])
        section += nodes.title("", TITLES[topic])
        entries = nodes.definition_list(classes=["cl-mistakes"])
        for name, mistake in MISTAKES.items():
            if mistake.topic == topic:
                entries += self.entry(name, mistake, where.get(name, {}), docname)
        section += entries
        return section

    def entry(self, name, mistake, where, docname):
        """Return one mistake."""
        term = nodes.term("", in_words(name), ids=[anchor(name)])
        told = nodes.paragraph("", mistake.sentence)
        told += nodes.Text(" Refused in " if where else "")
        for number, (chapter, labels) in enumerate(where.items()):
            told += nodes.Text("; " if number else "")
            told += reference("std", "doc", f"/{chapter}", docname)
            for second, label in enumerate(labels):
                told += nodes.Text(", " if second else " by the check of ")
                told += reference("math", "eq", label, docname)
        told += nodes.Text("." if where else "")
        return nodes.definition_list_item("", term, nodes.definition("", told))


def reference(domain, kind, target, docname):
    """Return a reference that is resolved when all pages are known."""
    return addnodes.pending_xref(
        "", nodes.inline("", target), refdomain=domain, reftype=kind, reftarget=target,
        refdoc=docname, refexplicit=False, refwarn=True,
    )  # fmt: skip


def setup(app):
    """Enter the directive, and the line."""
    app.add_directive("catalogue-of-mistakes", Catalogue)
    app.connect("doctree-resolved", tell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
