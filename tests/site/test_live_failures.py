"""What can go wrong while cells run: each ends in one sentence, and with a way on."""

import functools
import json
import re

import pytest

from tests.site.conftest import ORIGINS, SITE
from tests.site.live import Live, Troubled, runnable, text
from tools import server

PAGE = "from-loops"
FIRST, SECOND, THIRD, *REST = runnable(PAGE)


def rarely(value):
    """A value of a parameter that is run weekly: each costs seconds, for Python starts anew."""
    return pytest.param(value, marks=pytest.mark.weekly)


@pytest.fixture
def open_live(visit):
    """A function that opens the page and makes it a `Live` one."""

    def open_page(origin=ORIGINS[0], name=PAGE, **options):
        return Live(visit(f"{name}.html", origin, **options).page)

    return open_page


@pytest.fixture(scope="module")
def started(browser, addresses):
    """One page for all that Python survives, with Python started."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{addresses[ORIGINS[0]]}{PAGE}.html")
    live = Live(page)
    assert live.run(FIRST).ended
    yield live
    context.close()


@pytest.fixture
def warm(started):
    """The page with Python started, and its cells as they were written."""
    yield started
    for cell in runnable(PAGE):
        started.press_if_there("reset", cell)


# --- code that does harm ------------------------------------------------------------------------

HARM = {
    "def f():\n    return f()\nf()": r"RecursionError: ",
    "input('Your name? ')": r"RuntimeError: input\(\)",
    "exit()": r"RuntimeError: exit\(\)",
    "raise SystemExit(1)": r"SystemExit: 1",
    "raise KeyboardInterrupt": r"KeyboardInterrupt",
    "import numpy as np\nnp.ones(10**10)": r"(ValueError|MemoryError): ",
    "import numpy as np\n[np.empty(2**27 - 1) for _ in range(9)]": r"\w*MemoryError: ",
    "x = (1,\ny = 2": r"SyntaxError: ",
    "import ipywidgets": r"ModuleNotFoundError: ",
    "import subprocess\nsubprocess.run(['ls'])": r"OSError: ",
}


@pytest.mark.parametrize("source", HARM)
def test_harm_ends_in_an_error_and_python_goes_on(warm, source):
    result = warm.run(FIRST, source)
    assert not result.ended
    assert re.match(HARM[source], text(result)), text(result)
    assert text(warm.run(FIRST, "6 * 7")) == "42"


def test_an_error_is_marked_at_the_readers_own_lines(warm):
    result = warm.run(FIRST, "import convlib\n\nconvlib.output_size(\n    2, 3)")
    (error,) = result.outputs
    assert error["marks"] == [{"cell": FIRST, "line": 3}]
    assert all("site-packages" not in line for line in error["traceback"])
    page = warm.page
    assert page.eval_on_selector_all(f"#{FIRST} .live-mark, #{FIRST} .live-marked", "e => e.length")
    assert warm.run(FIRST, "1").ended
    assert not page.query_selector(f"#{FIRST} .live-mark, #{FIRST} .live-marked")


def test_a_million_lines_are_cut(warm):
    result = warm.run(FIRST, "for i in range(10**6):\n    print(i)")
    assert result.ended
    lines = text(result).splitlines()
    assert lines[:1000] == [str(i) for i in range(1000)]
    assert len(lines) == 1001
    assert "cut" in lines[-1]
    shown = warm.page.inner_text(f"#{FIRST} .cell_output").split()
    assert "999" in shown
    assert "1000" not in shown


def test_one_long_line_is_cut(warm):
    result = warm.run(FIRST, "print('x' * 10**7)\nprint('and more')")
    assert result.ended
    assert len(text(result)) < 300_000
    assert "cut" in text(result)


def test_after_an_error_in_the_third_cell_the_rest_does_not_run(warm):
    assert "ZeroDivisionError" in text(warm.run(THIRD, "1 / 0"))
    warm.press("run-all")
    results = warm.results(3)
    assert [(each.id, each.ended) for each in results] == [
        (FIRST, True),
        (SECOND, True),
        (THIRD, False),
    ]
    assert "ZeroDivisionError" in text(results[-1])
    warm.page.wait_for_selector(".live-top [data-verb=run-all]")
    assert warm.page.evaluate("ran.length") == warm.seen
    warm.hears("have not run")
    warm.press("reset", THIRD)
    warm.press("run", REST[0])
    assert [each.id for each in warm.results(2)] == [THIRD, REST[0]]


def test_stop_ends_an_endless_loop_and_the_cells_above_run_again(warm):
    page = warm.page
    warm.put(SECOND, "print('begun')\nimport time\nwhile True:\n    time.monotonic()")
    warm.press("run", SECOND)
    page.wait_for_selector(f"#{SECOND} .cell_output >> text=begun")
    before = page.get_attribute("html", "data-mode")
    page.click("button.theme-switch-button")  # the page answers, while Python is busy
    assert page.get_attribute("html", "data-mode") != before
    assert page.is_visible(f"#{SECOND} [data-verb=stop]")
    warm.press("stop", SECOND)
    (stopped,) = warm.results(1)
    assert stopped.id == SECOND
    assert not stopped.ended
    assert "top" in stopped.words
    warm.press("reset", SECOND)
    warm.press("run", THIRD)
    assert [each.id for each in warm.results(3)] == [FIRST, SECOND, THIRD]


# --- Python does not start, or ends -------------------------------------------------------------


@pytest.fixture
def troubled(browser):
    """The page on a server that gets faults; its `faults` can be changed."""
    faults = {}
    context = browser.new_context()
    handler = functools.partial(Troubled, faults=faults)
    with server.serving(SITE, handler=handler) as base:
        page = context.new_page()
        page.clock.install()
        page.goto(f"{base}{PAGE}.html")
        live = Live(page)
        live.faults = faults
        yield live
        context.close()


def needed():
    """List the files that a start needs."""
    manifest = json.loads((SITE / "_static" / "python" / "manifest.json").read_text())
    listed = [manifest["boot"], *manifest["core"], *manifest["start"]]
    others = ["manifest.json", "worker.js", "pyodide.mjs", "pyodide-lock.json"]
    return others + [file["name"].rpartition("/")[2] for file in listed]


@pytest.mark.parametrize("fault", ["missing", rarely("silent")])
def test_a_file_that_does_not_come_is_said_and_the_next_press_tries_again(troubled, fault):
    said = {}
    for name in needed():
        troubled.faults[name] = fault
        said[name] = troubled.run(FIRST).words
        del troubled.faults[name]
    assert {name: words for name, words in said.items() if "network" not in words} == {}
    assert troubled.run(FIRST).ended


@pytest.mark.parametrize("name", ["wasm32.whl", rarely("py3-none-any.whl")])
def test_a_file_with_another_checksum_is_refused(troubled, name):
    troubled.faults[name] = "damaged"
    assert "damaged" in troubled.run(FIRST).words
    troubled.faults.clear()
    assert troubled.run(FIRST).ended


def test_without_a_network_what_is_loaded_runs_and_the_rest_says_why_not(troubled):
    assert troubled.run(FIRST, "import convlib").ended
    troubled.faults[""] = "silent"  # every address
    assert text(troubled.run(SECOND, "convlib.output_size(5, 3)")) == "3"
    refused = troubled.run(FIRST, "import sympy")
    assert not refused.ended
    assert "network" in text(refused).lower()
    troubled.faults.clear()
    assert text(troubled.run(FIRST, "import sympy; sympy.factor('x**2 - 1')")) == "(x - 1)*(x + 1)"


def test_without_the_editor_a_cell_says_so_and_the_next_press_tries_again(troubled):
    troubled.faults["editor.js"] = "missing"
    troubled.press("edit", THIRD)
    assert "network" in troubled.hears("editor")
    troubled.faults.clear()
    troubled.press("edit", THIRD)
    troubled.page.wait_for_selector(f"#{THIRD} .cm-content")


@pytest.mark.weekly
@pytest.mark.parametrize("fault", ["damaged", "missing"])
def test_a_package_that_does_not_come_is_an_error_of_the_import(troubled, fault):
    troubled.faults["sympy.zip"] = fault
    result = troubled.run(FIRST, "import sympy")
    assert re.match(r"(ImportError|ModuleNotFoundError): .*(damaged|network)", text(result))
    troubled.faults.clear()
    assert troubled.run(FIRST, "import sympy").ended


@pytest.mark.weekly
@pytest.mark.parametrize("name", ["page.js", f"{PAGE}.json"])
def test_without_its_own_scripts_a_button_says_so_and_can_be_pressed_again(troubled, name):
    troubled.faults[name] = "missing"
    troubled.press("run", FIRST)
    troubled.hears("network")
    troubled.faults.clear()
    assert troubled.run(FIRST).ended


def test_where_the_policy_forbids_webassembly_one_sentence_says_so(troubled):
    troubled.faults["policy"] = "script-src 'self' 'unsafe-inline'; worker-src 'self'"
    troubled.page.reload()
    again = Live(troubled.page)
    assert "WebAssembly" in again.run(FIRST).words


@pytest.mark.weekly
def test_a_start_without_news_ends(troubled):
    page = troubled.page
    page.evaluate("Worker.prototype.postMessage = () => {}")  # as if it never heard
    troubled.press("run", FIRST)
    page.wait_for_selector(f"#{FIRST} [data-verb=stop]")
    page.wait_for_timeout(500)  # until the worker is there
    page.clock.fast_forward(50_000)
    assert page.evaluate("ran") == []
    page.clock.fast_forward(20_000)
    (result,) = troubled.results(1)
    assert "does not answer" in result.words


# --- the worker, the browser, the device --------------------------------------------------------


@pytest.mark.weekly
def test_after_a_worker_that_failed_a_new_one_starts(open_live):
    live = open_live()
    live.run(FIRST, "kept = 1")
    live.run(SECOND, "import js\njs.setTimeout('throw new Error(`planted`)', 0)")
    live.page.wait_for_timeout(500)  # nobody waits for it, so nothing says that it is over
    assert text(live.run(FIRST, "'kept' in globals()")) == "False"


@pytest.mark.weekly
def test_a_worker_that_is_gone_without_a_word_can_be_stopped(open_live):
    live = open_live()
    assert live.run(FIRST, "import js\njs.close()").ended
    live.press("run", FIRST)
    live.page.wait_for_selector(f"#{FIRST} [data-verb=stop]")
    live.press("stop", FIRST)
    live.results(1)
    assert text(live.run(FIRST, "1 + 1")) == "2"


def test_stop_while_python_loads(open_live):
    live = open_live()
    live.press("run", SECOND)
    live.page.wait_for_selector(f"#{FIRST} progress")
    live.press("stop")
    (stopped,) = live.results(1)
    assert not stopped.ended
    assert live.run(FIRST).ended


def test_without_webassembly_one_sentence_says_so(open_live):
    live = open_live(before="delete window.WebAssembly")
    assert "WebAssembly" in live.run(FIRST).words


@pytest.mark.weekly
def test_two_tabs_have_two_pythons(open_live):
    one = open_live()
    page = one.page.context.new_page()
    page.goto(one.page.url)
    other = Live(page)
    assert one.run(FIRST, "mine = 1").ended
    assert text(other.run(FIRST, "'mine' in globals()")) == "False"
    assert text(one.run(FIRST, "mine")) == "1"


@pytest.mark.weekly
def test_reload_in_the_midst_and_back_and_forward(open_live):
    page = (live := open_live()).page
    live.type(FIRST, "while True: pass")
    live.press("run", FIRST)
    page.wait_for_selector(f"#{FIRST} progress")
    page.reload()
    page.wait_for_selector(f"#{FIRST} >> text=while True: pass")
    assert text(Live(page).run(FIRST, "40 + 2")) == "42"
    page.goto(page.url.replace(PAGE, "why-flip").partition("#")[0])
    page.go_back()
    live = Live(page)
    assert text(live.run(FIRST, "40 + 3")) == "43"
    page.go_forward()
    live = Live(page)
    assert live.run(runnable("why-flip")[0]).ended


FORBIDDEN = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("forbidden", "SecurityError"); },
})"""
FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("full", "QuotaExceededError");
}"""


@pytest.mark.parametrize("storage", [FULL, rarely(FORBIDDEN)], ids=["full", "forbidden"])
def test_where_nothing_can_be_kept_it_is_said_and_cells_run(open_live, storage):
    live = open_live(before=storage)
    live.type(FIRST, "2 ** 5")
    live.hears("kept")
    assert text(live.run(FIRST)) == "32"
    assert live.page.evaluate("heard.filter((words) => words.includes('kept')).length") == 1
    live.press("reset-all")
    live.page.wait_for_selector(f"#{FIRST} [data-verb=edit]")


def test_what_was_typed_is_there_again_and_can_be_deleted(open_live):
    live = open_live()
    page = live.page
    live.type(FIRST, "kept = 'here'")
    page.reload()
    page.wait_for_selector(f"#{FIRST} >> text=kept = 'here'")
    assert text(Live(page).run(SECOND, "kept")) == "'here'"
    Live(page).press("reset-all")
    page.reload()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('live'))") == []
    assert "kept = 'here'" not in page.inner_text(f"#{FIRST}")


def test_code_of_a_link_is_shown_and_not_run(open_live):
    live = open_live()
    live.put(FIRST, "print('from afar')")
    live.page.wait_for_timeout(300)
    assert live.page.evaluate("ran") == []
    assert live.page.locator("progress").count() == 0
    assert text(live.run(FIRST)) == "from afar\n"


# --- where it stands ----------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [rarely(ORIGINS[0]), ORIGINS[1]])
def test_it_runs_at_a_root_and_under_a_path_and_fetches_nothing_before_a_press(visit, origin):
    got = visit(f"{PAGE}.html", origin)
    requests = got.page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert [url for url in requests if "/python/" in url or "wheels" in url] == []
    live = Live(got.page)
    assert text(live.run(FIRST, "import sympy; sympy.sqrt(8)")) == "2*sqrt(2)"
    drawn = live.run(FIRST, "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")
    assert drawn.ended, text(drawn)
    assert got.problems == []


def test_from_a_file_a_button_says_why_not_and_what_to_do(open_live):
    live = open_live(ORIGINS[2])
    live.press("run", FIRST)
    assert "make serve" in live.hears("file")
    assert live.page.evaluate("ran") == []
