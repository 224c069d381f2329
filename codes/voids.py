"""Voids: a batch's key is destroyed when two persons say so, and no code of it verifies ever again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from codes import batches
from codes.batches import changed
from codes.transitions import VOIDED, paint_all, within
from core import audit, destroyed
from core.access import confirm
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound

# What the log outside the database calls such a key.
KIND: Final = "code batch"
_COLUMNS: Final = "id, batch_id, reason, requested_by, requested_at, approved_by, withdrawn_by, settled_at"


class VoidAsked(Conflict):
    slug = "void_asked"
    title = "Somebody has asked for this already, or the batch is void"


class VoidSettled(Conflict):
    slug = "void_settled"
    title = "The request was approved or withdrawn before"


class VoidRequest(msgspec.Struct, frozen=True):
    """A request to destroy a batch's key; open until somebody else approves it or somebody withdraws it."""

    id: UUID
    batch_id: UUID
    reason: str
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    withdrawn_by: str | None
    settled_at: datetime | None


async def ask(batch_id: UUID, *, reason: str, by: str) -> VoidRequest:
    """Ask for a batch to be voided; nothing happens until a second person approves. BatchNotSealed, VoidAsked."""
    async with transaction() as now:
        batch = await batches.find(batch_id)
        within(batch, first=0, stop=None)
        if batch.state == VOIDED:
            raise VoidAsked
        try:
            row = await fetch_row(
                f"""INSERT INTO void_request (id, batch_id, reason, requested_by, requested_at)
                    VALUES ($1, $2, $3, $4, $5) RETURNING {_COLUMNS}""",  # noqa: S608 - ours.
                uuid7(),
                batch_id,
                reason,
                by,
                now,
            )
        except asyncpg.UniqueViolationError:
            raise VoidAsked from None
        await audit.record(by, "batch.void_ask", batch_id=batch_id, reason=reason)
    return _request(row)


async def approve(request_id: UUID, *, by: str) -> VoidRequest:
    """Destroy the key of the batch that somebody else asked for, for good: also after a restore of any backup.

    Whoever waits for its goods is told. Raises SecondPersonNeeded, VoidSettled, DestructionUnlogged.
    """
    async with transaction() as now:
        # Before any other lock, as with every change of ranges.
        await changed()
        asked = await _open(request_id)
        confirm(by=by, asked_by=asked.requested_by)
        row = await fetch_row(
            f"UPDATE void_request SET approved_by = $2, settled_at = $3 WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608 - ours.
            request_id,
            by,
            now,
        )
        await _void(asked.batch_id, reason=asked.reason, by=by, now=now)
        await destroyed.record(KIND, asked.batch_id)
    return _request(row)


async def withdraw(request_id: UUID, *, by: str) -> VoidRequest:
    """Let a request come to nothing; VoidSettled."""
    async with transaction() as now:
        asked = await _open(request_id)
        row = await fetch_row(
            f"UPDATE void_request SET withdrawn_by = $2, settled_at = $3 WHERE id = $1 RETURNING {_COLUMNS}",  # noqa: S608 - ours.
            request_id,
            by,
            now,
        )
        await audit.record(by, "batch.void_withdraw", batch_id=asked.batch_id)
    return _request(row)


async def find(request_id: UUID) -> VoidRequest:
    """A request, settled or not; NotFound."""
    row = await fetch_row(f"SELECT {_COLUMNS} FROM void_request WHERE id = $1", request_id)  # noqa: S608 - ours.
    return _request(row)


async def waiting(program_id: UUID | None) -> list[VoidRequest]:
    """The requests that wait for a second person, the oldest first."""
    rows = await fetch(
        f"""SELECT {_COLUMNS} FROM void_request WHERE settled_at IS NULL AND ($1::uuid IS NULL OR EXISTS (
                SELECT FROM code_batch WHERE code_batch.id = batch_id AND program_id = $1))
            ORDER BY id LIMIT 500""",  # noqa: S608 - ours.
        program_id,
    )
    return [_request(row) for row in rows]


@destroyed.destroys(KIND)
async def destroy_again(batch_ids: Sequence[UUID]) -> int:
    """Void the batches whose keys a restored backup has brought back; tells how many there were."""
    async with transaction() as now:
        await changed()
        rows = await fetch(
            """SELECT id FROM code_batch WHERE id = ANY($1) AND (wrapped_secret IS NOT NULL OR state <> 'voided')
               ORDER BY number""",
            batch_ids,
        )
        for row in rows:
            await _void(row["id"], reason="voided before the restore", by="restore", now=now)
    return len(rows)


async def _void(batch_id: UUID, *, reason: str, by: str, now: datetime) -> None:
    batch = await batches.find(batch_id)
    await execute("UPDATE code_batch SET wrapped_secret = NULL, state = 'voided' WHERE id = $1", batch_id)
    await audit.record(by, "batch.void", batch_id=batch_id, reason=reason)
    if batch.size is not None:
        whole = within(batch, first=0, stop=None)
        await paint_all(batch, [whole], state=VOIDED, reason=reason, by=by, now=now)


async def _open(request_id: UUID) -> VoidRequest:
    asked = _request(
        await fetch_row(f"SELECT {_COLUMNS} FROM void_request WHERE id = $1 FOR UPDATE", request_id)  # noqa: S608 - ours.
    )
    if asked.settled_at is not None:
        raise VoidSettled
    return asked


def _request(row: Any) -> VoidRequest:
    if row is None:
        raise NotFound
    return VoidRequest(*row.values())
