"""Paces: how many codes each agent has had accepted, in an hour, in a day and in all: what he may be trusted with."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from codes import thresholds
from codes.steps import Step
from codes.thresholds import Thresholds
from core.db import fetch
from core.ids import derived, earliest
from referrals.holds import Finding
from referrals.risks import RiskKind, Suspicion

_WALK = """
INSERT INTO agent_pace AS pace (id, agent_id, program_id, hour, in_hour, day, in_day, scans)
SELECT id, agent_id, program_id, date_trunc('hour', $5::timestamptz), n, $5::timestamptz::date, n, n
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) AS t (id, agent_id, program_id, n) ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    in_hour = CASE WHEN pace.hour = excluded.hour THEN pace.in_hour ELSE 0 END + excluded.in_hour,
    in_day = CASE WHEN pace.day = excluded.day THEN pace.in_day ELSE 0 END + excluded.in_day,
    scans = pace.scans + excluded.scans, hour = excluded.hour, day = excluded.day
RETURNING agent_id, program_id, in_hour, in_day
"""


class Pace(msgspec.Struct, frozen=True):
    """How many codes an agent has had accepted in a program in this hour and on this day."""

    agent_id: UUID
    program_id: UUID
    in_hour: int
    in_day: int


async def judge(steps: Sequence[Step], *, at: datetime) -> list[Finding]:
    """Count a page of scans, and find whoever is faster than hands can be; joins the caller's transaction."""
    by_agent: dict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for step in steps:
        by_agent[step.agent_id, step.program_id].append(step.scan_id)
    paces = await _walk(by_agent, at=at)
    lines = await thresholds.of_programs(pace.program_id for pace in paces)
    findings = []
    for pace in paces:
        suspicion = suspicion_of(pace, lines[pace.program_id])
        if suspicion is not None:
            new = by_agent[pace.agent_id, pace.program_id]
            findings.append(Finding(suspicion, await _severe(pace, lines[pace.program_id], new, at=at)))
    return findings


def suspicion_of(pace: Pace, lines: Thresholds) -> Suspicion | None:
    """A person can open only so many packs."""
    if pace.in_hour < lines.pace_hour and pace.in_day < lines.pace_day:
        return None
    return Suspicion(
        kind=RiskKind.agent_pace,
        subject=f"agent:{pace.agent_id} program:{pace.program_id}",
        facts={
            "in_hour": pace.in_hour,
            "in_day": pace.in_day,
            "thresholds": {"hour": lines.pace_hour, "day": lines.pace_day, "hold_day": lines.pace_hold_day},
            "held": pace.in_day >= lines.pace_hold_day,
        },
        program_id=pace.program_id,
        agent_id=pace.agent_id,
    )


async def scans_of(agent_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many codes each of these agents has had accepted in the program that he knows best."""
    rows = await fetch(
        "SELECT agent_id, max(scans) AS scans FROM agent_pace WHERE agent_id = ANY($1) GROUP BY agent_id",
        list(agent_ids),
    )
    return {row["agent_id"]: row["scans"] for row in rows}


async def _walk(by_agent: Mapping[tuple[UUID, UUID], Sequence[UUID]], *, at: datetime) -> list[Pace]:
    rows = await fetch(
        _WALK,
        [derived(b"agent pace", str(agent_id), str(program_id)) for agent_id, program_id in by_agent],
        [agent_id for agent_id, _ in by_agent],
        [program_id for _, program_id in by_agent],
        [len(scans) for scans in by_agent.values()],
        at,
    )
    return [Pace(**row) for row in rows]


async def _severe(pace: Pace, lines: Thresholds, new: Sequence[UUID], *, at: datetime) -> Sequence[UUID]:
    """What is held: from the hold's line on each new scan, and where it is crossed the whole day's."""
    if pace.in_day < lines.pace_hold_day:
        return ()
    return await _of_the_day(pace, at=at) if pace.in_day - len(new) < lines.pace_hold_day else new


async def _of_the_day(pace: Pace, *, at: datetime) -> list[UUID]:
    """All that the agent did in the program since the day began."""
    rows = await fetch(
        "SELECT id FROM activity WHERE agent_id = $1 AND id >= $2 AND program_id = $3",
        pace.agent_id,
        earliest(at.replace(hour=0, minute=0, second=0, microsecond=0)),
        pace.program_id,
    )
    return [row["id"] for row in rows]
