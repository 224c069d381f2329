"""Chains: receipts that name the one before them, held against those of the same till that others have handed in."""

from datetime import timedelta
from typing import Final

from core.db import fetch_value
from programs.trust import Trust
from receipts.claims import Claim
from receipts.fiscal import austria
from receipts.fiscal.frame import Receipt
from receipts.fiscal.keyring import KeyRing
from receipts.tills import links_of, place_of

_CLOCK_SLACK: Final = timedelta(minutes=5)


async def recall(ring: KeyRing, receipt: Receipt) -> None:
    """Let a ring know the receipt before this one, if anybody has handed that in; joins the caller's transaction."""
    before, _ = links_of(receipt)
    if before is None:
        return
    known = await fetch_value(
        "SELECT EXISTS (SELECT FROM receipt WHERE point = $1 AND chain_value = $2 AND state <> 'rejected')",
        place_of(receipt).point,
        before,
    )
    if known:
        ring.link(*austria.linked(before))


async def is_broken(claim: Claim) -> bool:
    """Whether its neighbours in the chain say otherwise: another follows the same one, or time runs backwards.

    Of what is well proven only what is as well proven can say so: anybody can invent a neighbour.
    """
    if claim.chain_before is None:
        return False
    weighty = [trust.value for trust in Trust if trust.rank >= claim.trust.rank]
    broken: bool = await fetch_value(
        """SELECT EXISTS (SELECT FROM receipt WHERE point = $1 AND chain_before = $2 AND id <> $4
                              AND state <> 'rejected' AND trust = ANY($7))
               OR EXISTS (SELECT FROM receipt WHERE point = $1 AND chain_value = $2 AND issued_at > $5::timestamp + $6
                              AND state <> 'rejected' AND trust = ANY($7))
               OR EXISTS (SELECT FROM receipt WHERE point = $1 AND chain_before = $3 AND issued_at < $5::timestamp - $6
                              AND state <> 'rejected' AND trust = ANY($7))""",
        claim.point,
        claim.chain_before,
        claim.chain_value,
        claim.id,
        claim.issued_at,
        _CLOCK_SLACK,
        weighty,
    )
    return broken
