"""What a reader is told: a text of at most 25 lines, or HTML with a picture."""

import html
import textwrap
from typing import NamedTuple

import numpy as np

from convlib.check._sections import Section
from convlib.figures import Canvas

MOST_LINES, MOST_TERMS, MOST_CELLS, WIDTH = 25, 8, 12, 100


class Plane(NamedTuple):
    """Rows and columns of a result.

    Attributes
    ----------
    name : str
    expected, got : ndarray
    wrong : ndarray of bool
    """

    name: str
    expected: np.ndarray
    got: np.ndarray
    wrong: np.ndarray


class Report(NamedTuple):
    """What a check has found.

    Attributes
    ----------
    ok : bool
        Whether all is right.
    headline : str
        In one sentence.
    mistake : str or None
        The first mistake found, a key of `convlib.mistakes.MISTAKES`.
    mistakes : tuple of str
        All that were found.
    output : str or None
        The first result that is wrong: 'y', 'dx', 'dw', 'db', ...
    setting : Setting or None
        The smallest one that shows it.
    entry : tuple of int or None
        Where the first wrong entry is, in the learner's layout.
    expected, got : ndarray or None
        The whole result at that setting.
    parts : dict of str to bool
        For each result, whether it is right everywhere: for a grade per part.
    terms : tuple of Term
    relation : str
        What the entry is of these terms: "is the sum of".
    detail, notes : tuple of str
        More lines: about the failure, and about what was run.
    section : Section or None
        Of the course, that explains it.
    picture : Plane or None
        Where the first entry is wrong, before the shapes were made small.

    Examples
    --------
    >>> import convlib
    >>> report = convlib.check.forward(convlib.conv2d)
    >>> report.ok, report.mistake
    (True, None)
    """

    ok: bool
    headline: str
    mistake: str | None = None
    mistakes: tuple = ()
    output: str | None = None
    setting: object = None
    entry: tuple | None = None
    expected: np.ndarray | None = None
    got: np.ndarray | None = None
    parts: dict = {}  # noqa: RUF012 - never changed
    terms: tuple = ()
    relation: str = ""
    detail: tuple = ()
    notes: tuple = ()
    section: Section | None = None
    picture: Plane | None = None

    def __bool__(self):
        return self.ok

    def __str__(self):
        lines = [self.headline, *self.detail]
        if self.setting is not None:
            lines.append(f"Setting: {self.setting}")
        if self.entry is not None:
            lines.append(self._first_wrong())
        lines += [f"    {words}" for words in self._term_lines()]
        if self.section is not None:
            lines.append(self._read())
        wrapped = [part for line in (*lines[1:], *self.notes) for part in _wrapped(line)]
        return "\n".join([self.headline, *wrapped[: MOST_LINES - 1]])

    def __repr__(self):
        return str(self)

    def _first_wrong(self):
        at = tuple(self.entry)
        expected, got = (_number(a[at]) for a in (self.expected, self.got))
        return f"First wrong entry: {_name(self.output, at)}, expected {expected}, got {got}"

    def _read(self):
        found = self.section
        return f'Read: {found.chapter}, "{found.title}" ({found.address})'

    def _term_lines(self):
        """Write the terms, those that are wrong first if not all can be shown."""
        if not self.terms or self.entry is None:
            return []
        shown = sorted(self.terms, key=lambda term: term.due == term.got)[:MOST_TERMS]
        shown = [term for term in self.terms if term in shown]
        sums = [_times(term) + _mark(term) for term in shown]
        left = len(self.terms) - len(shown)
        first = f"{_name(self.output, self.entry)} {self.relation}"
        return [first, *(f"  {words}" for words in sums), *([f"  and {left} more"] * (left > 0))]

    def _repr_html_(self):
        said = str(self.ok).lower()  # a page that judges asks for it
        # no landmark: a page may hold a dozen of them
        parts = [f'<div class="cl-report" role="group" aria-label="Report" data-ok="{said}">']
        parts.append(f"<p><strong>{html.escape(self.headline)}</strong></p>")
        lines = list(self.detail)
        if self.setting is not None:
            lines.append(f"Setting: {self.setting}")
        if self.entry is not None:
            lines.append(self._first_wrong())
        parts += [f"<p>{html.escape(line)}</p>" for line in lines]
        parts.append(self._picture())
        head, *terms = self._term_lines() or [""]
        if terms:
            code = '<li><code translate="no">{}</code></li>'
            rows = "".join(code.format(html.escape(words.strip())) for words in terms)
            parts.append(f"<p>{html.escape(head)}</p><ul>{rows}</ul>")
        if self.section is not None:
            link = f'<a href="{self.section.address}">{html.escape(self.section.title)}</a>'
            parts.append(f"<p>Read: {html.escape(self.section.chapter)}, {link}</p>")
        parts += [f"<p><small>{html.escape(note)}</small></p>" for note in self.notes]
        return "".join(parts) + "</div>"

    def _picture(self):
        """Draw the plane in which the first wrong entry lies, expected and got side by side."""
        if self.picture is None or max(self.picture.got.shape) > MOST_CELLS:
            return ""
        name, *planes, wrong = self.picture
        rows, columns = wrong.shape
        marked = {tuple(map(int, at)) for at in np.argwhere(wrong)}
        sheet = Canvas(2 * columns + 2, rows + 1.6)
        role = "output" if self.output == "y" else "downstream"
        places = zip(planes, ("expected", "got"), (0.5, columns + 1.5), strict=True)
        for plane, title, left in places:
            words = np.array([[_brief(value) for value in row] for row in plane], object)
            sheet.grid(words, role, left, 1.1, name=title, title=title,
                       marked=marked if title == "got" else ())  # fmt: skip
        told = ", ".join(f"row {r} column {c}" for r, c in sorted(marked)[:8])
        more = " and others" if len(marked) > 8 else ""
        alt = f"{name}, as expected and as it came: {rows} by {columns}. Wrong: {told}{more}."
        caption = f"{name}. What is wrong has a strong edge."
        return sheet.drawing(alt, caption)._repr_mimebundle_()["text/html"]


def _wrapped(line):
    return textwrap.wrap(
        line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    ) or [""]


def _name(array, index):
    return f"{array}[{', '.join(map(str, index))}]"


def _number(value):
    """Write a number shortly."""
    return f"{float(value):.6g}"


def _brief(value):
    """Write a number so that it fits into a cell."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"


def _times(term):
    names = " · ".join(_name(*place) for place in term.places)
    if len(term.numbers) == 1:
        return f"{names} = {_number(term.numbers[0])}"
    numbers = " · ".join(f"({_number(n)})" if n < 0 else _number(n) for n in term.numbers)
    return f"{names} = {numbers} = {_number(np.prod(term.numbers))}"


def _mark(term):
    """Say what is wrong with a term."""
    if term.due == term.got:
        return ""
    if term.got == 0:
        return "   ← missing"
    if term.due == 0:
        return "   ← too many" if term.got == 1 else f"   ← too many, taken {term.got} times"
    return f"   ← taken {term.got} times"
