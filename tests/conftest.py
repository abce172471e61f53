"""What all tests share: how much is run, and in which browser."""

import os

import pytest

# No test may hang on what somebody has kept beside the chapters, or change it.
os.environ["MY_LAYERS"] = ""


def pytest_addoption(parser):
    parser.addoption(
        "--full",
        action="store_true",
        help="run all that is otherwise sampled: minutes, not seconds",
    )
    parser.addoption("--browser", choices=["chromium", "firefox"], default="chromium")


def pytest_collection_modifyitems(config, items):
    if config.getoption("full"):
        return
    for item in items:
        if item.get_closest_marker("weekly"):
            item.add_marker(pytest.mark.skip(reason="runs weekly, with --full"))
