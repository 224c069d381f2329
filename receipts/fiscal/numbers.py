"""Numbers as tills print them, read strictly: what is not plainly a number is refused with the field's name."""

import re
from datetime import datetime
from functools import cache

from receipts.fiscal.frame import ReceiptMalformed

_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:[.,]([0-9]{1,2}))?", re.ASCII)
ORDER_MAX = 120
NAME_MAX = 100
_WHOLE = re.compile(r"[0-9]{1,20}", re.ASCII)
_DIRECTIVE = re.compile(r"%[a-zA-Z]")
_DIGITS = {"%Y": "[0-9]{4}", "%f": "[0-9]{1,6}"}


def minor(text: str, *, field: str, most: int = 10**15, negative: bool = False) -> int:
    """An amount with a point or a comma and at most two decimals, in minor units."""
    found = _AMOUNT.fullmatch(text)
    if found is None or (found[1] and not negative):
        raise ReceiptMalformed(field=field, problem="not_an_amount")
    amount = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
    if amount > most:
        raise ReceiptMalformed(field=field, problem="too_large")
    return -amount if found[1] else amount


def whole(text: str, *, field: str, least: int, most: int) -> int:
    """A whole number within its bounds; leading zeros are allowed."""
    if _WHOLE.fullmatch(text) is None:
        raise ReceiptMalformed(field=field, problem="not_a_number")
    number = int(text)
    if not least <= number <= most:
        raise ReceiptMalformed(field=field, problem="out_of_range")
    return number


def digits(text: str, *, field: str, count: int) -> str:
    """Exactly so many digits."""
    if len(text) != count or _WHOLE.fullmatch(text) is None:
        raise ReceiptMalformed(field=field, problem=f"not_{count}_digits")
    return text


def name(text: str, *, field: str) -> str:
    """What a till calls itself or its receipts: a few letters that can be printed, of whatever alphabet."""
    if not 0 < len(text) <= NAME_MAX or not text.isprintable():
        raise ReceiptMalformed(field=field, problem="not_a_name")
    return text


def plain(text: str) -> str:
    """A till's words with a blank for whatever cannot be printed: padding, tabulators, marks that turn the writing."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def moment(text: str, *patterns: str, field: str) -> datetime:
    """The till's own clock by the first pattern that fits; it has no zone."""
    for pattern in patterns:
        if _shape(pattern).fullmatch(text):
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=None)  # noqa: DTZ007 - tills print no zone.
            except ValueError:
                continue
    raise ReceiptMalformed(field=field, problem="not_a_time")


@cache
def _shape(pattern: str) -> re.Pattern[str]:
    """All digits of a pattern: `strptime` would take a month of one, and digits of any script."""
    return re.compile(_DIRECTIVE.sub(lambda one: _DIGITS.get(one[0], "[0-9]{2}"), re.escape(pattern)), re.ASCII)


def order(name: str, value: str) -> tuple[str, str] | None:
    """The shop and the reference of an order, where a till prints both under the name of an order."""
    shop, _, ref = value.strip().partition("/")
    is_order = name.strip().casefold() in {"order", "заказ"}
    return (shop, ref) if is_order and 0 < len(shop) <= ORDER_MAX and 0 < len(ref) <= ORDER_MAX else None
