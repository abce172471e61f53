"""Read a drawing back: which cells it has, with what words, and what its frames and arrows mark.

Places are in cells. Everything comes from the shapes of the SVG itself, and of its data attributes
only the names of grids are used.
"""

import itertools
import math
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np

CELL = 36


@dataclass
class Cell:
    """A square; `role` is that of its colour, None where it has none."""

    x: float
    y: float
    role: str | None
    edge: str
    strong: bool
    dashed: bool
    text: str = ""
    ink: str = ""
    bold: bool = False
    hatched: bool = False


@dataclass
class Grid:
    name: str
    cells: dict = field(default_factory=dict)
    title: str = ""
    title_role: str = ""

    def texts(self):
        rows, columns = (1 + max(at[axis] for at in self.cells) for axis in (0, 1))
        return [[self.cells[r, c].text for c in range(columns)] for r in range(rows)]

    def where(self, quality):
        return {at for at, cell in self.cells.items() if getattr(cell, quality)}

    def numbers(self):
        return np.array([[float(t.replace("−", "-")) for t in row] for row in self.texts()])


@dataclass
class Words:
    text: str
    x: float
    y: float
    role: str
    bold: bool
    anchor: str
    turned: float


@dataclass
class Frame:
    x: float
    y: float
    width: float
    height: float
    role: str
    dashes: str

    def holds(self, cell):
        inside_x = self.x < cell.x + 0.5 < self.x + self.width
        return inside_x and self.y < cell.y + 0.5 < self.y + self.height


@dataclass
class Arrow:
    start: tuple
    end: tuple
    way: list
    role: str
    width: float


@dataclass
class Dot:
    x: float
    y: float
    role: str
    open: bool


@dataclass
class Rule:
    start: tuple
    end: tuple
    role: str


class Picture:
    """All that a drawing of `convlib.figures` shows, but for images and curves."""

    def __init__(self, drawing):
        self.alt, self.caption = drawing.alt, drawing.caption
        root = ElementTree.fromstring(drawing.svg)
        assert root.get("role") == "img"
        assert root.get("aria-label") == drawing.alt
        left, top, self.width, self.height = (float(n) / CELL for n in root.get("viewBox").split())
        assert (left, top) == (0, 0)
        self.grids, self.frames, self.arrows, self.words = [], [], [], []
        self.rules, self.dots, self._corners = [], [], {}
        self._read(root, (0, 0), {"text-anchor": "middle"}, None)

    def grid(self, name):
        (found,) = self.named(name)
        return found

    def named(self, name):
        return [grid for grid in self.grids if grid.name == name]

    def texts(self):
        return [words.text for words in self.words]

    def cells(self):
        return [(grid, at, cell) for grid in self.grids for at, cell in grid.cells.items()]

    def framed(self, frame):
        """Return the cells in a frame as (name of the grid, row, column)."""
        return {(grid.name, *at) for grid, at, cell in self.cells() if frame.holds(cell)}

    def joined(self, arrow):
        """Return the cells from which and into which an arrow goes, each as (name, row, column)."""
        *_, neck = arrow.way
        return self._cell_ahead(arrow.way[1], arrow.start), self._cell_ahead(neck, arrow.end)

    def crossed(self):
        """Return the words in cells that an arrow meets, but for those of the cells it joins."""
        found = []
        for arrow in self.arrows:
            ends = self.joined(arrow)
            for grid, at, cell in self.cells():
                if cell.text and (grid.name, *at) not in ends:
                    box = (cell.x + 0.08, cell.y + 0.3, cell.x + 0.92, cell.y + 0.7)
                    if any(_meets(a, b, box) for a, b in itertools.pairwise(arrow.way)):
                        found.append((arrow, grid.name, *at))
        return found

    def _cell_ahead(self, before, point):
        """Return the cell a little further on, behind a point."""
        (x0, y0), (x1, y1) = before, point
        length = math.hypot(x1 - x0, y1 - y0)
        return self._cell_at(x1 + 0.3 * (x1 - x0) / length, y1 + 0.3 * (y1 - y0) / length)

    def _cell_at(self, x, y):
        (found,) = [
            (grid.name, *at)
            for grid, at, cell in self.cells()
            if cell.x < x < cell.x + 1 and cell.y < y < cell.y + 1
        ]
        return found

    # --- reading -----------------------------------------------------------------------------

    def _read(self, element, origin, style, grid):
        style = style | dict(
            part.split(":", 1) for part in element.get("style", "").split(";") if part
        )
        shift = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
        if shift:
            origin = tuple(o + float(s) / CELL for o, s in zip(origin, shift.groups(), strict=True))
        if element.tag == "g" and shift:
            grid = self._grid(element.get("data-grid", ""), origin)
        elif element.tag == "rect":
            self._rect(element, origin, style, grid)
        elif element.tag == "text":
            self._text(element, origin, style, grid)
        elif element.tag == "path":
            self._path(element, origin, style, grid)
        elif element.tag == "circle":
            place = _place(element, origin, "cx", "cy")
            self.dots.append(Dot(*place, _role(style["stroke"]), style["fill"] == "none"))
        for child in element:
            self._read(child, origin, style, grid)

    def _grid(self, name, origin):
        """Return the grid at a corner: its cells and its words stand in groups of their own."""
        if origin not in self._corners:
            self._corners[origin] = Grid(name)
            self.grids.append(self._corners[origin])
        assert self._corners[origin].name == name
        return self._corners[origin]

    def _rect(self, element, origin, style, grid):
        x, y = _place(element, origin)
        width, height = (float(element.get(side)) / CELL for side in ("width", "height"))
        line, dashes = _role(style["stroke"]), style.get("stroke-dasharray", "")
        if grid is None:
            self.frames.append(Frame(x, y, width, height, line, dashes))
            return
        assert (width, height) == (1, 1)
        row = round(y - origin[1])
        column = sum(at[0] == row for at in grid.cells)
        strong = float(style.get("stroke-width", 1)) > 1.5
        fill = None if style["fill"] == "none" else _role(style["fill"], "fill")
        grid.cells[row, column] = Cell(x, y, fill, line, strong, bool(dashes))
        in_row = sorted(
            (cell for at, cell in grid.cells.items() if at[0] == row), key=lambda cell: cell.x
        )
        grid.cells |= {(row, c): cell for c, cell in enumerate(in_row)}

    def _text(self, element, origin, style, grid):
        x, y = _place(element, origin)
        y -= 0.34 * float(style.get("font-size", "12px")[:-2]) / CELL  # from the foot to the middle
        bold, role = style.get("font-weight") == "700", _role(style["fill"])
        if grid is None:
            turned = re.match(r"rotate\((\S+) ", element.get("transform", ""))
            self.words.append(
                Words(element.text, x, y, role, bold, style["text-anchor"],
                      float(turned[1]) if turned else 0)
            )  # fmt: skip
            return
        for cell in grid.cells.values():
            if _near((x, y), (cell.x + 0.5, cell.y + 0.5)):
                assert not cell.text
                cell.text, cell.ink, cell.bold = element.text, role, bold
                return
        assert not grid.title
        assert y < min(cell.y for cell in grid.cells.values())
        grid.title, grid.title_role = element.text, role

    def _path(self, element, origin, style, grid):
        d = element.get("d")
        points = [
            (float(x) / CELL + origin[0], float(y) / CELL + origin[1])
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", d)
        ]
        if grid is not None:
            (cell,) = [c for c in grid.cells.values() if _near(points[0], (c.x + 0.25, c.y))]
            assert not cell.hatched
            cell.hatched = True
        elif d.endswith("z"):
            role, width = _role(style["stroke"]), float(style["stroke-width"])
            *line, tip, _, _ = points
            way = line[: len(line) // 2 + 1]  # one with corners goes there and back
            self.arrows.append(Arrow(way[0], tip, way, role, width))
        else:
            self.rules.append(Rule(*points, _role(style["stroke"])))


def _role(colour, part="line"):
    """Return whose colour this is: a role, or a neutral."""
    name = re.fullmatch(r"var\(--cl-([\w-]+),#[0-9a-f]{6}\)", colour)[1]
    return name.removesuffix(f"-{part}")


def _place(element, origin, x="x", y="y"):
    return float(element.get(x)) / CELL + origin[0], float(element.get(y)) / CELL + origin[1]


def _meets(start, end, box):
    """Say whether the line from one point to another goes through a box."""
    first, last = 0, 1  # the part of the line that is inside, of its length
    for a, b, near, far in zip(start, end, box[:2], box[2:], strict=True):
        if a == b:
            if not near < a < far:
                return False
            continue
        enters, leaves = sorted(((near - a) / (b - a), (far - a) / (b - a)))
        first, last = max(first, enters), min(last, leaves)
    return first < last


def _near(point, other):
    return math.dist(point, other) < 0.02


# --- facts, from NumPy alone --------------------------------------------------------------------


def products(size, kernel, *, stride=1, padding=0, dilation=1):
    """List every (o, k, i): with weight k, output o reads entry i, counted from the first of x."""
    pads = [padding] * len(size) if isinstance(padding, int) else padding
    pads = [(p, p) if isinstance(p, int) else p for p in pads]
    padded = [n + before + after for n, (before, after) in zip(size, pads, strict=True)]
    places = np.arange(math.prod(padded)).reshape(padded)
    span = [dilation * (k - 1) + 1 for k in kernel]
    windows = np.lib.stride_tricks.sliding_window_view(places, span)
    windows = windows[(slice(None, None, stride),) * len(size)]
    windows = windows[(..., *(slice(None, None, dilation),) * len(size))]
    found = []
    for at in np.ndindex(windows.shape):
        i = np.unravel_index(windows[at], padded)
        place = tuple(int(a) - before for a, (before, _) in zip(i, pads, strict=True))
        found.append((at[: len(size)], at[len(size) :], place))
    return found


def named(letter, *at):
    """Name an entry as the formulas do."""
    return letter + "".join("₀₁₂₃₄₅₆₇₈₉"[n + 1] for n in at)
