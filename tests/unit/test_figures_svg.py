"""A drawing carries its words wherever it goes, and its colours follow the page."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from convlib import figures, palette
from convlib.figures import Canvas, Drawing
from tests.drawn import Picture


def sheet():
    """Draw a little of everything."""
    canvas = Canvas(8, 6)
    values = np.array([[1.5, -2], ["a<b", ""]], object)
    canvas.grid(
        values, "input", 0.5, 1, name="x", title="x & w", marked={(0, 1)},
        plain=np.array([[False, False], [True, True]]),
        hatched=np.array([[True, False], [False, False]]),
    )  # fmt: skip
    canvas.grid([["w"] * 3], "kernel", 4, 1, name="w", step=1.5, marked={(0, 0)}, bold=False)
    canvas.frame(0.5, 1, 2, 1, "output", dashes=(4, 2))
    canvas.arrow((2.5, 1.5), (4.2, 4), "kernel", width=2)
    canvas.text(1, 5, "below", role="downstream", size=12, anchor="start", bold=True, turned=-40)
    canvas.rule((1, 4), (3, 4))
    canvas.dot(5, 5, "upstream", open=True)
    return canvas


def test_what_is_drawn_is_read_back():
    picture = Picture(sheet().drawing("All", "Words"))
    x, w = picture.grid("x"), picture.grid("w")
    assert x.texts() == [["1.50", "−2"], ["a<b", ""]]
    assert (x.title, x.title_role) == ("x & w", "input")
    assert x.where("strong") == x.where("bold") == {(0, 1)}
    assert x.where("dashed") == {(1, 0), (1, 1)}
    assert x.where("hatched") == {(0, 0)}
    assert [x.cells[at].role for at in sorted(x.cells)] == ["input", "input", None, None]
    assert [x.cells[at].edge for at in sorted(x.cells)] == ["hair", "input", "hair", "hair"]
    assert [x.cells[r, 0].ink for r in (0, 1)] == ["ink", "muted"]
    assert [(c.x, c.y) for c in w.cells.values()] == [(4, 1), (5.5, 1), (7, 1)]
    assert (w.where("strong"), w.where("bold")) == ({(0, 0)}, set())
    (frame,), (arrow,), (words,), (rule,), (dot,) = (
        picture.frames, picture.arrows, picture.words, picture.rules, picture.dots
    )  # fmt: skip
    assert picture.framed(frame) == {("x", 0, 0), ("x", 0, 1)}
    assert (frame.role, frame.dashes) == ("output", "4 2")
    assert (arrow.start, arrow.role, arrow.width) == ((2.5, 1.5), "kernel", 2)
    assert arrow.end == pytest.approx((4.2, 4), abs=0.01)
    assert (words.text, words.role, words.anchor) == ("below", "downstream", "start")
    assert (words.bold, words.turned) == (True, -40)
    assert (words.x, words.y) == pytest.approx((1, 5), abs=0.01)
    assert (rule.start, rule.end, rule.role) == ((1, 4), (3, 4), "ink")
    assert (dot.x, dot.y, dot.role, dot.open) == (5, 5, "upstream", True)


def test_words_lie_over_lines_and_lines_over_cells():
    """A digit that a frame or an arrow crosses stays legible."""
    tags = [e.tag for e in ElementTree.fromstring(sheet().drawing("All").svg).iter()]
    cells = max(n for n, tag in enumerate(tags[: tags.index("circle")]) if tag == "rect")
    assert tags.index("text") > tags.index("circle")
    assert "text" not in tags[:cells]


def test_every_colour_is_a_property_of_the_page_with_its_light_value():
    svg = sheet().drawing("All").svg
    used = re.findall(r"var\((--cl-[\w-]+),(#\w+)\)", svg)
    shades = palette.properties()
    assert used
    assert all(shades[name].light == value for name, value in used)
    assert len(re.findall(r"#[0-9a-f]{3,8}\b", svg)) == len(used)


def test_a_drawing_can_stand_beside_another():
    svg = sheet().drawing("All").svg
    assert not re.search(r'\sid="|<style|<script|\sclass="|https?:', svg)


def test_page_gets_picture_and_caption_and_console_gets_words():
    drawing = Canvas(1, 1).drawing("Two < three", "See & tell")
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"] == repr(drawing) == "Figure: Two < three"
    assert bundle["text/html"] == (
        f'<figure class="cl-figure">{drawing.svg}<figcaption>See &amp; tell</figcaption></figure>'
    )
    assert 'role="img" aria-label="Two &lt; three"' in drawing.svg
    assert "figcaption" not in drawing._replace(caption="")._repr_mimebundle_()["text/html"]
    assert isinstance(drawing, Drawing)


@pytest.mark.parametrize("alt", ["", " "])
def test_drawing_without_words_is_refused(alt):
    with pytest.raises(ValueError, match=r"^alt: must say what the figure shows"):
        Canvas(1, 1).drawing(alt)


def test_figures_need_no_matplotlib():
    code = "import sys; from convlib import figures; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_all_names_what_there_is():
    assert figures.__all__ == sorted(figures.__all__)
    assert all(getattr(figures, name).__doc__ for name in figures.__all__)
    assert figures.plots.__name__ == "convlib.figures.plots"
    with pytest.raises(AttributeError, match="kernel_stepps"):
        _ = figures.kernel_stepps
