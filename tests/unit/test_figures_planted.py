"""Mistakes planted in the drawing code: each must fail a test that looks at what is drawn.

A mistake is one replacement in one module. The tests named with it run once as they are, and once
with the mistake, where at least one of them must fail.
"""

import importlib
import inspect
import itertools
import sys
import types

import pytest

from tests.unit import test_figures as work
from tests.unit import test_figures_stills as stills
from tests.unit import test_figures_svg as canvas
from tests.unit import test_figures_tables as tables

STEPS = [work.test_each_weight_stands_under_the_input_that_it_reads]
ROW = [work.test_a_row_of_inputs_has_its_zeros_and_says_what_is_not_read]
COUNTS = [work.test_the_remainder_is_framed_and_the_words_count_right]
REACH = [work.test_pixel_reach_lays_the_weights_into_each_window_that_holds_the_pixel]
ARROWS = [work.test_every_product_is_an_arrow_from_dy_to_dx]
LABELS = [work.test_the_arrows_into_the_pixel_carry_their_weights]
SPREAD = [work.test_the_rotated_kernel_over_the_spread_dy_gathers_dx]
READS = [work.test_weight_reads_frames_what_the_weight_meets]
SUMS = [work.test_three_products_are_those_of_the_first_window]
COLUMNS = [work.test_the_first_window_is_the_first_column_and_the_row_times_it_is_y]
BOTH = [tables.test_the_matrix_of_a_row_times_x_is_y]
IMAGE = [tables.test_the_matrix_of_an_image_times_its_pixels_is_y]
POOL = [tables.test_max_pool_routes_show_what_the_backward_pass_gives]
DOTS = [tables.test_detection_matrix_has_a_full_dot_where_a_mistake_is_noticed]
GROUPS = [tables.test_group_blocks_join_the_filters_to_the_channels_that_they_read]
COUNTED = [tables.test_count_maps_mark_the_largest_and_leave_zeros_plain]
CHOSEN = [stills.test_a_chosen_cell_marks_all_that_it_meets]
POOLED = [stills.test_a_still_of_pooling_shows_who_is_paid]
STILL = [stills.test_a_still_shows_the_three_arrays_and_the_padding]
SHEET = [canvas.test_what_is_drawn_is_read_back]

MISTAKES = {
    "kernel one place to the right": (
        "_convolution",
        "left + before + i\n",
        "left + before + i + 1\n",
        STEPS,
    ),
    "stride ignored": (
        "_convolution",
        "stride=stride, padding=pairs",
        "stride=1, padding=pairs",
        STEPS,
    ),
    "padding counted once": (
        "_convolution",
        "np.arange(padded) - before\n    outside",
        "np.arange(padded)\n    outside",
        ROW,
    ),
    "dilation not shown": ("_convolution", "step=dilation)", "step=1)", STEPS),
    "remainder framed at the start": (
        "_convolution",
        "left + padded - rest, top, rest",
        "left, top, rest",
        COUNTS,
    ),
    "entries not read not hatched": ("_convolution", "hatched=unread[None]", "hatched=None", ROW),
    "one zero too many in the words": (
        "_convolution",
        "zeros = sum(g.padding[0])",
        "zeros = sum(g.padding[0]) + 1",
        COUNTS,
    ),
    "windows one row lower": (
        "_convolution",
        "sheet.frame(x, y, *g.extent[::-1]",
        "sheet.frame(x, y + 1, *g.extent[::-1]",
        REACH,
    ),
    "height and width of a window swapped": (
        "_convolution",
        "sheet.frame(x, y, *g.extent[::-1]",
        "sheet.frame(x, y, *g.extent",
        REACH,
    ),
    "another pixel marked": (
        "_convolution",
        "tuple(_padded(g, pixel) - first)",
        "tuple(_padded(g, pixel[::-1]) - first)",
        REACH,
    ),
    "weights laid in reversed": (
        "_convolution",
        'subscript("w", *weight), role="kernel", bold',
        'subscript("w", *weight[::-1]), role="kernel", bold',
        REACH,
    ),
    "the remainder like the border": (
        "_convolution",
        "end = length - border - g.remainder[axis]",
        "end = length - border",
        SPREAD,
    ),
    "weights in the frame not rotated": (
        "_convolution",
        "np.ndenumerate(rotated)",
        "np.ndenumerate(rotated[::-1, ::-1])",
        SPREAD,
    ),
    "words name another weight": (
        "_convolution",
        "{subscript('w', *k)}\" for o, k in readers",
        "{subscript('w', *k[::-1])}\" for o, k in readers",
        REACH,
    ),
    "w transposed in its names": (
        "_convolution",
        "subscript(letter, i, j) for j",
        "subscript(letter, j, i) for j",
        READS,
    ),
    "arrow to the next cell": (
        "_convolution",
        "end = (left + step * (before + i) + 0.5",
        "end = (left + step * (before + i + 1) + 0.5",
        ARROWS,
    ),
    "arrows from the padding in colour": (
        "_convolution",
        "product.i == (pixel,)",
        "product.k == (0,)",
        ARROWS,
    ),
    "weight names on the wrong arrows": (
        "_convolution",
        'y, f"w[{k}]", role="kernel"',
        'y, f"w[{kernel - 1 - k}]", role="kernel"',
        LABELS,
    ),
    "kernel not rotated": ("_convolution", "[::-1, ::-1]\n", "\n", SPREAD),
    "window of dx without the padding": (
        "_convolution",
        "row, column = _padded(g, at)",
        "row, column = at",
        SPREAD,
    ),
    "what another weight meets": (
        "_convolution",
        "if k == tuple(weight)",
        "if k == tuple(weight)[::-1]",
        READS,
    ),
    "padding of zeros in the colour of x": (
        "_svg",
        "own = c * step * CELL, r * CELL, None if empty else role",
        "own = c * step * CELL, r * CELL, role",
        READS,
    ),
    "bias forgotten in the sum": (
        "_convolution",
        "total = sum(sums) + float(b)",
        "total = sum(sums)",
        SUMS,
    ),
    "y over the wrong columns": (
        "_convolution",
        '"output", x2, top + taps',
        '"output", x2 + 1, top + taps',
        COLUMNS,
    ),
    "matrix transposed": ("_tables", "names[o, i] = ", "names[i % out, o] = ", BOTH),
    "rows of the image confused": (
        "_tables",
        "np.ravel_multi_index(i, size)",
        'np.ravel_multi_index(i, size, order="F")',
        IMAGE,
    ),
    "last of equal winners": ("_tables", "max(places, key=", "max(reversed(places), key=", POOL),
    "full and open dots swapped": ("_tables", "if seen:", "if not seen:", DOTS),
    "groups interleaved": ("_tables", "row // (filters // groups)", "row % groups", GROUPS),
    "least marked in place of most": (
        "_tables",
        "counts == counts.max()",
        "counts == counts.min()",
        COUNTED,
    ),
    "title missing": ("_svg", "if title:", "if False:", COUNTED),
    "dy in the colour of dx": ("stills", "words, ARRAYS[name].role", 'words, "downstream"', STILL),
    "chosen cell not shifted by the padding": (
        "stills",
        "(r + first[0], c + first[1])",
        "(r, c)",
        CHOSEN,
    ),
    "unread entries of a still not hatched": ("stills", "hatched=unread", "hatched=None", STILL),
    "rings of a still where the windows are counted": (
        "stills",
        "{p.i for p in found}",
        "{p.o for p in found}",
        POOLED,
    ),
    "arrow of a still to another row": (
        "stills",
        '("dx", i)',
        '("dx", i[::-1])',
        CHOSEN,
    ),
    "dashed and solid swapped": ("_svg", "if dashed else", "if not dashed else", SHEET),
    "head at the start of the arrow": (
        "_svg",
        "M{_point((x1, y1), 1)}",
        "M{_point((x0, y0), 1)}",
        SHEET,
    ),
}


def settings(test):
    """List the keyword arguments with which pytest runs a test."""
    choices = [{}]
    for mark in getattr(test, "pytestmark", []):
        names = mark.args[0] if isinstance(mark.args[0], tuple) else (mark.args[0],)
        values = [v if isinstance(mark.args[0], tuple) else (v,) for v in mark.args[1]]
        choices = [
            {**one, **dict(zip(names, value, strict=True))}
            for one, value in itertools.product(choices, values)
        ]
    return choices


def plant(monkeypatch, module, old, new):
    """Put functions and classes of a module with one replacement in place of its own."""
    original = importlib.import_module(f"convlib.figures.{module}")
    source = inspect.getsource(original)
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in {module}"
    wrong = types.ModuleType(original.__name__)
    exec(compile(source.replace(old, new), original.__file__, "exec"), wrong.__dict__)
    replaced = {id(value): vars(wrong)[name] for name, value in vars(original).items()
                if getattr(value, "__module__", None) == original.__name__}  # fmt: skip
    places = [m for name, m in sys.modules.items() if name.startswith("convlib.figures")]
    for place in [*places, stills, canvas]:
        for name, value in list(vars(place).items()):
            if id(value) in replaced and place is not original:
                monkeypatch.setattr(place, name, replaced[id(value)])


def failures(tests, *, every=1):
    """Run tests until one fails, and return what it said."""
    for test in tests:
        for setting in settings(test)[::every]:
            try:
                test(**setting)
            except (AssertionError, ValueError, LookupError) as error:
                return error
    return None


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_seen(name, monkeypatch):
    module, old, new, tests = MISTAKES[name]
    plant(monkeypatch, module, old, new)
    assert failures(tests) is not None


@pytest.mark.parametrize("module", ["_svg", "_convolution", "_tables", "stills"])
def test_without_a_mistake_nothing_is_seen(module, monkeypatch):
    """What is planted takes the place of the module, and by itself breaks nothing."""
    plant(monkeypatch, module, "import numpy as np\n", "import numpy as np  # the same\n")
    seen_by = {test for where, *_, tests in MISTAKES.values() if where == module for test in tests}
    assert seen_by
    assert failures(seen_by, every=3) is None
