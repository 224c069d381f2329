"""Brought back: which lines of a sale a return is about, where no marking says it: by GTIN or name, piece by piece."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from core.ids import uuid7
from receipts.claims import ClaimedLine

_ONE: Final = Decimal(1)


def lines_after(lines: Sequence[ClaimedLine], goods: Sequence[ClaimedLine], *, by: UUID) -> list[ClaimedLine]:
    """The lines of a sale after these goods came back; of a line of which only some did, both parts. Pure."""
    left = list(lines)
    for back in (one for one in goods if one.is_goods and one.item_key is None):
        place = next((place for place, line in enumerate(left) if _is_meant(line, back)), None)
        if place is not None:
            left[place : place + 1] = _parted(left[place], back, by=by, place=1 + max(line.place for line in left))
    return left


def _is_meant(line: ClaimedLine, back: ClaimedLine) -> bool:
    if line.returned_by is not None or line.item_key is not None or not line.is_goods:
        return False
    if line.gtin and back.gtin:
        return line.gtin == back.gtin
    return line.name.split() == back.name.split()


def _parted(line: ClaimedLine, back: ClaimedLine, *, by: UUID, place: int) -> list[ClaimedLine]:
    had, gone = line.quantity or _ONE, back.quantity or _ONE
    if gone >= had or back.amount_minor >= line.amount_minor:
        return [msgspec.structs.replace(line, returned_by=by)]
    kept = msgspec.structs.replace(line, quantity=had - gone, amount_minor=line.amount_minor - back.amount_minor)
    returned = msgspec.structs.replace(
        line, id=uuid7(), place=place, quantity=gone, amount_minor=back.amount_minor, returned_by=by
    )
    return [kept, returned]
