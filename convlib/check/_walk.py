"""From a learner's code to a report: run every setting, name what is wrong, make it small."""

import numpy as np

from convlib.check import _guard
from convlib.check._conventions import TITLES, UnclearError
from convlib.check._diagnose import diagnose, pattern
from convlib.check._learner import Learner
from convlib.check._operations import operation_named
from convlib.check._report import Plane, Report
from convlib.check._sections import section
from convlib.check._settings import PLAIN
from convlib.check._shrink import shrink
from convlib.check._terms import terms
from convlib.mistakes import MISTAKES

TWICE = 2
"""At so many settings, the first, everything runs twice, to see whether it is the same again."""

MAY_REFUSE = ("remainder", "no example", "wider than the kernel")
"""Settings that code may refuse by an exception of its own; what it says there is only noted."""


def examine(
    forward, backward, operation, convention, time_limit, made=False, outputs=None, about=None
):
    """Check code, whatever it is, and report.

    Parameters
    ----------
    forward, backward : callable or None
    operation, convention, time_limit
        As in `convlib.check.layer`.
    made : bool
        Whether `forward` is a class, or makes an object.
    outputs : collection of str, optional
        The only gradients that are due.
    about : str, optional
        The result to report on, if it is wrong; else the one that is wrong first.

    Returns
    -------
    Report
    """
    operation = operation_named(operation).only(outputs)
    parts = [name for name, f in (("forward", forward), ("backward", backward or made)) if f]
    blamed = getattr(forward or backward, "__name__", "the code")
    try:
        learner = Learner(forward, backward, operation, convention, time_limit, made, parts)
        return Walk(learner).report(about)
    except UnclearError as reason:
        return Report(False, f"{blamed}: {reason}.")
    except RecursionError:
        # what code returns may do anything when it is looked at
        return Report(False, f"{blamed}: what it returns cannot be judged.")


def tried(learner, setting):
    """Run one setting; return its case, and an `Outcome` for each result by its name."""
    case = learner.case(setting)
    outcomes = learner.outcomes(case)
    can_say = [one for one in learner.operation.settings if one.needs <= learner.speaks]
    if setting in can_say[:TWICE] and not ended(outcomes):
        learner.again(case, outcomes)
    return case, outcomes


def ended(outcomes):
    """Return the first fault after which nothing else is run, or None."""
    faults = (outcome.fault for outcome in outcomes.values() if outcome.fault)
    return next((fault for fault in faults if fault.kind in _guard.ENDS), None)


def may_fail(setting, outcomes):
    """Whether something is wrong that is not counted: a refusal, or a batch of no example."""
    faults = [o.fault for o in outcomes.values() if not o.right]
    refused = any(fault and fault.refused for fault in faults)
    optional = any(words in setting.name for words in MAY_REFUSE)
    return bool(faults) and (setting.name == "no example" or (optional and refused))


SUM = "is the sum of"
RELATIONS = {
    ("max_pool", "y"): "is the largest of",
    ("avg_pool", "y"): "is the average of",
    ("avg_pool", "dx"): "is the sum of the shares that it has in",
}
"""What an entry is of its terms."""


class Walk:
    """All settings, with what came of them.

    Parameters
    ----------
    learner : Learner
    """

    def __init__(self, learner):
        self.learner, self.operation = learner, learner.operation
        self.trials, self.left_out, self.notes = [], set(), []
        for setting in self.operation.settings:
            missing = setting.needs - learner.speaks
            if missing:
                self.left_out |= missing
                continue
            self._try(setting)
            if self._stopped():
                break
        self.findings = {}
        for output in self.wrong():
            self._name(output)

    def _try(self, setting):
        """Run one setting; what need not work is only noted."""
        case, outcomes = tried(self.learner, setting)
        if may_fail(setting, outcomes):
            words = next((o.fault.words for o in outcomes.values() if o.fault), "is wrong")
            self.notes.append(f"Not counted: at {setting.name}, the code {words}.")
            return
        self.trials.append((case, outcomes))

    def _stopped(self):
        return bool(self.trials) and ended(self.trials[-1][1]) is not None

    def of(self, output):
        """Return the trials of one result: pairs of a case and its `Outcome`."""
        return [(case, found[output]) for case, found in self.trials if output in found]

    def wrong(self):
        """Return the names of all results that are wrong somewhere."""
        names = dict.fromkeys(name for _, found in self.trials for name in found)
        return [n for n in names if any(not outcome.right for _, outcome in self.of(n))]

    def _name(self, output):
        """Find the mistake in one result, unless it is a crash that is explained already."""
        faults = [o.fault for _, o in self.of(output) if not o.right]
        kinds = {fault.kind if fault else "numbers" for fault in faults}
        if not kinds <= {"numbers", "shape", "crash", "nan"}:
            return
        trials = self.of(output)
        if output != "y" and len(self.findings) > ("y" in self.findings):
            # where the whole pass stops, that is explained already
            trials = [(case, o) for case, o in trials if not (o.fault and o.fault.kind == "crash")]
            if all(outcome.right for _, outcome in trials):
                return
        found = diagnose(trials, output, self.operation, self.learner.convention)
        if found:
            self.findings[output] = found

    # --- the report -------------------------------------------------------------------------------

    def report(self, about=None):
        """Put what was found into words."""
        wrong = self.wrong()
        names = dict.fromkeys(name for _, found in self.trials for name in found)
        due = ("y",) * self.learner.passes.has("forward")
        due += self.operation.grads * self.learner.passes.has("backward")
        if not self.learner.has_bias and "db" not in names:
            due = tuple(name for name in due if name != "db")
        parts = {name: name in names and name not in wrong for name in due}
        first = about if about in wrong else self._earliest(wrong)
        notes = (*self._also(wrong, first), *self._told())
        if not self.trials:
            lacks = ", no ".join(sorted(self.left_out))
            words = f"No setting could be run: the code takes no {lacks}."
            return Report(False, words, notes=notes)
        if all(self._is_none(output) for output in names):
            called = (self._called(),)
            return Report(False, self._empty(due), output=wrong[0], parts=parts, notes=called)
        if not wrong:
            last = _and(list(names))
            count = f"{len(self.trials)} settings"
            return Report(True, f"Right: {last} at all of {count}.", parts=parts, notes=notes)
        return self._failure(first, parts, notes)

    def _is_none(self, output):
        """Whether a result is None wherever it is asked for."""
        faults = [outcome.fault for _, outcome in self.of(output)]
        return all(fault and fault.kind == "none" for fault in faults)

    def _empty(self, due):
        """Say what a function that does nothing yet has to do."""
        passes = self.learner.passes
        part = "forward" if passes.has("forward") else "backward"
        name = getattr(passes.functions[part], "__name__", part)
        results = ", ".join(due)
        if part == "forward":
            results = "y, cache" if passes.keeps else "y"
        return f"{name} returns None: write its lines, and end with: return {results}"

    def _earliest(self, wrong):
        """Return the result that is wrong first, or None."""
        return min(wrong, key=lambda name: self._first(name)[0], default=None)

    def _first(self, output):
        """Return the number of the first trial in which a result is wrong, the case and outcome."""
        for number, (case, found) in enumerate(self.trials):
            if output in found and not found[output].right:
                return number, case, found[output]
        raise LookupError(output)

    def _failure(self, output, parts, notes):
        """Report the first result that is wrong."""
        _, case, first = self._first(output)
        finding = self.findings.get(output)
        small, outcome = self._small(case, first, output, finding)
        names = dict.fromkeys(n for found in self.findings.values() for n in found.names)
        own = finding.names if finding else ()
        entry = expected = picture = None
        detail, sums = self._detail(outcome, output, finding), ()
        if outcome.fault is None or outcome.fault.kind == "nan":
            expected, wrong = self._compared(small, outcome, output)
            entry = tuple(map(int, np.argwhere(wrong)[0]))
            words = self.learner.convention.axes(output, expected.ndim)
            axes = tuple(a for a, word in enumerate(words) if word in ("row", "column"))
            axes = axes or tuple(range(expected.ndim))[-2:]
            picture = self._plane(case, first, output, axes)
            place = self.learner.convention.index(output, entry, small.expected[output].shape)
            sums = self._sums(small, output, place)
            if finding is None:
                detail += (self._pattern(case, first, output),)
        if finding is None:
            detail += self._decided(output)
        return Report(
            ok=False, headline=self._headline(output, finding), mistake=own[0] if own else None,
            mistakes=tuple(names), output=output, setting=small.setting, entry=entry,
            expected=expected, got=outcome.got if entry is not None else None, parts=parts,
            terms=tuple(sums),
            relation=RELATIONS.get((self.operation.name, output), SUM), detail=detail, notes=notes,
            section=section(self.operation.name, output, small.setting, own), picture=picture,
        )  # fmt: skip

    def _small(self, case, outcome, output, finding):
        """Shrink a failure, unless each run of it takes long."""
        kind = outcome.fault.kind if outcome.fault else None
        if kind in (*_guard.ENDS, "random", "alias"):
            return case, outcome

        def shows(smaller):
            found = self.learner.outcomes(smaller).get(output)
            if found is None or found.right or (found.fault.kind if found.fault else None) != kind:
                return False
            trial = [(smaller, found)]
            convention = self.learner.convention
            return not finding or bool(
                diagnose(trial, output, self.operation, convention, finding.names)
            )

        small = shrink(case, shows, self.learner.case)
        again = self.learner.outcomes(small).get(output, outcome)
        return (case, outcome) if again.right else (small, again)

    def _sums(self, case, output, place):
        """Return the terms of an entry, where it is one sum."""
        known = self.operation.name != "batch_norm"
        return terms(self.learner, case, output, place) if known else ()

    def _compared(self, case, outcome, output):
        """Return what a result must be, in the learner's layout, and which entries are wrong."""
        expected = self.learner.expected(output, case)
        return expected, ~(np.abs(outcome.got - expected) <= case.slack[output])

    def _plane(self, case, outcome, output, axes):
        """Return the plane of a result that holds its first wrong entry, before it was small."""
        expected, wrong = self._compared(case, outcome, output)
        entry = np.argwhere(wrong)[0]
        cut = tuple(slice(None) if a in axes else int(i) for a, i in enumerate(entry))
        where = ", ".join(":" if isinstance(i, slice) else str(i) for i in cut)
        planes = (np.atleast_2d(array[cut]) for array in (expected, outcome.got, wrong))
        return Plane(f"{output}[{where}] at {case.setting.name}", *planes)

    def _pattern(self, case, outcome, output):
        """Describe wrong entries that no known mistake explains."""
        expected = self.learner.expected(output, case)
        axes = self.learner.convention.axes(output, expected.ndim)
        told = pattern(outcome.got, expected, case.slack[output], axes)
        return f"No known mistake makes these numbers. Before it was made small: {told}."

    def _decided(self, output):
        """Say which setting decides whether a result is right, if one alone does."""
        told = [(case, o.right) for case, o in self.of(output) if case.arrays["x"].size]
        return tuple(
            f"It is right wherever {option} is {plain}, and nowhere else."
            for option, plain in PLAIN.items()
            if len({right for _, right in told}) == 2
            and all(right == (option not in case.setting.needs) for case, right in told)
        )

    def _headline(self, output, finding):
        """Say where a result is right, where it is wrong, and why."""
        number, case, outcome = self._first(output)
        setting, fault = case.setting, outcome.fault
        who, does = output, fault.words if fault else ""
        if does.startswith(("raises", "calls", "does", "prints", "returns", "is not")):
            who = "forward" if output == "y" else "backward"
        known = number and setting.before
        start = f"{who} is right at {setting.before} and" if known else who
        be = "" if known else "is "
        if finding:
            does = f"{be}wrong" if fault is None else "fails"
            reasons = " And it ".join(_sentence(name) for name in finding.names)
            return f"{start} {does} at {setting.name}: it {reasons}"
        if fault is None:
            return f"{start} {be}wrong at {setting.name}."
        return f"{start} fails at {setting.name}: it {does}."

    def _detail(self, outcome, output, finding):
        lines = []
        if finding and outcome.fault:
            who = "It" if outcome.fault.kind == "crash" else output
            lines.append(f"{who} {outcome.fault.words}.")
        if finding:
            names = " and ".join(finding.names)
            alike = f" (the same numbers as {', '.join(finding.alike)})" if finding.alike else ""
            lines.append(f"Mistake: {names}{alike}")
            if finding.left:
                lines.append(f"At {finding.left} of the settings more is wrong than that.")
        return tuple(lines)

    def _also(self, wrong, first):
        """Tell of the other results that are wrong."""
        lines = []
        for output in wrong:
            _, case, outcome = self._first(output)
            if output == first or (outcome.fault and outcome.fault.kind == "crash"):
                continue
            finding = self.findings.get(output)
            why = outcome.fault.words if outcome.fault else "wrong numbers"
            if finding:
                why = " And it ".join(_sentence(name) for name in finding.names).rstrip(".")
            lines.append(f"Also {output}, from {case.setting.name} on: {why}.")
        return lines

    def _called(self):
        """Say in which convention the code was called, and how that was known."""
        convention, passes = self.learner.convention, self.learner.passes
        how = "as given" if convention.given else "found from the signature"
        layout = {"NHWC": ", channels last", "rows": ", one row per pixel"}
        bias = ", b of shape (F, 1)" if convention.bias == (-1, 1) else ""
        calls = [f"{part}({', '.join(one.order)})" for part, one in passes.bindings.items()]
        keys = f"; params: {', '.join(convention.keys)}" if "params" in passes.roles else ""
        name = f"{TITLES[convention.name]}{layout.get(convention.layout, '')}{bias}"
        return f"Convention ({how}): {name}; {', '.join(calls)}{keys}"

    def _told(self):
        """Say what was run and how."""
        yield self._called()
        if self.learner.eps is not None:
            yield f"Its own eps, which cannot be given: {self.learner.eps:g}."
        if self.left_out:
            yield f"Left out, because it cannot say: {', '.join(sorted(self.left_out))}."
        count = len(self.trials)
        good = sum(all(o.right for o in found.values()) for _, found in self.trials)
        yield f"Run at {count} settings: all right at {good}."
        if good == count:
            yield from self.notes[:3]
        if self.learner.limit and not _guard.can_limit():
            yield "No time limit here: an endless loop would not be stopped."


def _sentence(name):
    words = MISTAKES[name].sentence
    return words[0].lower() + words[1:]


def _and(words):
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
