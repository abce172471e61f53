"""``@pytest.mark.grid(CONV, ...)`` runs a test at a sample of each grid, or with --full at all."""


def pytest_generate_tests(metafunc):
    for marker in metafunc.definition.iter_markers("grid"):
        part = "settings" if metafunc.config.getoption("full") else "sample"
        chosen = [setting for grid in marker.args for setting in getattr(grid, part)]
        metafunc.parametrize("setting", chosen, ids=str)
