"""From Matplotlib to a picture that belongs to its page.

A `Drawing` is an SVG inside the page, with a text that says what it shows. Its colours are
custom properties (`convlib.palette`), so it follows the page's light or dark mode.
"""

import hashlib
import html
import io
import re
from typing import NamedTuple

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from convlib import palette

STYLE = "convlib.convlib"
UNIT = 0.375
"""Inches per grid cell."""


class Drawing(NamedTuple):
    """A picture with its words.

    Attributes
    ----------
    svg : str
        The drawing, as an ``<svg>`` element.
    alt : str
        What it shows, for readers who do not see it.
    caption : str
        Stands below it.
    """

    svg: str
    alt: str
    caption: str = ""

    def __repr__(self):
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, **_):
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>" if self.caption else ""
        figure = f'<figure class="cl-figure">{self.svg}{caption}</figure>'
        return {"text/html": figure, "text/plain": repr(self)}


def draw(fig, *, alt, caption=""):
    """Turn a Matplotlib figure into a `Drawing`.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        What the figure shows.
    caption : str, optional

    Returns
    -------
    Drawing

    Raises
    ------
    ValueError
        If alt is empty.

    Examples
    --------
    >>> draw(Figure(figsize=(1, 1)), alt="Nothing yet").svg[:50]
    '<svg role="img" aria-label="Nothing yet" viewBox="'
    """
    if not alt.strip():
        raise ValueError(f"alt: must say what the figure shows, got {alt!r}")
    raw = io.StringIO()
    with style.context(STYLE):
        fig.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    return Drawing(_inline(raw.getvalue(), alt), alt, caption)


def _inline(svg, alt):
    """Make a stand-alone SVG fit to stand among others in a page."""
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.S)
    # Matplotlib's style rule is for "*", which would be every element of the page
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.S)
    body = re.sub(r"font: (?:(\d+) )?([\d.]+px)[^;\"]*", r"font-size: \2; font-weight: \1", body)
    body = body.replace("; font-weight: ;", ";").replace('; font-weight: "', '"')
    prefix = "f" + hashlib.sha256((alt + svg).encode()).hexdigest()[:8]
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", body)
    body = re.sub(r'(url\(#|href="#|id=")(?=[^)"])', rf"\1{prefix}", body)
    for name, shade in palette.properties().items():
        body = body.replace(shade.light, f"var({name}, {shade.light})")
    body = re.sub(r"\s*\n\s*", "\n", body)
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}" '
        f'style="stroke-linejoin: round">{body}</svg>'
    )


class Canvas:
    """A sheet of cells, with y pointing down, on which grids of numbers are drawn."""

    def __init__(self, width, height):
        with style.context(STYLE):
            self.fig = Figure(figsize=(width * UNIT, height * UNIT))
            self.fig.patch.set_visible(False)
            self.ax = self.fig.add_axes((0, 0, 1, 1))
        self.ax.set(xlim=(0, width), ylim=(height, 0))
        self.ax.axis("off")

    def text(self, x, y, words, *, role=None, size=9, paper=False, **options):
        """Write words, in the ink of the page or in the colour of a role."""
        options = {"ha": "center", "va": "center", "zorder": 8} | options
        if paper:
            face = palette.NEUTRALS["paper"].light
            options["bbox"] = {"facecolor": face, "edgecolor": "none", "pad": 1.5}
        self.ax.text(x, y, words, color=line_colour(role), fontsize=size, **options)

    def rule(self, start, end, role=None):
        """Draw a thin line."""
        self.ax.plot(
            *zip(start, end, strict=True), color=line_colour(role), linewidth=0.9, clip_on=False
        )

    def dot(self, x, y, role, *, open=False):
        """Draw a dot, filled or open."""
        face = "none" if open else line_colour(role)
        self.ax.plot([x], [y], "o", markersize=8, markerfacecolor=face, clip_on=False,
                     markeredgecolor=line_colour(role), markeredgewidth=1.4)  # fmt: skip

    def cell(self, x, y, words="", role=None, *, strong=False, dashed=False, weight="normal"):
        """Draw one square with its number."""
        face = palette.ROLES[role]["fill"].light if role else "none"
        edge = line_colour(role) if strong else palette.NEUTRALS["hair"].light
        self.ax.add_patch(
            Rectangle(
                (x, y), 1, 1, facecolor=face, edgecolor=edge,
                linewidth=1.6 if strong else 0.7, zorder=3 if strong else 2, clip_on=False,
                linestyle=(0, (2, 2)) if dashed else "solid",
            )
        )  # fmt: skip
        muted = palette.NEUTRALS["muted"].light
        color = muted if role is None else palette.NEUTRALS["ink"].light
        size = 8 if len(words) > 4 else 9
        self.ax.text(
            x + 0.5, y + 0.5, words, ha="center", va="center", zorder=4, color=color,
            fontsize=size, fontweight=weight,
        )  # fmt: skip

    def grid(self, values, role, x, y, *, title="", plain=None, marked=(), digits=2):
        """Draw a matrix; cells where `plain` is true have no colour and a dashed edge."""
        values = np.atleast_2d(values)
        for (r, c), value in np.ndenumerate(values):
            empty = plain is not None and plain[r, c]
            words = value if isinstance(value, str) else number(value, digits)
            strong = (r, c) in marked
            weight = "bold" if strong else "normal"
            self.cell(x + c, y + r, words, None if empty else role,
                      strong=strong, dashed=empty, weight=weight)  # fmt: skip
        if title:
            self.text(x + values.shape[1] / 2, y - 0.45, title, role=role, size=9.5)

    def frame(self, x, y, width, height, role, *, dashes="solid", inset=0.0):
        """Outline a block of cells."""
        self.ax.add_patch(
            Rectangle(
                (x + inset, y + inset), width - 2 * inset, height - 2 * inset, fill=False,
                edgecolor=line_colour(role), linewidth=2, zorder=6, linestyle=dashes, clip_on=False,
            )
        )  # fmt: skip

    def arrow(self, start, end, role=None, *, bend=0.0, width=1.3):
        """Draw an arrow from one point to another."""
        self.ax.add_patch(
            FancyArrowPatch(
                start, end, arrowstyle="-|>", mutation_scale=9, color=line_colour(role),
                linewidth=width, zorder=7, clip_on=False, shrinkA=0, shrinkB=0,
                connectionstyle=f"arc3,rad={bend}",
            )
        )  # fmt: skip

    def drawing(self, alt, caption):
        """Return what was drawn."""
        return draw(self.fig, alt=alt, caption=caption)


def line_colour(role):
    """Return the line colour of a role; the ink for none, any neutral by its name."""
    if role in palette.ROLES:
        return palette.ROLES[role]["line"].light
    return palette.NEUTRALS[role or "ink"].light


def number(value, digits):
    """Write a number shortly, with a true minus sign: 0 and other integers without a point."""
    words = f"{value:.0f}" if float(value).is_integer() else f"{value:.{digits}f}"
    return words.replace("-", "−")


def subscript(letter, i, j):
    """Name an entry as the formulas do, counting from 1.

    Examples
    --------
    >>> subscript("x", 0, 0)
    'x₁₁'
    """
    return letter + f"{i + 1}{j + 1}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
