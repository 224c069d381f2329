"""Returns: goods whose marking says where they were sold, taken back with their bonus."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from programs import capacity
from programs.decide import decide_again
from programs.decision import Decision
from programs.facts import Facts, decode_facts
from programs.snapshot import Snapshot
from programs.trust import Trust
from receipts import claims
from receipts.claims import Claim
from receipts.evidence import lines_for_rules
from referrals import settling, standings

# The original's own bonus is decided within seconds; until then there is nothing to take back.
_LATER: Final = timedelta(seconds=10)


async def take_back(claim: Claim, snapshot: Snapshot, *, now: datetime) -> None:
    """Find where the goods were sold and take their bonus back; what tells no original goes to a person.

    An export proves nothing about who brought the goods back: of a stranger's purchase it takes nothing.
    """
    keys = {line.item_key for line in claim.lines if line.is_goods}
    await claims.hold_items(key for key in keys if key)
    sold = await _sold([key for key in keys if key])
    proven = claim.trust.rank >= Trust.ISSUER_CONFIRMED.rank
    told = {row["item_key"] for row in sold if proven or row["agent_id"] == claim.agent_id}
    if not keys or keys - told:
        claim.state, claim.reason = "in_review", "original_unknown" if None in keys or not sold else "not_yours"
        return
    originals = sorted({row["receipt_id"] for row in sold})
    if await fetch_value("SELECT count(*) FROM activity_queue WHERE activity_id = ANY($1)", originals):
        claim.state, claim.due_at = "deferred", now + _LATER
        return
    for receipt_id in originals:
        await _take_back(receipt_id, sorted(told), claim, snapshot, now=now)
    claim.state, claim.reason = "returned", ""


async def _sold(keys: list[str]) -> list[Any]:
    return await fetch(
        """SELECT item_key, receipt_id, agent_id FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE item_key = ANY($1) AND state = 'matched' AND returned_by IS NULL ORDER BY receipt_id""",
        keys,
    )


async def _take_back(receipt_id: UUID, keys: list[str], claim: Claim, snapshot: Snapshot, *, now: datetime) -> None:
    await execute(
        "UPDATE receipt_line SET returned_by = $3 WHERE receipt_id = $1 AND item_key = ANY($2)",
        receipt_id,
        keys,
        claim.id,
    )
    original = await claims.load(receipt_id)
    left = [line for line in original.lines if line.pays]
    facts = decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", receipt_id))
    remaining = msgspec.structs.replace(facts, lines=lines_for_rules(left, snapshot, currency=original.currency))
    decision = await _decided_again(facts, remaining, snapshot) if left else Decision()
    undone = await settling.settle_less(receipt_id, decision, key=claim.id, told=(), now=now)
    if not left:
        await execute("UPDATE receipt SET state = 'reversed' WHERE id = $1", receipt_id)
    await capacity.give_back(list(undone.demands))


async def _decided_again(facts: Facts, remaining: Facts, snapshot: Snapshot) -> Decision:
    """What the versions that paid say to the goods that are left."""
    rows = await fetch(
        """SELECT DISTINCT campaign_id, campaign_version FROM accrual
           WHERE activity_id = $1 AND state = 'credited' AND campaign_id IS NOT NULL""",
        facts.activity_id,
    )
    if not rows:
        return Decision()
    met = await standings.met([facts], snapshot)
    standing = met.get(facts.activity_id) or snapshot.standing(facts.program_id)
    versions = {row["campaign_id"]: row["campaign_version"] for row in rows}
    return decide_again(remaining, snapshot.campaigns, standing, versions=versions)
