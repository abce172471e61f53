"""Every notebook runs in JupyterLab. tools/binder_check.py names Binder's Python, and its files."""

import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from tests.site import lab
from tests.site.conftest import ROOT
from tools.notebooks import NOTEBOOKS

HOME = Path(os.environ.get("LAB_HOME", ROOT))
RAW_MYST = r"^:::|\{(?:eq|prf:ref|numref|ref|cite\w*|exercise|solution|admonition)\}|^\$\$"
ALL_HAVE_RUN = """(count) => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
  const text = prompts.map((e) => e.textContent);
  return !text.some((t) => t.includes("*")) && text.some((t) => t.includes(`[${count}]`));
}"""
READ = """() => {
  const texts = document.querySelectorAll(".jp-MarkdownOutput, .jp-RenderedMarkdown");
  const copies = [...texts].map((text) => text.cloneNode(true));
  const unread = copies.flatMap((e) => [...e.querySelectorAll("pre, code, .katex, script, style")]);
  unread.forEach((e) => e.remove());
  return copies.map((e) => e.textContent).join("\\n");
}"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """JupyterLab on a copy of the chapters: their folder, and its address."""
    folder = tmp_path_factory.mktemp("book") / "book"
    shutil.copytree(HOME / "book", folder)
    with lab.serving(folder, os.environ.get("LAB_PYTHON", sys.executable)) as address:
        yield folder, address


def codes(path):
    """Return the code cells of a notebook's file that hold code."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


@pytest.mark.weekly
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_from_top_to_bottom(book, browser, name):
    folder, address = book
    path = folder / f"{name}.ipynb"
    page = lab.open_notebook(browser, f"{address}{path.name}")
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(ALL_HAVE_RUN, arg=len(codes(path)), timeout=240_000)
    assert re.findall(RAW_MYST, page.evaluate(READ), re.M) == []
    if page.locator(".cl-explorer, .cl-live").count():
        expect_an_answer(page, page.locator(".cl-live").first)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    outputs = [out for cell in codes(path) for out in cell.outputs]
    assert [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"] == []
    assert all(cell.execution_count for cell in codes(path))
    assert page.problems == []
    page.evaluate("jupyterapp.commands.execute('kernelmenu:shutdown')")
    page.context.close()


def expect_an_answer(page, explorer):
    """Move a control of the explorer: its picture must change."""
    explorer.wait_for(timeout=60_000)
    slider = explorer.locator("input[type=range]:enabled").first
    before = explorer.inner_html(), slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight" if before[1] == slider.get_attribute("min") else "ArrowLeft")
    page.wait_for_timeout(300)
    assert explorer.inner_html() != before[0]
    assert slider.input_value() != before[1]
