"""The tags of a code cell: ``check:eq-x``, ``catches:mistake``, ``judge:function`` and others."""


def of_kind(tags, kind):
    """List what tags of one kind name.

    Examples
    --------
    >>> of_kind(["hide-input", "check:eq-dx", "check:eq-dw"], "check")
    ['eq-dx', 'eq-dw']
    """
    return [tag.removeprefix(f"{kind}:") for tag in tags if tag.startswith(f"{kind}:")]


def tagged(cell, kind):
    """List what the tags of one kind name that a cell of a notebook has."""
    return of_kind(cell.metadata.get("tags", []), kind)
