"""Curves over axes: the only figures that Matplotlib draws.

Each function returns a `Drawing`, as the other figures do. Matplotlib's axes and ticks become part
of the page: its colours turn into the custom properties of `convlib.palette`.
"""

import hashlib
import io
import re

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from convlib import palette
from convlib.figures._svg import Drawing, short, svg

STYLE = "convlib.figures.plots"


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
    >>> draw(Figure(figsize=(1, 1)), alt="Nothing yet")
    Figure: Nothing yet
    """
    raw = io.StringIO()
    with style.context(STYLE):
        fig.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    width, height = fig.get_size_inches() * 96
    points = f'transform="scale({4 / 3:.4f})" style="text-anchor:start"'
    body = f"<g {points}>{_inline(raw.getvalue())}</g>"
    return Drawing(svg(width, height, body, alt), alt, caption)


def _inline(svg):
    """Return what stands in a stand-alone SVG, fit to stand among others in a page."""
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.S)
    # Matplotlib's style rule is for "*", which would be every element of the page
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.S)
    # Its font is the page's. Older versions write one property for all that a font has.
    body = re.sub(r"font: (?:\d+ )?([\d.]+px)[^;\"]*", r"font-size: \1", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    body = re.sub(r"<[^>]+>", lambda tag: re.sub(r"\d+\.\d{2,}", _tenths, tag[0]), body)
    prefix = "f" + hashlib.sha256(svg.encode()).hexdigest()[:8]
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", body)
    body = re.sub(r'(url\(#|href="#|id=")(?=[^)"])', rf"\1{prefix}", body)
    for name, shade in palette.properties().items():
        body = body.replace(shade.light, f"var({name},{shade.light})")
    return re.sub(r"\s*\n\s*", "\n", body)


def _tenths(length):
    """Write the length that was found with one decimal at most, as the other figures do."""
    return short(length[0])


def line_colour(role):
    """Return the line colour of a role, as Matplotlib takes it."""
    return palette.ROLES[role]["line"].light


def lines(curves, *, xlabel, ylabel, log=False, caption=""):
    """Plot curves over a common axis.

    Parameters
    ----------
    curves : dict of str to (array_like, array_like, str)
        Label to (x, y, role).
    xlabel, ylabel : str
    log : bool, default False
        Whether the vertical axis is logarithmic.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> lines({"loss": ([0, 1], [2, 0.5], "output")}, xlabel="step", ylabel="loss").alt
    'loss against step. loss: from 2 to 0.5.'
    """
    with style.context(STYLE):
        fig = Figure(figsize=(6.4, 3.3), layout="constrained")
        ax = fig.add_subplot(xlabel=xlabel, ylabel=ylabel)
        if log:
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        for label, (x, y, role) in curves.items():
            marker = "o" if len(x) < 40 else ""
            ax.plot(x, y, marker=marker, color=line_colour(role), label=label, linewidth=1.4)
        ax.legend(labelcolor="linecolor")
    said = " ".join(
        f"{label}: from {y[0]:.3g} to {y[-1]:.3g}." for label, (_, y, _) in curves.items()
    )
    return draw(fig, alt=f"{ylabel} against {xlabel}. {said}", caption=caption)


def dots(names, series, *, xlabel, line=None, caption=""):
    """Plot a few positive numbers for each of several names, on a logarithmic axis.

    Parameters
    ----------
    names : list of str
        What stands on the vertical axis, from the top.
    series : dict of str to (array_like, str)
        Label to (a number for each name, role). A number that is nan is left out.
    xlabel : str
    line : float, optional
        Where to draw a vertical line to compare with.
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> dots(["a", "b"], {"new": ([1, 20], "output")}, xlabel="seconds").alt
    'seconds, logarithmic. new: a 1, b 20.'
    """
    known = [v for values, _ in series.values() for v in values if v == v]
    with style.context(STYLE):
        fig = Figure(figsize=(6.4, 1.2 + 0.28 * len(names)), layout="constrained")
        ax = fig.add_subplot(xlabel=xlabel, xscale="log")
        ax.xaxis.set_major_formatter(lambda value, _: _plain(value))
        ax.xaxis.set_minor_formatter(lambda value, _: "")
        if max(known) < 100 * min(known):
            ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.set_yticks(range(len(names)), names)
        ax.invert_yaxis()
        ax.grid(axis="y", alpha=0.3)
        if line is not None:
            ax.axvline(line, color=palette.NEUTRALS["muted"].light, linewidth=1)
        for marker, (label, (values, role)) in zip("osD^", series.items(), strict=False):
            ax.plot(values, range(len(names)), marker, color=line_colour(role), label=label)
        if len(series) > 1:
            fig.legend(loc="outside upper right", ncols=len(series), labelcolor="linecolor")
        else:
            ax.margins(x=0.15)
            for row, value in enumerate(values):
                beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
                ax.annotate(_plain(value), (value, row), **beside)
    said = []
    for label, (values, _) in series.items():
        pairs = zip(names, values, strict=True)
        said.append(f"{label}: {', '.join(f'{n} {_plain(v)}' for n, v in pairs if v == v)}.")
    return draw(fig, alt=f"{xlabel}, logarithmic. {' '.join(said)}", caption=caption)


def step_errors(steps, curves, *, caption=""):
    """Plot the error of a difference quotient against its step, both on logarithmic axes.

    Parameters
    ----------
    steps : ndarray
    curves : dict of str to (ndarray, str)
        Label to (errors, role).
    caption : str, optional

    Returns
    -------
    Drawing

    Examples
    --------
    >>> step_errors([0.1, 0.01], {"a line": ([1e-3, 1e-5], "input")}).alt
    'Relative error against step h, both logarithmic. a line: least at h = 1e-02.'
    """
    with style.context(STYLE):
        fig = Figure(figsize=(6.4, 3.5), layout="constrained")
        ax = fig.add_subplot(xlabel="step h", ylabel="relative error", xscale="log", yscale="log")
        ax.xaxis.set_major_formatter(_power)
        ax.yaxis.set_major_formatter(_power)
        said = []
        for marker, (label, (errors, role)) in zip("osD^", curves.items(), strict=False):
            ax.plot(steps, errors, marker=marker, color=line_colour(role), label=label)
            best = int(np.argmin(errors))
            said.append(f"{label}: least at h = {steps[best]:.0e}.")
        ax.legend(labelcolor="linecolor")
    alt = "Relative error against step h, both logarithmic. " + " ".join(said)
    return draw(fig, alt=alt, caption=caption)


def _plain(value):
    """Write a number with three digits, and never with an exponent."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _power(value, _):
    """Label a tick without mathtext, which would not stay text."""
    exponent = round(np.log10(value))
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
