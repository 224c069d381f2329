"""Confirmations: the issuer's word on a receipt takes the place of whatever its agent could show."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from programs.facts import Facts
from programs.snapshot import Snapshot
from programs.trust import Trust
from receipts import claims, outcomes
from receipts.claims import Claim, ClaimedLine
from referrals import journal
from referrals.journal import JournalKind


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What an issuer says of a receipt: its goods, or without lines only that it is genuine."""

    trust: Trust
    lines: Sequence[ClaimedLine] = ()
    seller: str | None = None
    has_buyer_tax_number: bool = False


def is_asked_about(claim: Claim) -> bool:
    """Whether its goods are still to be told: nobody has named any yet, whoever else may look at it meanwhile."""
    return claim.state == "pending_issuer" or (claim.state == "in_review" and not claim.lines)


def waits(claim: Claim) -> bool:
    """Whether its issuer may still say something that changes it."""
    return claim.state == "deferred" or is_asked_about(claim)


async def confirm(claim: Claim, word: Word, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    """Bring a waiting claim as far as the issuer's word carries it, and return what the rules are asked about.

    Joins the caller's transaction, which holds the till and has the claim's row.
    """
    was_in_review = claim.state == "in_review"
    claim.trust = max(claim.trust, word.trust, key=lambda trust: trust.rank)
    if word.lines:
        await take_over(claim, word)
    if claim.state == "deferred":
        await claims.save(claim)
        return None
    facts = await outcomes.settle(claim, snapshot, now=now)
    if claim.state == "in_review" and not was_in_review:
        await journal.tell(claim.agent_id, JournalKind.in_review, at=now, receipt_id=claim.id)
    return facts


async def take_over(claim: Claim, word: Word) -> None:
    """The goods as the issuer names them are the receipt's; joins the caller's transaction."""
    claim.seller = word.seller or claim.seller
    claim.has_buyer_tax_number = word.has_buyer_tax_number
    await claims.replace_lines(claim, word.lines)
