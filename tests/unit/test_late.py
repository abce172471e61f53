"""A module is loaded when it is asked for, and what it lacks is named with the way to get it."""

import sys

import pytest

from convlib import _late, figures


@pytest.fixture
def without(monkeypatch):
    """A function that makes a library, and a module of ours that needs it, look not installed."""

    def hide(library, module):
        monkeypatch.setitem(sys.modules, library, None)
        monkeypatch.delitem(sys.modules, module, raising=False)
        package, _, name = module.rpartition(".")
        monkeypatch.delattr(sys.modules[package], name, raising=False)

    return hide


def test_a_library_that_is_missing_is_named_with_its_extra(without):
    without("matplotlib", "convlib.figures.plots")
    with pytest.raises(ImportError, match=r'plots needs matplotlib.*backwards\[figures\]"$'):
        _ = figures.plots


def test_without_an_extra_the_error_stays_what_it_was(without):
    without("matplotlib", "convlib.figures.plots")
    with pytest.raises(ModuleNotFoundError):
        _late.load("convlib.figures.plots")


def test_a_module_of_ours_that_is_missing_is_no_extra():
    with pytest.raises(ModuleNotFoundError, match=r"convlib\.nowhere"):
        _late.load("convlib.nowhere", "figures")


def test_figures_have_no_other_late_name():
    with pytest.raises(AttributeError, match="polts"):
        _ = figures.polts
