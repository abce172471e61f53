"""What the book shows of the checker is what the checker does."""

import json

import pytest

from convlib.check._operations import OPERATIONS
from convlib.mistakes import MISTAKES
from tests.check import stored
from tests.check.matrix import CLASSES, matrix, spoiled
from tests.check.stored import FOLDER, MATRIX, reports, tables
from tests.check.test_matrix import IN_TESTING

STORED = json.loads(MATRIX.read_text(encoding="utf-8"))
UNNAMED = {
    ("dy_padded_like_x", "other strides"),
    ("dy_padded_like_x", "dilation, groups"),
    ("bias_along_width", "dilation, groups"),
    *((name, "all settings") for name in IN_TESTING),
}
"""They only stop at these settings, and what always stops may be anything; or it sees none."""

ROWS = {(operation, name): row for operation, name, row in STORED["matrix"]}


@pytest.mark.parametrize("files", [reports, lambda: tables(STORED)], ids=["reports", "tables"])
def test_the_files_are_as_they_would_be_written_now(files):
    for name, text in files().items():
        stale = f"{name}: python -m tests.check.stored"
        assert (FOLDER / name).read_text(encoding="utf-8") == text, stale


def test_every_mistake_of_a_layer_is_there_and_named():
    expected = {(o, name) for o in OPERATIONS for name in MISTAKES if spoiled(o, name)}
    assert {*ROWS} == expected, "python -m tests.check.stored matrix"
    for title in CLASSES:
        wanted = {"o"} if title == "all settings" else {"o", ".", "="}
        unnamed = {
            (name, title) for (_, name), row in ROWS.items() if row.get(title, "o") not in wanted
        }
        assert unnamed <= UNNAMED


def test_most_random_pairs_are_both_named():
    assert STORED["pairs"]["both named"] >= 0.8 * STORED["pairs"]["tried"]


def test_no_edit_of_a_right_layer_is_missed():
    fates = STORED["mutants"]
    assert "missed" not in fates
    assert fates["caught"] > 0.8 * sum(fates.values()) > 200


def test_some_of_the_matrix_is_as_stored():
    title = "padding 0"
    names = list(MISTAKES)[::11]
    for key, row in matrix({title: CLASSES[title]}, names).items():
        assert row[title] == ROWS[key][title], key


@pytest.mark.weekly
@pytest.mark.parametrize("part", stored.TRIED)
def test_all_that_was_tried_is_as_stored(part):
    pytest.importorskip("mutmut")
    assert stored.TRIED[part]() == STORED[part], f"python -m tests.check.stored {part}"
