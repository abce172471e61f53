"""The checker of layers that somebody wrote: what it finds, what it says, and what it lets pass."""

import functools
import inspect
import itertools
import json
import re
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import numpy as np
import pytest

import convlib
from convlib import check
from convlib.check import _terms
from convlib.check._diagnose import pattern, predicted
from convlib.check._find import find
from convlib.check._operations import OPERATIONS, Case
from convlib.check._sections import BY_MISTAKE, BY_RESULT
from convlib.check._settings import numbers
from convlib.check._shrink import shrink
from convlib.mistakes import MISTAKES

CONV = OPERATIONS["conv"]
SETTINGS = {"stride": 1, "padding": 0, "dilation": 1}
BOOK = Path(__file__).parents[2] / "book"


def conv_forward(x, w, b, conv_param):
    """Be right, in the manner of CS231n."""
    y = convlib.conv(x, w, b, stride=conv_param["stride"], padding=conv_param["pad"])
    return y, (x, w, b, conv_param)


def conv_backward(dout, cache):
    x, w, _, conv_param = cache
    settings = {"stride": conv_param["stride"], "padding": conv_param["pad"]}
    return tuple(convlib.conv_backward(dout, x, w, **settings))


def spoiled(change):
    """Return a backward pass that does something to right gradients, or beside them."""

    def backward(dout, cache):
        grads = conv_backward(dout, cache)
        return change(*grads) if len(inspect.signature(change).parameters) == 3 else change()

    return backward


def told(report):
    """Return a report in one line."""
    return " ".join(str(report).split())


def case_of(operation, name):
    setting = next(s for s in OPERATIONS[operation].settings if s.name == name)
    return Case.of(OPERATIONS[operation], setting)


# --- mistakes of the catalogue ---------------------------------------------------------------


def wrong_functions():
    """Yield a sample of all mistakes: a wrong variant of one pass of an operation, with names."""
    for name, mistake in itertools.islice(MISTAKES.items(), 0, None, 7):
        for operation in OPERATIONS.values():
            for part, target in zip(("forward", "backward"), operation.functions, strict=True):
                if target in mistake.variants and operation.name != "batch_norm":
                    yield pytest.param(name, operation.name, part, mistake.variants[target],
                                       id=f"{name}-{operation.name}")  # fmt: skip


@pytest.mark.parametrize(("name", "operation", "part", "function"), list(wrong_functions()))
def test_mistake_is_named(name, operation, part, function):
    with_loops = getattr(convlib, operation + ("_backward" if part == "backward" else ""))

    # the settings are those of the right function: a variant may hide some in **settings
    @functools.wraps(with_loops)
    def wrong(*args, **settings):
        return function(*args, **settings)

    report = getattr(check, part)(wrong, operation=operation)
    assert (report.ok, report.mistake) == (False, name)
    assert len(str(report).splitlines()) <= 25
    assert MISTAKES[name].sentence[1:] in str(report).splitlines()[0]
    assert "cl-report" in report._repr_html_()


def test_right_functions_of_convlib_pass_with_all_that_they_can_be_told():
    for operation in OPERATIONS.values():
        if operation.name != "batch_norm":
            report = check.layer(
                getattr(convlib, operation.name),
                getattr(convlib, f"{operation.name}_backward"),
                operation=operation.name,
            )
            assert report.ok, report
            assert "Left out" not in str(report)
            assert set(report.parts) == {"y", *operation.grads}


def test_report_says_where_it_is_right_and_where_wrong():
    report = check.backward(MISTAKES["stride_forgotten"].variants[convlib.conv_backward])
    first, *rest = str(report).splitlines()
    assert first.startswith("dx is right at stride 1 and wrong at stride 2: it gathers dx as if")
    assert "any-stride.html#spread-dy-first" in "\n".join(rest)
    assert report.setting.options["stride"] == 2
    assert report.setting.shapes["x"] == (1, 1, 1, 1)
    assert report.parts == {"dx": False, "dw": True, "db": True}


def test_crop_at_padding_0_is_named_from_a_wrong_shape_and_from_a_crash():
    def shape(dout, cache):
        dx, dw, db = conv_backward(dout, cache)
        p = cache[3]["pad"]
        padded = np.pad(dx, ((0, 0), (0, 0), (p, p), (p, p)))
        return padded[:, :, p:-p, p:-p], dw, db

    def crash(dout, cache):
        dx = np.empty_like(cache[0])
        cropped, dw, db = shape(dout, cache)
        dx[:] = cropped
        return dx, dw, db

    for backward in (shape, crash):
        report = check.layer(conv_forward, backward)
        assert report.mistake == "crop_minus_zero"
        assert re.match(r"\w+ is right at padding 1 and fails at padding 0: it crops", str(report))
    assert re.search(r"in line \d+: dx\[:\] = cropped", told(report))


@pytest.mark.parametrize("error", [NameError, TypeError, KeyError])
def test_a_crash_of_another_kind_is_not_taken_for_a_wrong_crop(error):
    def backward(dout, cache):
        if not cache[3]["pad"]:
            raise error
        return conv_backward(dout, cache)

    report = check.layer(conv_forward, backward)
    assert (report.ok, report.mistake) == (False, None)
    assert error.__name__ in report.headline


# --- two at once, and none ------------------------------------------------------------------------

PAIRS = [
    ("kernel_not_rotated", "first_filter_only"),
    ("stride_forgotten", "crop_minus_zero"),
    ("dw_rotated", "last_example_only"),
    ("first_axis_padded_only", "bias_per_channel"),
]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_mistakes_at_once_are_both_named(pair):
    def made(arrays, settings, *outputs):
        setting = CONV.settings[0]._replace(options=settings)
        case = Case(CONV, setting, arrays, {"y": arrays["x"]}, {})
        return tuple(predicted(pair, case, output) for output in outputs)

    def backward(dy, x, w, stride, pad):
        arrays, settings = {"dy": dy, "x": x, "w": w}, {"stride": stride, "padding": pad}
        return made(arrays, settings, *CONV.grads)

    def forward(x, w, b, stride, pad):
        return made({"x": x, "w": w, "b": b}, {"stride": stride, "padding": pad}, "y")[0]

    is_forward = MISTAKES[pair[0]].topic == "forward"
    report = check.forward(forward) if is_forward else check.backward(backward)
    assert {*report.mistakes} == {*pair}


def test_mistakes_of_forward_and_backward_are_told_apart():
    def forward(x, w, b, conv_param):
        y, cache = conv_forward(x, w, 0 * b, conv_param)
        return y, cache

    report = check.layer(forward, spoiled(lambda dx, dw, db: (dx, dw[:, :, ::-1, ::-1].copy(), db)))
    assert report.mistakes == ("bias_forgotten", "dw_rotated")
    assert report.parts == {"y": False, "dx": True, "dw": False, "db": True}
    assert "Also dw" in str(report)


def test_what_nothing_explains_gets_no_name_but_a_pattern():
    report = check.layer(conv_forward, spoiled(lambda dx, dw, db: (3 * dx, dw, db)))
    assert report.mistake is None
    assert "every entry is 3 times what it must be" in told(report)


def test_a_mistake_with_more_wrong_than_it_explains_says_so():
    def backward(dout, cache):
        dx, dw, db = conv_backward(dout, cache)
        flipped = np.flip(dw, (2, 3)).copy()
        return dx, (flipped * 7 if cache[3]["stride"] == 3 else flipped), db

    report = check.layer(conv_forward, backward)
    assert report.mistake == "dw_rotated"
    assert "more is wrong than that" in told(report)


RIGHT = np.arange(1.0, 37).reshape(1, 1, 6, 6) ** 2
AXES = ("example", "channel", "row", "column")


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (RIGHT * 0, "every entry is 0"),
        (RIGHT / 2, "0.5 times"),
        (RIGHT + 1, "too large by 1"),
        (RIGHT.swapaxes(2, 3), "transposed"),
        (RIGHT[:, :, ::-1], "reversed along its row axis"),
        (RIGHT[:, :, ::-1, ::-1], "reversed along its row and column axis"),
        (np.roll(RIGHT, 1, 3), "shifted by 1 along its column axis"),
        (np.where(np.arange(6) % 2, 0, RIGHT), "one column in 2"),
        (np.where(np.arange(6) == 4, 0, RIGHT), "column 4 only"),
        (np.pad(RIGHT[:, :, 1:-1, 1:-1], ((0, 0), (0, 0), (1, 1), (1, 1))), "on the border"),
    ],
)
def test_pattern_of_wrong_entries(got, words):
    assert words in pattern(got, RIGHT, 1e-9, AXES)


# --- terms and shapes -----------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["conv", "conv_transpose"])
def test_terms_add_up_to_the_entry(operation):
    name = "groups, stride and dilation" if operation == "conv" else "2 groups"
    case = case_of(operation, name)
    for output, right in case.expected.items():
        for entry in itertools.islice(np.ndindex(right.shape), 0, None, 7):
            due = _terms.due_terms(case, output, entry)
            products = [np.prod([case.arrays[a][i] for a, i in places]) for places in due]
            assert sum(products) == right[entry]


def test_terms_that_are_missing_or_too_many_are_marked():
    def backward(dout, cache):
        dx, dw, db = conv_backward(dout, cache)
        return dx, dw, db - dout[:, :, 0, 0].sum(0)

    report = check.layer(conv_forward, backward)
    marks = {term.places: (term.due, term.got) for term in report.terms}
    assert report.output == "db"
    assert {(1, 0)} == {marks[place] for place in marks if place[0][1][2:] == (0, 0)}
    assert "← missing" in str(report)

    twice = check.layer(conv_forward, spoiled(lambda dx, dw, db: (dx, dw, 2 * db)))
    assert {(term.due, term.got) for term in twice.terms} == {(1, 2)}
    assert "taken 2 times" in str(twice)


def test_shrinking_keeps_what_shows_the_failure():
    case = case_of("conv", "groups, stride and dilation")

    def shows(smaller):
        return smaller.arrays["x"].shape[3] >= 5 and smaller.arrays["w"].shape[2] >= 2

    small = shrink(case, shows, functools.partial(Case.of, CONV))
    assert small.setting.shapes == {"x": (1, 2, 1, 5), "w": (2, 1, 2, 1), "b": (2,)}
    assert small.setting.options == case.setting.options


def test_only_what_is_called_a_remainder_has_one():
    for operation in (CONV, OPERATIONS["max_pool"], OPERATIONS["avg_pool"]):
        for setting in operation.settings:
            options = {k: setting.options.get(k, v) for k, v in SETTINGS.items()}
            kernel = setting.options.get("kernel_size") or setting.shapes["w"][2:]
            kernel = tuple(np.broadcast_to(kernel, 2).tolist())
            sizes = convlib.geometry(setting.shapes["x"][2:], kernel, **options)
            assert any(sizes.remainder) == ("remainder" in setting.name), setting.name


def test_numbers_are_whole_and_never_0():
    for shape, most in itertools.product([(), (1,), (3, 4), (0, 2)], [None, 5]):
        array = numbers(shape, 1, "", most)
        assert array.shape == shape
        assert (array == np.round(array)).all()
        assert (array != 0).all()
    assert len({*numbers((4, 5), 1).flat}) == 20


# --- conventions ----------------------------------------------------------------------------------


def test_convention_is_found_and_said():
    def nhwc(A_prev, W, b, hparameters):
        settings = {"stride": hparameters["stride"], "padding": hparameters["pad"]}
        x, w = A_prev.transpose(0, 3, 1, 2), W.transpose(3, 2, 0, 1)
        return convlib.conv(x, w, b.ravel(), **settings).transpose(0, 2, 3, 1).copy(), None

    def rows(x, w, b, stride, pad):
        assert b.shape == (len(w), 1)
        return convlib.conv(x, w, b[:, 0], stride=stride, padding=pad)

    def asks(x, w, b, conv_param):
        return convlib.conv(
            x, w, b, stride=conv_param["stride"], padding=conv_param["pad"],
            dilation=conv_param.get("dilation", 1),
        ), None  # fmt: skip

    for function, words in (
        (nhwc, "deeplearning.ai, channels last"),
        (rows, "b of shape (F, 1)"),
        (asks, "params: stride, pad, dilation"),
        (convlib.conv, "PyTorch"),
    ):
        report = check.forward(function)
        assert report.ok, report
        assert words in told(report)
    assert "as given" in str(check.forward(nhwc, convention="deeplearning.ai"))
    assert not check.forward(nhwc, convention="cs231n").ok


def test_what_a_convention_cannot_say_is_left_out_and_said():
    report = check.layer(conv_forward, conv_backward)
    assert report.ok
    assert "Left out, because it cannot say: " in str(report)
    assert "dilation, groups" in str(report)


def test_there_need_not_be_a_bias():
    def forward(x, w, stride=1, pad=0):
        return convlib.conv(x, w, stride=stride, padding=pad)

    def backward(dout, x, w, stride, pad):
        return convlib.conv_backward(dout, x, w, stride=stride, padding=pad)[:2]

    assert check.layer(forward, backward).parts == {"y": True, "dx": True, "dw": True}


def test_results_may_come_as_dictionary_list_or_attributes():
    class Layer:
        def __init__(self, w, b, stride=1, padding=0):
            self.w, self.b, self.settings = w, b, {"stride": stride, "padding": padding}

        def forward(self, x):
            self.x = x
            return convlib.conv(x, self.w, self.b, **self.settings)

        def backward(self, dout):
            dx, self.dw, self.db = convlib.conv_backward(dout, self.x, self.w, **self.settings)
            return dx

    wrong = type("Wrong", (Layer,), {"backward": lambda self, dout: 2 * Layer.backward(self, dout)})
    assert check.layer(Layer).ok
    assert check.layer(lambda w, b, stride, padding: Layer(w, b, stride, padding)).ok
    assert check.layer(wrong).parts == {"y": True, "dx": False, "dw": True, "db": True}
    for form in (list, lambda g: dict(zip(("dW", "db", "dx"), (g[1], g[2], g[0]), strict=True))):

        def formed(dout, cache, form=form):
            return form(conv_backward(dout, cache))

        assert check.layer(conv_forward, formed).ok


def test_a_signature_that_cannot_be_understood_is_reported():
    report = check.forward(lambda x, w, b, stride, pad, d, g, what, ever: x)
    assert not report.ok
    assert "'what'" in report.headline or "'ever'" in report.headline


def test_passes_that_are_confused_are_reported():
    for report in (check.forward(conv_backward), check.layer(conv_backward, conv_forward)):
        assert report.headline == "conv_backward: it takes cache, which is not given to this pass."
    report = check.forward(lambda x, size, stride, pad, w: x, operation="max_pool")
    assert "what is its parameter 'w'" in report.headline


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: check.forward(3), TypeError, "function: expected a function or a class, got int"),
        (lambda: check.layer(len, "b"), TypeError, "backward: expected a function"),
        (lambda: check.forward(len, operation="pool"), ValueError, "operation: expected one of"),
        (lambda: check.forward(len, convention="tf"), ValueError, "convention: expected one of"),
        (lambda: check.forward(len, time_limit=0), ValueError, "time_limit: "),
        (lambda: check.cases(outputs=["dz"]), ValueError, "outputs: expected some of"),
    ],
)
def test_arguments_are_checked(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


# --- hostile code ---------------------------------------------------------------------------------


def prints():
    for number in range(2000):
        print(number)


def endless():
    while True:
        pass


def swallows():
    while True:
        try:  # noqa: SIM105
            sum(range(1000))
        except:  # noqa: E722
            pass


def deep(number=0):
    sys.setrecursionlimit(10**9)
    return deep(number + 1)


BUFFERS = {}


def reused(dx, dw, db):
    buffer = BUFFERS.setdefault(dx.shape, np.empty(dx.shape))
    buffer[...] = dx
    return buffer, dw, db


HOSTILE = {
    "returns None": lambda: None,
    "returns 2 results": lambda dx, dw, db: (dx, dw),
    "holds integers": lambda dx, dw, db: (dx.astype(int), dw, db),
    "complex128": lambda dx, dw, db: (dx + 0j, dw, db),
    "NaN": lambda dx, dw, db: (dx, dw * np.nan, db),
    "of type list": lambda dx, dw, db: (dx.tolist(), dw, db),
    "(2, 1)": lambda dx, dw, db: (dx, dw, db[:, None]),
    "same is asked again": lambda dx, dw, db: (dx + np.random.rand(), dw, db),  # noqa: NPY002
    "a later call": reused,
    "exit()": lambda: sys.exit(),
    "without an end": deep,
    "prints 2000 lines": prints,
    "within 0.2 s": endless,
    "within 0.2 s.": swallows,
    "ZeroDivisionError": lambda: 1 // 0,
}


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_code_is_reported(words):
    limit = 0.2 if "within" in words else 60.0
    report = check.layer(conv_forward, spoiled(HOSTILE[words]), time_limit=limit)
    assert not report.ok
    assert report.mistake is None
    assert words in report.headline
    assert report.parts["y"]


@pytest.mark.parametrize("seed", [0, 7, 42])
def test_the_checker_leaves_the_random_numbers_of_a_learner_alone(seed):
    np.random.seed(seed)  # noqa: NPY002
    report = check.layer(conv_forward, spoiled(HOSTILE["same is asked again"]), time_limit=60.0)
    assert "same is asked again" in report.headline
    np.random.seed(seed)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert check.layer(conv_forward, conv_backward).ok
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_changed_inputs_and_shared_memory_are_reported():
    def changes(dout, cache):
        dout *= 1
        cache[0][:] = 0
        return conv_backward(dout, cache)

    def shares(x, w, b, conv_param):
        y, cache = conv_forward(x, w, b, conv_param)
        x[...] = 1
        return y, cache

    assert "changing the input x" in check.layer(conv_forward, changes).headline
    assert "changing the input x" in check.forward(shares).headline

    def pool(x, kernel_size, stride):
        y = convlib.max_pool(x, kernel_size, stride=stride)
        return x if kernel_size == stride == 1 else x[:, :, : y.shape[2], : y.shape[3]]

    assert "shares its memory" in check.forward(pool, operation="max_pool").headline


def test_nothing_outside_is_changed(monkeypatch):
    streams, pad, errors = (sys.stdin, sys.stdout, sys.stderr), np.pad, np.geterr()
    limit, trace = sys.getrecursionlimit(), sys.gettrace()
    before = np.random.get_state()[1].tolist()  # noqa: NPY002

    def nasty():
        np.random.seed(0)  # noqa: NPY002
        np.seterr(all="raise")
        np.pad = sys.stdout = None
        sys.setrecursionlimit(500)
        endless()

    report = check.layer(conv_forward, spoiled(nasty), time_limit=0.1)
    assert "does not come to an end" in report.headline
    assert (sys.stdin, sys.stdout, sys.stderr) == streams
    assert (np.pad, np.geterr()) == (pad, errors)
    assert (sys.getrecursionlimit(), sys.gettrace()) == (limit, trace)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_an_interrupt_from_the_keyboard_passes():
    def interrupted(x, w, b, conv_param):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.forward(interrupted)


def test_without_a_time_limit_it_is_said(monkeypatch):
    found = []
    thread = threading.Thread(target=lambda: found.append(check.forward(conv_forward)))
    thread.start()
    thread.join()
    assert found[0].ok
    assert "No time limit here" in str(found[0])


def test_code_may_refuse_a_remainder_of_its_own_accord_only():
    def refuses(x, w, b, conv_param):
        spare = x.shape[2] + 2 * conv_param["pad"] - w.shape[2]
        assert spare % conv_param["stride"] == 0, "the filter does not fit"
        return conv_forward(x, w, b, conv_param)

    def fails(x, w, b, conv_param):
        spare = x.shape[2] + 2 * conv_param["pad"] - w.shape[2]
        np.ones(2).reshape(2 + spare % conv_param["stride"])
        return conv_forward(x, w, b, conv_param)

    report = check.forward(refuses)
    assert report.ok
    assert "Not counted: at a remainder" in str(report)
    assert not check.forward(fails).ok


@pytest.mark.parametrize("winner", ["last", "all", "shared", "another"])
def test_equal_maxima_may_share_a_gradient_but_not_multiply_it(winner):
    def backward(dy, x, kernel_size, stride, padding):
        settings = {"stride": stride, "padding": padding}
        y = convlib.max_pool(x, kernel_size, **settings)
        dx = np.zeros((*x.shape[:2], *(h + 2 * padding for h in x.shape[2:])))
        padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)],
                        constant_values=-np.inf)  # fmt: skip
        for o in np.ndindex(y.shape):
            place = (*o[:2], *(slice(stride * i, stride * i + kernel_size) for i in o[2:]))
            best = padded[place] == y[o]
            if winner == "another" and best.sum() > 1:  # first to what is not a maximum, if any is
                best = padded[place] == padded[place].min()
            if winner in ("last", "another"):
                best &= np.cumsum(best).reshape(best.shape) == best.sum()
            dx[place] += dy[o] * best / (best.sum() if winner == "shared" else 1)
        return dx[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]].copy()

    report = check.backward(backward, operation="max_pool")
    assert report.ok == (winner in ("last", "shared")), report
    assert report.mistake == ("all_maxima_paid" if winner == "all" else None)


# --- what is printed, and what it is reached by ---------------------------------------------------


def test_html_shows_the_wrong_entries_and_says_them():
    report = check.layer(conv_forward, spoiled(lambda dx, dw, db: (dx[:, :, ::-1].copy(), dw, db)))
    page = report._repr_html_()
    assert 'role="img"' in page
    assert re.search(r'aria-label="dx\[0, 0, :, :\] .*Wrong: row 0 column 0', page)
    assert "var(--cl-downstream-fill" in page
    assert "&lt;" not in check.layer(conv_forward, conv_backward)._repr_html_()


def test_keys_of_other_names_are_found_one_after_another():
    def pool_forward(x, pooling_params):
        f = pooling_params["pooling_height"], pooling_params["pooling_width"]
        return convlib.max_pool(x, f, stride=pooling_params["stride"])

    report = check.forward(pool_forward, operation="max_pool")
    assert report.ok, report


def test_every_section_is_in_the_book():
    titles = {}
    for path in BOOK.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        lines = "".join("".join(c["source"]) + "\n" for c in cells if c["cell_type"] == "markdown")
        titles[path.stem] = re.findall(r"^#+ (.*)$", lines, flags=re.M)
    sections = [*BY_MISTAKE.values(), *(s for row in BY_RESULT.values() for s in row.values())]
    for section in sections:
        assert section.title in titles[section.page]
        assert titles[section.page][0] == section.chapter
    assert {*BY_MISTAKE} <= {*MISTAKES}


def test_command_line(tmp_path):
    good = tmp_path / "good.py"
    good.write_text(
        "import convlib\nconv_forward, conv_backward = convlib.conv2d, convlib.conv2d_backward\n"
    )
    bad = tmp_path / "bad.py"
    bad.write_text("def conv_forward(x, w, b, conv_param):\n    return x, None\n")
    for file, status, words in ((good, 0, "Right"), (bad, 1, "y fails"), (tmp_path, 1, "a folder")):
        run = subprocess.run(
            [sys.executable, "-m", "convlib.check", str(file)], capture_output=True, text=True
        )
        assert run.returncode == status, run.stderr
        assert words in run.stdout


def test_layers_are_found_by_their_names():
    names = ["conv_forward_naive", "conv_backward_naive", "max_pool_forward", "pool_backward",
             "batchnorm_forward", "batchnorm_backward_alt", "conv2d", "conv2d_backward", "im2col",
             "conv_output_size", "conv_transpose_forward", "avg_pool2d"]  # fmt: skip
    found = {
        (f.operation, f.forward, f.backward)
        for f in find({n: eval(f"lambda: '{n}'") for n in names})
    }
    told = {tuple(f and (f if isinstance(f, str) else f()) for f in one) for one in found}
    assert told == {
        ("conv", "conv_forward_naive", "conv_backward_naive"),
        ("max_pool", "max_pool_forward", None),
        ("max_pool", None, "pool_backward"),
        ("batch_norm", "batchnorm_forward", "batchnorm_backward_alt"),
        ("conv", "conv2d", "conv2d_backward"),
        ("conv_transpose", "conv_transpose_forward", None),
        ("avg_pool", "avg_pool2d", None),
    }


def outcome_of(test, backward):
    try:
        test(conv_forward, backward)
    except (AssertionError, unittest.SkipTest) as error:
        return str(error)
    return "passed"


def test_cases_are_tests_of_one_result_each():
    tests = check.cases(outputs=["dx"])
    assert len({test.__name__ for test in tests}) == len(tests) > 20
    wrong = spoiled(lambda dx, dw, db: (dx, 2 * dw, db))
    outcomes = {test.__name__: outcome_of(test, wrong) for test in check.cases()}
    assert outcomes["dx-stride-2"] == outcomes["db-padding-0"] == "passed"
    assert "every entry is 2 times" in outcomes["dw-stride-2"]
    assert outcomes["y-2-groups"] == "its convention cannot say: groups"


def test_importing_it_loads_numpy_only():
    code = "import sys, convlib.check; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "IPython", "hypothesis", "pytest"} & {*run.stdout.split()}


# --- functions that are written step by step ----------------------------------------------------


def dx_alone(dy, x, w, *, padding=0):
    return convlib.conv_backward(dy, x, w, padding=padding).dx


def db_alone(dy):
    return dy.sum(axis=(0, 2, 3))


@pytest.mark.parametrize(("function", "output"), [(dx_alone, "dx"), (db_alone, "db")])
def test_one_gradient_is_judged_by_itself(function, output):
    report = check.backward(function, outputs=[output])
    assert report.ok, str(report)
    assert report.parts == {output: True}


def test_gradients_that_are_asked_for_come_in_their_usual_order():
    def both(dy, x, w, *, stride=1, padding=0):
        grads = convlib.conv_backward(dy, x, w, stride=stride, padding=padding)
        return grads.dx, grads.db

    assert check.backward(both, outputs=("db", "dx")).parts == {"dx": True, "db": True}
    report = check.backward(both, outputs=["dx"])
    assert "it returns 2 results, expected 1: dx" in report.headline
    report = check.backward(lambda dy, x, w: (dy,), outputs=["dx", "db"])
    assert "it returns 1 results, expected 2: dx, db" in report.headline
    assert not check.backward(lambda dy: (), outputs=["db"])


def test_a_gradient_that_is_wrong_by_itself_is_named():
    def rotated(dy, x, w, *, padding=0):
        return convlib.conv_backward(dy, x, w, padding=padding).dw[:, :, ::-1, ::-1]

    assert check.backward(rotated, outputs=["dw"]).mistakes == ("dw_rotated",)


@pytest.mark.parametrize("outputs", [["y"], [], "dx", ["dx", "dgamma"]])
def test_gradients_that_an_operation_does_not_have_are_refused(outputs):
    with pytest.raises(ValueError, match="outputs: expected some of dx, dw, db; got"):
        check.backward(dx_alone, outputs=outputs)


def no_lines(dy, x, w, *, stride=1):
    """Return nothing yet."""


@pytest.mark.parametrize(
    ("report", "ends"),
    [
        (lambda: check.backward(no_lines), "return dx, dw, db"),
        (lambda: check.backward(no_lines, outputs=["dw"]), "return dw"),
        (lambda: check.forward(no_lines), "return y"),
        (lambda: check.layer(no_lines, conv_backward), "return y, cache"),
        (lambda: check.layer(no_lines, no_lines), "return y"),
    ],
)
def test_an_empty_function_is_told_what_to_return(report, ends):
    report = report()
    assert not report.ok
    assert not any(report.parts.values())
    assert report.headline == f"no_lines returns None: write its lines, and end with: {ends}"
    assert len(str(report).splitlines()) <= 3


@pytest.mark.parametrize("option", ["stride", "padding", "groups"])
def test_a_setting_that_decides_alone_is_told(option):
    def fails(x, w, b, *, stride=1, padding=0, groups=1):
        given = {"stride": stride, "padding": padding, "groups": groups}
        if given[option] != (option != "padding"):
            raise TypeError("no number")
        return convlib.conv(x, w, b, **given)

    words = f"It is right wherever {option} is {int(option != 'padding')}, and nowhere else."
    assert words in told(check.forward(fails))
    assert "and nowhere else" not in told(check.forward(lambda x, w, b, *, padding: x / padding))


def test_only_what_is_empty_everywhere_is_told_so():
    def first_only(x, w, b, *, padding=0):
        return convlib.conv(x, w, b, padding=1) if padding == 1 else None

    report = check.forward(first_only)
    assert report.headline == (
        "y is right at padding 1 and fails at padding 0: it is None: a return is missing."
    )
