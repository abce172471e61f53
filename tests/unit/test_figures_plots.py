"""What the plots hold: the curves themselves, their axes, and how they enter a page."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from convlib import palette
from convlib.figures import plots

STEPS = np.array([1e-1, 1e-3, 1e-5])
CURVES = {
    "loss": (np.arange(50), np.linspace(2, 0.25, 50), "upstream"),
    "test error": ([0, 10, 20], [0.5, 0.3, 0.1], "output"),
}
ERRORS = {
    "straight": (np.array([1e-9, 1e-7, 1e-4]), "input"),
    "bent": (np.array([1e-2, 1e-6, 1e-4]), "downstream"),
}


@pytest.fixture
def axes(monkeypatch):
    """Return a function that makes a plot and returns its Matplotlib axes and its words."""

    def drawn(plot, *args, **kwargs):
        seen = []
        with monkeypatch.context() as patch:
            patch.setattr(plots, "draw", lambda fig, **words: seen.append((fig, words)))
            plot(*args, **kwargs)
        ((fig, words),) = seen
        (ax,) = fig.axes
        return ax, words

    return drawn


def colour(role):
    return palette.ROLES[role]["line"].light


@pytest.mark.parametrize("log", [False, True])
def test_lines_are_the_curves_in_the_colours_of_their_roles(axes, log):
    ax, words = axes(
        plots.lines, CURVES, xlabel="epoch", ylabel="loss, error", log=log, caption="!"
    )
    assert len(ax.lines) == 2
    for line, (label, (x, y, role)) in zip(ax.lines, CURVES.items(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([x, y]))
        assert line.get_label() == label
        assert to_hex(line.get_color()) == colour(role)
        assert line.get_marker() == ("o" if len(x) < 40 else "")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss, error")
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "log" if log else "linear")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(CURVES)
    assert words == {
        "alt": "loss, error against epoch. loss: from 2 to 0.25. test error: from 0.5 to 0.1.",
        "caption": "!",
    }


def test_step_errors_are_logarithmic_and_name_the_best_step(axes):
    ax, words = axes(plots.step_errors, STEPS, ERRORS)
    for line, (label, (errors, role)) in zip(ax.lines, ERRORS.items(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([STEPS, errors]))
        assert (line.get_label(), to_hex(line.get_color())) == (label, colour(role))
    assert len({line.get_marker() for line in ax.lines}) == 2
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step h", "relative error")
    assert ax.yaxis.get_major_formatter()(1e-12, 0) == "10⁻¹²"
    assert words["alt"] == (
        "Relative error against step h, both logarithmic. straight: least at h = 1e-01. "
        "bent: least at h = 1e-03."
    )


def test_dots_stand_at_their_numbers_one_row_a_name_from_the_top(axes):
    series = {"old": ([1, float("nan"), 30], "input"), "new": ([2, 5, 0.5], "output")}
    ax, words = axes(plots.dots, ["a", "b", "c"], series, xlabel="ratio", line=1, caption="!")
    (*marks,) = (line for line in ax.lines if line.get_label() in series)
    for line, (label, (values, role)) in zip(marks, series.items(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([values, range(3)]))
        assert (line.get_label(), to_hex(line.get_color())) == (label, colour(role))
        assert line.get_linestyle() == "None"
    assert len({line.get_marker() for line in marks}) == 2
    (rule,) = set(ax.lines) - set(marks)
    assert rule.get_xdata() == [1, 1]
    assert {1, 2, 5, 10, 20} <= {*ax.get_xticks()}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_xscale()) == ("ratio", "log")
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["old", "new"]
    assert words == {
        "alt": "ratio, logarithmic. old: a 1, c 30. new: a 2, b 5, c 0.5.",
        "caption": "!",
    }


def test_one_series_of_dots_needs_no_legend_and_no_line(axes):
    ax, words = axes(plots.dots, ["a"], {"new": ([1234567], "output")}, xlabel="ms")
    assert len(ax.lines) == 1
    assert not ax.figure.legends
    (beside,) = ax.texts
    assert (beside.get_text(), beside.xy) == ("1,230,000", (1234567, 0))
    assert words["alt"] == "ms, logarithmic. new: a 1,230,000."
    assert ax.xaxis.get_major_formatter()(1e6, 0) == "1,000,000"


def test_a_plot_enters_a_page_with_its_text_and_the_colours_of_the_page():
    drawing = plots.lines(CURVES, xlabel="epoch", ylabel="loss", caption="Words.")
    root = ElementTree.fromstring(without_links(drawing))
    assert (root.get("role"), root.get("aria-label")) == ("img", drawing.alt)
    texts = {text.text for text in root.iter("text")}
    assert {"epoch", "loss", "test error"} <= texts
    assert not re.search(r"<style|<script|<metadata|<!--|DejaVu", drawing.svg)
    bare = re.sub(r"var\(--cl-[\w-]+,#[0-9a-f]{6}\)", "", drawing.svg)
    assert set(re.findall(r"#[0-9a-f]{6}\b", bare)) <= {"#000000"}  # behind what is not drawn
    for role in ("upstream", "output"):
        assert f"var(--cl-{role}-line,{colour(role)})" in drawing.svg
    assert drawing.caption == "Words."


def test_the_numbers_at_the_ticks_enter_the_page_as_they_are(monkeypatch):
    figs, draw = [], plots.draw
    monkeypatch.setattr(plots, "draw", lambda fig, **words: figs.append(fig) or draw(fig, **words))
    curve = {"loss": ([0, 0.025], [2, 0.005], "upstream")}
    drawing = plots.lines(curve, xlabel="epoch", ylabel="loss", log=True)
    texts = {text.text for text in ElementTree.fromstring(without_links(drawing)).iter("text")}
    (ax,) = figs[0].axes
    assert {"0.01", "0.1", "1"} <= texts
    inside = [x for x in ax.get_xticks() if ax.get_xlim()[0] <= x <= ax.get_xlim()[1]]
    assert {f"{x:.3f}" for x in inside} <= texts


def without_links(drawing):
    """Return a drawing that can be parsed alone: in a page, xlink needs no declaration."""
    return drawing.svg.replace("xlink:href", "href")


def test_two_plots_on_a_page_share_no_id():
    def ids(ylabel):
        svg = plots.lines(CURVES, xlabel="epoch", ylabel=ylabel).svg
        used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
        defined = re.findall(r'\bid="([^"]*)"', svg)
        assert set(defined) == used
        assert len(defined) == len(used)
        return used

    one, other = ids("loss"), ids("error")
    assert one
    assert not one & other


@pytest.mark.parametrize("alt", ["", " "])
def test_a_plot_without_words_is_refused(alt):
    with pytest.raises(ValueError, match=r"^alt: must say what the figure shows"):
        plots.draw(Figure(figsize=(1, 1)), alt=alt)
