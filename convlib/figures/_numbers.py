"""How a number is written: the same rule as that of the explorer's script, `js/numbers.js`.

What is rounded is the exact value of the float, and a half goes away from zero. Zero has no sign,
and minus is a true minus sign. `tests/data/numbers.json` holds cases for both languages.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

FITS = 6
"""Characters that a cell has room for."""

ROUNDING = Context(prec=40, rounding=ROUND_HALF_UP)
IN_FULL = Context(prec=10, rounding=ROUND_HALF_UP)
"""Ten digits: what a reader may want, without the noise of the last bits."""


def number(value):
    """Write a number as it fits a cell: with two decimals, with fewer, or as a power of ten.

    Examples
    --------
    >>> number(-2.0), number(0.125), number(1234.56), number(-0.0), number(1e-7)
    ('−2', '0.13', '1234.6', '0', '1e−7')
    """
    value = float(value)
    if not math.isfinite(value):
        return _typeset(str(value))
    forms = []
    if value == 0 or 0.01 <= abs(value) < 1e6:
        forms = [_fixed(value, places) for places in ((0,) if value.is_integer() else (2, 1, 0))]
    forms += [_power(Context(prec=kept, rounding=ROUND_HALF_UP), value) for kept in (2, 1)]
    return _typeset(next((text for text in forms if len(text) <= FITS), forms[-1]))


def number_in_full(value):
    """Write a number with all that it holds: integers as they are, others with ten digits.

    Examples
    --------
    >>> number_in_full(0.1 + 0.2), number_in_full(123456.789), number_in_full(-0.0)
    ('0.3', '123456.789', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return _typeset(str(value))
    if value.is_integer() and abs(value) < 2**53:
        return _typeset(str(int(value)))
    rounded = IN_FULL.create_decimal(Decimal(value))
    if -7 < rounded.adjusted() < IN_FULL.prec:
        return _typeset(f"{rounded.normalize(IN_FULL):f}")
    return _typeset(_power(IN_FULL, value))


def _fixed(value, places):
    """Write a number with so many decimals."""
    return str(Decimal(value or 0).quantize(Decimal(1).scaleb(-places), context=ROUNDING))


def _power(context, value):
    """Write a number as a power of ten, with no zeros at its end."""
    rounded = context.create_decimal(Decimal(value)).normalize(context)
    power = rounded.adjusted()
    return f"{rounded.scaleb(-power)}e{power}"


def _typeset(text):
    """Write a number's own signs."""
    return text.replace("-", "−").replace("nan", "NaN").replace("inf", "∞")
