"""Evidence: what a matched receipt says to the rules: which goods pay, bought when, and how far it is proven."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.db import execute
from programs.facts import ActivityKind, Facts, Line
from programs.snapshot import Snapshot
from receipts.claims import Claim, ClaimedLine
from referrals import activities, segments
from referrals.activities import Evidence


async def pay(claim: Claim, snapshot: Snapshot, *, now: datetime) -> Facts | None:
    """Hand what a matched claim says to the rules, once; joins the caller's transaction.

    What they will answer can be foretold by what is returned; not where other proofs of the purchase have their say.
    """
    if claim.program_id is None:
        raise ValueError("a receipt is paid in a program")
    paying = [line for line in claim.lines if line.pays]
    item_keys = sorted({key for key in (claim.order_key, *(line.item_key for line in paying)) if key})
    facts = Facts(
        activity_id=claim.id,
        kind=ActivityKind.RECEIPT_MATCHED,
        program_id=claim.program_id,
        agent_id=claim.agent_id,
        # A campaign looks at when a receipt was handed in; how old it may be by then is the door's affair.
        occurred_at=claim.received_at,
        accepted_at=now,
        lines=lines_for_rules(paying, snapshot, currency=claim.currency),
        trust=claim.trust,
    )
    facts = await segments.seen(facts, snapshot)
    await told(paying, by=claim.id)
    joined = await activities.accept([Evidence(facts, cause=claim.cause, item_keys=tuple(item_keys))])
    return None if joined else facts


async def told(lines: Sequence[ClaimedLine], *, by: UUID) -> None:
    """Write down by which activity the rules were told of these lines; joins the caller's transaction."""
    for line in lines:
        line.told_by = by
    await execute("UPDATE receipt_line SET told_by = $2 WHERE id = ANY($1)", [line.id for line in lines], by)


def lines_for_rules(paying: Sequence[ClaimedLine], snapshot: Snapshot, *, currency: str) -> tuple[Line, ...]:
    """The lines as a rule sees them, in their order."""
    return tuple(
        Line(line.product_id, _sku(line.product_id, snapshot), line.pieces, line.amount_minor, currency)
        for line in paying
    )


def _sku(product_id: UUID | None, snapshot: Snapshot) -> str:
    product = snapshot.products.get(product_id) if product_id else None
    return product.sku if product else ""
