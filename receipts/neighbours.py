"""Neighbours: what the other receipts of a till say about one, without anybody's signature.

A till numbers its documents in the order of time, and no two of them have one number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from core.db import fetch_row
from programs.trust import Trust
from receipts.claims import Claim

_HOUR: Final = timedelta(hours=1)
# The clock of an export may be set by another hour of the world than the till's own.
_ZONES: Final = timedelta(hours=12)
_CLOCK_SLACK: Final = timedelta(minutes=5)


def contradicted(claim: Claim, known: Sequence[Claim]) -> Claim | None:
    """The first known receipt that cannot be genuine if this one is: one of the two was made up."""
    return next((other for other in known if other.identity != claim.identity or not _alike(claim, other)), None)


def _alike(one: Claim, other: Claim) -> bool:
    """Whether two spellings of one document say the same; a clock without seconds is as good as one with them."""
    same = (one.total_minor, one.currency, one.operation) == (other.total_minor, other.currency, other.operation)
    apart = abs(one.issued_at.replace(second=0) - other.issued_at.replace(second=0))
    if one.lines or other.lines:
        return same and apart <= _ZONES and apart % _HOUR == timedelta()
    return same and apart == timedelta()


async def out_of_order(claim: Claim) -> bool:
    """Whether the nearest known documents of the till say that this number belongs to another time.

    Of what its issuer has confirmed only others that were confirmed can say so: anybody can invent a neighbour.
    """
    if claim.number is None:
        return False
    weighty = [trust.value for trust in Trust if not claim.is_confirmed or trust.rank >= Trust.ISSUER_CONFIRMED.rank]
    row = await fetch_row(
        """SELECT (SELECT issued_at FROM receipt
                   WHERE point = $1 AND number < $2 AND state <> 'rejected' AND trust = ANY($3)
                   ORDER BY number DESC LIMIT 1) AS before,
                  (SELECT issued_at FROM receipt
                   WHERE point = $1 AND number > $2 AND state <> 'rejected' AND trust = ANY($3)
                   ORDER BY number LIMIT 1) AS after""",
        claim.point,
        claim.number,
        weighty,
    )
    if row is None:
        return False
    early = row["before"] is not None and not in_order(row["before"], claim.issued_at)
    late = row["after"] is not None and not in_order(claim.issued_at, row["after"])
    return early or late


def in_order(earlier: datetime, later: datetime) -> bool:
    """Whether a document may have been printed after another, by a clock that is set now and then."""
    return later >= earlier - _CLOCK_SLACK
