"""Crediting: activities become accruals and money, hundreds in one transaction, each exactly once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core import metrics
from core.db import LOST, execute, fetch, transaction
from programs import capacity
from programs.decide import decide
from programs.decision import Award, Decision
from programs.facts import Facts, decode_facts
from programs.reasons import Reason
from programs.snapshot import Snapshot, current_snapshot
from referrals import accruals, journal, standings
from referrals.accruals import Accrual
from referrals.standings import Owner
from wallets.credits import credit

_log = structlog.get_logger()

_NEXT = "SELECT activity_id, agent_id, again FROM activity_queue WHERE parked_at IS NULL"
_TAKE = """
WITH next AS MATERIALIZED ({next} FOR UPDATE SKIP LOCKED
), mine AS MATERIALIZED (
    SELECT agent_id FROM (SELECT DISTINCT agent_id FROM next) AS one
    WHERE pg_try_advisory_xact_lock(hashtextextended(agent_id::text, 0))
)
SELECT activity.id, activity.cause, activity.facts, next.again, mine.agent_id IS NOT NULL AS mine
FROM next JOIN activity ON activity.id = next.activity_id LEFT JOIN mine ON mine.agent_id = next.agent_id
ORDER BY activity.accepted_at, activity.id
"""
_TAKE_OLDEST = _TAKE.format(next=f"{_NEXT} ORDER BY activity_id LIMIT $1")
_TAKE_THESE = _TAKE.format(next=f"{_NEXT} AND activity_id = ANY($1) ORDER BY activity_id")


class Drained(msgspec.Struct, frozen=True):
    """What one drain did: how many activities it settled, and whether there may be more."""

    settled: int
    more: bool


class _Taken(msgspec.Struct):
    """An activity in the hands of this drain, with what became of it so far."""

    facts: Facts
    cause: str
    exhausted: dict[UUID, Reason]
    decision: Decision
    refused: list[tuple[Award, Reason]]
    granted: bool = False


_UNDECIDED = Decision((), ())


async def drain(*, batch_max: int) -> Drained:
    """Settle the oldest waiting activities in one transaction.

    One that breaks the rest is found by halving, and parked with its reason; the others are paid.
    """
    taken: list[UUID] = []
    try:
        with metrics.drained.time():
            return await _drain(_TAKE_OLDEST, batch_max, batch_max=batch_max, taken=taken)
    except LOST:
        raise
    except Exception as broken:  # noqa: BLE001 - whatever an activity does to the rules, the others are paid.
        _log.warning("drain.broke", activities=len(taken), error=repr(broken))
        await _take_apart(taken, broken)
        return Drained(len(taken), more=True)


async def _take_apart(activity_ids: Sequence[UUID], broken: Exception) -> None:
    if len(activity_ids) == 1:
        await _park(activity_ids[0], broken)
        return
    half = len(activity_ids) // 2
    for part in (activity_ids[:half], activity_ids[half:]):
        try:
            await _drain(_TAKE_THESE, part, batch_max=len(part), taken=[])
        except LOST:
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


async def _drain(take: str, which: Any, *, batch_max: int, taken: list[UUID]) -> Drained:
    async with transaction() as now:
        rows = await fetch(take, which)
        mine = [row for row in rows if row["mine"]]
        taken.extend(row["id"] for row in mine)
        if mine:
            snapshot = await current_snapshot(age_seconds_max=0)
            batch = [_taken(row) for row in mine]
            await _decide(batch, snapshot)
            await _write(batch, now=now)
            await standings.increase([one.facts for one in batch], snapshot)
            await execute("DELETE FROM activity_queue WHERE activity_id = ANY($1)", taken)
    _count(batch if mine else ())
    return Drained(len(mine), more=len(rows) == batch_max or len(rows) > len(mine))


def _taken(row: Any) -> _Taken:
    facts = decode_facts(row["facts"])
    if row["again"]:
        # The standing has counted it the first time.
        facts = msgspec.structs.replace(facts, is_further_proof=True)
    return _Taken(facts, row["cause"], {}, _UNDECIDED, [])


async def _decide(batch: list[_Taken], snapshot: Snapshot) -> None:
    """Decide everything from one snapshot; whoever meets an empty budget or a full limit is decided again without it."""
    rows = await standings.load({_owner(one) for one in batch if snapshot.index.needs_standing(one.facts)})
    waiting = batch
    while waiting:
        _decide_in_order(batch, snapshot, rows)
        asking = [one for one in waiting if one.decision.awards]
        verdicts = await capacity.take([tuple(award.demand for award in one.decision.awards) for one in asking])
        waiting = []
        for one, refused in zip(asking, verdicts, strict=True):
            if refused is None:
                one.granted = True
                continue
            award = next(award for award in one.decision.awards if award.campaign_id == refused.campaign_id)
            one.refused.append((award, refused.reason))
            one.exhausted[refused.campaign_id] = refused.reason
            waiting.append(one)


def _decide_in_order(batch: list[_Taken], snapshot: Snapshot, rows: standings.Rows) -> None:
    """Decide in the order of arrival, each owner's standing carried along where a rule looks at it."""
    carried = {owner: rows.standing(owner, snapshot) for owner in rows.owners}
    blank = {program_id: snapshot.standing(program_id) for program_id in snapshot.programs}
    for one in batch:
        standing = carried.get(_owner(one)) if carried else None
        if not one.granted:
            candidates = snapshot.index.candidates(one.facts)
            seen = blank[one.facts.program_id] if standing is None else standing
            one.decision = decide(one.facts, candidates, seen, exhausted=one.exhausted)
        if standing is not None:
            standing.add(one.facts)


def _owner(one: _Taken) -> Owner:
    return Owner(one.facts.agent_id, one.facts.program_id)


async def _write(batch: list[_Taken], *, now: datetime) -> None:
    rows = [row for one in batch for row in _accruals(one)]
    credited = await accruals.write(rows)
    released = await credit([row.credit() for row in credited], now=now)
    told = [row.told() for row in rows] + [accruals.told_released(lot) for lot in released]
    await journal.write(told, at=now)


def _accruals(one: _Taken) -> list[Accrual]:
    rows = [Accrual.granted(one.facts, grant, cause=one.cause) for grant in one.decision.grants]
    for award, reason in one.refused:
        rows += [Accrual.granted(one.facts, grant, cause=one.cause, denied=reason) for grant in award.grants]
    return rows or [Accrual.nothing(one.facts, one.decision.reason, cause=one.cause)]


def _count(batch: Sequence[_Taken]) -> None:
    grants = [grant for one in batch for grant in one.decision.grants]
    for asset, credits in Counter(grant.asset for grant in grants).items():
        metrics.credits.labels(asset).inc(credits)
        metrics.credited_minor.labels(asset).inc(sum(grant.amount_minor for grant in grants if grant.asset == asset))
    for reason, denials in Counter(reason for one in batch for _, reason in one.refused).items():
        metrics.denials.labels(reason.value).inc(denials)
