"""Crediting: activities become accruals and money, hundreds in one transaction, each exactly once."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core import metrics
from core.bundle import Write
from core.db import CONTENDED, LOST, execute, fetch, fetch_row, transaction
from programs.decision import Grant
from programs.facts import decode_facts
from programs.snapshot import current_snapshot
from referrals import accruals, additions, standings
from referrals.accruals import Accrual
from referrals.deciding import (
    NoRoom,
    Taken,
    decide_in_order,
    meet,
    recollect,
    standings_of,
    take_room_for_all,
    take_room_in_order,
)
from referrals.purchase_holds import hold_free
from referrals.purchases import Purchase
from referrals.settling import carry_out
from wallets.accounts import Account, available, pending
from wallets.credits import crediting
from wallets.ledger import lock

_log = structlog.get_logger()

_NEXT = "SELECT activity_id, agent_id, again, joined FROM activity_queue WHERE parked_at IS NULL"
# An agent whose activities another worker has in hand is left to it: his standing is one worker's at a time.
_TAKE = """
WITH next AS MATERIALIZED ({next} FOR UPDATE SKIP LOCKED)
SELECT activity.id, activity.agent_id, activity.program_id, activity.cause, activity.facts, next.again,
       next.joined, pg_try_advisory_xact_lock(hashtextextended(next.agent_id::text, 0)) AS mine
FROM next JOIN activity ON activity.id = next.activity_id ORDER BY activity.accepted_at, activity.id
"""
_TAKE_OLDEST = _TAKE.format(next=f"{_NEXT} ORDER BY activity_id LIMIT $1")
_TAKE_THESE = _TAKE.format(next=f"{_NEXT} AND activity_id = ANY($1) ORDER BY activity_id")
_SETTLED = "settled AS (DELETE FROM activity_queue WHERE activity_id = ANY($1))"

# So many additions are settled behind a batch.
_ADDITIONS_MAX = 10
# What says nothing against an activity: it is tried again as it is.
LATER = (*LOST, *CONTENDED)


class Drained(msgspec.Struct, frozen=True):
    """What one drain did: how many activities it settled, and whether there may be more."""

    settled: int
    more: bool


async def drain(*, batch_max: int) -> Drained:
    """Settle the oldest waiting activities in one transaction; several of these may run side by side.

    One that breaks the rest is found by halving, and parked with its reason; the others are paid.
    """
    taken: list[UUID] = []
    try:
        return await _drain_or_take_apart(taken, batch_max=batch_max)
    except CONTENDED:
        # Somebody else was in the middle of the same accounts: nothing was done, and they are there for the next try.
        return Drained(0, more=True)


async def _drain_or_take_apart(taken: list[UUID], *, batch_max: int) -> Drained:
    try:
        with metrics.drained.time():
            return await _drain(_TAKE_OLDEST, batch_max, batch_max=batch_max, taken=taken)
    except NoRoom:
        return await _drain_carefully(taken)
    except LATER:
        raise
    except Exception as broken:  # noqa: BLE001 - whatever an activity does to the rules, the others are paid.
        _log.warning("drain.broke", activities=len(taken), error=repr(broken))
        await _take_apart(taken, broken)
        return Drained(len(taken), more=True)


async def _drain_carefully(activity_ids: Sequence[UUID]) -> Drained:
    """Settle these again, seating them one by one: a budget or a limit is about to be full."""
    try:
        drained = await _drain(_TAKE_THESE, activity_ids, batch_max=len(activity_ids), taken=[], carefully=True)
        return Drained(drained.settled, more=True)
    except LATER:
        raise
    except Exception as broken:  # noqa: BLE001 - as above.
        await _take_apart(activity_ids, broken)
        return Drained(len(activity_ids), more=True)


async def _take_apart(activity_ids: Sequence[UUID], broken: Exception) -> None:
    if not activity_ids:
        # It broke before it had any in hand: none of them is to blame.
        raise broken
    if len(activity_ids) == 1:
        await _park(activity_ids[0], broken)
        return
    half = len(activity_ids) // 2
    for part in (activity_ids[:half], activity_ids[half:]):
        try:
            await _drain(_TAKE_THESE, part, batch_max=len(part), taken=[], carefully=True)
        except LATER:
            raise
        except Exception as still_broken:  # noqa: BLE001 - as above.
            await _take_apart(part, still_broken)


async def _park(activity_id: UUID, broken: Exception) -> None:
    _log.error("activity.parked", activity_id=str(activity_id), exc_info=broken)
    await execute(
        "UPDATE activity_queue SET parked_at = now(), error = $2 WHERE activity_id = $1",
        activity_id,
        repr(broken)[:500],
    )


async def _drain(take: str, which: Any, *, batch_max: int, taken: list[UUID], carefully: bool = False) -> Drained:
    async with transaction() as now:
        rows = await fetch(take, which)
        mine = [row for row in rows if row["mine"]]
        # Of a purchase with several proofs one is settled at a time; the others are left for the next drain.
        held = await hold_free([row["id"] for row in mine if row["joined"]])
        mine = [row for row in mine if not row["joined"] or row["id"] in held]
        # Before anything is made of them: what cannot even be read has to be found and parked.
        taken.extend(row["id"] for row in mine)
        parts = await _with_parts([row["id"] for row in mine if row["again"]])
        batch = [_taken(row, held.get(row["id"])) for row in mine if row["id"] not in parts]
        if batch:
            await _settle(batch, now=now, carefully=carefully)
    _count(batch)
    driven = await _drive_additions(sorted(parts)[:_ADDITIONS_MAX])
    return Drained(len(batch) + driven, more=len(rows) == batch_max or len(rows) > len(batch) + driven)


async def _with_parts(driven_again: Sequence[UUID]) -> set[UUID]:
    return await additions.having_parts(driven_again) if driven_again else set()


async def _drive_additions(activity_ids: Sequence[UUID]) -> int:
    """Settle what was decided in several parts, each by itself: one locks budgets, and then the next one's accounts."""
    driven = 0
    for activity_id in activity_ids:
        try:
            driven += await _drive_addition(activity_id)
        except LATER:
            break
        except Exception as broken:  # noqa: BLE001 - one that breaks is parked, and keeps nobody else waiting.
            await _park(activity_id, broken)
    return driven


async def _drive_addition(activity_id: UUID) -> bool:
    async with transaction() as now:
        waits = await fetch_row(
            """SELECT FROM activity_queue WHERE activity_id = $1 AND parked_at IS NULL FOR UPDATE SKIP LOCKED""",
            activity_id,
        )
        if waits is None:
            return False
        await additions.drive_again(activity_id, now=now)
        await execute("DELETE FROM activity_queue WHERE activity_id = $1", activity_id)
    return True


def _taken(row: Any, purchase: Purchase | None) -> Taken:
    # The database's own UUIDs are hashed and sent back several times faster than those that are read out of JSON.
    facts = msgspec.structs.replace(
        decode_facts(row["facts"]), activity_id=row["id"], agent_id=row["agent_id"], program_id=row["program_id"]
    )
    return Taken(facts, row["cause"], row["again"], purchase=purchase)


async def _settle(batch: list[Taken], *, now: datetime, carefully: bool) -> None:
    snapshot = await current_snapshot(age_seconds_max=0)
    meet(batch, snapshot)
    await recollect(batch, snapshot)
    rows = await standings_of(batch)
    decide_in_order(batch, snapshot, rows)
    if carefully:
        # The agents' accounts before the budgets: the order of everybody who locks both.
        await lock(account for one in batch for grant in one.decision.grants for account in _accounts(grant))
        await take_room_in_order(batch, snapshot, rows)
    writes = standings.increasing([one.facts for one in batch if not one.again], snapshot)
    writes.append(Write(_SETTLED, ([one.facts.activity_id for one in batch],)))
    await _write(batch, writes, now=now, carefully=carefully)
    if not carefully:
        # Budgets are what everybody meets in: they are asked last, and held for no longer than the commit takes.
        await take_room_for_all(batch)


def _accounts(grant: Grant) -> tuple[Account, Account]:
    return pending(grant.beneficiary_agent_id, grant.asset), available(grant.beneficiary_agent_id, grant.asset)


async def _write(batch: list[Taken], writes: list[Write], *, now: datetime, carefully: bool) -> None:
    rows = [row for one in batch for row in _accruals(one)]
    if carefully or any(one.again or one.purchase is not None for one in batch):
        rows = await _written(rows, joined={one.facts.activity_id for one in batch if one.purchase is not None})
    else:
        # None of these was ever settled: their accruals are new, and go the same way as all the rest.
        writes.append(accruals.writing(rows))
    credits = [row.credit() for row in rows if row.state == "credited"]
    writes += await crediting(credits)
    await carry_out(writes, credits, told=[row.told() for row in rows], now=now)


async def _written(rows: Sequence[Accrual], *, joined: Collection[UUID]) -> list[Accrual]:
    """Accruals of which some may be there already: those that could be written."""
    written = await accruals.write(rows)
    if joined:
        await accruals.write_worths([row for row in written if row.activity_id in joined])
    return written


def _accruals(one: Taken) -> list[Accrual]:
    refused = [*one.refused, *one.decision.claimed]
    rows = [Accrual.granted(one.facts, grant, cause=one.cause) for grant in one.decision.grants]
    for award, reason in refused:
        rows += [Accrual.granted(one.facts, grant, cause=one.cause, denied=reason) for grant in award.grants]
    return rows or [Accrual.nothing(one.facts, one.decision.reason, cause=one.cause)]


def _count(batch: Sequence[Taken]) -> None:
    grants = [grant for one in batch for grant in one.decision.grants]
    for asset, credits in Counter(grant.asset for grant in grants).items():
        metrics.credits.labels(asset).inc(credits)
        metrics.credited_minor.labels(asset).inc(sum(grant.amount_minor for grant in grants if grant.asset == asset))
    for reason, denials in Counter(reason for one in batch for _, reason in one.refused).items():
        metrics.denials.labels(reason.value).inc(denials)
