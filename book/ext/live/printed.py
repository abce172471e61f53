"""What a cell prints, cut where it grows too long for a page."""

import io
import time

MOST_LINES, MOST_LETTERS, MOST_MARKUP = 1_000, 200_000, 10_000_000
"""Where the outputs of a cell end. A page with a million lines answers to nothing."""

PAUSE = 0.05
"""Seconds between two pieces of printed text that are sent while a cell runs."""


class Room:
    r"""What may still be shown of a cell, in all its outputs.

    Examples
    --------
    >>> room = Room()
    >>> room.take("one line"), room.take("x" * 300_000)[-30:], room.take("more")
    ('one line', 'x\n… cut after 200,000 letters\n', '')
    """

    def __init__(self):
        self.lines, self.letters, self.markup = MOST_LINES, MOST_LETTERS, MOST_MARKUP
        self.cut = False

    def take(self, text):
        """Return what fits of a text, with a last line that says that there is more."""
        if self.cut:
            return ""
        kept = text[: self.letters]
        lines = kept.split("\n", self.lines)
        beyond = lines[-1] if len(lines) > self.lines else ""
        self.cut = bool(beyond) or len(kept) < len(text)
        kept = kept.removesuffix(beyond)
        self.letters -= len(kept)
        self.lines -= kept.count("\n")
        if beyond:
            return f"{kept}… cut after {MOST_LINES:,} lines\n"
        return f"{kept}\n… cut after {MOST_LETTERS:,} letters\n" if self.cut else kept

    def take_bundle(self, bundle):
        """Return what fits of a value: all its forms, or the beginning of its text, or nothing."""
        text = bundle.get("text/plain", "")
        kept = self.take(f"{text}\n")
        self.markup -= sum(map(len, bundle.values()))
        if self.markup < 0:
            bundle = {"text/plain": text}
        return bundle if kept == f"{text}\n" else kept and {"text/plain": kept}


class Printed(io.TextIOBase):
    """A stream of a page. What is written is sent in pieces, those of another stream before it."""

    encoding = "utf-8"

    def __init__(self, name, emit):
        self.name, self.emit = name, emit
        self.other = None
        self.waiting, self.sent_at = [], 0.0
        self.room = Room()

    def writable(self):
        """Return True."""
        return True

    def write(self, text):
        """Keep the text, and send it if the last piece is some time ago."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.other:
            self.other.flush()
        if kept := self.room.take(text):
            self.waiting.append(kept)
        if time.monotonic() - self.sent_at > PAUSE:
            self.flush()
        return len(text)

    def flush(self):
        """Send what waits."""
        text = "".join(self.waiting)
        self.waiting.clear()
        if text:
            self.emit({"output_type": "stream", "name": self.name, "text": text})
            self.sent_at = time.monotonic()


def streams(emit):
    """Return standard output and standard error."""
    out, err = Printed("stdout", emit), Printed("stderr", emit)
    out.other, err.other = err, out
    return out, err
