"""Risk events: suspicions with their facts; the same one is one event that counts up until a person decides."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from core.db import fetch, fetch_row
from core.ids import uuid7
from core.refusals import NotFound

# What a person has cleared is not brought before him again for so long.
QUIET_DAYS = 7

# Two suspicions of one subject at the same moment are one event, by the index of what is open.
_RECORD = """
WITH asked AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::int[])
        WITH ORDINALITY AS t (id, kind, subject, program_id, agent_id, facts, times, place)
), recorded AS (
    INSERT INTO risk_event (id, kind, subject, program_id, agent_id, facts, times, at, last_at)
    SELECT id, kind, subject, program_id, agent_id, facts::jsonb, times, $8, $8 FROM asked
    WHERE NOT EXISTS (
        SELECT FROM risk_event before WHERE before.kind = asked.kind AND before.subject = asked.subject
            AND before.state = 'cleared' AND before.decided_at > $8::timestamptz - make_interval(days => $9))
    ORDER BY kind, subject
    ON CONFLICT (kind, subject) WHERE state = 'open' DO UPDATE SET
        facts = excluded.facts, times = risk_event.times + excluded.times, last_at = excluded.last_at
    RETURNING id, kind, subject
)
SELECT recorded.id FROM asked LEFT JOIN recorded USING (kind, subject) ORDER BY place
"""
_VIEW = """id, kind, subject, program_id, agent_id, facts, times, state, at, last_at, decided_at, decided_by, note"""


class RiskKind(StrEnum):
    """What may be suspected; docs/risks.md says when, and what happens then."""

    duplicate_codes = "duplicate_codes"
    scattered_carton = "scattered_carton"
    scan_before_sale = "scan_before_sale"
    scan_of_stopped = "scan_of_stopped"
    leaked_codes = "leaked_codes"
    agent_pace = "agent_pace"
    unknown_codes = "unknown_codes"
    mass_enrolment = "mass_enrolment"
    returns = "returns"
    forged_receipt = "forged_receipt"


class RiskState(StrEnum):
    """How far a suspicion is."""

    open = "open"
    cleared = "cleared"
    confirmed = "confirmed"


class Suspicion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that looks wrong: its subject in words of ids and numbers, never a code or a token, and its facts."""

    kind: RiskKind
    subject: str
    facts: dict[str, Any]
    program_id: UUID | None = None
    agent_id: UUID | None = None
    times: int = 1


class RiskEvent(msgspec.Struct, frozen=True):
    """A suspicion as a person sees it; `times` counts how often it was seen, `facts` are the latest."""

    id: UUID
    kind: RiskKind
    subject: str
    program_id: UUID | None
    agent_id: UUID | None
    facts: dict[str, Any]
    times: int
    state: RiskState
    at: datetime
    last_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str | None


async def record(
    *,
    kind: RiskKind,
    subject: str,
    facts: dict[str, Any],
    now: datetime,
    program_id: UUID | None = None,
    agent_id: UUID | None = None,
) -> UUID | None:
    """Open an event or count up the open one, and return it; joins the caller's transaction.

    None when a person has cleared the same suspicion a short while ago: it is nothing to act upon.
    """
    suspicion = Suspicion(kind=kind, subject=subject, facts=facts, program_id=program_id, agent_id=agent_id)
    [risk_id] = await record_all([suspicion], now=now)
    return risk_id


async def record_all(suspicions: Sequence[Suspicion], *, now: datetime) -> list[UUID | None]:
    """The same for many, each kind and subject once, in one statement; the events in the order of the suspicions."""
    if not suspicions:
        return []
    rows = await fetch(
        _RECORD,
        [uuid7() for _ in suspicions],
        [one.kind.value for one in suspicions],
        [one.subject for one in suspicions],
        [one.program_id for one in suspicions],
        [one.agent_id for one in suspicions],
        [msgspec.json.encode(one.facts).decode() for one in suspicions],
        [one.times for one in suspicions],
        now,
        QUIET_DAYS,
    )
    return [row["id"] for row in rows]


async def find(risk_id: UUID, *, program_id: UUID | None = None) -> RiskEvent:
    """An event; who is confined to a program finds only its own."""
    row = await fetch_row(
        f"SELECT {_VIEW} FROM risk_event WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)",  # noqa: S608 - ours.
        risk_id,
        program_id,
    )
    if row is None:
        raise NotFound
    return _event(row)


async def page(
    *,
    state: RiskState,
    kinds: Iterable[RiskKind] = RiskKind,
    program_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[RiskEvent]:
    """Events in a state, the longest open first."""
    rows = await fetch(
        f"""SELECT {_VIEW} FROM risk_event
            WHERE state = $1 AND kind = ANY($2) AND ($3::uuid IS NULL OR program_id = $3)
              AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5""",  # noqa: S608 - ours.
        state.value,
        [kind.value for kind in kinds],
        program_id,
        after,
        limit,
    )
    return [_event(row) for row in rows]


async def open_by_kind() -> dict[str, int]:
    """How many suspicions wait for a person, by kind."""
    rows = await fetch("SELECT kind, count(*) AS events FROM risk_event WHERE state = 'open' GROUP BY kind")
    return {row["kind"]: row["events"] for row in rows}


def _event(row: Any) -> RiskEvent:
    return msgspec.convert(dict(row) | {"facts": msgspec.json.decode(row["facts"])}, RiskEvent)
