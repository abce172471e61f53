"""Every mistake of the catalogue, and random pairs of them, put to the checker.

Run as a module, it prints what came of it::

    python -m tests.check.matrix
"""

import inspect
import itertools
import random
import warnings
from contextlib import contextmanager

import numpy as np

from convlib import check, conv, im2col, output_size
from convlib.check._diagnose import _by_columns, _composed
from convlib.check._operations import OPERATIONS, Case
from convlib.mistakes import MISTAKES

KEYWORDS = {
    "conv": ("stride", "padding", "dilation", "groups"),
    "conv_transpose": ("stride", "padding", "dilation", "groups", "output_padding"),
    "max_pool": ("kernel_size", "stride", "padding"),
    "avg_pool": ("kernel_size", "stride", "padding", "count_include_pad"),
    "batch_norm": ("eps",),
}
PLAIN = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0}


def is_plain(setting, *keys):
    return all(setting.options.get(key, PLAIN[key]) == PLAIN[key] for key in keys)


def has_odd_square_kernel(setting):
    kernel = setting.shapes["w"][2:] if "w" in setting.shapes else (3, 3)
    return len({*kernel}) == 1 and kernel[0] % 2 == 1


IN_TESTING = {"batch_statistics_in_testing", "momentum_of_the_old"}
"""Mistakes that spoil what a layer does when it is tested, whereas the checker trains it."""

CLASSES = {
    "all settings": lambda s: True,
    "stride 1": lambda s: is_plain(s, "stride", "dilation", "groups"),
    "other strides": lambda s: not is_plain(s, "stride"),
    "padding 0": lambda s: is_plain(s, "padding"),
    "padded": lambda s: not is_plain(s, "padding"),
    "odd square kernels": has_odd_square_kernel,
    "other kernels": lambda s: not has_odd_square_kernel(s),
    "dilation, groups": lambda s: not is_plain(s, "dilation", "groups"),
}
"""Which settings the checker runs, class by class."""


@contextmanager
def only(operation, wanted):
    """Let the checker run some settings of an operation only; yield them."""
    right = OPERATIONS[operation]
    some = tuple(s for s in right.settings if wanted(s))
    OPERATIONS[operation] = right._replace(settings=some)
    try:
        yield some
    finally:
        OPERATIONS[operation] = right


def sized(count):
    """Return a convolution whose y has the size that `count` says."""

    def forward(x, w, b, *, groups=1, **options):
        right = conv(x, w, b, groups=groups, **options)
        y = np.zeros((*right.shape[:2], *count(x.shape[2:], w.shape[2:], **options)))
        both = tuple(slice(0, min(pair)) for pair in zip(y.shape, right.shape, strict=True))
        y[both] = right[both]
        return y

    return forward


def spoiled(operation, name):
    """Return the functions of an operation with a mistake in one of them, or None."""
    variants, (forward, backward) = MISTAKES[name].variants, OPERATIONS[operation].functions
    if forward in variants:
        return variants[forward], backward
    if backward in variants:
        return forward, variants[backward]
    if operation == "conv" and im2col in variants:
        return _by_columns(variants[im2col], is_forward=True), backward
    if operation == "conv" and output_size in variants:
        return sized(variants[output_size]), backward
    return None


def called(operation, functions):
    """Give two functions signatures, as a learner's have them."""
    about, words = OPERATIONS[operation], KEYWORDS[operation]
    heads = ("x", *about.parameters), ("dy", "x", *about.parameters[:1])
    return [
        with_signature(function, run, names, words)
        for function, run, names in zip(functions, about.calls, heads, strict=True)
    ]


def with_signature(function, run, names, words):
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD

    def call(*values):
        arrays = dict(zip(names, values, strict=False))
        arrays.setdefault("beta", 0 * arrays.get("gamma", 0))
        return run(function, arrays, dict(zip(words, values[len(names) :], strict=True)))

    parameters = [inspect.Parameter(name, kind) for name in (*names, *words)]
    call.__signature__ = inspect.Signature(parameters)
    return call


def report_on(operation, functions):
    return check.layer(*called(operation, functions), operation=operation, convention="pytorch")


def results(operation, functions, settings):
    """Return what functions make of each setting: arrays, or None where they stop."""
    found = []
    for setting in settings:
        if setting.name == "no example":
            continue
        case = Case.of(OPERATIONS[operation], setting)
        arrays = {name: array.copy() for name, array in case.arrays.items()}
        try:
            made = case.operation.results(arrays, setting.options, functions)
        except (ValueError, IndexError):
            made = None
        found.append((case, made))
    return found


def alike(one, other):
    """Whether two lists of results are the same."""
    return all(
        (a is None) == (b is None)
        and (a is None or all(case.same(name, a[name], b[name]) for name in a))
        for (case, a), (_, b) in zip(one, other, strict=True)
    )


def verdict(operation, name, settings):
    """Say how the checker fares with one mistake: see `MARKS`."""
    report = report_on(operation, spoiled(operation, name))
    made = results(operation, spoiled(operation, name), settings)
    if alike(made, results(operation, OPERATIONS[operation].functions, settings)):
        return "." if report.ok else "!"
    if report.ok:
        return "!"
    if name in report.mistakes:
        return "o"
    if not report.mistakes:
        return "?"
    (found, *more) = report.mistakes
    other = spoiled(operation, found)
    same = not more and other and alike(made, results(operation, other, settings))
    return "=" if same else "!"


MARKS = {
    "o": "named right",
    "=": "named as another mistake that makes the same numbers in this class",
    ".": "makes no wrong number in this class, and is not blamed",
    "?": "caught, and not named",
    "!": "missed, or named wrong",
}


def matrix(classes=CLASSES, names=tuple(MISTAKES)):
    """Return {(operation, mistake): {class: verdict}}."""
    found = {}
    for operation in OPERATIONS:
        own = [name for name in names if spoiled(operation, name)]
        for title, wanted in classes.items():
            with only(operation, wanted) as settings:
                if not settings:
                    continue
                for name in own:
                    row = found.setdefault((operation, name), {})
                    row[title] = verdict(operation, name, settings)
    return found


# --- two at once ----------------------------------------------------------------------------------


def both(a, b):
    """Return convolution and gradients with two mistakes in them, or None."""
    operation = OPERATIONS["conv"]
    first, second = spoiled("conv", a), spoiled("conv", b)
    if first is None or second is None:
        return None
    functions = []
    for target, one, other in zip(operation.functions, first, second, strict=True):
        if target in (one, other):
            functions.append(other if one is target else one)
        elif MISTAKES[a].topic != MISTAKES[b].topic:
            functions.append(gradients_of(one, other, MISTAKES[a].topic))
        else:
            functions.append(_composed((a, b), target, operation))
    return functions


def gradients_of(one, other, topic):
    """Take dx from one function, and dw and db from the other."""
    if topic != "dx":
        one, other = other, one

    def backward(dy, x, w, **options):
        return other(dy, x, w, **options)._replace(dx=one(dy, x, w, **options).dx)

    return backward


def pairs(count, seed=0):
    """Try random pairs; return a list of (names, what was found), of those that differ from one."""
    draw, found = random.Random(seed), []
    topics = ("forward", "dx", "dw, db")
    names = [name for name, mistake in MISTAKES.items() if mistake.topic in topics]
    settings = OPERATIONS["conv"].settings
    everything = list(itertools.combinations(names, 2))
    for a, b in draw.sample(everything, len(everything)):
        functions = both(a, b)
        made = functions and results("conv", functions, settings)
        if not made or any(
            alike(made, results("conv", spoiled("conv", n), settings)) for n in (a, b)
        ):
            continue  # one hides the other
        found.append(((a, b), report_on("conv", functions).mistakes))
        if len(found) == count:
            break
    return found


def main(most=40):
    """Print the matrix and the pairs."""
    for mark, meaning in MARKS.items():
        print(f"{mark}  {meaning}")
    found = matrix()
    width = max(len(name) for _, name in found) + 2
    for number, title in enumerate(CLASSES):
        print(f"{' ' * width}{'|  ' * number}{title}")
    last = None
    for (operation, name), row in found.items():
        if operation != last:
            print(operation)
        last = operation
        print(f"{name:{width}}{'  '.join(row.get(title, ' ') for title in CLASSES)}")
    marks = [mark for row in found.values() for mark in row.values()]
    print({meaning: marks.count(mark) for mark, meaning in MARKS.items()}, flush=True)
    tried = pairs(most)
    named = sum({*names} <= {*mistakes} for names, mistakes in tried)
    print(f"{len(tried)} random pairs: both named in {named}")
    for names, mistakes in tried:
        if not {*names} <= {*mistakes}:
            print("   ", *names, "-> found", *mistakes)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
