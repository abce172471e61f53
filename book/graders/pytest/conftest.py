"""Points for each part: a share of them for so many of its tests as pass."""

import json
import runpy
from collections import Counter

import pytest

from convlib.check import cases

SHOWN = {
    "conv": ["the course's layer", "stride 2", "padding 0"],
    "max_pool": ["windows side by side", "windows of 3 with stride 2"],
    "batch_norm": ["a batch"],
}
REQUIRED = {
    "conv": ["stride", "padding"],
    "max_pool": ["stride"],
    "batch_norm": ["eps"],
}


def pytest_addoption(parser):
    """Add what a class, and who marks it, may ask for."""
    own = parser.getgroup("layers")
    own.addoption("--layers", default="my_layers.py", help="the file to test")
    own.addoption(
        "--every-setting", action="store_true", help="the hidden, too"
    )
    own.addoption("--points", help="a file to write the points into, as JSON")


def pytest_configure(config):
    """Describe the mark."""
    mark = "part(operation, *outputs, points): what a test is about"
    config.addinivalue_line("markers", mark)


def pytest_generate_tests(metafunc):
    """Give each test its cases."""
    operation, *outputs = metafunc.definition.get_closest_marker("part").args
    every = metafunc.config.getoption("every_setting")
    found = cases(
        operation,
        outputs=outputs,
        settings=None if every else SHOWN[operation],
        required=REQUIRED[operation],
    )
    metafunc.parametrize("case", found)


@pytest.fixture(scope="session")
def layer(request):
    """Find the functions of the file; if it fails, all tests do."""
    return runpy.run_path(request.config.getoption("layers")).get


def pytest_collection_modifyitems(items):
    """Let each report say which part it is about."""
    for item in items:
        most = item.get_closest_marker("part").kwargs["points"]
        part = item.originalname.removeprefix("test_")
        item.user_properties.append((part, most))


def pytest_terminal_summary(terminalreporter, config):
    """Print the points, and write them into a file."""
    most, passed, tests = {}, Counter(), Counter()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(outcome):
            ((part, most[part]),) = report.user_properties
            passed[part] += outcome == "passed"
            tests[part] += 1
    points = {part: most[part] * passed[part] / tests[part] for part in most}
    for part in points:
        line = f"{part}: {points[part]:.3g} of {most[part]} points"
        terminalreporter.write_line(line)
    if config.getoption("points"):
        with open(config.getoption("points"), "w", encoding="utf-8") as file:
            json.dump(points, file)
