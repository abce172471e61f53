"""What a reader keeps in one page is there in the next, whatever other pages keep meanwhile."""

import builtins
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "ext"))
from live import kept, runner

WRITE = """
import numpy as np
from convlib import check

def {name}(x, w, b, stride, pad):
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
"""
JUDGE = "check.forward({name}, keep=True)"
TAKE = (
    "import convlib\nfrom convlib import check\nf = check.kept({name!r}, otherwise=convlib.conv2d)"
)


@pytest.fixture
def new_page(tmp_path, monkeypatch):
    """Open a page; return a function that runs a cell in it with what the browser stores."""
    monkeypatch.delenv("MY_LAYERS")
    monkeypatch.syspath_prepend("")  # as in a page
    for name in ("display", "input", "exit", "quit", "_"):
        monkeypatch.setattr(builtins, name, None, raising=False)
    monkeypatch.setattr(sys, "breakpointhook", None)
    main, stored, count = sys.modules["__main__"], {"text": ""}, iter("ab")

    def open_page():
        folder = tmp_path / next(count)
        folder.mkdir()
        outputs = []
        page = runner.Page(outputs.append)
        file = kept.Kept(folder / "my_layers.py")

        def run(source, cell="cell-1"):
            outputs.clear()
            monkeypatch.chdir(folder)
            sys.modules["__main__"] = page.module
            file.put(stored["text"])
            assert page.run(cell, source), outputs
            text = file.changed()
            stored["text"] = stored["text"] if text is None else text
            return "".join(o.get("text") or o["data"]["text/plain"] for o in outputs)

        return run

    yield open_page, stored
    sys.modules["__main__"] = main
    sys.modules.pop("my_layers", None)


def test_another_page_takes_what_one_has_kept(new_page):
    open_page, _ = new_page
    one, other = open_page(), open_page()
    assert "none of your own" in other(TAKE.format(name="forward"))
    one(WRITE.format(name="forward"))
    assert "Kept in my_layers.py: forward." in one(JUDGE.format(name="forward"), "cell-3")
    assert other(TAKE.format(name="forward")) == "forward: your own, from my_layers.py.\n"
    assert other("from my_layers import forward\nforward.__name__") == "'forward'"


def test_two_pages_keep_what_both_wrote(new_page):
    open_page, stored = new_page
    one, other = open_page(), open_page()
    for page, name in ((one, "first"), (other, "second"), (one, "third")):
        page(WRITE.format(name=name) + JUDGE.format(name=name))
    assert other("from my_layers import first, second, third") == ""
    assert stored["text"].count("\n# --- ") == 3


def test_a_page_sees_what_another_changed_and_what_the_reader_forgot(new_page):
    open_page, stored = new_page
    one, other = open_page(), open_page()
    one(WRITE.format(name="forward") + JUDGE.format(name="forward"))
    other("from my_layers import forward\nold = forward")
    again = WRITE.format(name="forward").replace("stride, pad)", "stride, pad=0)")
    one(again + JUDGE.format(name="forward"))
    assert other("from my_layers import forward\nold.__defaults__, forward.__defaults__") == (
        "(None, (0,))"
    )
    stored["text"] = "forward = 'another browser tab'"
    assert other("from my_layers import forward\nforward") == "'another browser tab'"
    stored["text"] = ""
    assert "none of your own" in one(TAKE.format(name="forward"))
    assert stored["text"] == ""


def test_a_file_that_a_cell_deletes_or_writes_itself_is_kept_so(new_page):
    open_page, stored = new_page
    one = open_page()
    one("with open('my_layers.py', 'w', encoding='utf-8') as f: _ = f.write('x = \"∂\"')")
    assert stored["text"] == 'x = "∂"'
    one("with open('my_layers.py', 'wb') as f: _ = f.write(b'\\xff')")
    assert stored["text"] == "\ufffd"
    one("import os\nos.remove('my_layers.py')")
    assert stored["text"] == ""


def test_only_what_a_cell_changed_is_given_back(tmp_path):
    file = kept.Kept(tmp_path / "my_layers.py")
    file.put("x = 1\n")
    assert file.changed() is None
    (tmp_path / "my_layers.py").write_text("x = 2\n", encoding="utf-8")
    assert [file.changed(), file.changed()] == ["x = 2\n", None]


def test_a_changed_cell_that_has_not_run_is_not_taken_for_the_old_one(new_page):
    open_page, _ = new_page
    one = open_page()
    one(WRITE.format(name="forward"))
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        one("1 / 0" + WRITE.format(name="forward").replace("+ b", "- b"))
    assert "was changed after it ran: run it again" in one(JUDGE.format(name="forward"), "cell-3")
