"""A page whose cells run, as a reader uses it: buttons by their verbs, cells by their ids."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

from tests.site.conftest import SITE
from tools.server import Handler

LONG = 90_000
"""What a cell may take on a busy machine, in milliseconds: it only ends a test that hangs."""

LISTEN = """() => {
  window.ran = [];
  window.heard = [];
  addEventListener("live-ran", (e) => ran.push({ id: e.target.id, ...e.detail }));
  const hear = (records) => {
    for (const { target } of records) {
      const place = (target.closest ? target : target.parentElement)?.closest("[role=status]");
      const words = place?.textContent.trim();
      if (words && words !== heard.at(-1)) heard.push(words);
    }
  };
  const all = { childList: true, characterData: true, subtree: true };
  new MutationObserver(hear).observe(document, all);
}"""
"""Collect what has run, and what a screen reader hears."""


def written(page):
    """Return the cells of a page, as the build wrote them."""
    path = SITE / "_static" / "python" / "cells" / f"{page}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def runnable(page):
    """List the ids of the cells that can run."""
    return [cell["id"] for cell in written(page) if cell["source"] and not cell.get("lacks")]


class Live:
    """One open page, from `open_live` of the fixtures."""

    def __init__(self, page):
        self.page = page
        self.seen = 0
        page.evaluate(LISTEN)

    def press(self, verb, cell=None):
        """Press a button: of a cell, folded or not, or of the whole page."""
        place = f"#{cell}" if cell else ".live-top"
        self.page.eval_on_selector(f"{place} [data-verb={verb}]", "(e) => e.click()")

    def press_if_there(self, verb, cell):
        """Press a button of a cell and say so; a cell that shows no code has none."""
        there = self.page.query_selector(f"#{cell} [data-verb={verb}]") is not None
        if there:
            self.press(verb, cell)
        return there

    def put(self, cell, source):
        """Put code into a cell, as a link does."""
        code = base64.urlsafe_b64encode(source.encode()).decode().rstrip("=")
        self.page.evaluate("(hash) => { location.hash = hash; }", f"{cell}?code={code}")
        read = "([id, text]) => document.getElementById(id).textContent.includes(text)"
        self.page.wait_for_function(read, arg=[cell, source.splitlines()[0]])

    def type(self, cell, source):
        """Put code into a cell by hand."""
        self.press_if_there("edit", cell)
        self.page.fill(f"#{cell} .cm-content", source)

    def type_keys(self, cell, source):
        """Put code into a cell; what follows its last docstring key by key, as a reader does."""
        head, quotes, body = source.rpartition('"""')
        self.type(cell, head + quotes)
        keyboard = self.page.keyboard
        keyboard.press("ControlOrMeta+End")
        for line in body.split("\n")[1:]:
            for key in "Enter", "Home", "ControlOrMeta+Shift+End":  # over what the editor put there
                keyboard.press(key)
            keyboard.type(line)
        assert self.lines(cell) == source.split("\n")

    def lines(self, cell):
        """Return what stands in the editor of a cell."""
        self.page.wait_for_selector(f"#{cell} .cm-line")
        return self.page.locator(f"#{cell} .cm-line").all_text_contents()

    def results(self, count, limit=LONG):
        """Wait until so many more cells ended, or one with an error; return what each showed."""
        done = """([seen, count]) => {
          const fresh = ran.slice(seen);
          return fresh.length >= count || fresh.some((each) => !each.ended);
        }"""
        self.page.wait_for_function(done, arg=[self.seen, count], timeout=limit)
        new = self.page.evaluate("(n) => ran.slice(n)", self.seen)
        self.seen += len(new)
        return [SimpleNamespace(**{"words": "", **each}) for each in new]

    def run(self, cell, source=None):
        """Run a cell, with other code if it is given, and return what it showed."""
        if source is not None:
            self.put(cell, source)
        self.press("run", cell)
        while (result := self.results(1)[-1]).ended and result.id != cell:
            pass
        return result

    def hears(self, word):
        """Wait until a screen reader is told something that has a word in it; return it."""
        told = "(word) => heard.find((words) => words.toLowerCase().includes(word))"
        return self.page.wait_for_function(told, arg=word, timeout=LONG).json_value()


def text(result):
    """Return the printed text of a result and its value, or its error, as one text."""
    parts = []
    for output in result.outputs:
        parts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
        parts += [f"{output['ename']}: {output['evalue']}"] if "ename" in output else []
    return "".join(parts)


class Troubled(Handler):
    """Serve the site with faults, by the end of an address: "missing", "damaged" or "silent"."""

    def __init__(self, *args, faults, **given):
        self.faults = faults
        super().__init__(*args, **given)

    def do_GET(self):  # noqa: N802 - http.server calls it so
        """Send one file, or what a fault makes of it."""
        path = Path(self.translate_path(self.path))
        fault = next((f for end, f in self.faults.items() if path.name.endswith(end)), None)
        if fault == "missing":
            self.send_error(404)
        elif fault == "damaged":
            self.send_response(200)
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            self.wfile.write(path.read_bytes()[:-1] + b"?")
        elif fault == "silent":
            self.close_connection = True  # as a network that has gone
        else:
            super().do_GET()

    def end_headers(self):
        """Keep nothing for later; a policy is a fault too."""
        self.send_header("Cache-Control", "no-store")
        if policy := self.faults.get("policy"):
            self.send_header("Content-Security-Policy", policy)
        super().end_headers()
