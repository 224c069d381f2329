"""The journal: what an agent is told, in order, for ever; each entry can be said in words in either language."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import fetch
from core.outbox import RECORD

TOPIC = "journal"


_TELL = f"""
    held_agents AS MATERIALIZED (SELECT id FROM agent WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE),
    told AS (
        INSERT INTO journal_entry (agent_id, kind, at, activity_id, facts)
        SELECT agent_id, kind, $5, activity_id, facts::json
        FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[])
            WITH ORDINALITY AS entry (agent_id, kind, activity_id, facts, place)
        WHERE (SELECT count(*) FROM held_agents) >= 0
        ORDER BY place
        RETURNING agent_id, id),
    rung AS (
        {RECORD}
        SELECT $6, jsonb_agg(jsonb_build_array(agent_id, id) ORDER BY id) FROM told)
"""  # noqa: S608 - our own text.


class JournalKind(StrEnum):
    """What may happen to an agent; the sentence of each, and with it the facts that it needs, stands in `sentences`."""

    credited = "credited"
    denied = "denied"
    held = "held"
    in_review = "in_review"
    available = "available"
    expired = "expired"
    expiring = "expiring"
    clawed_back = "clawed_back"
    client_came = "client_came"
    client_returned = "client_returned"
    client_elsewhere = "client_elsewhere"
    bonus_held = "bonus_held"
    bonus_freed = "bonus_freed"
    spend_reserved = "spend_reserved"
    spend_captured = "spend_captured"
    spend_released = "spend_released"
    spend_refunded = "spend_refunded"
    device_linked = "device_linked"
    device_revoked = "device_revoked"
    token_renewed = "token_renewed"  # noqa: S105 - a kind of news, no secret.
    recovery_saved = "recovery_saved"
    recovery_removed = "recovery_removed"
    recovery_refused = "recovery_refused"
    restored = "restored"
    dispute_opened = "dispute_opened"
    dispute_upheld = "dispute_upheld"
    dispute_rejected = "dispute_rejected"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be told to an agent."""

    agent_id: UUID
    kind: JournalKind
    activity_id: UUID | None = None
    facts: dict[str, Any] = {}


class Told(msgspec.Struct, frozen=True):
    """Something that was told; a higher `id` was told later."""

    id: int
    kind: JournalKind
    at: datetime
    activity_id: UUID | None
    facts: dict[str, Any]


async def write(entries: Sequence[Entry], *, at: datetime) -> None:
    """Write entries down and ring for the agents' phones; joins the caller's transaction, as the last thing in it.

    The agents are held until the transaction ends, so that of two entries of one agent the higher id is never seen
    first: a phone that resumes after the last id it saw has missed nothing. Whoever also locks accounts does so before.
    """
    if entries:
        await bundle.write(telling(entries, at=at))


def telling(entries: Sequence[Entry], *, at: datetime) -> Write:
    """What `write` does, to be carried out with what else is written; there is an entry at least."""
    return Write(
        _TELL,
        (
            [entry.agent_id for entry in entries],
            [entry.kind.value for entry in entries],
            [entry.activity_id for entry in entries],
            [msgspec.json.encode(entry.facts).decode() for entry in entries],
            at,
            TOPIC,
        ),
    )


async def tell(agent_id: UUID, kind: JournalKind, *, at: datetime, **facts: Any) -> None:
    """Write one entry down; joins the caller's transaction, as `write` does."""
    await write([Entry(agent_id=agent_id, kind=kind, facts=facts)], at=at)


async def page(agent_id: UUID, *, before: int | None, limit: int) -> list[Told]:
    """An agent's entries with an id below `before`, the newest first."""
    rows = await fetch(
        """SELECT id, kind, at, activity_id, facts FROM journal_entry
           WHERE agent_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3""",
        agent_id,
        before if before is not None else 2**62,
        limit,
    )
    return [_told(row) for row in rows]


async def after(agent_id: UUID, last_id: int, *, limit: int) -> list[Told]:
    """What was told since an entry, in order: where a phone that was away goes on."""
    rows = await fetch(
        """SELECT id, kind, at, activity_id, facts FROM journal_entry
           WHERE agent_id = $1 AND id > $2 ORDER BY id LIMIT $3""",
        agent_id,
        last_id,
        limit,
    )
    return [_told(row) for row in rows]


async def last_id(agent_id: UUID) -> int:
    """The newest entry's id, 0 when nothing was told yet."""
    newest = await page(agent_id, before=None, limit=1)
    return newest[0].id if newest else 0


def _told(row: Any) -> Told:
    facts = msgspec.json.decode(row["facts"], type=dict[str, Any])
    return Told(row["id"], JournalKind(row["kind"]), row["at"], row["activity_id"], facts)
