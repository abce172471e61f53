"""Bring the explorer to pages that have no kernel: one script and one style sheet, where needed."""

import re
from pathlib import Path

MOUNT = Path(__file__).with_name("explorer_mount.js")
SCRIPT, STYLE = "explorer.js", "explorer.css"
MARK = 'class="cl-explorer"'
STATE = "application/vnd.jupyter.widget-state+json"


def classic(module, mount):
    r"""Join the module and what starts it into one script that runs from a file, as no module does.

    Examples
    --------
    >>> classic("function render() {}\nexport default { render };\n", "render();")
    '(() => {\n"use strict";\nfunction render() {}\nrender();\n})();\n'
    """
    body, exports = re.subn(r"^export default \{ render \};\n", "", module, flags=re.MULTILINE)
    if exports != 1:
        raise ValueError("module: must end in one `export default { render };`")
    return f'(() => {{\n"use strict";\n{body}{mount}\n}})();\n'


def write(app):
    """Write the two files into the site."""
    if app.builder.format != "html":
        return
    from convlib import explorer

    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    module = (explorer.HERE / SCRIPT).read_text(encoding="utf-8")
    script = classic(module, MOUNT.read_text(encoding="utf-8"))
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    style = (explorer.HERE / STYLE).read_text(encoding="utf-8")
    (folder / STYLE).write_text(style, encoding="utf-8")


def link(app, _page, _template, context, _doctree):
    """Link them from a page with an explorer; drop the state of widgets, which needs a kernel."""
    if MARK in context.get("body", ""):
        app.add_css_file(STYLE, priority=450)
        app.add_js_file(SCRIPT, loading_method="defer")
    scripts = context["script_files"]
    scripts[:] = [s for s in scripts if getattr(s, "attributes", {}).get("type") != STATE]


def setup(app):
    """Connect to the moments when the output folder is known, and when a page is written."""
    app.connect("builder-inited", write)
    app.connect("html-page-context", link, priority=900)  # after myst_nb adds the state
    return {"parallel_read_safe": True, "parallel_write_safe": True}
