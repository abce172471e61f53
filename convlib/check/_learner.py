"""A learner's code at work: run in its own convention, and every result judged."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from convlib.check._conventions import ROLES, guess
from convlib.check._guard import ENDS, Fault, run
from convlib.check._operations import Case
from convlib.check._passes import Functions, Objects, by_names
from convlib.check._settings import PLAIN

SPOILS = ("shape", "changed", "nan")
"""Kinds of `Fault` in y after which what the forward pass kept is of no use."""


OWN_EPS = (1e-5, 1e-8, 1e-6, 1e-7, 1e-3, 1e-4, 1e-12, 0.0)
"""What code adds to a variance of its own accord, the most usual first."""


class Outcome(NamedTuple):
    """What came of one result at one case.

    Attributes
    ----------
    got : ndarray or None
        A copy, in the learner's layout.
    fault : Fault or None
        What is wrong beside the numbers.
    right : bool
    raw : object
        What was returned itself.
    """

    got: object
    fault: object
    right: bool
    raw: object = None


class Learner:
    """The code of a learner, with the convention in which it is called.

    Parameters
    ----------
    forward, backward : callable or None
    operation : Operation
    convention : str or None
    time_limit : float or None
        Seconds for one call.
    made : bool
        Whether `forward` is a class, or makes an object.
    parts : collection of str
        'forward', 'backward': what is asked for.

    Raises
    ------
    UnclearError
        If a signature cannot be understood.
    """

    def __init__(self, forward, backward, operation, convention, time_limit, made, parts):
        self.operation, self.limit, self.eps = operation, time_limit, None
        if made:
            first = Case.of(operation, operation.settings[0])
            values = guess([forward], set(), operation.name, convention)[0].values(first)
            self.passes = Objects(forward, operation, values, parts, time_limit)
        else:
            self.passes = Functions(forward, backward, operation)
        roles = self.passes.roles
        simple = PLAIN.keys() if roles & {"params", "cache"} else roles
        first = self.case(_first(operation.settings, {*roles, *simple}))
        self._settle(guess(self.passes.signatures, roles, operation.name, convention), first)
        self.speaks = self._spoken(first)
        if "eps" in first.setting.options and "eps" not in self.speaks:
            self._settle_eps()

    def _settle(self, tried, first):
        """Choose the first convention in which the forward pass is right; else the nearest."""
        settled, least, self.ended = None, 4, False
        for convention in tried if self.passes.has("forward") else tried[:1]:
            keys, more = convention.keys, True
            while more:  # code that lacks one key stops there, and asks for the next one then
                asked = set()
                self.convention = convention._replace(keys=_Noted(keys, asked))
                faulty = self._forward(first) if self.passes.has("forward") else least - 1
                more = {key: role for key, role in _roles_of(asked) if key not in keys}
                keys = keys | more
                self.convention = convention._replace(keys=keys)
            if faulty < least:
                settled, least = self.convention, faulty
            if not faulty:
                return
            if self.ended:
                break
        self.convention = settled

    def _settle_eps(self):
        """Find the eps of code that cannot be told one; take the usual one if none is right."""
        settings = [setting for setting in self.operation.settings if not setting.needs]
        errors = {}
        for eps in OWN_EPS if self.passes.has("forward") else ():
            self.eps = eps
            cases = [self.case(setting) for setting in settings]
            found = [self.outcomes(case, backward=False)["y"] for case in cases]
            if any(outcome.fault and outcome.fault.kind in ENDS for outcome in found):
                break
            if all(outcome.right for outcome in found):
                wanted = [self.expected("y", case) for case in cases]
                errors[eps] = max(
                    np.abs(outcome.got - y).max() for outcome, y in zip(found, wanted, strict=True)
                )
        self.eps = min(errors, key=errors.get, default=None)

    def _forward(self, case):
        """Say how far y is from right: 0 right, 1 wrong numbers, 2 another shape, 3 no result."""
        outcome = self.outcomes(case, backward=False)["y"]
        kind = outcome.fault.kind if outcome.fault else ""
        self.ended = kind in ENDS
        if kind in ("crash", "none", "type", "count", *ENDS):
            return 3
        return 0 if outcome.right else 1 + (kind == "shape")

    def _spoken(self, first):
        """Return all that this convention can say, of what a `Setting` may need."""
        roles, own = set(self.passes.roles), self.convention.name
        if "params" in roles or not self.passes.has("forward"):
            roles |= {*self.convention.keys.values()}
        if "kernel_height" in roles:
            roles |= {"kernel_size", "a kernel that is not square"}
        if own != "deeplearning.ai":
            roles.add("equal maxima")  # the mask of that course pays all of them
        square = self.operation.name.endswith("_pool") or own == "deeplearning.ai"
        if not square and not ("kernel_size" in roles and self._takes_one_size()):
            roles.add("a kernel that is not square")
        if own == "pytorch" and "stride" in first.setting.options and not self.ended:
            pairs = {"a number per axis": 2, "padding before and after": (2, 2)}
            roles |= {word for word, shape in pairs.items() if self._takes(first, shape, roles)}
            if self.operation.name.endswith("_pool") and "a number per axis" in roles:
                roles.add("a kernel that is not square")
        return roles

    def _takes_one_size(self):
        """Whether a class counts with its kernel size as with a number, and stops at a pair."""
        settings = self.operation.settings
        pair = next(s for s in settings if s.needs == {"a kernel that is not square"})
        fault = self.outcomes(self.case(pair), backward=False)["y"].fault
        return fault is not None and fault.error == "TypeError"

    def _takes(self, first, shape, roles):
        """Whether (1, 1) is understood as 1 is, or ((1, 1), (1, 1))."""
        pairs = {
            key: tuple(map(tuple, np.full(shape, value).tolist()))
            if shape == (2, 2)
            else (value, value)
            for key, value in first.setting.options.items()
            if key in roles and (shape == 2 or key == "padding")
        }
        setting = first.setting._replace(options=first.setting.options | pairs)
        case = replace(first, setting=setting)
        return bool(pairs) and all(found.right for found in self.outcomes(case).values())

    # --- one case -----------------------------------------------------------------------------

    def outcomes(self, case, backward=True):
        """Run the passes at one case; return an `Outcome` for each result, by its name."""
        values = self.convention.values(case)
        kept = {name: np.array(values[name], order="K") for name in case.arrays}
        found, cache = {}, None
        if self.passes.has("forward"):
            returned, fault = run(self.passes.call("forward", values), self.limit)
            y, fault = (None, fault) if fault else _output(returned, self.passes.keeps)
            lost = fault is not None or not _is_pair(returned)
            cache = None if lost else returned[1]
            found["y"] = self._judge("y", y, fault, case, values, kept)
        if not backward or not self.passes.has("backward"):
            return found
        fault = found["y"].fault if found else None
        if found and self.passes.keeps and (lost or (fault and fault.kind in SPOILS)):
            return found  # what the forward pass kept is lost, or does not go with dy
        values["cache"] = cache if found else self.convention.cache(values, self.operation)
        returned, fault = run(self.passes.call("backward", values), self.limit)
        for name, (grad, own) in self._grads(returned, fault, case).items():
            found[name] = self._judge(name, grad, own, case, values, kept)
        return found

    def _grads(self, returned, fault, case):
        """Return each gradient, and its fault, by name."""
        names = self.operation.grads
        if fault is None:
            returned, fault = _results(returned, self._due(returned))
        if fault is None:
            fault = self._order_fault(returned, case)
        if fault is not None:
            return dict.fromkeys(names, (None, fault))
        return {name: (returned[name], None) for name in names if name in returned}

    def _order_fault(self, returned, case):
        """Say in which order the gradients are, if their shapes tell that it is another."""
        due = [self.expected(name, case).shape for name in returned]
        got = [np.shape(grad) for grad in returned.values()]
        if got == due or sorted(got) != sorted(due) or len({*due}) < len(due):
            return None
        found = ", ".join([*returned][due.index(shape)] for shape in got)
        words = f"returns, by their shapes, {found}; expected {', '.join(returned)}"
        return Fault("order", words)

    @property
    def has_bias(self):
        """Whether there is a b: as a parameter, in the cache, or in an object."""
        in_cache = self.passes.keeps and not self.passes.has("forward")
        return "b" in self.passes.roles or in_cache or isinstance(self.passes, Objects)

    def _due(self, returned):
        """Return the names of the gradients that are due: of all, db may be left out with no b."""
        names = self.operation.grads
        without = isinstance(returned, (tuple, list)) and len(returned) < len(names)
        every = names == ("dx", "dw", "db")
        return names[:-1] if every and not self.has_bias and without else names

    def case(self, setting):
        """Return a setting with its numbers, as far as the code takes them."""
        has_bias = self.has_bias or "b" not in setting.shapes
        if self.eps is not None:
            setting = setting._replace(options=setting.options | {"eps": self.eps})
        return Case.of(self.operation, setting, has_bias=has_bias)

    def expected(self, name, case):
        """Return the right result in the learner's layout."""
        return self.convention.shaped(name, case.expected[name])

    def _judge(self, name, got, fault, case, values, kept):
        """Decide what one result is worth."""
        expected = self.expected(name, case)
        if isinstance(got, np.ndarray):
            got = np.ndarray.view(got, np.ndarray)  # a subclass may answer as it likes
        fault = fault or form_fault(got, expected) or side_effect(got, values, kept)
        if fault is not None:
            return Outcome(np.array(got) if isinstance(got, np.ndarray) else None, fault, False)
        if np.isfinite(expected).all() and not np.isfinite(got).all():
            return Outcome(np.array(got), Fault("nan", "holds NaN or infinity"), False)
        right = case.same(name, got, expected)
        if name == "dx" and case.setting.form == "equal" and not right:
            right = case.ties_shared(self.convention.back(name, got, case.expected[name].shape))
        return Outcome(np.array(got), None, bool(right), got)

    def again(self, case, first):
        """Run a case once more, and judge what differs from the first time."""
        state = np.random.get_state()  # noqa: NPY002
        try:
            # other random numbers than the first time, whatever the learner's seed
            np.random.seed(np.random.randint(2**31))  # noqa: NPY002
            second = self.outcomes(case)
        finally:
            np.random.set_state(state)  # noqa: NPY002
        for name, outcome in second.items():
            before = first.get(name)
            if before is None or before.raw is None or outcome.raw is None:
                continue
            if not case.same(name, before.got, outcome.got):
                fault = Fault("random", "is another one when the same is asked again")
            elif outcome.raw.size and np.shares_memory(before.raw, outcome.raw):
                fault = Fault("alias", "shares its memory with that of a later call")
            else:
                continue
            first[name] = before._replace(fault=fault, right=False)


def _first(settings, roles):
    """Return the simplest setting that can be said by these roles."""
    able = (s for s in settings if PLAIN.keys() & s.needs <= roles)
    return next(able, settings[0])


class _Noted(dict):
    """Keys whose dictionary of settings notes what else it is asked for."""

    def __init__(self, keys, asked):
        super().__init__(keys)
        self.asked = asked


def _roles_of(asked):
    """Return the settings that unknown keys stand for."""
    roles = [(key, ROLES.get(key.lower())) for key in sorted(asked)]
    known = (*PLAIN, "kernel_size", "kernel_height", "kernel_width")
    return [(key, role) for key, role in roles if role in known]


def _is_dx_and_rest(returned):
    return _is_pair(returned) and isinstance(returned[1], Mapping)


def _is_pair(returned):
    return isinstance(returned, (tuple, list)) and len(returned) == 2


def _output(returned, keeps):
    """Return y from what a forward pass returned, and a fault."""
    if isinstance(returned, Mapping):
        found = {str(key).lower(): value for key, value in returned.items()}
        return next((found[k] for k in ("y", "out", "output", "z") if k in found), None), None
    if keeps and not _is_pair(returned):
        if returned is None:
            return None, Fault("none", "is None: a return is missing")
        many = len(returned) if isinstance(returned, (tuple, list)) else 1
        words = f"returns {many} result{'s' * (many != 1)}, expected 2: (out, cache)"
        return None, Fault("count", words)
    if isinstance(returned, (tuple, list)) and returned and not keeps:
        return returned[0], None
    return (returned[0] if keeps else returned), None


def _results(returned, names):
    """Return the gradients by name from what a backward pass returned, and a fault."""
    if returned is None:
        return None, Fault("none", "returns None: a return is missing")
    if hasattr(returned, "_asdict"):
        returned = returned._asdict()
    if isinstance(returned, Mapping) or _is_dx_and_rest(returned):
        found = by_names(returned, names)
        if any(value is not None for value in found.values()):
            return found, None
        returned = tuple(returned.values())
    if len(names) == 1 and not isinstance(returned, (tuple, list)):
        return {names[0]: returned}, None
    if not isinstance(returned, (tuple, list)):
        words = f"returns one {type(returned).__name__}, expected {len(names)}: {', '.join(names)}"
        return None, Fault("count", words)
    if len(returned) != len(names):
        words = f"returns {len(returned)} results, expected {len(names)}: {', '.join(names)}"
        return None, Fault("count", words)
    return dict(zip(names, returned, strict=True)), None


def form_fault(got, expected):
    """Say what is wrong with the form of a result: its type, dtype or shape."""
    if got is None:
        return Fault("none", "is None: a return is missing")
    if not isinstance(got, np.ndarray):
        kind = type(got).__name__
        return Fault("type", f"is of type {kind}, expected an array")
    if got.dtype.kind in "iub":
        return Fault("dtype", f"holds integers ({got.dtype}), expected floats")
    if got.dtype.kind != "f" or got.dtype.itemsize < 4:
        return Fault("dtype", f"has dtype {got.dtype}, expected float64 or float32")
    if got.shape != expected.shape:
        return Fault("shape", f"has shape {got.shape}, expected {expected.shape}")
    return None


def side_effect(got, values, kept):
    """Say what a call has done to its inputs."""
    for name, before in kept.items():
        if not _unchanged(values[name], before):
            return Fault("changed", f"is found by changing the input {name}: work on a copy")
        if got.size and np.shares_memory(got, values[name]):
            return Fault("alias", f"shares its memory with the input {name}: return a copy")
    for key, before in values["params"].given.items():
        if dict.get(values["params"], key) is not before:
            return Fault("changed", f"is found by changing the setting {key!r}: work on a copy")
    return None


def _unchanged(array, before):
    return array.shape == before.shape and np.array_equal(array, before, equal_nan=True)
