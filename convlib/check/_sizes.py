"""Check a function that says how many outputs there are along one axis."""

from functools import partial
from numbers import Integral
from typing import NamedTuple

from convlib._geometry import output_size
from convlib.check import _guard
from convlib.check._report import Report
from convlib.check._sections import BY_MISTAKE
from convlib.mistakes import MISTAKES


class Axis(NamedTuple):
    """One axis of a layer, and what is new about it."""

    name: str
    size: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def call(self, function):
        """Call a function as `convlib.output_size` is called."""
        settings = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return function(self.size, self.kernel, **settings)

    def __str__(self):
        return (
            f"size {self.size}, kernel {self.kernel}, stride {self.stride}, "
            f"padding {self.padding}, dilation {self.dilation}"
        )


AXES = (
    Axis("the course's layer", 5, 3, padding=1),
    Axis("padding 0", 5, 3),
    Axis("an even kernel", 8, 4, padding=2),
    Axis("stride 2", 7, 3, stride=2, padding=1),
    Axis("a remainder of 1", 6, 3, stride=2),
    Axis("a remainder of 2", 10, 4, stride=3, padding=1),
    Axis("dilation 2", 9, 3, dilation=2),
    Axis("all at once", 12, 3, stride=2, padding=2, dilation=3),
    Axis("a stride wider than the kernel", 9, 2, stride=4),
    Axis("an input as large as the kernel", 3, 3, stride=2),
)


def examine_size(function, time_limit):
    """Check the function at every axis, and report."""
    name = getattr(function, "__name__", "the code")
    ran = [_guard.run(partial(axis.call, function), time_limit) for axis in AXES]
    if all(value is None and fault is None for value, fault in ran):
        words = f"{name} returns None: write its lines, and end with: return H_out"
        return Report(False, words, output="size", parts={"size": False})
    right = [axis.call(output_size) for axis in AXES]
    told = [
        fault.words if fault else _judged(value, due)
        for (value, fault), due in zip(ran, right, strict=True)
    ]
    wrong = [number for number, words in enumerate(told) if words]
    if not wrong:
        words = f"Right: the size at all of {len(AXES)} settings."
        return Report(True, words, parts={"size": True})
    first = wrong[0]
    names = _mistakes([value for value, _ in ran])
    why = "".join(f" It {_lower(MISTAKES[each].sentence)}" for each in names)
    return Report(
        False, f"{name} is wrong at {AXES[first].name}: it {told[first]}.{why}",
        mistake=next(iter(names), None), mistakes=names, output="size", setting=AXES[first],
        parts={"size": False},
        notes=(f"Run at {len(AXES)} settings: all right at {len(AXES) - len(wrong)}.",),
        section=next((BY_MISTAKE[each] for each in names if each in BY_MISTAKE), None),
    )  # fmt: skip


def _judged(value, due):
    """Say what is wrong with a value; nothing if it is right."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return "" if value == due else f"returns {value}, expected {due}"
    if isinstance(value, float):
        return f"returns {value:g}, and a size is a whole number, here {due}: divide with //"
    return f"returns a {type(value).__name__}, expected {due}"


def _mistakes(values):
    """Return the names of the mistakes that make all these values."""
    known = [(name, mistake.variants.get(output_size)) for name, mistake in MISTAKES.items()]
    return tuple(
        name
        for name, variant in known
        if variant and None not in values and _made(variant) == values
    )


def _made(variant):
    """Return what a mistake makes of every axis; None where it stops."""
    return [_guard.run(partial(axis.call, variant))[0] for axis in AXES]


def _lower(words):
    return words[0].lower() + words[1:]
