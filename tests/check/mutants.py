"""Small random edits of correct layers, by the operators of the mutation tool.

Run as a module, it prints how many the checker catches::

    python -m tests.check.mutants
"""

import itertools
import sys
import warnings

import numpy as np

from convlib import check
from tests.check.corpus import RIGHT, functions
from tests.settings import GRID, TOLERANCE, worst_error

# an edit of as_strided may read outside of the array, and end the process: it is not among them
BASES = ("loops_windows", "im2col_indices", "windows_einsum", "taps_tensordot", "full_correlation")


class AnyCase(dict):
    """A dictionary of settings that forgives capitals, as the checker does."""

    def __missing__(self, key):
        return self[key.lower()] if key != key.lower() else {}[key]


def mutants(source):
    """Yield the line and the source of every edit."""
    import libcst
    from mutmut.mutation.mutators import mutation_operators

    module = libcst.metadata.MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True)
    lines = module.resolve(libcst.metadata.PositionProvider)
    for node, place in lines.items():
        for kind, change in mutation_operators:
            if isinstance(node, kind):
                for new in change(node):
                    yield place.start.line, module.module.deep_replace(node, new).code


def settings():
    """Return what CS231n's convention can say of the grid of two axes."""
    return [
        s
        for s in GRID
        if len(s.size) == 2 and s.groups == 1 and s.dilation == 1
        and isinstance(s.stride, int) and isinstance(s.padding, int)
    ]  # fmt: skip


def is_right_on_the_grid(passes, is_dictionary):
    """Compare with the loops at every setting, apart from the checker."""
    forward, backward = passes
    for setting in settings():
        x, w, b, dy = setting.arrays()
        param = AnyCase(stride=setting.stride, pad=setting.padding)
        given = (param,) if is_dictionary else tuple(param.values())
        try:
            y, cache = forward(x.copy(), w.copy(), b.copy(), *given)
            got = dict(zip(("dx", "dw", "db"), backward(dy.copy(), cache), strict=True), y=y)
            right, size = setting.by_loops(x, w, b, dy), setting.scale(x, w, b, dy)
            if not worst_error(got, right, size) <= 100 * TOLERANCE[np.float64]:
                return False
        except Exception:
            return False
    return True


def fate(source):
    """Say what becomes of one edit: 'caught', 'equal', 'missed', or 'does not run'."""
    try:
        operation, passes = functions(source)
    except Exception:
        return "does not run"
    if not check.layer(*passes, operation=operation, time_limit=0.5).ok:
        return "caught"
    return "equal" if is_right_on_the_grid(passes, "conv_param" in source) else "missed"


def main(most=None):
    """Print the numbers, and every edit that is missed."""
    warnings.simplefilter("ignore")
    for base in BASES:
        source, fates = RIGHT[base], {}
        for line, code in itertools.islice(mutants(source), most):
            end = fate(code)
            fates[end] = fates.get(end, 0) + 1
            if end == "missed":
                old, new = (text.splitlines() for text in (source, code))
                print(
                    f"missed, {base}:{line}:",
                    *(b for a, b in zip(old, new, strict=False) if a != b),
                )
        print(f"{base}: {sum(fates.values())} edits, {fates}", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
