"""A drawing that belongs to its page: SVG, written directly.

A `Drawing` is an SVG inside the page, with a text that says what it shows. Its colours are custom
properties (`convlib.palette`), so it follows the page's light or dark mode. What is drawn can be
read back from it: each grid is a group whose own units are pixels from its corner.
"""

import html
import math
from typing import NamedTuple

import numpy as np

from convlib import palette
from convlib.figures._numbers import number

CELL = 36
"""Pixels that a cell is wide and high. All other lengths of a `Canvas` are in cells."""

DASHES = (None, (10.5, 5.5), (2.7, 3.7), (16, 4.3, 2.7, 4.3))
"""Four kinds of line, the first solid, that tell windows apart where colour tells the role."""

SHADES = palette.properties()

FONT = "var(--cl-sans,system-ui,sans-serif)"

CELLS, LINES, WORDS = range(3)
"""Layers: cells, and rules between them; frames and arrows over them; words, over all lines."""

HATCH = "l-9 9m18-9l-18 18m27-18l-27 27m36-27l-36 36m36-27l-27 27m27-18l-18 18m18-9l-9 9"
"""Seven parallel lines across a cell, from a quarter along its upper edge."""


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


def svg(width, height, body, alt):
    """Return an ``<svg>`` element of so many pixels that carries its words.

    Raises
    ------
    ValueError
        If alt is empty.

    Examples
    --------
    >>> svg(36, 36, "", "Nothing yet")[:58]
    '<svg role="img" aria-label="Nothing yet" viewBox="0 0 36 3'
    """
    if not alt.strip():
        raise ValueError(f"alt: must say what the figure shows, got {alt!r}")
    # In a notebook without these properties the paper keeps dark ink legible in dark mode.
    style = f"font:12px {FONT};text-anchor:middle;stroke-linejoin:round;background:{shade('paper')}"
    size = f'width="{round(width)}" height="{round(height)}"'
    box = f'viewBox="0 0 {short(width)} {short(height)}"'
    start = f'<svg role="img" aria-label="{html.escape(alt)}" {box} {size} style="{style}">'
    # Words are placed by their width: a browser may translate the alt and the caption, not them.
    return f'{start}<g translate="no">{body}</g></svg>'


class Canvas:
    """A sheet of cells, with y pointing down, on which grids of numbers are drawn.

    Parameters
    ----------
    width, height : float
        In cells, as every length and place below.

    Examples
    --------
    >>> sheet = Canvas(3, 3)
    >>> sheet.grid([[1, 2], [3, 4]], "input", 0.5, 0.8, name="x", title="x")
    >>> sheet.drawing("A 2 by 2 grid of numbers.")
    Figure: A 2 by 2 grid of numbers.
    """

    def __init__(self, width, height):
        self.width, self.height = width * CELL, height * CELL
        self._parts = []

    def _add(self, layer, style, element):
        self._parts.append((layer, style, element))

    def grid(
        self, values, role, x, y, *, name="", title="", plain=None, hatched=None, marked=(),
        bold=True, step=1,
    ):  # fmt: skip
        """Draw a matrix of numbers or words.

        Parameters
        ----------
        values : array_like, shape (rows, columns)
            Numbers, or words that are written as they are.
        role : str
            Colours the cells, and the title.
        x, y : float
            The upper left corner.
        name : str, optional
            Of the array, for what reads the drawing.
        title : str, optional
            Stands above.
        plain : ndarray of bool, optional
            Cells without a colour, with a dashed edge: not entries of the array.
        hatched : ndarray of bool, optional
            Cells that nothing reads.
        marked : collection of (int, int)
            Cells with a strong edge.
        bold : bool, default True
            Whether their words are bold.
        step : float, default 1
            From one column to the next.
        """
        values = np.atleast_2d(values)
        cells, words = [], []
        for (r, c), value in np.ndenumerate(values):
            said = value if isinstance(value, str) else number(value)
            empty, strong = plain is not None and plain[r, c], (r, c) in marked
            left, top, own = c * step * CELL, r * CELL, None if empty else role
            cells.append((int(strong), *_square(left, top, own, strong, empty)))
            if hatched is not None and hatched[r, c]:
                lines = f'<path d="M{short(left + 9)} {short(top)}{HATCH}"/>'
                cells.append((2, f"fill:none;stroke:{shade('hair')}", lines))
            size = _fitting(len(said))
            style = _ink(own, size, bold=strong and bold)
            if said:
                words.append((0, style, _text(left + CELL / 2, top + CELL / 2, said, size)))
        if title:
            middle = ((values.shape[1] - 1) * step + 1) * CELL / 2
            style = f"fill:{shade(role, 'line')};font-size:12.7px"
            words.append((1, style, _text(middle, -0.45 * CELL, title, 12.7)))
        place = f"translate({short(x * CELL)} {short(y * CELL)})"
        named = f' data-grid="{html.escape(name)}"' if name else ""
        for layer, parts in ((CELLS, cells), (WORDS, words)):
            if parts:
                self._add(layer, "", f'<g{named} transform="{place}">{_grouped(parts)}</g>')

    def text(self, x, y, words, *, role=None, size=12, anchor="middle", bold=False, turned=0,
             halo=False):  # fmt: skip
        """Write words around a point, in the ink of the page or in the colour of a role.

        `size` is in pixels. `turned` is in degrees, counted clockwise. A halo of paper keeps words
        legible that stand on a line.
        """
        style = f"fill:{shade(role, 'line')};font-size:{short(size)}px"
        style += f";text-anchor:{anchor}" if anchor != "middle" else ""
        style += ";font-weight:700" if bold else ""
        style += _halo("paper", 6) if halo else ""
        self._add(WORDS, style, _text(x * CELL, y * CELL, words, size, turned))

    def rule(self, start, end, role=None, *, width=1.2):
        """Draw a thin line."""
        style = f"fill:none;stroke:{shade(role, 'line')};stroke-width:{width}"
        self._add(CELLS, style, f'<path d="M{_point(start)}L{_point(end)}"/>')

    def dot(self, x, y, role, *, open=False):
        """Draw a dot, filled or open."""
        line = shade(role, "line")
        style = f"fill:{'none' if open else line};stroke:{line};stroke-width:1.9"
        place = f'cx="{short(x * CELL)}" cy="{short(y * CELL)}"'
        self._add(LINES, style, f'<circle {place} r="5.3"/>')

    def frame(self, x, y, width, height, role, *, dashes=None, inset=0.0):
        """Outline a block of cells."""
        style = f"fill:none;stroke:{shade(role, 'line')};stroke-width:2.6"
        style += f";stroke-dasharray:{_dashes(dashes)}" if dashes else ""
        corner = _corner((x + inset) * CELL, (y + inset) * CELL)
        size = [short((side - 2 * inset) * CELL) for side in (width, height)]
        self._add(LINES, style, f'<rect {corner} width="{size[0]}" height="{size[1]}"/>')

    def arrow(self, start, end, role=None, *, width=1.7, via=()):
        """Draw an arrow from one point to another, by way of others: its line, then its head.

        The second point at which the path is set down is the tip.
        """
        line = shade(role, "line")
        style = f"fill:{line};stroke:{line};stroke-width:{width}"
        *way, (x0, y0), (x1, y1) = ((x * CELL, y * CELL) for x, y in (start, *via, end))
        angle = math.atan2(y1 - y0, x1 - x0)
        along, across = (6 * math.cos(angle), 6 * math.sin(angle)), 0.42
        neck = (x1 - along[0], y1 - along[1])
        left = (neck[0] - across * along[1], neck[1] + across * along[0])
        right = (neck[0] + across * along[1], neck[1] - across * along[0])
        # A line with corners goes there and back, and so encloses nothing that would be filled.
        there = [*way, (x0, y0), neck]
        back = there[-2::-1] if via else []
        shaft = "M" + "L".join(_point(point, 1) for point in (*there, *back))
        head = f"M{_point((x1, y1), 1)}L{_point(left, 1)}L{_point(right, 1)}z"
        self._add(LINES, style, f'<path d="{shaft}{head}"/>')

    def drawing(self, alt, caption=""):
        """Return what was drawn."""
        return Drawing(svg(self.width, self.height, _grouped(self._parts), alt), alt, caption)


def _grouped(parts):
    """Join elements layer by layer; those of one style share a group that names it once."""
    groups = {}
    for layer, style, element in parts:
        groups.setdefault((layer, style), []).append(element)
    joined = []
    for (_, style), elements in sorted(groups.items(), key=lambda group: group[0][0]):
        body = "".join(elements)
        joined.append(f'<g style="{style}">{body}</g>' if style else body)
    return "".join(joined)


def _square(x, y, role, strong, dashed):
    """Return the style and the element of one cell."""
    edge = shade(role, "line") if strong and role else shade("ink" if strong else "hair")
    style = f"fill:{shade(role, 'fill') if role else 'none'};stroke:{edge}"
    style += ";stroke-width:2.1" if strong else ""
    style += f";stroke-dasharray:{_dashes((4, 4) if strong else (2, 2))}" if dashed else ""
    return style, f'<rect {_corner(x, y)} width="{CELL}" height="{CELL}"/>'


def _fitting(length):
    """Return the size of bold words, of so many characters, that stay inside of their cell."""
    return 12 if length < 5 else 10.7 if length == 5 else 51 / length


def _ink(role, size, *, bold):
    """Return the style of the words in a cell, which a halo keeps legible where a line crosses."""
    style = f"fill:{shade('ink' if role else 'muted')}" + _halo(role or "paper", 3)
    style += f";font-size:{short(size)}px" if size != 12 else ""
    return style + (";font-weight:700" if bold else "")


def _halo(name, width):
    """Return a style that lays the colour of what lies behind words around them."""
    return f";paint-order:stroke;stroke:{shade(name, 'fill')};stroke-width:{width}px"


def _text(x, y, words, size, turned=0):
    """Return an element for words whose capitals are centred on y."""
    turn = f' transform="rotate({turned} {short(x)} {short(y)})"' if turned else ""
    place = f'x="{short(x)}" y="{short(y + 0.34 * size)}"'
    return f"<text {place}{turn}>{html.escape(words, quote=False)}</text>"


def _corner(x, y):
    return f'x="{short(x)}" y="{short(y)}"'


def _point(point, scale=CELL):
    return f"{short(point[0] * scale)} {short(point[1] * scale)}"


def _dashes(dashes):
    return " ".join(map(short, dashes))


def shade(name, part="line"):
    """Write a colour of `convlib.palette` for a style: its property, and its light value.

    Parameters
    ----------
    name : str or None
        A role, a neutral, or None for ink.
    part : {'line', 'fill'}
        Of a role.

    Examples
    --------
    >>> shade("input", "fill"), shade(None)
    ('var(--cl-input-fill,#d7e8fb)', 'var(--cl-ink,#1b2430)')
    """
    name = f"{name}-{part}" if name in palette.ROLES else name or "ink"
    return f"var(--cl-{name},{SHADES[f'--cl-{name}'].light})"


def short(value):
    """Write a length with one decimal at most.

    Examples
    --------
    >>> short(7.0), short(14.42)
    ('7', '14.4')
    """
    return f"{round(float(value), 1):g}"


def subscript(letter, i, j):
    """Name an entry as the formulas do, counting from 1.

    Examples
    --------
    >>> subscript("x", 0, 0)
    'x₁₁'
    """
    return letter + f"{i + 1}{j + 1}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
