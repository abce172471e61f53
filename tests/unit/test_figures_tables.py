"""What the figures of matrices, tables and images draw, against what convlib computes."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import convlib
from convlib import figures
from tests.drawn import Picture, named
from tests.unit.test_figures import IMAGES, ROWS, expect_inside

# --- conv_matrix, conv_matrix_2d ----------------------------------------------------------------


def hyper(setting):
    return {name: value for name, value in setting.items() if name not in ("size", "kernel")}


@pytest.mark.parametrize("setting", ROWS, ids=str)
def test_the_matrix_of_a_row_times_x_is_y(setting):
    picture = Picture(figures.conv_matrix(**setting))
    expect_inside(picture)
    size, kernel = setting["size"], setting["kernel"]
    x, w = np.arange(1, size + 1) ** 2, 10 ** np.arange(kernel)
    y = convlib.conv1d(x[None, None], w[None, None], **hyper(setting))[0, 0]
    C = expect_matrix(
        picture,
        {f"w[{k}]": value for k, value in enumerate(w)},
        [f"x[{i}]" for i in range(size)],
        [f"y[{o}]" for o in range(y.size)],
    )
    np.testing.assert_array_equal(C @ x, y)
    P, S = setting.get("padding", 0), setting.get("stride", 1)
    assert picture.alt == (
        f"A {y.size} by {size} matrix. Row y[o] holds w[0] to w[{kernel - 1}], starting at column "
        f"x[{S}·o{f' − {P}' if P else ''}]."
    )
    assert picture.rules == []


@pytest.mark.parametrize("setting", [s for s in IMAGES if "padding" not in s] + [
    {"size": (3, 4), "kernel": (2, 2)}, {"size": (2, 5), "kernel": (1, 3)}], ids=str)  # fmt: skip
def test_the_matrix_of_an_image_times_its_pixels_is_y(setting):
    picture = Picture(figures.conv_matrix_2d(**setting))
    expect_inside(picture)
    size, kernel = setting["size"], setting["kernel"]
    x = np.arange(1, 1 + size[0] * size[1]).reshape(size) ** 2
    w = 10 ** np.arange(kernel[0] * kernel[1]).reshape(kernel)
    y = convlib.conv2d(x[None, None], w[None, None], **hyper(setting))[0, 0]
    C = expect_matrix(
        picture,
        {named("w", *k): w[k] for k in np.ndindex(kernel)},
        [named("x", *i) for i in np.ndindex(size)],
        [named("y", *o) for o in np.ndindex(y.shape)],
    )
    np.testing.assert_array_equal(C @ x.ravel(), y.ravel())
    cells = picture.grid("C").cells
    ends = [cells[0, c].x for c in range(size[1], x.size, size[1])]
    assert [rule.start[0] for rule in picture.rules] == pytest.approx(ends, abs=0.01)
    for rule in picture.rules:  # from above the matrix to its foot
        assert rule.start[0] == rule.end[0]
        assert rule.start[1] < cells[0, 0].y
        assert rule.end[1] == pytest.approx(cells[y.size - 1, 0].y + 1, abs=0.01)
    assert picture.alt.startswith(
        f"A {y.size} by {x.size} matrix with {w.size} weights in each row"
    )


def expect_matrix(picture, weights, columns, rows):
    """Test a drawn matrix and its names, and return it with numbers for the weights."""
    grid = picture.grid("C")
    texts = grid.texts()
    assert (len(texts), len(texts[0])) == (len(rows), len(columns))
    zeros = {at for at, cell in grid.cells.items() if cell.text == "0"}
    assert grid.where("dashed") == zeros
    assert grid.where("role") == set(grid.cells) - zeros
    assert {cell.role for cell in grid.cells.values()} <= {"kernel", None}
    above = {round(w.x, 2): w for w in picture.words if w.y < grid.cells[0, 0].y}
    beside = {round(w.y, 1): w for w in picture.words if w.x < grid.cells[0, 0].x}
    assert len(above) + len(beside) == len(picture.words)
    for c, name in enumerate(columns):
        words = above[round(grid.cells[0, c].x + 0.5, 2)]
        assert (words.text, words.role) == (name, "input")
    for r, name in enumerate(rows):
        words = beside[round(grid.cells[r, 0].y + 0.5, 1)]
        assert (words.text, words.role, words.anchor) == (name, "output", "end")
    return np.array([[weights[t] if t != "0" else 0 for t in row] for row in texts])


# --- count_maps ---------------------------------------------------------------------------------


def test_count_maps_mark_the_largest_and_leave_zeros_plain():
    maps = {
        "stride 1": np.array([[1, 2, 1], [2, 4, 2]]),
        "stride 3": np.array([[1, 0, 1], [0, 0, 0]]),
        "even": np.full((2, 3), 5),
    }
    picture = Picture(figures.count_maps(maps, caption="Counts."))
    expect_inside(picture)
    for grid, (title, counts) in zip(picture.grids, maps.items(), strict=True):
        assert (grid.title, grid.title_role) == (title, "input")
        np.testing.assert_array_equal(grid.numbers(), counts)
        assert grid.where("dashed") == set(zip(*np.nonzero(counts == 0), strict=True))
        assert grid.where("role") == set(zip(*np.nonzero(counts), strict=True))
        most = set(zip(*np.nonzero(counts == counts.max()), strict=True))
        assert grid.where("strong") == (most if counts.min() < counts.max() else set())
    assert picture.alt == "Counts from 1 to 4 (stride 1), 0 to 1 (stride 3), 5 to 5 (even)."
    assert picture.caption == "Counts."


# --- detection_matrix -----------------------------------------------------------------------------


def test_detection_matrix_has_a_full_dot_where_a_mistake_is_noticed():
    names = ["forward_flipped", "cropped", "dx_wrong"]
    table = {"A": [True, False, False], "B, strict": [True, True, True], "C": [False, False, True]}
    picture = Picture(figures.detection_matrix(names, table))
    expect_inside(picture)
    rows = {w.text: w for w in picture.words if w.anchor == "end"}
    columns = {w.text: w for w in picture.words if w.anchor == "start"}
    assert list(rows) == ["forward flipped", "cropped", "dx wrong"]
    assert list(columns) == list(table)
    assert all(words.turned == -40 for words in columns.values())
    drawn = {(round(dot.x, 2), round(dot.y, 1)): dot for dot in picture.dots}
    assert len(drawn) == len(picture.dots) == 9
    for title, noticed in table.items():
        for row, seen in zip(rows.values(), noticed, strict=True):
            dot = drawn[round(columns[title].x, 2), round(row.y, 1)]
            assert dot.y > columns[title].y
            assert (dot.open, dot.role) == ((False, "output") if seen else (True, "downstream"))
    assert picture.alt == (
        "Mistakes noticed: 1 of 3 by A (not cropped, dx wrong); 3 of 3 by B, strict; "
        "1 of 3 by C (not forward flipped, cropped)."
    )


# --- group_blocks ---------------------------------------------------------------------------------


def test_group_blocks_join_the_filters_to_the_channels_that_they_read():
    layers = {"dense": (4, 4, 1), "halves": (4, 4, 2), "depthwise": (4, 4, 4)}
    expect_blocks(layers)
    expect_blocks({"wide": (6, 4, 2)})


def expect_blocks(layers):
    picture = Picture(figures.group_blocks(layers))
    expect_inside(picture)
    counts = []
    for grid, (title, (F, C, groups)) in zip(picture.grids, layers.items(), strict=True):
        w = np.ones((F, C // groups, 1, 1))
        # One channel is 1 at a time: the outputs that change belong to the filters that read it.
        reads = np.array(convlib.conv2d(np.eye(C)[:, :, None, None], w, groups=groups)[..., 0, 0].T)
        texts = [["w" if seen else "" for seen in row] for row in reads]
        assert grid.texts() == texts
        joined = {at for at in np.ndindex(F, C) if reads[at]}
        assert grid.where("role") == joined
        assert grid.where("dashed") == set(grid.cells) - joined
        left, right = grid.cells[0, 0].x, grid.cells[0, C - 1].x + 1
        near = [w for w in picture.words if left - 0.5 <= w.x < right]
        assert [(w.text, w.role) for w in near] == [
            (title, "ink"), ("channels", "input"), ("filters", "output")
        ]  # fmt: skip
        assert near[2].turned == -90
        counts.append(f"{int(reads.sum())} of {F * C} ({title})")
    assert picture.alt == f"Weights between {F} filters and {C} channels: {'; '.join(counts)}."


# --- max_pool_routes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [((5, 5), 3, 2), ((4, 6), 2, 1), ((5, 4), 2, 3), ((3, 3), 3, 1)]
)
def test_max_pool_routes_show_what_the_backward_pass_gives(size, kernel, stride):
    x = np.random.default_rng(3).integers(0, 9, size)
    settings = {"kernel_size": kernel, "stride": stride}
    y = convlib.max_pool2d(x[None, None], **settings)
    dx = convlib.max_pool2d_backward(np.ones(y.shape), x[None, None], **settings)
    picture = Picture(figures.max_pool_routes(x, kernel, stride=stride))
    expect_inside(picture)
    won = set(zip(*np.nonzero(dx[0, 0]), strict=True))
    for name, role, values in (("x", "input", x), ("y", "output", y[0, 0])):
        grid = picture.grid(name)
        np.testing.assert_array_equal(grid.numbers(), values)
        assert {cell.role for cell in grid.cells.values()} == {role}
        assert grid.title == name
    assert picture.grid("x").where("strong") == won
    assert not picture.grid("y").where("strong")
    grid = picture.grid("dx")
    np.testing.assert_array_equal(grid.numbers(), dx[0, 0])
    assert grid.title == "dx, where dy is all ones"
    assert grid.where("role") == won
    assert grid.where("dashed") == set(grid.cells) - won
    times = {"once": 1, "twice": 2} | {f"{n} times": n for n in range(3, 10)}
    said = re.findall(r"(\d+) \(([\w ]+)\)", picture.alt)
    assert [(int(v), times[t]) for v, t in said] == [(x[at], dx[0, 0][at]) for at in sorted(won)]
    assert picture.alt.startswith(f"{y.size} windows of {kernel} by {kernel}. ")


# --- image_row ------------------------------------------------------------------------------------


def pixels(drawing):
    """Return each image as (title, colours, left, top, side of a pixel)."""
    root = ElementTree.fromstring(drawing.svg)
    found = []
    for group in root.iter("g"):
        if "data-grid" not in group.attrib:
            continue
        left, top, side = map(float, re.findall(r"[\d.]+", group.get("transform")))
        colours = {}
        for path in group:
            places = re.findall(r"M(\d+) (\d+)h1v1h-1z", path.get("d"))
            assert len("".join(f"M{c} {r}h1v1h-1z" for c, r in places)) == len(path.get("d"))
            for c, r in places:
                assert (int(r), int(c)) not in colours
                colours[int(r), int(c)] = path.get("fill")
        found.append((group.get("data-grid"), colours, left, top, side))
    return root, found


def test_an_image_is_grey_from_its_least_to_its_largest_number():
    image = np.array([[0.0, 5.0, 20.0], [10.0, 15.0, 20.0]])
    _, [(title, colours, *_), (_, flat, *_)] = pixels(
        figures.image_row([image, np.full((1, 2), 7.0)], ["a < b", "flat"])
    )
    assert title == "a < b"
    assert colours == {
        (0, 0): "#000000", (0, 1): "#404040", (0, 2): "#ffffff",
        (1, 0): "#808080", (1, 1): "#bfbfbf", (1, 2): "#ffffff",
    }  # fmt: skip
    assert set(flat) == {(0, 0), (0, 1)}


def test_signed_images_are_blue_above_zero_and_red_below_each_on_its_own_scale():
    images = [np.array([[-4.0, 0.0, 2.0]]), np.array([[1.0], [-0.5]])]
    _, [(_, first, *_), (_, second, *_)] = pixels(
        figures.image_row(images, ["w", "v"], signed=True)
    )
    assert first == {(0, 0): "#b0243b", (0, 1): "#f4f4f4", (0, 2): "#8aadd2"}
    assert second == {(0, 0): "#1f66b0", (1, 0): "#d28c98"}
    assert set(
        pixels(figures.image_row([np.zeros((1, 1))], ["0"], signed=True))[1][0][1].values()
    ) == {"#f4f4f4"}


def test_images_stand_in_rows_below_their_titles():
    images = [np.full((2, 3), n) for n in range(5)]
    titles = [f"image {n}" for n in range(5)]
    drawing = figures.image_row(images, titles, columns=3, caption="Five.")
    root, found = pixels(drawing)
    texts = {t.text: (float(t.get("x")), float(t.get("y"))) for t in root.iter("text")}
    assert [title for title, *_ in found] == list(texts) == titles
    *_, width, height = map(float, root.get("viewBox").split())
    for title, colours, left, top, side in found:
        assert set(colours) == set(np.ndindex(2, 3))
        x, y = texts[title]
        assert x == pytest.approx(left + 1.5 * side, abs=1)
        assert top - 12 < y < top
        assert left + 3 * side <= width
        assert top + 2 * side <= height
    lefts, tops = ([entry[n] for entry in found] for n in (2, 3))
    assert lefts[:2] == lefts[3:]
    assert lefts[:3] == sorted(lefts[:3])
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4]
    assert tops[0] + 2 * found[0][4] < texts["image 3"][1] - 10
    assert drawing.alt == "Images: image 0, image 1, image 2, image 3, image 4."
    assert drawing.caption == "Five."


@pytest.mark.parametrize(("images", "titles"), [([], []), ([np.eye(2)], ["a", "b"])])
def test_images_without_their_titles_are_refused(images, titles):
    with pytest.raises(ValueError, match=f"^titles: expected one for each of {len(images)} images"):
        figures.image_row(images, titles)
