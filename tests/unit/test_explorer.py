"""The explorer as Python sees it: its traits, what it refuses, what it shows where."""

import itertools
import json
import re

import ipywidgets
import numpy as np
import pytest

import convlib
from convlib import explorer, figures, palette
from convlib._views import ARRAYS
from convlib.explorer import CONTROLS, LIMITS, VIEWS, WithStill, explore
from convlib.figures.stills import still
from tests import explorer_states as states
from tests.drawn import Picture


def state(widget):
    """Return the data that the page gets."""
    bundle, _ = widget._repr_mimebundle_()
    return json.loads(
        re.search(r'<script type="application/json">(.*?)</script>', bundle["text/html"])[1]
    )


# ---------------------------------------------------------------------------------------------
# Traits


@pytest.mark.parametrize("name", ["view", "cell", *CONTROLS])
def test_a_setting_is_a_synced_trait(name):
    assert name in explore().keys
    assert name in explore().get_state()


def test_observe_sees_a_change():
    seen = []
    widget = explore()
    widget.observe(lambda change: seen.append((change["name"], change["new"])), ["stride", "cell"])
    widget.stride = 2
    widget.set_state({"cell": ["dy", 0, 1]})  # as it comes from a page
    assert seen == [("stride", 2), ("cell", ("dy", 0, 1))]


def test_link_and_interactive_output_work():
    widget, slider = explore(stride=3), ipywidgets.IntSlider(1, 1, 3)
    ipywidgets.link((widget, "stride"), (slider, "value"))
    assert slider.value == 3
    slider.value = 2
    assert widget.stride == 2
    ipywidgets.jslink((widget, "padding"), (ipywidgets.IntSlider(), "value"))
    got = []
    ipywidgets.interactive_output(lambda stride: got.append(stride), {"stride": slider})
    widget.stride = 1
    assert got == [2, 1]


# ---------------------------------------------------------------------------------------------
# What is refused


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"view": "back"}, ValueError, f"view: must be one of {', '.join(VIEWS)}, got 'back'"),
        ({"views": ["dx", "up"]}, ValueError, "views: must be one of .* got 'up'"),
        ({"views": ["dw"]}, ValueError, r"views: must contain the view 'dx', got \['dw'\]"),
        ({"stride": 0}, ValueError, "stride: must be from 1 to 3, got 0"),
        ({"padding": 3}, ValueError, "padding: must be from 0 to 2, got 3"),
        ({"dilation": 3}, ValueError, "dilation: must be from 1 to 2, got 3"),
        ({"size": 7}, ValueError, "size: must be from 3 to 6, got 7"),
        ({"kernel": 5}, ValueError, "kernel: must be from 1 to 4, got 5"),
        ({"output_padding": 3}, ValueError, "output_padding: must be from 0 to 2, got 3"),
        (
            {"view": "stamp", "output_padding": 1},
            ValueError,
            "output_padding: stride and dilation leave only 0, got 1",
        ),
        (
            {"view": "groups", "groups": 3},
            ValueError,
            "groups: channels and filters leave only 1, 2, 4, got 3",
        ),
        ({"view": "groups", "channels": 7}, ValueError, "channels: must be from 1 to 6, got 7"),
        ({"view": "groups", "x": [[1]]}, ValueError, "x: of no use here, the view 'groups' shows"),
        ({"view": "groups", "w": [[1]]}, ValueError, "w: of no use here, the view 'groups' shows"),
        ({"stride": 1.5}, TypeError, "stride: must be an int, got 1.5"),
        ({"stride": "2"}, TypeError, "stride: must be an int, got '2'"),
        (
            {"cell": "dx"},
            TypeError,
            r"cell: must be a tuple \(name, row, column\) or \(\), got 'dx'",
        ),
        (
            {"cell": ("w", 0, 0)},
            ValueError,
            r"cell: .* name one of dw, dx, dy, x, y; got \('w', 0, 0\)",
        ),
        ({"cell": ("dx", 0)}, ValueError, r"cell: must be \(name, row, column\)"),
        ({"cell": ("dx", 0, 0.5)}, TypeError, "cell: row and column must be ints"),
        ({"cell": ("dx", -1, 0)}, ValueError, "cell: row and column must be at least 0"),
        ({"x": [1, 2, 3]}, ValueError, "x: "),
        (
            {"x": np.zeros((17, 2))},
            ValueError,
            r"x: must have 1 to 16 rows and columns, got \(17, 2\)",
        ),
        ({"w": np.zeros((0, 2))}, ValueError, r"w: "),
        ({"x": [["a"]]}, TypeError, "x: "),
    ],
)
def test_bad_input_is_refused_by_name(given, error, message):
    with pytest.raises(error, match=message):
        explore(**given)


@pytest.mark.parametrize(("name", "value"), [("stride", 9), ("view", "up"), ("cell", ("q", 1, 1))])
def test_a_trait_refuses_too_and_stays_as_it_was(name, value):
    widget = explore()
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=f"^{name}: "):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


# ---------------------------------------------------------------------------------------------
# Arrays


def test_the_arrays_are_those_of_the_settings():
    widget = explore(size=6, kernel=2, stride=2, padding=0)
    assert widget.x.shape == (1, 1, 6, 6)
    assert widget.w.shape == (1, 1, 2, 2)
    assert widget.dy.shape == convlib.conv2d(widget.x, widget.w, **widget.settings).shape
    np.testing.assert_array_equal(widget.x[0, 0], explorer.X)


def test_own_arrays_are_shown_whole_and_hide_their_controls():
    x, w = np.arange(28).reshape(4, 7), np.array([[1.5, -2]])
    widget = explore(x, w)
    np.testing.assert_array_equal(widget.x[0, 0], x)
    np.testing.assert_array_equal(widget.w[0, 0], w)
    assert state(widget)["fixed"] == ["size", "kernel"]
    assert widget.dy.shape == (1, 1, 6, 8)
    assert repr(widget) == "Explorer(view='dx', stride=1, padding=1, dilation=1, cell=('dx', 1, 1))"


@pytest.mark.parametrize(("x", "w"), [(None, None), (np.ones((16, 16)), np.ones((1, 1)))])
def test_the_table_of_dy_is_large_enough_for_every_state(x, w):
    widget = explore(x, w)
    widget.padding = LIMITS["padding"][1]
    if w is None:
        widget.size, widget.kernel = LIMITS["size"][1], LIMITS["kernel"][0]
    assert widget.dy.shape == convlib.conv2d(widget.x, widget.w, **widget.settings).shape


def test_where_the_kernel_does_not_fit_dy_says_so():
    widget = explore(size=3, kernel=4, padding=0)
    with pytest.raises(ValueError, match="kernel: spans 4"):
        _ = widget.dy


def test_a_flipped_kernel_is_seen_to_be_one():
    """The default weights have no symmetry that would hide it."""
    w = np.array(explorer.W)
    for k in range(2, 5):
        corner = w[:k, :k]
        for turned in (corner[::-1, ::-1], corner[::-1], corner[:, ::-1], corner.T):
            assert not np.array_equal(corner, turned)
    assert len(np.unique(w[:3, :3])) == 9


# ---------------------------------------------------------------------------------------------
# What is shown


@pytest.mark.parametrize("view", VIEWS)
def test_mimebundle_has_a_widget_a_page_and_a_text(view):
    widget = explore(view=view)
    bundle, _ = widget._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert bundle["text/plain"] == repr(widget)
    assert bundle["text/html"].startswith(f'<div class="cl-explorer" data-view="{view}">')
    assert re.search(r'<svg role="img" aria-label="[^"]+', bundle["text/html"])
    said = ", ".join(f"{name} 1" for name in widget.settings).capitalize() + "."
    said = "4 channels, 4" if view == "groups" else said
    assert f"<figcaption>{said}" in bundle["text/html"]


def test_the_page_gets_the_state_that_the_widget_has():
    widget = explore(size=6, stride=2)
    widget.padding, widget.cell = 0, ("dy", 1, 0)
    got = state(widget)
    assert (got["size"], got["stride"], got["padding"], got["cell"]) == (6, 2, 0, ["dy", 1, 0])
    assert got["tables"] == {"x": explorer.X, "w": explorer.W, "dy": explorer.DY}


def test_the_page_gets_the_table_of_those_views_that_it_can_show():
    assert list(state(explore(view="dw"))["catalogue"]["views"]) == ["dw"]
    widget = explore(view="dx", views=["dx", "shape"])
    assert list(state(widget)["catalogue"]["views"]) == ["dx", "shape"]
    widget.view = "forward"
    assert list(state(widget)["catalogue"]["views"]) == ["forward", "dx", "shape"]
    assert list(widget.catalogue["views"]) == list(VIEWS)


def test_no_text_can_end_the_script_element():
    widget = explore()
    widget.views = ["</script><b>"]
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert "</script><b>" not in html
    assert state(widget)["views"] == ["</script><b>"]


@pytest.mark.parametrize("view", ["forward", "dx", "dw"])
def test_the_still_writes_the_sum_that_convlib_computes(view):
    for settings in states.every_setting()[::23]:
        got = states.layer(view, **settings)
        for cell in states.choosable(view, got)[::7]:
            picture = still(view, got.x[0, 0], got.w[0, 0], got.dy[0, 0], cell, **got.settings)
            formula = picture.caption.split("Chosen: ")[1].rstrip(".")
            value = states.number(getattr(got, cell[0])[0, 0, cell[1], cell[2]])
            assert formula.startswith(f"{cell[0]}[{cell[1]},{cell[2]}] = ")
            *sums, last = formula.split(" = ")[1:]
            assert last == value
            lines = states.chosen(view, got, cell)["lines"]
            if sums:
                assert lines[1] == f"= {sums[0]} = {value}"


def test_the_still_of_the_spread_row_writes_what_meets():
    for settings in states.every_setting()[::23]:
        got = states.layer("spread", **settings)
        for cell in states.choosable("spread", got):
            picture = still("spread", got.x[0, 0], got.w[0, 0], got.dy[0, 0], cell, **got.settings)
            (line,) = (one for one in states.chosen("spread", got, cell)["lines"] if "dx[" in one)
            assert picture.caption.split("Chosen: ")[1] == f"{line.split(':')[0]}."
    widget = explore(view="spread", size=6, cell=("dx", 1, 1))
    assert "Chosen" not in widget._still().caption, "there is one row only"


def test_the_still_of_a_transposed_convolution_draws_what_the_widget_shows():
    for settings in states.every_setting("stamp")[::29]:
        got = states.layer("stamp", **settings)
        for cell in [(), *states.choosable("stamp", got)]:
            picture = Picture(explore(view="stamp", cell=cell, **settings)._still())
            lines = states.OWN["stamp"].explanation(got, cell)[0] if cell else []
            said = [line.split(" goes")[0].split(":")[0] for line in lines if " = " in line]
            if cell and cell[0] == "y" and len(said) > 1:
                said = [f"{said[0].split(' = ')[0]} {said[1]}"]
            chosen = f" Chosen: {said[0]}." if said else ""
            assert picture.caption.split("Output padding")[1] == (
                f" {settings['output_padding']}.{chosen}"
            )
            if got.fits:
                expect_stamps(picture, got, cell)
    assert "Chosen" not in explore(view="stamp", cell=("y", 0, 30))._still().caption
    assert "Chosen" not in explore(view="stamp", cell=("x", 1, 0))._still().caption


def expect_stamps(picture, got, cell):
    """Compare the cells of a still with those of the widget."""
    pad, cells = got.settings["padding"], states.OWN["stamp"].cells(got)
    lit = states.OWN["stamp"].lit(got, cell) if cell else {}
    lit |= {f"{cell[0]} 0,{cell[2]}": ""} if cell else {}
    drawn = {"x": picture.grid("x"), "y": picture.grid("y")}
    stamps = [grid.cells[0, 0] for grid in picture.grids if grid.name == "w"]
    for name, at, x, _, text, kind, _ in cells:
        n = int(at.split(",")[1])
        if name == "w":
            one = stamps.pop(0)
            assert one.x - drawn["y"].cells[0, 0].x == pytest.approx(float(x) - 1.1)
        else:
            one = drawn[name].cells[(n, 0) if name == "x" else (0, n + pad)]
        assert (one.text, one.dashed, one.hatched) == (text, "pad" in kind, "unread" in kind)
        assert one.strong == (f"{name} {at}" in lit), (name, at)
    assert not stamps


def test_the_still_of_channels_draws_what_the_widget_shows():
    for settings in states.every_setting("groups")[::9]:
        got = states.layer("groups", **settings)
        sizes = "{channels} channels, {filters} filters, {groups} groups".format(**settings)
        for cell in [(), *states.choosable("groups", got)]:
            picture = Picture(explore(view="groups", cell=cell, **settings)._still())
            lit = states.OWN["groups"].lit(got, cell) if cell else {}
            strong = {*lit, *([f"{cell[0]} {cell[1]},{cell[2]}"] if cell else [])}
            drawn = {}
            for grid in picture.grids:
                for (r, c), one in grid.cells.items():
                    drawn[grid.name, f"{r},{c}"] = (one.text, one.dashed, one.strong)
            expected = {
                (name, at): (text, kind == "pad", f"{name} {at}" in strong)
                for name, at, _, _, text, kind, _ in states.OWN["groups"].cells(got)
            }
            assert drawn == expected
            said = states.OWN["groups"].explanation(got, cell)[0][0] if cell else ""
            short = re.sub(r" (with|through) w\[\d,\d\]", "", said)
            kernel = settings["kernel"]
            assert picture.caption == (
                f"{sizes}, kernels of {kernel} × {kernel}.{f' Chosen: {short}.' if cell else ''}"
            )
    for gone in (("y", 7, 0), ("dx", 0, 5), ("y", 0, 1), ("dx", 1, 0)):
        assert "Chosen" not in explore(view="groups", cell=gone)._still().caption


def test_groups_that_do_not_divide_are_narrowed_in_the_still_as_on_the_page():
    widget = explore(view="groups", channels=6, filters=6, groups=6)
    widget.filters = 4
    assert "6 channels, 4 filters, 2 groups" in widget._still().caption
    assert widget.groups == 6


def test_where_the_padding_leaves_nothing_the_still_says_so():
    widget = explore(view="stamp", size=3, kernel=1, padding=2, cell=("x", 0, 0))
    assert "3 entries, of which 0 are left" in widget._still().alt
    widget.stride, widget.output_padding = 2, 2
    assert "Output padding 1." in widget._still().caption, "as far as the stride allows"


def test_the_still_of_what_does_not_fit_says_so():
    picture = explore(size=3, kernel=4, padding=0)._still()
    assert "does not fit" in picture.alt
    assert "spans 4" in picture.alt


def test_a_chosen_cell_that_is_not_there_is_not_in_the_still():
    widget = explore(cell=("dx", 5, 5))
    assert "Chosen" not in widget._still().caption
    widget.size = 6
    assert "Chosen: dx[5,5]" in widget._still().caption


def test_the_tables_of_views_and_arrays_agree():
    for view in VIEWS.values():
        assert {view.over, *view.choose} <= set(view.arrays) <= set(ARRAYS)
        # a window of pooling has no weights: what its dy is worth is laid over dx
        assert view.over not in view.choose or view.arrays == ("x", "dx", "dy")
        assert set(view.controls) <= set(CONTROLS)
    for array in ARRAYS.values():
        assert array.role in palette.ROLES
        assert set(array.factors) <= {name for name, other in ARRAYS.items() if not other.factors}


@pytest.mark.parametrize("view", VIEWS)
def test_the_cell_that_is_chosen_at_first_is_there(view):
    widget = explore(view=view)
    assert widget.cell[0] == VIEWS[view].choose[0]
    assert "Chosen" in widget._still().caption or view == "shape"
    first = {name: getattr(widget, name) for name in VIEWS[view].controls}
    assert widget.cell in states.choosable(view, states.layer(view, **first))


def test_with_still_shows_the_picture_where_there_is_no_kernel():
    picture = figures.kernel_steps(5, 3)
    panel = WithStill(ipywidgets.VBox([explore()]), still=picture, note="Run <it>.")
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert picture.svg in bundle["text/html"]
    assert "Run &lt;it&gt;." in bundle["text/html"]
    assert isinstance(panel.still, figures.Drawing)


def test_no_cell_need_be_chosen():
    widget = explore(cell=())
    assert widget.cell == ()
    assert "Chosen" not in widget._still().caption


def test_a_cell_of_another_view_is_not_in_the_still():
    widget = explore(cell=("dx", 1, 1))
    assert "Chosen: dx[1,1]" in widget._still().caption
    widget.view = "forward"
    assert "Chosen" not in widget._still().caption


# ---------------------------------------------------------------------------------------------
# The script's own tests (test_explorer_script.py) compare every state with digests of these states


def test_the_digests_are_those_of_convlib(pytestconfig):
    """All of them with --full; else of settings that hold every pair of values, in each view."""
    stored = json.loads(states.DIGESTS.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(states.page_state())) == stored["state"]
    full = pytestconfig.getoption("full")
    for view, digests in stored["digests"].items():
        settings = states.every_setting(view)
        sample = settings if full else states.every_pair(view)
        assert len(digests) == len(settings)
        for values in sample:
            digest = digests[settings.index(values)]
            assert states.digest(view, values) == digest, (
                f"{view} {values}: run  python -m tests.explorer_states  and look at the change"
            )
    assert list(stored["digests"]) == list(VIEWS)


def test_a_sample_holds_every_pair_of_values():
    sample = states.every_pair()
    assert len(sample) < 30
    for one, other in itertools.combinations(LIMITS, 2):
        ranges = [range(low, high + 1) for low, high in (LIMITS[one], LIMITS[other])]
        seen = {(values[one], values[other]) for values in sample}
        assert seen == set(itertools.product(*ranges))


@pytest.mark.parametrize("view", VIEWS)
def test_the_code_that_is_shown_computes_what_is_shown(view):
    """The script shows these lines, as its own tests say. Here they run."""
    for settings in states.every_pair(view):
        got = states.layer(view, **settings)
        for cell in states.choosable(view, got):
            ours, theirs = states.code(view, got, cell)
            if view in states.OWN:
                value = eval(ours, {"convlib": convlib, **states.OWN[view].given(got)})
                states.OWN[view].expect_code(got, cell, value)
                continue
            given = {"x": got.x, "w": got.w, "dy": got.dy}
            if view == "spread":
                given = {name: array[:, :, 0] for name, array in given.items()}
            value = eval(ours, {"convlib": convlib, **given})
            if view == "shape":
                assert value == got.sizes.output[1]
            elif view in states.POOLS:
                shown = getattr(got, {"dy": "y"}.get(cell[0], "dx"))[0, 0, cell[1], cell[2]]
                assert value == pytest.approx(shown)
                place = f"[0, 0, {cell[1]}, {cell[2]}]"
                assert ours.endswith(place)
                assert theirs.endswith(place)
            elif cell[0] == "dy":
                np.testing.assert_array_equal(value, got.dx)
            else:
                assert value == getattr(got, cell[0])[0, 0, cell[1], cell[2]]
                assert re.search(r"\[.*\]$", ours)[0] == re.search(r"\[.*\]$", theirs)[0]
