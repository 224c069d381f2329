"""Inquiries: which receipts sources are asked about, when next, and every time that one was; PostgreSQL keeps them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from core.ids import uuid7
from core.refusals import NotFound

# Longer than all the sources of a receipt together may take.
LEASE_SECONDS: Final = 90


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """How far the asking about a receipt is; `turn` is whose turn it is, and nobody else writes."""

    receipt_id: UUID
    turn: int
    asked: int
    refuted: int
    mistaken: int
    source: str
    outcome: str
    ticket: str | None
    opened_at: datetime
    due_at: datetime
    asking: bool


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a source was asked; without an outcome it is asked now, or whoever asked was cut short."""

    source: str
    asked_at: datetime
    answered_at: datetime | None
    outcome: str
    detail: str


_COLUMNS: Final = ", ".join(Inquiry.__struct_fields__)
# Whoever let his lease run out asks no more.
_SEEN: Final = _COLUMNS.replace("asking", "asking AND due_at > now() AS asking").replace(
    "due_at,", "greatest(due_at, now()) AS due_at,", 1
)


async def begin(receipt_id: UUID, code: str, *, now: datetime) -> None:
    """Let a receipt be asked about, from now on; joins the caller's transaction, which has the receipt's row."""
    await execute(
        """INSERT INTO receipt_inquiry (receipt_id, format, state, opened_at, due_at) VALUES ($1, $2, 'open', $3, $3)
           ON CONFLICT (receipt_id) DO UPDATE SET state = 'open', opened_at = $3, due_at = $3, closed_at = NULL
           WHERE receipt_inquiry.state <> 'open'""",
        receipt_id,
        code,
        now,
    )


async def take(codes: Sequence[str], *, limit: int, open_days: int = 0) -> list[Inquiry]:
    """The inquiries that are due and open for so long, each for this caller alone until its lease ends."""
    rows = await fetch(
        f"""UPDATE receipt_inquiry SET turn = turn + 1, asking = true, due_at = now() + make_interval(secs => $3)
            WHERE receipt_id IN (
                SELECT receipt_id FROM receipt_inquiry WHERE state = 'open' AND due_at <= now() AND format = ANY($1)
                    AND opened_at <= now() - make_interval(days => $4)
                ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING {_COLUMNS}""",  # noqa: S608 - ours.
        list(codes),
        limit,
        LEASE_SECONDS,
        open_days,
    )
    return [_inquiry(row) for row in rows]


async def is_mine(inquiry: Inquiry) -> bool:
    """Whether nobody has taken the turn over, held until the caller's transaction ends."""
    held = await fetch_value(
        "SELECT true FROM receipt_inquiry WHERE receipt_id = $1 AND turn = $2 AND state = 'open' FOR UPDATE",
        inquiry.receipt_id,
        inquiry.turn,
    )
    return held is True


async def wait(inquiry: Inquiry, *, due_at: datetime) -> None:
    """Write down what came of a turn, and when the next one is."""
    await execute(
        """UPDATE receipt_inquiry SET asking = false, due_at = $3, asked = $4, refuted = $5, mistaken = $6, source = $7,
                                      outcome = $8, ticket = $9
           WHERE receipt_id = $1 AND turn = $2""",
        inquiry.receipt_id,
        inquiry.turn,
        due_at,
        inquiry.asked,
        inquiry.refuted,
        inquiry.mistaken,
        inquiry.source,
        inquiry.outcome,
        inquiry.ticket,
    )


async def close(receipt_id: UUID, *, state: str, now: datetime) -> None:
    """Nobody is asked any more."""
    await execute(
        """UPDATE receipt_inquiry SET state = $2, asking = false, ticket = NULL, closed_at = $3
           WHERE receipt_id = $1 AND state = 'open'""",
        receipt_id,
        state,
        now,
    )


async def open_of(receipt_ids: Sequence[UUID]) -> dict[UUID, Inquiry]:
    """The inquiries that go on, of these receipts."""
    rows = await fetch(
        f"SELECT {_SEEN} FROM receipt_inquiry WHERE receipt_id = ANY($1) AND state = 'open'",  # noqa: S608 - ours.
        list(receipt_ids),
    )
    return {row["receipt_id"]: _inquiry(row) for row in rows}


async def waiting_by_format() -> dict[str, int]:
    """How many receipts are asked about, by their format."""
    rows = await fetch("SELECT format, count(*) AS receipts FROM receipt_inquiry WHERE state = 'open' GROUP BY format")
    return {row["format"]: row["receipts"] for row in rows}


async def note_asked(receipt_id: UUID, source: str) -> UUID:
    """Write down that a source is asked now, before it is."""
    attempt_id = uuid7()
    await execute(
        "INSERT INTO receipt_attempt (id, receipt_id, source) VALUES ($1, $2, $3)", attempt_id, receipt_id, source
    )
    return attempt_id


async def note_answered(attempt_id: UUID, *, outcome: str, detail: str) -> None:
    """Write down what it said."""
    await execute(
        "UPDATE receipt_attempt SET answered_at = now(), outcome = $2, detail = $3 WHERE id = $1",
        attempt_id,
        outcome,
        detail[:200],
    )


async def forget_asked(attempt_id: UUID) -> None:
    """It was not asked after all."""
    await execute("DELETE FROM receipt_attempt WHERE id = $1", attempt_id)


async def attempts(receipt_id: UUID, *, program_id: UUID | None = None, limit: int = 200) -> list[Attempt]:
    """Every time that a source was asked about a receipt, the latest first; who is confined sees his program's."""
    known = await fetch_value(
        "SELECT id FROM receipt WHERE id = $1 AND ($2::uuid IS NULL OR program_id = $2)", receipt_id, program_id
    )
    if known is None:
        raise NotFound
    rows = await fetch(
        """SELECT source, asked_at, answered_at, outcome, detail FROM receipt_attempt
           WHERE receipt_id = $1 ORDER BY id DESC LIMIT $2""",
        receipt_id,
        limit,
    )
    return [Attempt(**dict(row)) for row in rows]


def _inquiry(row: Any) -> Inquiry:
    return Inquiry(**dict(row))
