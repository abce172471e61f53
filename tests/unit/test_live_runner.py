"""What a page's Python shows of a cell: Jupyter's own outputs, cut, and the reader's own lines."""

import builtins
import json
import re
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "ext"))
from live import printed, runner, values

SHOWN = {
    "a number": "1 + 1",
    "a text": "'two\\nlines'",
    "nothing": "None",
    "no value": "x = 1",
    "an empty cell": "",
    "a comment": "# only",
    "a semicolon": "1 + 1;",
    "a semicolon and a comment": "'a'; 2;  # quiet",
    "a semicolon in a comment": "3  # a; b;",
    "a long list": "list(range(40))",
    "a nested dict": "{f'key {n}': {'a': [n] * 9, 'b': {n}} for n in range(6)}",
    "an array": "import numpy as np\nnp.arange(12.0).reshape(3, 4) / 7",
    "a NumPy number": "np.float64(2.5), np.int32(3)",
    "a class": "class Thing:\n    pass\nThing",
    "a function": "def twice(x):\n    return 2 * x\ntwice",
    "a generator's values": "tuple(n * n for n in range(4))",
    "printed": "print('a', 1, sep='-', end='!')\nprint()\nprint('ü∂')",
    "printed, then a value": "print('first')\n'second'",
    "to both streams": "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')",
    "the last one again": "_ = None; del _\n4 * 4",
    "of a loop": "for _ in range(2): print(_)",
    "HTML": "from IPython.display import HTML, SVG, display\nHTML('<b>bold</b>')",
    "SVG": "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>')",
    "HTML of its own": "class H:\n    def _repr_html_(self): return '<i>own</i>'\n"
    "    def __repr__(self): return 'H()'\nH()",
    "not of the class": "H",
    "HTML that is none": "class N(H):\n    def _repr_html_(self): return None\nN()",
    "LaTeX and bytes": "class P(H):\n    def _repr_png_(self): return b'\\x89PNG\\r\\n'\n"
    "    def _repr_latex_(self): return '$x$'\nP()",
    "a bundle": "class B(H):\n    def _repr_mimebundle_(self, include, exclude):\n"
    "        return {'text/plain': 'b', 'text/html': '<u>b</u>'}, {}\nB()",
    "shows itself": "class D:\n    def _ipython_display_(self): print('by itself')\nD()",
    "a mock": "from unittest.mock import Mock\nrepr(Mock())[:5], type(Mock())",
    "display": "display('a', 2, H())\nprint('after')\n3",
    "display of none": "display(None)\ndisplay()",
    "a drawing": "from convlib.figures.plots import Drawing\nDrawing('<svg/>', 'alt', 'caption')",
    "an error": "print('before')\n1 / 0\nprint('never')",
    "an error of its own": "class Own(Exception):\n    pass\nraise Own('two\\nlines')",
    "an error without words": "raise ValueError",
    "an error in __repr__": "class R:\n    def __repr__(self): raise KeyError('no')\nR()",
    "a name that is missing": "undefined_name",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
    "syntax": "a = (1,\nb = 2",
    "syntax, found late": "x = 1\nreturn x",
    "indentation": "if True:\nprint(1)",
    "a module that is missing": "import no_such_module",
    "deep recursion": "def f(n): return f(n + 1)\nf(0)",
}


WHERE = r" \(\d+\.py, line \d+\)$"  # which Jupyter adds to an error of syntax


def plain(outputs):
    """Bring outputs to what they show: pieces of a stream as one, errors by name and words."""
    found, streams = [], {}
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if output["name"] not in streams:
                found.append(streams.setdefault(output["name"], [output["name"], ""]))
            streams[output["name"]][1] += output["text"]
            continue
        streams.clear()
        shown = output.get("data") or [output["ename"], re.sub(WHERE, "", output["evalue"])]
        found.append([kind, shown])
    return found


@pytest.fixture
def page(monkeypatch):
    """Return a page's function that runs a cell and returns whether it ended, and its outputs."""
    for name in ("display", "input", "exit", "quit", "_"):
        monkeypatch.setattr(builtins, name, None, raising=False)
    monkeypatch.setattr(sys, "breakpointhook", None)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    outputs = []
    page = runner.Page(lambda output: outputs.append(json.loads(json.dumps(output))))
    # in a page, stand_in_display.py has this place
    monkeypatch.setattr("IPython.display.display", page.display)

    def run(source, cell="cell-1"):
        outputs.clear()
        before = sys.stdout, sys.stderr
        ended = page.run(cell, source)
        assert (sys.stdout, sys.stderr) == before
        return ended, list(outputs)

    return run


@pytest.fixture(scope="module")
def jupyter():
    """Run all cells in Jupyter, once; return the outputs of each."""
    cells = [nbformat.v4.new_code_cell(source) for source in SHOWN.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, allow_errors=True, kernel_name="python3", timeout=120).execute()
    return {name: cell.outputs for name, cell in zip(SHOWN, notebook.cells, strict=True)}


def test_every_output_is_that_of_jupyter(page, jupyter):
    found, expected = {}, {}
    for name, source in SHOWN.items():
        ended, outputs = page(source)
        found[name], expected[name] = plain(outputs), plain(jupyter[name])
        assert ended == (not any(o["output_type"] == "error" for o in outputs)), name
    wrong = [name for name in SHOWN if found[name] != expected[name]]
    assert [(name, found[name], expected[name]) for name in wrong] == []


# --- what a page cuts ----------------------------------------------------------------------------


def text_of(outputs):
    return "".join(output["text"] for output in outputs)


@pytest.mark.parametrize(
    "source",
    [
        "for n in range(5_000): print(n)",
        "print('\\n'.join(map(str, range(5_000))))",
        "import sys\nfor n in range(5_000): print(n, file=sys.stdout if n % 2 else sys.stderr)",
    ],
)
def test_printed_text_ends_after_1000_lines_and_says_so(page, source):
    ended, outputs = page(source)
    lines = text_of(outputs).splitlines()
    assert ended
    assert sorted(lines[:-1], key=int) == [str(n) for n in range(1_000)]
    assert lines[-1] == "… cut after 1,000 lines"


def test_exactly_1000_lines_are_not_cut(page):
    _, outputs = page("for n in range(1_000): print(n)")
    assert text_of(outputs).splitlines() == [str(n) for n in range(1_000)]


def test_printed_text_ends_after_200_000_letters(page):
    for source in ("print('x' * 10**6)", "for _ in range(1_000): print('x' * 999, end='')"):
        _, outputs = page(source)
        kept, note = text_of(outputs).splitlines()
        assert (kept, note) == ("x" * 200_000, "… cut after 200,000 letters")


def test_many_values_and_long_ones_are_cut_too(page):
    _, outputs = page("for n in range(5_000): display(n)\ndisplay(1)\n2")
    assert len(outputs) == 1_001
    assert outputs[-1]["data"] == {"text/plain": "… cut after 1,000 lines\n"}
    _, (output,) = page("'x' * 10**6")
    assert len(output["data"]["text/plain"]) < 200_100
    huge = "class H:\n    def _repr_html_(self): return 'x' * 6_000_000\ndisplay(H(), H())"
    _, outputs = page(huge)
    assert [sorted(output["data"]) for output in outputs] == [
        ["text/html", "text/plain"],
        ["text/plain"],
    ]


def test_an_error_shows_after_a_cut_and_is_cut_itself(page):
    ended, outputs = page("for n in range(5_000): print(n)\nraise ValueError('x' * 10**6)")
    assert not ended
    assert outputs[-1]["ename"] == "ValueError"
    assert len(json.dumps(outputs[-1])) < 500_000


def test_each_cell_has_all_the_room(page):
    page("for n in range(5_000): print(n)")
    assert text_of(page("print('next')")[1]) == "next\n"


def test_a_long_cell_shows_its_lines_while_it_runs(page, monkeypatch):
    clock = iter(range(1_000_000))
    monkeypatch.setattr(printed.time, "monotonic", lambda: next(clock))
    _, outputs = page("for n in range(3): print(n)\n1 / 0")
    assert [output["output_type"] for output in outputs[:3]] == ["stream"] * 3


# --- tracebacks ----------------------------------------------------------------------------------


def test_a_traceback_holds_the_readers_own_lines_through_cells_and_convlib(page):
    page("import convlib, numpy as np\n\ndef wrong(x):\n    return convlib.conv2d(x, x)", "cell-3")
    ended, (output,) = page("y = 1\nwrong(np.ones(3))", "cell-7")
    told = "\n".join(output["traceback"])
    assert not ended
    assert output["marks"] == [{"cell": "cell-7", "line": 2}, {"cell": "cell-3", "line": 4}]
    assert [line.strip() for line in output["traceback"] if "File" in line] == [
        'File "cell-7", line 2, in <module>',
        'File "cell-3", line 4, in wrong',
    ]
    assert "wrong(np.ones(3))" in told
    assert "return convlib.conv2d(x, x)" in told
    assert told.rsplit("\n", 1)[1].startswith(("ValueError: ", "TypeError: "))


def test_chained_and_grouped_errors_hold_only_the_readers_lines(page):
    page("import json\ndef read(text):\n    return json.loads(text)", "cell-1")
    source = "try:\n    read('{')\nexcept ValueError as e:\n    raise KeyError('k') from e"
    _, (output,) = page(source, "cell-2")
    assert [mark["line"] for mark in output["marks"]] == [4, 2, 3]
    grouped = "errors = []\ntry:\n    read('{')\nexcept ValueError as e:\n    errors.append(e)\n"
    _, (group,) = page(grouped + "raise ExceptionGroup('g', errors)", "cell-2")
    for told in (output["traceback"], group["traceback"]):
        files = [line for line in told if "File " in line]
        assert len(files) == 3
        assert all('File "cell-' in line for line in files)


def test_an_edited_cell_is_quoted_as_it_was_run(page):
    page("def f():\n    return 1 / 0  # old", "cell-1")
    page("\ndef f():\n    return 2 / 0  # new", "cell-1")
    _, (output,) = page("f()", "cell-2")
    assert "return 2 / 0  # new" in "\n".join(output["traceback"])


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("x = 1\ny = (2", 2, "y = (2"),
        ("x = 1\nreturn x", 2, "return x"),
        ("if x\n  pass", 1, "if x"),
    ],
)
def test_an_error_of_syntax_shows_its_line_and_marks_it(page, source, line, text):
    _, (output,) = page(source, "cell-4")
    assert output["marks"] == [{"cell": "cell-4", "line": line}]
    assert f'  File "cell-4", line {line}' in output["traceback"]
    assert f"    {text}" in output["traceback"]


def test_a_syntax_error_of_other_text_marks_the_line_that_runs_it(page):
    _, (output,) = page("x = 1\neval('1 +')", "cell-4")
    assert output["marks"] == [{"cell": "cell-4", "line": 2}]


# --- what is not in a page -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("input('?')", runner.NO_INPUT),
        ("exit()", runner.NO_EXIT),
        ("quit()", runner.NO_EXIT),
        ("breakpoint()", runner.NO_BREAKPOINT),
        ("%timeit 1", runner.NO_MAGIC),
        ("%%time\nx = 1", runner.NO_MAGIC),
        ("!ls", runner.NO_MAGIC),
        ("files = !ls", runner.NO_MAGIC),
        ("len?", runner.NO_MAGIC),
        ("import pandas_of_no_page", runner.NO_MODULE),
    ],
)
def test_what_a_page_has_not_gets_one_sentence(page, source, words):
    ended, (output,) = page(source)
    assert not ended
    assert words in "\n".join(output["traceback"])


def test_other_errors_of_syntax_get_no_word_on_jupyter(page):
    for source in ("x = 5 % ", "x = = 1", "'a' != "):
        assert runner.NO_MAGIC not in "\n".join(page(source)[1][0]["traceback"])


def test_an_error_whose_words_fail_is_an_error_all_the_same(page):
    source = "class S(Exception):\n    def __str__(self): raise TypeError\nraise S"
    ended, (output,) = page(source)
    assert not ended
    assert (output["ename"], output["evalue"]) == ("S", "<exception str() failed>")


@pytest.mark.parametrize("source", ["raise SystemExit(2)", "raise KeyboardInterrupt", "exit()"])
def test_nothing_ends_the_page(page, source):
    assert page(f"kept = 1\n{source}")[0] is False
    ended, outputs = page("kept")
    assert ended
    assert outputs[0]["data"]["text/plain"] == "1"


def test_streams_that_a_cell_replaced_are_back_in_the_next(page):
    page("import sys, io\nsys.stdout = io.StringIO()\nsys.stdout.close()")
    assert text_of(page("print('here')")[1]) == "here\n"


def test_what_kept_a_stream_of_an_earlier_cell_still_writes(page):
    page("import logging\nlog = logging.Logger('own')\nlog.addHandler(logging.StreamHandler())")
    ended, outputs = page("log.warning('late')")
    assert ended
    assert plain(outputs) == [["stderr", "late\n"]]


def test_a_warning_names_its_cell_and_is_told_at_each_run(page):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(2):
            page("import warnings\nwarnings.warn('careful')", "cell-5")
    assert [(each.filename, each.lineno) for each in told] == [("cell-5", 2)] * 2


def test_classes_of_a_cell_can_be_pickled_and_functions_read(page):
    source = "import inspect, pickle\nclass A:\n    pass\ndef f():\n    return 3\n"
    ended, outputs = page(
        source + "type(pickle.loads(pickle.dumps(A()))) is A, inspect.getsource(f)"
    )
    assert ended
    assert outputs[0]["data"]["text/plain"] == repr((True, "def f():\n    return 3\n"))


# --- Matplotlib ----------------------------------------------------------------------------------


@pytest.fixture
def backend(monkeypatch):
    """Let Matplotlib draw as it does in a page."""
    import matplotlib

    plots = pytest.importorskip("live.plots")
    style = Path(runner.__file__).parents[3] / "convlib" / "figures" / "plots.mplstyle"
    with matplotlib.rc_context(fname=style):
        plots.pyplot.switch_backend("module://live.plots")
        yield
        plots.pyplot.close("all")


PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('A <curve>')\n"


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        (PLOT + "None", ["display_data"]),
        (PLOT + "plt.show()", ["display_data"]),
        (PLOT + "plt.gcf().show();plt.close()", ["display_data"]),
        (PLOT + "'value'", ["execute_result", "display_data"]),
        (PLOT + "1 / 0", ["error", "display_data"]),
        (
            "def inside():\n    import matplotlib.pyplot as plt\n    plt.plot([1])\ninside()",
            ["display_data"],
        ),
        ("from matplotlib.figure import Figure\nFigure()", ["execute_result"]),
        (
            "import matplotlib.pyplot as plt\nplt.figure(); plt.figure(); plt.show(); None",
            ["display_data"] * 2,
        ),
    ],
)
def test_figures_that_are_open_are_drawn_below_the_cell(page, source, kinds):
    _, outputs = page(source)
    assert [output["output_type"] for output in outputs] == kinds
    drawn = [o["data"] for o in outputs if "text/html" in o.get("data", {})]
    assert all('<figure class="cl-figure"><svg' in data["text/html"] for data in drawn)
    assert len(drawn) == len([kind for kind in kinds if kind == "display_data"]) or len(drawn) == 1
    assert page("print('nothing is left')")[1][0]["output_type"] == "stream"


@pytest.mark.usefixtures("backend")
def test_a_plot_has_the_colours_of_the_page_and_words(page):
    _, (output,) = page(PLOT + "plt.xlabel('step')\nplt.ylabel('loss')\nNone")
    html = output["data"]["text/html"]
    assert "A plot: A &lt;curve&gt;; loss against step" in html
    assert "stroke: var(--cl-input-line,#1f66b0)" in html
    assert "var(--cl-muted" in html
    assert "#1f77b4" not in html


@pytest.mark.usefixtures("backend")
def test_a_figure_that_cannot_be_drawn_is_an_error_and_is_gone(page):
    ended, outputs = page("import matplotlib.pyplot as plt\nplt.title('$\\\\frac{$')\nNone")
    assert not ended
    assert outputs[-1]["output_type"] == "error"
    assert page("1")[0]


def test_a_value_is_shown_without_loading_matplotlib(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    assert values.mimebundle(3) == {"text/plain": "3"}
    assert "matplotlib.figure" not in sys.modules
