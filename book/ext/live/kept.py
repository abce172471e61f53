"""The file my_layers.py beside the cells, which outlives the page: the browser stores its text."""

import importlib
import sys
from pathlib import Path


class Kept:
    """A file that a page is given before each run, and gives back after it.

    Parameters
    ----------
    path : str
    """

    def __init__(self, path):
        self.path, self.text = Path(path), ""

    def put(self, text):
        """Let the file hold what is stored, which another page may have changed; "" for no file."""
        if text == self.text:
            return
        self.text = text
        if text:
            self.path.write_text(text, encoding="utf-8")
        else:
            self.path.unlink(missing_ok=True)
        sys.modules.pop(self.path.stem, None)
        importlib.invalidate_caches()

    def changed(self):
        """Return the text of the file where a cell has written it, else None."""
        now = self.path.read_text("utf-8", "replace") if self.path.is_file() else ""
        if now == self.text:
            return None
        self.text = now
        return now
