"""The smallest shapes that still show a failure."""


def shrink(case, shows, make):
    """Make the shapes of a case smaller for as long as it shows what it shows.

    Parameters
    ----------
    case : Case
    shows : callable
        Takes a `Case`; whether it fails in the same way.
    make : callable
        Takes a `Setting`, and makes a case of it.

    Returns
    -------
    Case
        The same setting in all else.
    """
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(case, make):
            if shows(smaller):
                case, changed = smaller, True
                break
    return case


def _smaller(case, make):
    """Yield cases with one length cut, each as far as possible first."""
    setting, groups = case.setting, case.setting.options.get("groups", 1)
    for lengths, step in _lengths(case.operation, groups):
        (name, axis), *_ = lengths
        for length in range(step, setting.shapes[name][axis], step):
            shapes = {key: list(shape) for key, shape in setting.shapes.items()}
            old = shapes[name][axis]
            for key, at in lengths:
                shapes[key][at] = max(1, shapes[key][at] * length // old)
            tuples = {key: tuple(shape) for key, shape in shapes.items()}
            try:
                yield make(setting._replace(shapes=tuples))
            except ValueError:
                continue  # a kernel that no longer fits, say


def _lengths(operation, groups):
    """Return what has one length in several shapes, with the step in which it can shrink."""
    yield [("x", 0)], 1
    if operation.name == "batch_norm":
        yield [("x", 1), ("gamma", 0), ("beta", 0)], 1
    elif not operation.parameters:
        yield [("x", 1)], 1
    else:
        rows, columns = [("w", 0), ("b", 0)], [("x", 1), ("w", 1)]
        if operation.name == "conv_transpose":
            rows, columns = [("x", 1), ("w", 0)], [("b", 0), ("w", 1)]
        yield rows, groups
        yield columns, groups
        yield [("w", 2)], 1
        yield [("w", 3)], 1
    yield [("x", 2)], 1
    yield [("x", 3)], 1
