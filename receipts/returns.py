"""Returns: goods whose marking says where they were sold, taken back with their bonus."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from programs import capacity
from programs.decide import decide_again
from programs.decision import Decision
from programs.facts import Facts, decode_facts
from programs.purchases import Left
from programs.snapshot import Snapshot
from programs.trust import Trust
from receipts import brought_back, claims
from receipts.claims import Claim, ClaimedLine
from receipts.evidence import lines_for_rules
from referrals import additions, joints, purchase_returns, purchases, settling, standings
from referrals.purchase_returns import Change

# The original's own bonus is decided within seconds; until then there is nothing to take back.
LATER: Final = timedelta(seconds=10)


async def take_back(claim: Claim, snapshot: Snapshot, *, now: datetime) -> None:
    """Find where the goods were sold and take their bonus back; what tells no original goes to a person.

    An export proves nothing about who brought the goods back: of a stranger's purchase it takes nothing.
    """
    keys = {line.item_key for line in claim.lines if line.is_goods}
    marked = sorted(key for key in keys if key)
    sold = await _sold(marked, snapshot)
    proven = claim.trust.rank >= Trust.ISSUER_CONFIRMED.rank
    told = {one.item_key for one in sold if proven or one.agent_id == claim.agent_id}
    if not keys or keys - told:
        claim.state, claim.reason = "in_review", "original_unknown" if None in keys or not sold else "not_yours"
        return
    own = [one for one in sold if proven or one.agent_id == claim.agent_id]
    if await undecided([one.activity_id for one in own]):
        claim.state, claim.due_at = "deferred", now + LATER
        return
    await _take_back(own, snapshot, by=claim.id, now=now)
    claim.state, claim.reason = "returned", ""


async def take_back_fed(
    goods: Sequence[ClaimedLine], sale: str | None, snapshot: Snapshot, *, by: UUID, now: datetime
) -> bool:
    """Take the bonus of goods back on the issuer's own word; False while it is not decided what they earn.

    Goods without a marking are looked for on the sale that the return names. Joins the caller's transaction.
    """
    named = await fetch_value("SELECT id FROM receipt WHERE identity = $1 AND state <> 'rejected'", sale or "")
    return await _take_back_from(named, goods, snapshot, by=by, now=now)


async def take_back_by_word(claim: Claim, sale_id: UUID, snapshot: Snapshot, *, now: datetime) -> bool:
    """The same on the word of a person, who says by which receipt the goods of a return were bought."""
    if not await _take_back_from(sale_id, claim.lines, snapshot, by=claim.id, now=now):
        return False
    claim.state, claim.reason = "returned", ""
    await claims.save(claim)
    return True


async def _take_back_from(
    sale_id: UUID | None, goods: Sequence[ClaimedLine], snapshot: Snapshot, *, by: UUID, now: datetime
) -> bool:
    sold = await _sold(sorted({line.item_key for line in goods if line.item_key}), snapshot)
    if await undecided([one.activity_id for one in sold] + ([sale_id] if sale_id else [])):
        return False
    receipts = [sale_id] if sale_id and await _came_back(sale_id, goods, by=by) else []
    if sold or receipts:
        await _take_back(sold, snapshot, by=by, now=now, receipts=receipts)
    return True


async def _came_back(receipt_id: UUID, goods: Sequence[ClaimedLine], *, by: UUID) -> bool:
    """Mark the lines of a sale that are meant; whether they were paid for."""
    claim = await claims.load(receipt_id)
    await claims.replace_lines(claim, brought_back.lines_after(claim.lines, goods, by=by))
    await claims.save(claim)
    return claim.state == "matched"


async def wake(sale: Claim, *, now: datetime) -> None:
    """Look once more at returns that came before the sale of their goods; joins the caller's transaction."""
    keys = sorted({line.item_key for line in sale.lines if line.item_key})
    if keys:
        await execute(
            """UPDATE receipt SET state = 'deferred', reason = '', due_at = $3
               WHERE operation = 'return' AND state = 'in_review' AND reason IN ('original_unknown', 'not_yours')
                 AND (agent_id = $1 OR trust IN ('issuer_confirmed', 'items_confirmed')) AND issued_at >= $4
                 AND id IN (SELECT receipt_id FROM receipt_line WHERE item_key = ANY($2))""",
            sale.agent_id,
            keys,
            now,
            sale.issued_at,
        )


async def sold_again(claim: Claim, snapshot: Snapshot, *, now: datetime) -> bool:
    """Goods of this sale were sold before and came back without a word: the first sale's bonus goes, with its scans.

    Joins the caller's transaction. False while it is not decided what they earn.
    """
    keys = sorted({line.item_key for line in claim.lines if line.item_key and line.told_by is None})
    sold = [one for one in await _sold(keys, snapshot) if one.activity_id != claim.id]
    again = {one.item_key for one in sold if one.is_receipt}
    sold = [one for one in sold if one.item_key in again]
    if await undecided([one.activity_id for one in sold]):
        return False
    if sold:
        await _take_back(sold, snapshot, by=claim.id, now=now)
    return True


async def is_sale_anew(claim: Claim) -> bool:
    """Whether the issuer's own word says that goods on earlier receipts, all of them decided, were sold once more."""
    if claim.trust.rank < Trust.ISSUER_CONFIRMED.rank:
        return False
    keys = [line.item_key for line in claim.lines if line.item_key]
    others = await fetch(
        """SELECT state, issued_at FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE item_key = ANY($1) AND receipt_id <> $2 AND state NOT IN ('rejected', 'returned')
             AND operation = 'sale' AND returned_by IS NULL""",
        keys,
        claim.id,
    )
    is_once = len(keys) == len(set(keys))
    return is_once and all(row["state"] == "matched" and row["issued_at"] < claim.issued_at for row in others)


class _Sold(NamedTuple):
    """A receipt on which goods were sold, or the scan of their package."""

    item_key: str
    activity_id: UUID
    agent_id: UUID
    is_receipt: bool


async def _sold(keys: list[str], snapshot: Snapshot) -> list[_Sold]:
    """Whoever was paid for these goods; nobody else sells them or takes them back meanwhile."""
    await claims.hold_items(keys)
    rows = await fetch(
        """SELECT item_key, receipt_id, agent_id FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE item_key = ANY($1) AND state IN ('matched', 'reversed') AND returned_by IS NULL
           ORDER BY receipt_id""",
        keys,
    )
    receipts = [_Sold(row["item_key"], row["receipt_id"], row["agent_id"], is_receipt=True) for row in rows]
    scans = await joints.scans_of(snapshot.programs, keys)
    return receipts + [_Sold(one.item_key, one.activity_id, one.agent_id, is_receipt=False) for one in scans]


async def undecided(activity_ids: Iterable[UUID]) -> bool:
    """Whether the rules are still asked about one of these."""
    waiting = await fetch_value(
        "SELECT count(*) FROM activity_queue WHERE activity_id = ANY($1)", sorted(set(activity_ids))
    )
    return bool(waiting)


async def _take_back(
    sold: Sequence[_Sold], snapshot: Snapshot, *, by: UUID, now: datetime, receipts: Sequence[UUID] = ()
) -> None:
    """Everything that these goods were paid for, at once: what one proof loses another must not gain by it."""
    keys = sorted({one.item_key for one in sold})
    rows = await fetch("SELECT agent_id FROM receipt WHERE id = ANY($1)", list(receipts))
    # Before the purchases, as everybody has them who holds both.
    await settling.hold_agents([*(one.agent_id for one in sold), *(row["agent_id"] for row in rows)])
    await joints.take_back_keys(snapshot.programs, keys, at=now)
    originals = sorted({*receipts, *(one.activity_id for one in sold if one.is_receipt)})
    scans = sorted({one.activity_id for one in sold if not one.is_receipt})
    changes = [await _of_receipt(receipt_id, keys, snapshot, by=by) for receipt_id in originals]
    changes += [await _of_scan(scan_id, snapshot) for scan_id in scans]
    await capacity.give_back(await purchase_returns.take_back(changes, key=by, now=now))


async def _of_receipt(receipt_id: UUID, keys: list[str], snapshot: Snapshot, *, by: UUID) -> Change:
    """What a receipt is worth without these goods."""
    await execute(
        "UPDATE receipt_line SET returned_by = $3 WHERE receipt_id = $1 AND item_key = ANY($2)", receipt_id, keys, by
    )
    original = await claims.load(receipt_id)
    # Of what the rules were not told of nothing was paid.
    sold = [line for line in original.lines if line.told_by is not None]
    left = [line for line in sold if line.pays]
    facts = decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", receipt_id))
    remaining = msgspec.structs.replace(facts, lines=lines_for_rules(left, snapshot, currency=original.currency))
    added = await additions.added_to(receipt_id)
    decision = await _decided_again(facts, remaining, snapshot, added=added) if left else Decision()
    await standings.lessen(await standings.left_of(facts), remaining, snapshot)
    original.state = original.state if left else "reversed"
    await claims.save(original)
    goods = Left(sum(line.amount_minor for line in left), sum(line.amount_minor for line in sold))
    return Change(receipt_id, decision, goods, added)


async def _of_scan(scan_id: UUID, snapshot: Snapshot) -> Change:
    """A scan whose good came back is worth nothing, and was no purchase."""
    facts = decode_facts(await fetch_value("SELECT facts FROM activity WHERE id = $1", scan_id))
    await standings.lessen(await standings.left_of(facts), msgspec.structs.replace(facts, lines=()), snapshot)
    return Change(scan_id, Decision())


async def _decided_again(facts: Facts, remaining: Facts, snapshot: Snapshot, *, added: Sequence[UUID] = ()) -> Decision:
    """What the versions that paid say to the goods that are left."""
    versions: dict[UUID, int] = {}
    for part in (facts.activity_id, *added):
        versions |= await purchases.versions_of(part)
    if not versions:
        return Decision()
    met = await standings.met([facts], snapshot)
    standing = met.get(facts.activity_id) or snapshot.standing(facts.program_id)
    return decide_again(remaining, snapshot.campaigns, standing, versions=versions)
