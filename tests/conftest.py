"""What all tests share: the option that runs what is otherwise sampled in full."""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--full",
        action="store_true",
        help="run all that is otherwise sampled: minutes, not seconds",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("full"):
        return
    for item in items:
        if item.get_closest_marker("weekly"):
            item.add_marker(pytest.mark.skip(reason="runs weekly, with --full"))
