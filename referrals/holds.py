"""Holds of bonuses: what a risk event concerns waits for a person's decision, and its agents are told why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.db import execute, fetch, transaction
from referrals import accruals, journal, risks
from referrals.journal import Entry, JournalKind
from referrals.risks import Suspicion
from wallets import holds as lot_holds
from wallets.holds import HeldLot, Hold

_SHOWN_MAX = 20


class Concern(msgspec.Struct, frozen=True):
    """What a risk event concerns: activities with all their bonuses, or accruals by themselves."""

    risk_id: UUID
    activity_ids: Sequence[UUID] = ()
    accrual_ids: Sequence[UUID] = ()


class Finding(msgspec.Struct, frozen=True):
    """A suspicion, and the activities that are severe enough to be held."""

    suspicion: Suspicion
    activity_ids: Sequence[UUID] = ()


async def suspect(findings: Sequence[Finding], *, now: datetime) -> None:
    """Record suspicions and hold what they concern; joins the caller's transaction, as its last part."""
    risk_ids = await risks.record_all([finding.suspicion for finding in findings], now=now)
    concerns = [
        Concern(risk_id, finding.activity_ids)
        for risk_id, finding in zip(risk_ids, findings, strict=True)
        if risk_id is not None and finding.activity_ids
    ]
    await hold_all(concerns, now=now)


async def hold(
    risk_id: UUID, *, activity_ids: Sequence[UUID] = (), accrual_ids: Sequence[UUID] = (), now: datetime
) -> int:
    """Hold what is still pending of these activities' bonuses and of these accruals; returns how many lots.

    Joins the caller's transaction, as its last part. Nothing is burnt, and what is free to spend stays free. An
    activity that waits for the rules is held once they have spoken. Only an open event holds anything.
    """
    return await hold_all([Concern(risk_id, activity_ids, accrual_ids)], now=now)


async def hold_all(concerns: Sequence[Concern], *, now: datetime) -> int:
    """The same for many events, whose accounts are locked together."""
    if not concerns:
        return 0
    rows = await fetch(
        "SELECT id, kind FROM risk_event WHERE id = ANY($1) AND state = 'open' ORDER BY id FOR SHARE",
        [concern.risk_id for concern in concerns],
    )
    kinds = {row["id"]: row["kind"] for row in rows}
    concerned = [concern for concern in concerns if concern.risk_id in kinds]
    pairs = await _with_parts(
        [(concern.risk_id, activity_id) for concern in concerned for activity_id in concern.activity_ids]
    )
    await execute(
        """INSERT INTO risk_activity (risk_id, activity_id)
           SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS t (risk_id, activity_id) ORDER BY risk_id, activity_id
           ON CONFLICT DO NOTHING""",
        [risk_id for risk_id, _ in pairs],
        [activity_id for _, activity_id in pairs],
    )
    wanted = await _settled(pairs)
    wanted += [(concern.risk_id, lot_id) for concern in concerned for lot_id in concern.accrual_ids]
    return await _hold([Hold(lot_id, risk_id, kinds[risk_id]) for risk_id, lot_id in wanted], now=now)


async def hold_part(activity_id: UUID, *, first_id: UUID) -> None:
    """Let what an activity is suspected of concern what is added to it; joins the caller's transaction."""
    await execute(
        """INSERT INTO risk_activity (risk_id, activity_id)
           SELECT risk_id, $1 FROM risk_activity JOIN risk_event ON risk_event.id = risk_id
           WHERE activity_id = $2 AND state = 'open' ORDER BY risk_id""",
        activity_id,
        first_id,
    )


async def hold_settled(limit: int = 500) -> int:
    """Hold the bonuses of activities that were concerned before the rules had spoken; one transaction."""
    async with transaction() as now:
        waiting = await fetch(
            """SELECT risk_id, activity_id, kind, state FROM risk_activity JOIN risk_event ON risk_event.id = risk_id
               WHERE NOT applied AND NOT EXISTS (
                   SELECT FROM activity_queue queue WHERE queue.activity_id = risk_activity.activity_id)
               ORDER BY risk_activity.id LIMIT $1 FOR SHARE OF risk_event""",
            limit,
        )
        # What was cleared meanwhile concerns nothing any more.
        kinds = {row["risk_id"]: row["kind"] for row in waiting if row["state"] != "cleared"}
        found = await _settled([(row["risk_id"], row["activity_id"]) for row in waiting])
        wanted = [Hold(lot_id, risk_id, kinds[risk_id]) for risk_id, lot_id in found if risk_id in kinds]
        return await _hold(wanted, now=now)


async def lift(risk_id: UUID, *, now: datetime) -> int:
    """End what an event holds, told to the agents; joins the caller's transaction. Returns how many lots it held.

    What was due meanwhile is released at once.
    """
    lifted = await lot_holds.lift(risk_id, now=now)
    told = _told(lifted.lots, JournalKind.bonus_freed)
    await journal.write([*told, *(accruals.told_released(lot) for lot in lifted.released)], at=now)
    return len(lifted.lots)


async def _with_parts(pairs: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """The same events with what was added to their activities besides."""
    parts = await fetch(
        "SELECT first_id, activity_id FROM activity_addition WHERE first_id = ANY($1)",
        [activity_id for _, activity_id in pairs],
    )
    added = defaultdict[UUID, list[UUID]](list)
    for row in parts:
        added[row["first_id"]].append(row["activity_id"])
    return [(risk_id, part) for risk_id, activity_id in pairs for part in (activity_id, *added[activity_id])]


async def _settled(pairs: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """For events and activities: the credited accruals where the rules have spoken, which are applied from now on."""
    # The queue is asked first: what leaves it a moment later is found next time.
    settled = await fetch(
        """UPDATE risk_activity SET applied = true
           FROM unnest($1::uuid[], $2::uuid[]) AS t (risk_id, activity_id)
           WHERE risk_activity.risk_id = t.risk_id AND risk_activity.activity_id = t.activity_id AND NOT applied
             AND NOT EXISTS (SELECT FROM activity_queue queue WHERE queue.activity_id = t.activity_id)
           RETURNING t.risk_id, t.activity_id""",
        [risk_id for risk_id, _ in pairs],
        [activity_id for _, activity_id in pairs],
    )
    rows = await fetch(
        """SELECT risk_id, id FROM unnest($1::uuid[], $2::uuid[]) AS t (risk_id, activity_id)
           JOIN accrual USING (activity_id) WHERE state = 'credited'""",
        [row["risk_id"] for row in settled],
        [row["activity_id"] for row in settled],
    )
    return [(row["risk_id"], row["id"]) for row in rows]


async def _hold(wanted: Sequence[Hold], *, now: datetime) -> int:
    if not wanted:
        return 0
    held = await lot_holds.hold(wanted, now=now)
    await journal.write(_told(held, JournalKind.bonus_held), at=now)
    return len(held)


def _told(lots: Iterable[HeldLot], kind: JournalKind) -> list[Entry]:
    """One entry for each agent, asset and event, however many bonuses it is about."""
    together: dict[tuple[UUID, str, UUID], list[HeldLot]] = defaultdict(list)
    for lot in lots:
        together[lot.agent_id, lot.asset, lot.cause_id].append(lot)
    return [
        Entry(
            agent_id=agent_id,
            kind=kind,
            facts={
                "amount_minor": sum(lot.amount_minor for lot in of_agent),
                "asset": asset,
                "bonuses": len(of_agent),
                "accrual_ids": [lot.lot_id for lot in of_agent[:_SHOWN_MAX]],
                "reason": of_agent[0].reason,
            },
        )
        for (agent_id, asset, _), of_agent in together.items()
    ]
