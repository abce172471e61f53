"""A drawing carries its words wherever it goes."""

import pytest
from matplotlib.figure import Figure

from convlib.drawing import draw


def test_page_gets_picture_and_caption_and_console_gets_words():
    drawing = draw(Figure(figsize=(1, 1)), alt="Two < three", caption="See & tell")
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"] == repr(drawing) == "Figure: Two < three"
    assert drawing.svg in bundle["text/html"]
    assert "<figcaption>See &amp; tell</figcaption>" in bundle["text/html"]
    assert "figcaption" not in drawing._replace(caption="")._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("alt", ["", " "])
def test_drawing_without_words_is_refused(alt):
    with pytest.raises(ValueError, match=r"^alt: must say what the figure shows"):
        draw(Figure(), alt=alt)
