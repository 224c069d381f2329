"""Till rolls: what receipts of one fiscal drive that are read together say about each other; only Russia numbers so.

A drive numbers its documents in the order of time, and no two of them alike. Which of two is the wrong one, it does not
say: whoever reads them has to look.
"""

from bisect import bisect_left, insort
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from receipts.fiscal import russia
from receipts.fiscal.frame import Evidence, EvidenceKind, Receipt

# Clocks are set, and one is printed without seconds where another has them.
_SLACK: Final = timedelta(minutes=5)


class _Met(NamedTuple):
    """A document of a drive."""

    number: int
    issued_at: datetime
    says: tuple[object, ...]


class TillRoll:
    """The receipts that were read so far, by their drives."""

    def __init__(self) -> None:
        self._drives: dict[str, list[_Met]] = {}

    def compare(self, receipt: Receipt) -> list[Evidence]:
        """What the receipts before it say of this one, if any of its drive were read; it is kept for the next."""
        if receipt.format != russia.CODE or receipt.issued_at is None:
            return []
        roll = self._drives.setdefault(receipt.numbers["fn"], [])
        minute = receipt.issued_at.replace(second=0, microsecond=0)
        says = (receipt.numbers["fp"], receipt.total_minor, receipt.operation, minute)
        met = _Met(int(receipt.numbers["i"]), minute, says)
        place = bisect_left(roll, met.number, key=lambda one: one.number)
        same = roll[place] if place < len(roll) and roll[place].number == met.number else None
        if same is not None:
            return [] if same.says == met.says else [_odd("another document of this drive has the same number")]
        before, after = roll[place - 1] if place else None, roll[place] if place < len(roll) else None
        insort(roll, met, key=lambda one: one.number)
        if before is None and after is None:
            return []
        early = before is not None and minute < before.issued_at - _SLACK
        late = after is not None and minute > after.issued_at + _SLACK
        if early or late:
            return [_odd("its number belongs to another time of this drive")]
        return [Evidence(EvidenceKind.NEIGHBOUR, ok=True, detail="fits between the others of its drive")]


def _odd(detail: str) -> Evidence:
    return Evidence(EvidenceKind.NEIGHBOUR, ok=False, detail=detail)
