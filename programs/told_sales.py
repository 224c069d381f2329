"""Told sales: the goods and the sum of an order as far as its campaign tells them to the agent."""

from collections.abc import Iterable
from typing import Final

import msgspec

from programs.facts import Line
from programs.tells import Tells

_STEPS: Final = (1, 2, 5, 10)
# A rouble, or whatever the unit of the program's currency is: no band is narrower.
_UNIT_MINOR: Final = 100


class Sum(msgspec.Struct, frozen=True, gc=False):
    """What a purchase came to, as far as it is told: `from_minor`, or at least that and less than `below_minor`."""

    from_minor: int
    below_minor: int | None
    currency: str


def lines_told(lines: Iterable[Line], tells: Tells) -> tuple[Line, ...]:
    """The goods as they may be known, without their prices unless those may be, too."""
    if not tells.goods:
        return ()
    if tells.amount == "exact":
        return tuple(lines)
    return tuple(Line(line.product_id, line.sku, line.quantity) for line in lines)


def sum_told(lines: Iterable[Line], tells: Tells) -> Sum | None:
    """What the lines cost together, as it may be known; nothing where they have no price, or several currencies."""
    priced = [line for line in lines if line.amount_minor is not None and line.currency is not None]
    currencies = {line.currency for line in priced if line.currency}
    if tells.amount == "nothing" or len(currencies) != 1:
        return None
    [currency], amount_minor = currencies, sum(line.amount_minor or 0 for line in priced)
    if tells.amount == "exact":
        return Sum(amount_minor, None, currency)
    return Sum(*band(amount_minor), currency)


def band(amount_minor: int) -> tuple[int, int]:
    """Between which two of 0, 1, 2, 5, 10, 20, 50 … units an amount lies; the first may be it, the second may not."""
    if amount_minor < _UNIT_MINOR:
        return 0, _UNIT_MINOR
    power = 10 ** (len(str(amount_minor)) - 1)
    above = next(step for step in _STEPS if amount_minor < step * power)
    return _STEPS[_STEPS.index(above) - 1] * power, above * power
