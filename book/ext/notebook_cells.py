"""Print cells of a notebook on a page, so that a listing is the file that readers download."""

import nbformat
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

LANGUAGES = {"code": "python", "raw": "yaml", "markdown": "text"}


class NotebookCells(SphinxDirective):
    """``{notebook-cells} path``, and below it the ids of the cells."""

    required_arguments = 1
    has_content = True

    def run(self):
        """Return one listing a cell."""
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        found = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        listings = []
        for name in " ".join(self.content).split():
            if name not in found:
                raise self.error(f"{relative} has no cell {name!r}")
            source = found[name].source
            listing = nodes.literal_block(source, source)
            listing["language"] = LANGUAGES[found[name].cell_type]
            listings.append(listing)
        return listings


def setup(app):
    """Register the directive."""
    app.add_directive("notebook-cells", NotebookCells)
    return {"parallel_read_safe": True}
