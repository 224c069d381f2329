"""Rivals: claims of which one at most can be genuine, until the issuer or a person says which."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.db import fetch_value
from receipts import claims, inquiries, neighbours
from receipts.claims import Claim
from referrals import journal, risks
from referrals.journal import JournalKind
from referrals.risks import RiskKind

FORGED: Final = "contradicts"
CORRECTED: Final = "corrected"
# Whoever mistypes a receipt more often than that is not reading it from paper.
CORRECTIONS_MAX: Final = 3

_UNDECIDED: Final = frozenset({"pending_issuer", "deferred", "in_review"})
_WITHOUT_GOODS: Final = frozenset({"pending_issuer", "deferred"})


def refuting(fresh: Claim, known: Sequence[Claim]) -> Claim | None:
    """The known claim that shows a fresh one to be made up; what nobody has proven or decided shows nothing.

    The same document with other words is always one too many: whoever has the paper knows its sum and its time.
    """
    if fresh.is_confirmed:
        return None
    return neighbours.contradicted(fresh, [one for one in known if _stands(one, fresh)])


def _stands(known: Claim, fresh: Claim) -> bool:
    return known.identity == fresh.identity or known.is_confirmed or known.state not in _UNDECIDED


async def is_corrected(known: Claim, fresh: Claim) -> bool:
    """Whether its own agent takes back what he had typed wrongly, while nothing has come of it."""
    if known.agent_id != fresh.agent_id or known.is_confirmed or known.lines or known.state not in _WITHOUT_GOODS:
        return False
    if neighbours.contradicted(fresh, [known]) is None:
        return False
    before = await fetch_value(
        """SELECT count(*) FROM receipt
           WHERE point = $1 AND number = $2 AND state = 'rejected' AND agent_id = $3 AND reason = $4""",
        fresh.point,
        fresh.number,
        fresh.agent_id,
        CORRECTED,
    )
    return bool(before < CORRECTIONS_MAX)


async def is_contested(claim: Claim) -> bool:
    """Whether somebody else's claim to the same number of the till lives beside an unproven one."""
    if claim.is_confirmed:
        return False
    return any(one.identity != claim.identity for one in await claims.live(claim.identity, claim.place))


async def give_way(claim: Claim, *, now: datetime) -> None:
    """What the issuer has confirmed ends every other claim to its number; joins the caller's transaction."""
    for other in await claims.live(claim.identity, claim.place):
        if other.id != claim.id and other.identity != claim.identity and not other.is_confirmed:
            await disprove(other, by=claim.id, now=now)


async def disprove(claim: Claim, *, by: UUID, now: datetime) -> None:
    """The issuer's own document says otherwise: what is not decided yet is refused, the rest is for a person."""
    await risks.record(
        kind=RiskKind.forged_receipt,
        subject=f"agent:{claim.agent_id}",
        facts={"receipt_id": claim.id, "contradicts": by},
        now=now,
        program_id=claim.program_id,
        agent_id=claim.agent_id,
    )
    if claim.state in _UNDECIDED:
        claim.state, claim.reason = "rejected", FORGED
        await claims.save(claim)
        await inquiries.close(claim.id, state="dropped", now=now)
        await journal.tell(claim.agent_id, JournalKind.denied, at=now, reason=FORGED, receipt_id=claim.id)
