"""Disputes: an agent appeals, somebody answers in words, and a clock runs until he does."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from referrals import devices, journal
from referrals.journal import Entry, JournalKind

OPEN_MAX = 20


class Verdict(StrEnum):
    """How an appeal may end."""

    upheld = "upheld"
    rejected = "rejected"


class Dispute(msgspec.Struct, frozen=True):
    """An appeal: what it is about, the agent's words, and the answer or the time by which it comes."""

    id: UUID
    agent_id: UUID
    alias: str
    activity_id: UUID | None
    about: str
    words: str
    state: str
    opened_at: datetime
    answer_by: datetime
    answer: str | None
    answered_at: datetime | None


class DisputeOpen(Conflict):
    slug = "dispute_open"
    title = "There is an open appeal about this already"


class TooManyDisputes(Conflict):
    slug = "too_many_disputes"
    title = "So many appeals are open that the next one has to wait for an answer"


class DisputeAnswered(Conflict):
    slug = "dispute_answered"
    title = "This appeal has its answer"


_READ = """
SELECT dispute.id, agent_id, alias, activity_id, about, words, state, opened_at, answer_by, answer, answered_at
FROM dispute JOIN agent ON agent.id = dispute.agent_id
"""
# A moderator of one program sees the appeals about its activities, and about what was refused in it; nobody can say
# whose program an unknown code is.
_IN_PROGRAM = """($1::uuid IS NULL OR dispute.program_id = $1
    OR EXISTS (SELECT FROM activity WHERE activity.id = activity_id AND activity.program_id = $1))"""


async def appeal(
    agent_id: UUID,
    *,
    activity_id: UUID | None,
    about: str,
    words: str,
    answer_days: int,
    program_id: UUID | None = None,
) -> Dispute:
    """Open a dispute about an activity of the agent's, or about something refused that has no activity.

    What has none may have a `program_id` all the same, whose moderators are then asked.
    """
    async with transaction() as now:
        await devices.hold(agent_id)
        if activity_id is not None:
            await _refuse_strangers(activity_id, agent_id)
        await _refuse_too_many(agent_id)
        dispute_id, answer_by = uuid7(), now + timedelta(days=answer_days)
        inserted = await execute(
            """INSERT INTO dispute (id, agent_id, activity_id, about, words, opened_at, answer_by, program_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (agent_id, about) WHERE state = 'open' DO NOTHING""",
            dispute_id,
            agent_id,
            activity_id,
            about,
            words,
            now,
            answer_by,
            program_id,
        )
        if inserted.endswith(" 0"):
            raise DisputeOpen(dispute_id=await _open_about(agent_id, about))
        facts = {"dispute_id": dispute_id, "answer_by": answer_by}
        await _tell(agent_id, JournalKind.dispute_opened, activity_id, facts, at=now)
        return await find(dispute_id)


async def answer(dispute_id: UUID, *, verdict: Verdict, words: str, by: str, program_id: UUID | None = None) -> Dispute:
    """Answer a dispute, once; the agent is told in the words of the answer. What follows from it is another's doing."""
    async with transaction() as now:
        # The agent before his dispute, as in an appeal.
        await devices.hold((await find(dispute_id, program_id=program_id)).agent_id)
        row = await fetch_row(
            """UPDATE dispute SET state = $2, answer = $3, answered_at = $4, answered_by = $5
               WHERE id = $1 AND state = 'open' RETURNING agent_id, activity_id""",
            dispute_id,
            verdict.value,
            words,
            now,
            by,
        )
        if row is None:
            raise DisputeAnswered
        kind = JournalKind.dispute_upheld if verdict is Verdict.upheld else JournalKind.dispute_rejected
        facts = {"dispute_id": dispute_id, "answer": words}
        await audit.record(by, "dispute.answer", dispute_id=dispute_id, verdict=verdict.value)
        await _tell(row["agent_id"], kind, row["activity_id"], facts, at=now)
        return await find(dispute_id)


async def find(dispute_id: UUID, *, program_id: UUID | None = None) -> Dispute:
    """A dispute; who is confined to a program finds only its own."""
    row = await fetch_row(f"{_READ} WHERE dispute.id = $2 AND {_IN_PROGRAM}", program_id, dispute_id)
    if row is None:
        raise NotFound
    return Dispute(**row)


async def of_agent(agent_id: UUID, *, before: UUID | None, limit: int) -> list[Dispute]:
    """An agent's disputes, the newest first."""
    rows = await fetch(
        f"""{_READ} WHERE agent_id = $1 AND ($2::uuid IS NULL OR dispute.id < $2)
            ORDER BY dispute.id DESC LIMIT $3""",
        agent_id,
        before,
        limit,
    )
    return [Dispute(**row) for row in rows]


async def waiting(
    *, overdue: bool, program_id: UUID | None = None, after: UUID | None = None, limit: int
) -> list[Dispute]:
    """Open disputes, the longest waiting first; those alone whose time is over when asked for `overdue`."""
    rows = await fetch(
        f"""{_READ} WHERE state = 'open' AND {_IN_PROGRAM} AND ($2::uuid IS NULL OR dispute.id > $2)
              AND (NOT $3 OR answer_by < now())
            ORDER BY dispute.id LIMIT $4""",
        program_id,
        after,
        overdue,
        limit,
    )
    return [Dispute(**row) for row in rows]


async def _refuse_strangers(activity_id: UUID, agent_id: UUID) -> None:
    """Whoever did it, and whoever was paid for it, may appeal."""
    row = await fetch_row(
        """SELECT FROM activity WHERE id = $1 AND (agent_id = $2 OR EXISTS (
               SELECT FROM accrual WHERE accrual.activity_id = activity.id AND accrual.agent_id = $2))""",
        activity_id,
        agent_id,
    )
    if row is None:
        raise NotFound


async def _refuse_too_many(agent_id: UUID) -> None:
    count = await fetch_value("SELECT count(*) FROM dispute WHERE agent_id = $1 AND state = 'open'", agent_id)
    if count >= OPEN_MAX:
        raise TooManyDisputes(open_max=OPEN_MAX)


async def _open_about(agent_id: UUID, about: str) -> UUID | None:
    found: UUID | None = await fetch_value(
        "SELECT id FROM dispute WHERE agent_id = $1 AND about = $2 AND state = 'open'", agent_id, about
    )
    return found


async def _tell(
    agent_id: UUID, kind: JournalKind, activity_id: UUID | None, facts: dict[str, Any], *, at: datetime
) -> None:
    await journal.write([Entry(agent_id=agent_id, kind=kind, activity_id=activity_id, facts=facts)], at=at)
