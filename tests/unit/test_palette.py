"""Colours can be read in light and in dark mode: contrast by WCAG 2, at least 4.5 (level AA)."""

import re

import pytest

from convlib import palette

READABLE = 4.5
MODES = ("light", "dark")
PAPER = palette.NEUTRALS["paper"]


def luminance(colour):
    """Return the relative luminance of ``#rrggbb``, by the definition of WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", palette.ROLES)
def test_line_and_ink_are_readable_on_fill_and_paper(role, mode):
    fill, line = (getattr(palette.ROLES[role][part], mode) for part in ("fill", "line"))
    ink, paper = (getattr(palette.NEUTRALS[name], mode) for name in ("ink", "paper"))
    for front in (line, ink):
        for back in (fill, paper):
            assert contrast(front, back) >= READABLE, (front, back)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["ink", "muted"])
def test_text_is_readable_on_paper(name, mode):
    assert contrast(getattr(palette.NEUTRALS[name], mode), getattr(PAPER, mode)) >= READABLE


@pytest.mark.parametrize("mode", MODES)
def test_roles_differ_in_colour(mode):
    for part in ("fill", "line"):
        colours = {getattr(parts[part], mode) for parts in palette.ROLES.values()}
        assert len(colours) == len(palette.ROLES)


def test_every_colour_is_six_digits():
    shades = palette.properties().values()
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for shade in shades for colour in shade)


def test_style_sheet_defines_every_property_in_both_modes():
    light, dark = palette.css().split("html[data-theme", 1)
    for name, shade in palette.properties().items():
        assert f"  {name}: {shade.light};\n" in light
        assert f"  {name}: {shade.dark};\n" in dark
    assert palette.css().count("--cl-") == 2 * len(palette.properties()) == 2 * (2 * 5 + 4)
