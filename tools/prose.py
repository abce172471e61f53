"""What a chapter says: its sentences, its formulas, and the letters that count in them."""

import re

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from tools.notebooks import BOOK

PARSER = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(dollarmath_plugin)
    .use(colon_fence_plugin)
    .use(myst_role_plugin)
    .use(myst_block_plugin)
)
HOLD_TEXT = ("{admonition}", "{exercise}", "{dropdown}", "{note}", "{tip}", "{warning}")
"""Directives whose content is text."""
SAID_AT_ONCE = {"math_inline": "X", "code_inline": "X", "myst_role": "X"}
"""What stands in a sentence for one word."""
END = re.compile(r"(?<=[.!?])[)\"'’”*]*\s+(?=\S)")


def tokens(text):
    r"""Yield (kind, content, in what) of every piece of a text, those in directives too.

    Examples
    --------
    >>> [(kind, content) for kind, content, _ in tokens("Add $x$:\n\n$$\nx\n$$ (eq-a)\n")]
    [('text', 'Add '), ('math_inline', 'x'), ('text', ':'), ('end', ''), ('math_block', '\nx\n')]
    """
    stack = []
    for token in PARSER.parse(text):
        if token.nesting:
            stack = [*stack, token.tag] if token.nesting > 0 else stack[:-1]
        elif token.type == "inline":
            yield from ((part.type, part.content, stack) for part in token.children)
            yield "end", "", stack
        elif token.type.startswith("math_block"):
            yield "math_block", token.content, stack
        elif token.type.endswith("fence") and token.info.startswith(HOLD_TEXT):
            yield from tokens(re.sub(r"\A(:\w+:.*\n)+", "", token.content))


def sentences(text):
    r"""List the sentences of a text: no headings, tables or code.

    A formula, a name of code and a reference are a word each.

    Examples
    --------
    >>> sentences("# Head\n\nOne sum of `x`. It is $x$\nlarge!\n\n- First\n- [Second](a.md) `b`.\n")
    ['One sum of X.', 'It is X large!', 'First', 'Second X.']
    """
    found, line = [], ""
    for kind, content, within in tokens(text):
        if {"table", "h1", "h2", "h3", "h4"} & set(within):
            continue
        if kind == "end":
            found += [said for part in END.split(line) if (said := " ".join(part.split()))]
            line = ""
        elif kind in ("softbreak", "hardbreak"):
            line += " "
        elif kind == "text" or kind in SAID_AT_ONCE or kind.startswith("math_inline"):
            line += content if kind == "text" else SAID_AT_ONCE.get(kind, "X")
    return [each for each in found if re.search(r"\w", each)]


def formulas(text):
    """List the formulas of a text, as they are written."""
    return [content for kind, content, _ in tokens(text) if kind.startswith("math")]


# --- letters ------------------------------------------------------------------------------------

ENTRY = re.compile(
    r"(?P<array>\b[a-zA-Z]{1,2})\}?(?:\^[^\[\]{}]|\^\{[^{}]*\})?\s*\[(?P<place>[^\[\]]*)\]"
)
"""An array with a place: ``dy[n, f, o]``."""
COMMAND = re.compile(
    r"\\(?:text|mathrm)\s*\{[^{}]*\}|\\(?!hat|mathbf)[a-zA-Z]+|\\(?:hat|mathbf)\b|\\."
)
LETTER = re.compile(r"\b([a-z])(?:_\{?[hw]\}?)?(?![a-z])")
PLACE = {"x": "i", "dx": "i", "y": "o", "dy": "o", "w": "k", "dw": "k"}
"""The letter of a place in each array, where it stands alone."""


def letters(page=None):
    """Return the letters that may count, as the notation page lists them.

    Examples
    --------
    >>> {"o", "k", "i"} <= letters()
    True
    """
    page = page or (BOOK / "notation.md").read_text(encoding="utf-8")
    rows = page.partition("\n## Letters that count\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in rows.splitlines() if line.startswith("| $")]
    return {letter for cell in cells for letter in LETTER.findall(cell)}


def faults_of_letters(text, allowed):
    r"""Yield what counts in the formulas of a text by a letter that means something else.

    Examples
    --------
    >>> list(faults_of_letters("$y[n, p] = x[S\\,o + k]$ and $dw[i]$", {"n", "o", "k", "i"}))
    ['y[n, p]: p is no letter of the notation page', 'dw[i]: a place there is k']
    """
    for formula in formulas(text):
        for entry in ENTRY.finditer(formula):
            said = f"{entry['array']}[{entry['place'].strip()}]"
            plain = COMMAND.sub(" ", entry["place"])
            for letter in sorted(set(LETTER.findall(plain)) - allowed):
                yield f"{said}: {letter} is no letter of the notation page"
            due = PLACE.get(entry["array"], "")
            for part in plain.split(","):
                alone = LETTER.fullmatch(part.replace("{", " ").replace("}", " ").strip())
                if due and alone and alone[1] in "oki" and alone[1] != due:
                    yield f"{said}: a place there is {due}"
