"""What the figures of one convolution draw: every cell, frame and arrow, against NumPy alone."""

import itertools
import re

import numpy as np
import pytest

import convlib
from convlib import figures
from tests.drawn import Picture, named, products

ROWS = [
    {"size": 5, "kernel": 3, "padding": 1},
    {"size": 6, "kernel": 3, "stride": 2},
    {"size": 7, "kernel": 3, "dilation": 2},
    {"size": 9, "kernel": 3, "stride": 2, "dilation": 3},
    {"size": 11, "kernel": 2, "stride": 4, "padding": 1},
    {"size": 4, "kernel": 1, "stride": 2, "padding": 2},
]
IMAGES = [
    {"size": (5, 5), "kernel": (3, 3), "padding": 1},
    {"size": (6, 4), "kernel": (3, 2), "stride": 2},
    {"size": (4, 6), "kernel": (2, 3), "stride": 2, "padding": 1},
    {"size": (5, 7), "kernel": (2, 2), "stride": 3, "padding": 2},
]
EVERY_ROW = pytest.mark.parametrize("setting", ROWS, ids=str)
EVERY_IMAGE = pytest.mark.parametrize("setting", IMAGES, ids=str)


def row_products(setting):
    """List (o, k, i) along one axis."""
    setting = dict(setting)
    size, kernel = setting.pop("size"), setting.pop("kernel")
    if isinstance(setting.get("padding"), tuple):
        setting["padding"] = [setting["padding"]]
    return [(o, k, i) for (o,), (k,), (i,) in products((size,), (kernel,), **setting)]


def pads(setting):
    padding = setting.get("padding", 0)
    return padding if isinstance(padding, tuple) else (padding, padding)


def arrays(setting, *, seed=0):
    """Return x, w, y, dy, dx of small integers for a setting, without batch and channels."""
    rng = np.random.default_rng(seed)
    hyper = {name: value for name, value in setting.items() if name not in ("size", "kernel")}
    x = rng.integers(-4, 5, (1, 1, *setting["size"]))
    w = rng.integers(-4, 5, (1, 1, *setting["kernel"]))
    y = convlib.conv2d(x, w, **hyper)
    dy = rng.integers(1, 9, y.shape)
    dx = convlib.conv2d_backward(dy, x, w, **hyper).dx
    return [array[0, 0] for array in (x, w, y, dy, dx)], hyper


def expect_padded_input(grid, setting, *, name="x"):
    """Test a grid of the names of a padded input, whose zeros are dashed."""
    pad, size = setting.get("padding", 0), setting["size"]
    rows, columns = (range(-pad, n + pad) for n in size)
    outside = {(r, c) for r in rows for c in columns if not (0 <= r < size[0] and 0 <= c < size[1])}
    texts = [["0" if (r, c) in outside else named(name, r, c) for c in columns] for r in rows]
    assert grid.texts() == texts
    assert grid.where("dashed") == {(r + pad, c + pad) for r, c in outside}
    for (r, c), cell in grid.cells.items():
        assert cell.role == (None if (r - pad, c - pad) in outside else "input")


def expect_names(grid, letter, shape, role):
    assert grid.texts() == [[named(letter, r, c) for c in range(shape[1])] for r in range(shape[0])]
    assert {cell.role for cell in grid.cells.values()} == {role}


def expect_inside(picture):
    """Test that nothing is drawn outside of the sheet, and no cell over another."""
    for _, _, cell in picture.cells():
        assert cell.x >= 0
        assert cell.y >= 0
        assert cell.x + 1 <= picture.width + 0.01
        assert cell.y + 1 <= picture.height + 0.01
    corners = [(round(cell.x, 2), round(cell.y, 2)) for *_, cell in picture.cells()]
    assert len(set(corners)) == len(corners)
    for words in picture.words:
        assert 0 <= words.x <= picture.width
        assert 0 <= words.y <= picture.height
    for frame in picture.frames:
        assert frame.x >= 0
        assert frame.x + frame.width <= picture.width + 0.01


# --- kernel_steps -----------------------------------------------------------------------------

STEPS = [*ROWS, {"size": 6, "kernel": 3, "stride": 2, "padding": (0, 1)}, {"size": 3, "kernel": 3}]
EVERY_STEP = pytest.mark.parametrize("setting", STEPS, ids=str)


@EVERY_STEP
def test_each_weight_stands_under_the_input_that_it_reads(setting):
    picture = Picture(figures.kernel_steps(**setting))
    expect_inside(picture)
    x, (before, _) = picture.grid("x"), pads(setting)
    place = {round(cell.x, 2): c - before for (_, c), cell in x.cells.items()}
    heights = {words.text: words.y for words in picture.words if words.text.startswith("y[")}
    drawn = []
    for grid in picture.named("w"):
        for cell in grid.cells.values():
            (o,) = [text for text, y in heights.items() if abs(y - cell.y - 0.5) < 0.02]
            drawn.append((o, cell.text, place[round(cell.x, 2)]))
            assert (cell.role, cell.edge, cell.strong) == ("kernel", "kernel", True)
    expected = [(f"y[{o}]", f"w[{k}]", i) for o, k, i in row_products(setting)]
    assert sorted(drawn) == sorted(expected)
    assert len(heights) == len({o for o, _, _ in expected})


@EVERY_STEP
def test_a_row_of_inputs_has_its_zeros_and_says_what_is_not_read(setting):
    picture = Picture(figures.kernel_steps(**setting))
    x, size, (before, after) = picture.grid("x"), setting["size"], pads(setting)
    places = range(-before, size + after)
    assert x.texts() == [[str(i) if 0 <= i < size else "0" for i in places]]
    outside = {(0, c) for c, i in enumerate(places) if not 0 <= i < size}
    assert x.where("dashed") == outside
    assert {at for at, cell in x.cells.items() if cell.role is None} == outside
    read = {i for _, _, i in row_products(setting)}
    unread = {c for c, i in enumerate(places) if i not in read}
    assert x.where("hatched") == {(0, c) for c in unread}
    said = [words.x for words in picture.words if words.text == "not read"]
    assert len(said) == len([c for c in unread if c - 1 not in unread])
    assert all(any(abs(s - x.cells[0, c].x - 0.5) < 9 for c in unread) for s in said)


@EVERY_STEP
def test_the_remainder_is_framed_and_the_words_count_right(setting):
    picture = Picture(figures.kernel_steps(**setting))
    found = row_products(setting)
    last, outputs = max(i for _, _, i in found), 1 + max(o for o, _, _ in found)
    rest = setting["size"] + pads(setting)[1] - 1 - last
    columns = len(picture.grid("x").cells)
    framed = {(0, c) for c in range(columns - rest, columns)}
    assert [picture.framed(frame) for frame in picture.frames] == (
        [{("x", *at) for at in framed}] if rest else []
    )
    assert all((frame.role, bool(frame.dashes)) == ("muted", True) for frame in picture.frames)
    counts = re.match(
        r"A row of (\d+) inputs?( with (\d+) zeros? around it)?, a kernel of (\d+) "
        r"at (\d+) positions?, (\d+) apart(, its entries (\d+) apart)?; ",
        picture.alt,
    )
    assert [int(n or 0) for n in counts.group(1, 3, 4, 5, 6, 8)] == [
        setting["size"], sum(pads(setting)), setting["kernel"], outputs,
        setting.get("stride", 1), setting.get("dilation", 1) if "dilation" in setting else 0,
    ]  # fmt: skip
    ends = {0: "none is left over at the end.", 1: "1 entry at the end is never read."}
    assert picture.alt.endswith(ends.get(rest, f"{rest} entries at the end are never read."))


@EVERY_STEP
def test_a_dilated_kernel_is_held_together_by_lines(setting):
    picture = Picture(figures.kernel_steps(**setting))
    expected = []
    for grid in picture.named("w") if setting.get("dilation", 1) > 1 else ():
        cells = [grid.cells[0, k] for k in range(setting["kernel"])]
        for left, right in itertools.pairwise(cells):
            expected.append((left.x + 1, left.y + 0.5, right.x, right.y + 0.5))
    drawn = [(*rule.start, *rule.end) for rule in picture.rules]
    rounded = [sorted(np.round(lines, 1).tolist()) for lines in (drawn, expected)]
    assert rounded[0] == rounded[1]
    assert {rule.role for rule in picture.rules} <= {"kernel"}


# --- three_products ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "kernel", "padding", "b"),
    [((3, 5, 5), (3, 3), 1, 1.25), ((2, 4, 6), (2, 3), 0, -0.5), ((1, 3, 3), (3, 2), 2, 0.0)],
)
def test_three_products_are_those_of_the_first_window(shape, kernel, padding, b):
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=shape), rng.normal(size=(shape[0], *kernel))
    picture = Picture(figures.three_products(x, w, b, padding=padding))
    expect_inside(picture)
    around = [(0, 0), (padding, padding), (padding, padding)]
    padded, outside = np.pad(x, around), np.pad(np.zeros(shape), around, constant_values=1)
    whole = picture.grid("x")
    np.testing.assert_allclose(whole.numbers(), padded[0], atol=0.005)
    assert whole.where("dashed") == set(zip(*np.nonzero(outside[0]), strict=True))
    window = set(itertools.product(range(kernel[0]), range(kernel[1])))
    (frame,) = picture.frames
    assert frame.role == "kernel"
    assert picture.framed(frame) == {("x", *at) for at in window}
    assert len(picture.named("window")) == len(picture.named("w")) == shape[0]
    sums = []
    for c, (cut, weights) in enumerate(
        zip(picture.named("window"), picture.named("w"), strict=True)
    ):
        block = padded[c, : kernel[0], : kernel[1]]
        np.testing.assert_allclose(cut.numbers(), block, atol=0.005)
        np.testing.assert_allclose(weights.numbers(), w[c], atol=0.005)
        assert cut.where("dashed") == set(
            zip(*np.nonzero(outside[c, : kernel[0], : kernel[1]]), strict=True)
        )
        assert (cut.title, weights.title) == (f"window, channel {c + 1}", f"w, channel {c + 1}")
        assert {cell.role for cell in weights.cells.values()} == {"kernel"}
        sums.append((block * w[c]).sum())
    total = convlib.conv2d(x[None], w[None], np.array([b]), padding=padding)[0, 0, 0, 0]
    said = [
        float(t.replace("−", "-")) for t in picture.texts() if re.fullmatch(r"−?\d+(\.\d\d)?", t)
    ]
    np.testing.assert_allclose(said, [*sums, total], atol=0.005)
    assert picture.texts().count("⊙") == picture.texts().count("→") == shape[0]
    assert picture.texts().count("+") == shape[0] - 1
    assert {1.25: "+ 1.25", -0.5: "− 0.50", 0.0: "+ 0"}[b] in picture.texts()
    (result,) = [words for words in picture.words if words.bold]
    assert result.role == "output"
    assert float(result.text.replace("−", "-")) == pytest.approx(total, abs=0.005)
    in_words = [
        float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?(?=[ ,;.]|$)", picture.alt)
    ]
    np.testing.assert_allclose(in_words, [*sums, b, total], atol=0.005)


# --- one_matrix_product -----------------------------------------------------------------------


@pytest.mark.parametrize(("size", "kernel"), [((4, 4), (2, 2)), ((3, 5), (2, 3)), ((5, 3), (3, 1))])
def test_the_first_window_is_the_first_column_and_the_row_times_it_is_y(size, kernel):
    x, w = (
        np.arange(1, 1 + size[0] * size[1]).reshape(size),
        np.arange(1, 1 + kernel[0] * kernel[1]),
    )
    w = w.reshape(kernel)
    cols = convlib.im2col(x[None, None], kernel)[0]
    y = convlib.conv2d(x[None, None], w[None, None]).ravel()
    picture = Picture(figures.one_matrix_product(x, w, cols, y))
    expect_inside(picture)
    grids = {name: picture.grid(name) for name in ("x", "w", "cols", "y")}
    np.testing.assert_array_equal(grids["x"].numbers(), x)
    assert grids["x"].title == "x"
    assert (grids["w"].title, grids["cols"].title) == ("w as a row", "one column per window")
    np.testing.assert_array_equal(
        grids["w"].numbers() @ grids["cols"].numbers(), grids["y"].numbers()
    )
    np.testing.assert_array_equal(grids["y"].numbers()[0], y)
    roles = {name: {cell.role for cell in grid.cells.values()} for name, grid in grids.items()}
    assert roles == {"x": {"input"}, "w": {"kernel"}, "cols": {"input"}, "y": {"output"}}
    window, column = (picture.framed(frame) for frame in picture.frames)
    assert window == {("x", r, c) for r in range(kernel[0]) for c in range(kernel[1])}
    assert column == {("cols", r, 0) for r in range(w.size)}
    assert {frame.role for frame in picture.frames} == {"kernel"}
    assert [grids["x"].cells[at[1:]].text for at in sorted(window)] == [
        grids["cols"].cells[at[1:]].text for at in sorted(column)
    ]
    first, last = grids["cols"].cells[0, 0], grids["y"].cells[0, 0]
    assert first.x == last.x  # each output stands under its column
    assert picture.texts() == ["y", "→"]
    assert picture.alt.startswith(f"A {size[0]} by {size[1]} input whose {y.size} windows are ")
    assert f"a {w.size} by {y.size} matrix" in picture.alt


# --- pixel_reach ------------------------------------------------------------------------------

PIXELS = [(setting, pixel) for setting in IMAGES for pixel in [(0, 0), (1, 2), (3, 3)]]


@pytest.mark.parametrize(("setting", "pixel"), PIXELS, ids=str)
def test_pixel_reach_lays_the_weights_into_each_window_that_holds_the_pixel(setting, pixel):
    picture = Picture(figures.pixel_reach(pixel=pixel, **setting))
    expect_inside(picture)
    size, found = setting["size"], products(**setting)
    readers = {o: k for o, k, i in found if i == pixel}
    windows = {o: {i: k for p, k, i in found if p == o} for o in readers}
    panels = {grid.title: grid for grid in picture.named("x")}
    assert list(panels) == [
        f"{named('y', *o)} reads with {named('w', *k)}" for o, k in readers.items()
    ]
    places = [i for window in windows.values() for i in window]
    first = tuple(min((i[axis] for i in places), default=0) for axis in (0, 1))
    assert {frame.role for frame in picture.frames} <= {"kernel"}
    assert len(picture.frames) == len(readers)
    for (o, window), grid in zip(windows.items(), panels.values(), strict=True):
        place = {at: (at[0] + first[0], at[1] + first[1]) for at in grid.cells}
        laid = {
            place[at]: (words.text, words.role, words.bold)
            for at, cell in grid.cells.items()
            for words in picture.words
            if cell.x < words.x < cell.x + 1 and cell.y < words.y < cell.y + 1
        }
        assert laid == {i: (named("w", *k), "kernel", k == readers[o]) for i, k in window.items()}
        (frame,) = [
            frame
            for frame in picture.frames
            if any(frame.holds(cell) for cell in grid.cells.values())
        ]
        held = {place[at] for at, cell in grid.cells.items() if frame.holds(cell)}
        assert held == set(window)
        assert {place[at] for at in grid.where("strong")} == {pixel}
        outside = {
            at
            for at, i in place.items()
            if not all(0 <= n < m for n, m in zip(i, size, strict=True))
        }
        assert grid.where("dashed") == outside
    pairs = re.findall(r"(y\S+) with (w[₀-₉]+)", picture.alt)
    assert pairs == [(named("y", *o), named("w", *k)) for o, k in readers.items()]
    number = f"{len(readers)} window{'' if len(readers) == 1 else 's'}"
    colon = ": " if readers else "."
    assert picture.alt.startswith(f"Pixel {named('x', *pixel)} is read by {number}{colon}")


# --- scatter_and_gather -----------------------------------------------------------------------

TARGETS = [(setting, pixel) for setting in ROWS for pixel in (0, 2, 3)]


@pytest.mark.parametrize(("setting", "pixel"), TARGETS, ids=str)
def test_every_product_is_an_arrow_from_dy_to_dx(setting, pixel):
    picture = Picture(figures.scatter_and_gather(pixel=pixel, **setting))
    expect_inside(picture)
    found, pad, size = row_products(setting), setting.get("padding", 0), setting["size"]
    drawn = [(*picture.joined(arrow), arrow.role) for arrow in picture.arrows]
    expected = [
        (("dy", 0, o), ("dx", 0, i + pad), "kernel" if i == pixel else "hair") for o, _, i in found
    ]
    assert sorted(drawn) == sorted(expected)
    thick = {arrow.width for arrow in picture.arrows if arrow.role == "kernel"}
    assert not thick or min(thick) > max(a.width for a in picture.arrows if a.role == "hair")
    places = range(-pad, size + pad)
    dx, dy = picture.grid("dx"), picture.grid("dy")
    assert dx.texts() == [[str(i) if 0 <= i < size else "" for i in places]]
    assert dx.where("dashed") == {(0, c) for c, i in enumerate(places) if not 0 <= i < size}
    assert dx.where("strong") == {(0, pixel + pad)}
    assert dy.texts() == [[str(o) for o in range(1 + max(o for o, _, _ in found))]]
    assert dy.where("strong") == {(0, o) for o, _, i in found if i == pixel}
    assert {cell.role for cell in dy.cells.values()} == {"upstream"}
    assert {cell.role for cell in dx.cells.values()} - {None} == {"downstream"}
    for o, cell in ((at[1], cell) for at, cell in dy.cells.items()):
        reached = [dx.cells[0, i + pad].x for p, _, i in found if p == o]
        assert cell.x == pytest.approx(np.mean(reached), abs=0.02)


@pytest.mark.parametrize(("setting", "pixel"), TARGETS, ids=str)
def test_the_arrows_into_the_pixel_carry_their_weights(setting, pixel):
    picture = Picture(figures.scatter_and_gather(pixel=pixel, **setting))
    mine = {o: k for o, k, i in row_products(setting) if i == pixel}
    drawn = {}
    for words in picture.words:
        for arrow in picture.arrows:
            along = (words.y - arrow.start[1]) / (arrow.end[1] - arrow.start[1])
            x = arrow.start[0] + along * (arrow.end[0] - arrow.start[0])
            if words.text.startswith("w[") and arrow.role == "kernel" and abs(x - words.x) < 0.03:
                drawn[picture.joined(arrow)[0][2]] = words.text
                assert (words.role, words.bold) == ("kernel", True)
    assert drawn == {o: f"w[{k}]" for o, k in mine.items()}
    assert [t for t in picture.texts() if t.startswith("w")] == list(drawn.values())
    assert set(picture.texts()) >= {"dy", "dx"}
    assert re.findall(r"dy\[(\d+)\]·w\[(\d+)\]", picture.alt) == [
        (str(o), str(k)) for o, k in mine.items()
    ]
    assert (f"Nothing reaches dx[{pixel}]" in picture.alt) == (not mine)


@pytest.mark.parametrize("setting", ROWS, ids=str)
def test_the_rows_of_a_transposed_convolution_are_x_and_y(setting):
    drawing = figures.scatter_and_gather(pixel=2, **setting)
    picture = Picture(figures.scatter_and_gather(pixel=2, forward=True, **setting))
    words = {"dy": "x", "dx": "y"}
    assert picture.alt == re.sub(r"\b(dy|dx)\b", lambda name: words[name[0]], drawing.alt)
    assert picture.texts() == [words.get(text, text) for text in Picture(drawing).texts()]
    assert {cell.role for cell in picture.grid("x").cells.values()} == {"input"}
    assert {cell.role for cell in picture.grid("y").cells.values()} - {None} == {"output"}


# --- spread_and_gather ------------------------------------------------------------------------


@EVERY_IMAGE
def test_the_rotated_kernel_over_the_spread_dy_gathers_dx(setting):
    (_, w, _, dy, dx), hyper = arrays(setting)
    for at in [(0, 0), (1, 2), (3, 1)]:
        drawing = figures.spread_and_gather(dy, w, size=setting["size"], at=at, **hyper)
        picture = Picture(drawing)
        expect_inside(picture)
        spread, rotated = picture.grid("dy"), picture.grid("w")
        (frame,) = picture.frames
        assert frame.role == "kernel"
        under = sorted(picture.framed(frame))
        first = under[0][1:]
        numbers = np.array(
            [[float(t.replace("−", "-").replace("·", "0")) for t in row] for row in spread.texts()]
        )
        meets = {(r - first[0], c - first[1]): numbers[r, c] for _, r, c in under}
        assert set(meets) == set(np.ndindex(w.shape))
        weights = {named("w", *k): w[k] for k in np.ndindex(w.shape)}
        total = sum(meets[k] * weights[rotated.cells[k].text] for k in np.ndindex(w.shape))
        assert total == dx[at]
        coloured = spread.where("role")
        assert [numbers[at] for at in sorted(coloured)] == dy.ravel().tolist()
        expect_kinds_of_zero(picture, setting, spread, coloured)
        laid = {
            (r - first[0], c - first[1]): words.text
            for r, c in [at[1:] for at in under]
            for words in picture.words
            if spread.cells[r, c].x < words.x < spread.cells[r, c].x + 1
            and spread.cells[r, c].y < words.y < spread.cells[r, c].y + 1
        }
        assert laid == {at: cell.text for at, cell in rotated.cells.items()}
        assert spread.where("dashed") == set(spread.cells) - coloured
        assert {spread.cells[at].role for at in coloured} == {"upstream"}
        assert {cell.role for cell in rotated.cells.values()} == {"kernel"}
        assert (spread.title, rotated.title) == ("dy, spread and padded", "w, rotated")
        shape = numbers.shape
        assert picture.alt.startswith(
            f"dy ({dy.shape[0]} by {dy.shape[1]}) spread to {shape[0]} by {shape[1]} with zeros;"
        )
        assert picture.alt.endswith(f"dx[{at[0]}, {at[1]}].")


def test_a_dilated_kernel_stands_over_the_spread_dy_with_its_gaps():
    picture = Picture(
        figures.spread_and_gather(
            np.arange(1, 3)[None], np.ones((1, 3)), size=(1, 8),
            stride=(1, 2), dilation=(1, 2), at=(0, 2),
        )
    )  # fmt: skip
    spread = picture.grid("dy")
    over = {
        c: words.text
        for (r, c), cell in spread.cells.items()
        for words in picture.words
        if cell.x < words.x < cell.x + 1 and cell.y < words.y < cell.y + 1
    }
    assert over == {2: "w₁₃", 4: "w₁₂", 6: "w₁₁"}
    # dx[2] = dy[0]·w[1] + dy[1]·w[0]: the weights in the middle and on the right meet entries.
    assert [spread.cells[0, c].text for c in over] == ["·", "1", "2"]


def test_beside_a_single_row_the_kernel_stands_in_it():
    upstream, kernel = np.ones((1, 4)), np.ones((1, 3))
    picture = Picture(figures.spread_and_gather(upstream, kernel, size=(1, 8), stride=(1, 2)))
    expect_inside(picture)
    assert picture.grid("w").cells[0, 0].y == picture.grid("dy").cells[0, 0].y


def expect_kinds_of_zero(picture, setting, spread, coloured):
    """Test that zeros between entries, of the border and of the remainder look different."""
    pad, stride = setting.get("padding", 0), setting.get("stride", 1)
    entries = range(min(r for r, _ in coloured), max(r for r, _ in coloured) + 1)
    across = range(min(c for _, c in coloured), max(c for _, c in coloured) + 1)
    rest = [
        (size + 2 * pad - kernel) % stride
        for size, kernel in zip(setting["size"], setting["kernel"], strict=True)
    ]
    inner = {
        (r, c)
        for r in range(entries.start, entries.stop + rest[0])
        for c in range(across.start, across.stop + rest[1])
    }
    assert {at for at, cell in spread.cells.items() if cell.text == "·"} == set(
        spread.cells
    ) - inner
    between = {(r, c) for r in entries for c in across} - coloured
    assert spread.where("hatched") == inner - between - coloured
    kinds = {"between entries": bool(between), "border": len(inner) < len(spread.cells)}
    kinds["remainder"] = any(rest)
    assert [t for t in picture.texts() if t in kinds] == [k for k, there in kinds.items() if there]


# --- weight_reads -----------------------------------------------------------------------------


@EVERY_IMAGE
def test_weight_reads_frames_what_the_weight_meets(setting):
    pad = setting.get("padding", 0)
    for weight in [(0, 0), (1, 0), (0, 1)]:
        picture = Picture(figures.weight_reads(weight=weight, **setting))
        expect_inside(picture)
        expect_padded_input(picture.grid("x"), setting)
        found = products(**setting)
        met = {("x", i[0] + pad, i[1] + pad) for _, k, i in found if k == weight}
        framed = [picture.framed(frame) for frame in picture.frames]
        assert all(len(cells) == 1 for cells in framed)
        assert set().union(*framed) == met
        assert len(framed) == len(met)
        assert {frame.role for frame in picture.frames} == {"kernel"}
        output = [1 + max(o[axis] for o, _, _ in found) for axis in (0, 1)]
        expect_names(picture.grid("w"), "w", setting["kernel"], "kernel")
        expect_names(picture.grid("dy"), "dy", output, "upstream")
        assert picture.grid("w").where("strong") == {weight}
        assert [picture.grid(n).title for n in ("x", "w", "dy")] == [
            "padded input",
            "weights",
            "dy",
        ]
        assert picture.alt == (
            f"Weight {named('w', *weight)} meets {len(met)} entries of the padded input, a block "
            f"of {output[0]} by {output[1]} with steps of {setting.get('stride', 1)}."
        )


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "args", "kwargs", "message"),
    [
        ("pixel_reach", ((5, 5), (3, 3), (5, 0)), {}, r"pixel: expected a place in \(5, 5\)"),
        ("pixel_reach", ((5, 5), (3, 3), (0,)), {}, r"pixel: .* got \(0,\)"),
        ("scatter_and_gather", (5, 3), {"pixel": -1}, r"pixel: .* got \(-1,\)"),
        ("weight_reads", ((5, 5), (3, 3), (0, 3)), {}, r"weight: expected a place in \(3, 3\)"),
        ("spread_and_gather", np.ones((2, 3, 3)), {"size": (5, 5), "at": (0, 9)}, "at: "),
        ("kernel_steps", (2, 3), {}, "kernel: spans 3"),
    ],
)
def test_a_place_that_is_not_there_is_refused_by_name(draw, args, kwargs, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        getattr(figures, draw)(*args, **kwargs)
