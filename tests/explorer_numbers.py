"""How the explorer writes a number of its own tables."""


def number(value):
    """Write an integer as the page does, with a true minus sign."""
    assert value == int(value)
    return str(int(value)).replace("-", "−")


def second(value):
    return f"({number(value)})" if value < 0 else number(value)
