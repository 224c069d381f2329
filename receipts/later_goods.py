"""Later goods: what of a receipt is known only after the rest of it was paid, and the difference that is owed then."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog

from core.db import execute, fetch, fetch_row, fetch_value, transaction
from programs.snapshot import Snapshot, current_snapshot
from receipts import claims, evidence, intake, returns
from receipts.claims import Claim, ClaimedLine
from receipts.confirmations import Word
from receipts.matching import match, name_hash, plain
from referrals import additions

_AT_ONCE: Final = 100

_log = structlog.get_logger()


async def hear(claim: Claim, snapshot: Snapshot, *, now: datetime) -> bool:
    """Tell the rules of the goods that were named since the receipt was paid; once each, whoever has named them.

    Joins the caller's transaction, which holds the till and has the claim's row. False while the rules are still asked
    about the rest: it is done by itself a moment later.
    """
    news = [line for line in claim.lines if line.is_news]
    is_decided = not await returns.undecided([claim.id])
    await execute(
        "UPDATE receipt SET hear_at = $2 WHERE id = $1",
        claim.id,
        now + returns.LATER if news and not is_decided else None,
    )
    if not news or not is_decided:
        return is_decided
    keys = sorted({line.item_key for line in news if line.item_key})
    await claims.hold_items(keys)
    addition_id = await additions.add(
        claim.id,
        evidence.lines_for_rules(news, snapshot, currency=claim.currency),
        item_keys=keys,
        snapshot=snapshot,
        now=now,
    )
    await evidence.told(news, by=addition_id)
    # Where everything that was paid for had come back, something is left of it again.
    claim.state = "matched"
    await claims.save(claim)
    return True


async def take_all_back(claim: Claim, snapshot: Snapshot, *, because: str, now: datetime) -> bool:
    """Take back whatever was paid for a receipt; False while the rules are still asked about it.

    Joins the caller's transaction, which holds the till and has the claim's row.
    """
    if await returns.undecided([claim.id, *await additions.added_to(claim.id)]):
        return False
    await additions.take_all_back(claim.id, snapshot, because=because, now=now)
    return True


async def take_word(claim: Claim, word: Word, snapshot: Snapshot, *, now: datetime) -> None:
    """What the issuer says of goods that were unsure; joins the caller's transaction, as `hear` does.

    What was paid for stays as it is.
    """
    claim.trust = max(claim.trust, word.trust, key=lambda trust: trust.rank)
    told = list(word.lines)
    for line in claim.lines:
        same = next((one for one in told if _is_same(one, line)), None)
        if same is not None:
            told.remove(same)
            if line.is_unsure:
                line.gtin, line.item_key, line.seller = same.gtin, same.item_key, same.seller
    await look_again(claim, snapshot, now=now)


def _is_same(one: ClaimedLine, other: ClaimedLine) -> bool:
    """Whether two documents of one receipt mean the same goods by these lines."""
    return one.amount_minor == other.amount_minor and plain(one.name) == plain(other.name)


async def look_again(claim: Claim, snapshot: Snapshot, *, now: datetime) -> None:
    """Say of unsure goods what they are by what is known today, and pay what turns out; joins the caller's transaction.

    What stands on another receipt as well is left to a person.
    """
    unsure = [line for line in claim.lines if line.is_unsure]
    before = {line.id: msgspec.structs.replace(line) for line in unsure}
    programs = [claim.program_id] if claim.program_id else []
    await match(unsure, programs, seller=claim.seller, catalogue=snapshot.revision.catalogue)
    elsewhere = await _elsewhere(claim)
    claim.lines = [
        before[line.id] if line.id in before and line.item_key in elsewhere else line for line in claim.lines
    ]
    await claims.save(claim)
    await hear(claim, snapshot, now=now)


async def _elsewhere(claim: Claim) -> set[str]:
    keys = sorted({line.item_key for line in claim.lines if line.is_news and line.item_key})
    await claims.hold_items(keys)
    rows = await fetch(
        """SELECT item_key FROM receipt_line JOIN receipt ON receipt.id = receipt_id
           WHERE item_key = ANY($1) AND receipt_id <> $2 AND state NOT IN ('rejected', 'returned')
             AND operation = 'sale' AND returned_by IS NULL""",
        keys,
        claim.id,
    )
    return {row["item_key"] for row in rows}


async def carry_out_due(limit: int = _AT_ONCE) -> None:
    """Tell the rules what had to wait, and try the names that were taught since on what is unsure."""
    due = await fetch("SELECT id FROM receipt WHERE hear_at <= now() ORDER BY hear_at LIMIT $1", limit)
    for row in due:
        await _quietly(row["id"], hear)
    for row in await fetch("SELECT id FROM receipt_alias WHERE applied_at IS NULL ORDER BY id LIMIT $1", limit):
        await _apply(row["id"])


async def _apply(alias_id: UUID) -> None:
    """Look again at the receipts that were paid in part and have goods of this name; cut anywhere, it is done anew."""
    taught = await fetch_row(
        "SELECT program_id, seller, name_hash, taught_at FROM receipt_alias WHERE id = $1", alias_id
    )
    if taught is None:
        return
    rows = await fetch(
        f"""SELECT receipt_id, line.name FROM receipt_line line JOIN receipt ON receipt.id = receipt_id
            WHERE reason = '{claims.UNSURE}' AND state IN ('matched', 'reversed') AND program_id = $1
              AND coalesce(line.seller, receipt.seller) = $2 AND product_id IS NULL
            ORDER BY receipt_id""",  # noqa: S608 - ours.
        taught["program_id"],
        taught["seller"],
    )
    for receipt_id in sorted({row["receipt_id"] for row in rows if name_hash(row["name"]) == taught["name_hash"]}):
        await _quietly(receipt_id, look_again)
    await execute(
        "UPDATE receipt_alias SET applied_at = now() WHERE id = $1 AND taught_at = $2", alias_id, taught["taught_at"]
    )


async def look_again_at(receipt_id: UUID) -> None:
    """Look again at one receipt that was paid in part, in a transaction of its own; nothing where there is none."""
    await _alone(receipt_id, look_again)


_Look = Callable[..., Awaitable[object]]


async def _quietly(receipt_id: UUID, look: _Look) -> None:
    try:
        await _alone(receipt_id, look)
    except Exception:  # noqa: BLE001 - the outermost edge of each.
        # One receipt that breaks keeps nobody else's waiting.
        _log.exception("receipt.later_goods_broke", receipt_id=str(receipt_id))


async def _alone(receipt_id: UUID, look: _Look) -> None:
    snapshot = await current_snapshot(age_seconds_max=0)
    async with transaction() as now:
        point = await fetch_value("SELECT point FROM receipt WHERE id = $1", receipt_id)
        if point is None:
            return
        await intake.hold_till(point)
        claim = await claims.load(receipt_id)
        if claim.is_paid:
            await look(claim, snapshot, now=now)
