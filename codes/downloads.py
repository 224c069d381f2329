"""Downloads: who may read a print order's file for a day, the first by himself, everybody after him with a second."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from codes.print_orders import PrintOrder, PrintOrderState, export, find, hold
from core import access, audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, Forbidden, NotFound

HOURS: Final = 24


class NoDownloadSession(Forbidden):
    slug = "no_download_session"
    title = "You have no open download session for this print order"


class DownloadSessionEnded(Conflict):
    slug = "download_session_ended"
    title = "The download session has ended"


class EncryptedOnly(Conflict):
    slug = "encrypted_only"
    title = "The print order leaves encrypted for its printer's key, part by part"


class NotEncrypted(Conflict):
    slug = "not_encrypted"
    title = "The print order names no recipient to encrypt for"


class DownloadSession(msgspec.Struct, frozen=True):
    """A right to read an order's file: requested until somebody else approves it, then usable for a day."""

    id: UUID
    print_order_id: UUID
    program_id: UUID
    number: int
    state: Literal["requested", "usable", "ended"]
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    expires_at: datetime | None
    requests: int
    bytes_served: int


async def begin(order_id: UUID, *, by: str) -> DownloadSession:
    """The session that somebody has, asks for, or gets: an order's first one is usable at once and exports it.

    Raises PrintOrderState, RangeState.
    """
    async with transaction() as now:
        order = await hold(order_id, "open", "exported")
        for mine in await listed(order_id):
            if mine.requested_by == by and mine.state != "ended":
                return mine
        number = 1 + await fetch_value("SELECT count(*) FROM download_session WHERE print_order_id = $1", order_id)
        session_id = uuid7()
        await execute(
            """INSERT INTO download_session (id, print_order_id, number, requested_by, requested_at)
               VALUES ($1, $2, $3, $4, $5)""",
            session_id,
            order_id,
            number,
            by,
            now,
        )
        await audit.record(by, "download.request", print_order_id=order_id, download_id=session_id, number=number)
        if number == 1:
            await export(order, by=by, now=now)
            await _open(session_id)
        return await find_session(session_id)


async def approve(session_id: UUID, *, by: str) -> DownloadSession:
    """Let somebody else read an order's file from now on; SecondPersonNeeded, DownloadSessionEnded, PrintOrderState."""
    async with transaction():
        session = await find_session(session_id)
        await hold(session.print_order_id, "exported")
        session = await find_session(session_id)
        access.confirm(by=by, asked_by=session.requested_by)
        if session.state == "ended":
            raise DownloadSessionEnded
        if session.state == "requested":
            await _open(session_id, approved_by=by)
            await audit.record(by, "download.approve", print_order_id=session.print_order_id, download_id=session_id)
        return await find_session(session_id)


async def end(session_id: UUID, *, by: str) -> DownloadSession:
    """End a session before its time, or decline the request for one; doing it again changes nothing."""
    async with transaction() as now:
        ended = await fetch_value(
            "UPDATE download_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING print_order_id",
            session_id,
            now,
        )
        if ended is not None:
            await audit.record(by, "download.end", print_order_id=ended, download_id=session_id)
        return await find_session(session_id)


async def find_session(session_id: UUID) -> DownloadSession:
    """A session by its id."""
    row = await fetch_row(f"{_VIEW} WHERE one.id = $1", session_id)
    if row is None:
        raise NotFound
    return _session(row)


async def listed(order_id: UUID) -> list[DownloadSession]:
    """The sessions of an order, the latest first."""
    return [_session(row) for row in await fetch(f"{_VIEW} WHERE print_order_id = $1 ORDER BY number DESC", order_id)]


async def may_read(order_id: UUID, *, by: str, encrypted: bool) -> tuple[PrintOrder, UUID]:
    """The order and the session under which somebody reads it.

    Raises PrintOrderState, NoDownloadSession, EncryptedOnly, NotEncrypted.
    """
    order = await find(order_id)
    if order.closed_at is not None:
        raise PrintOrderState(state=order.state)
    mine = next((one for one in await listed(order_id) if one.requested_by == by and one.state == "usable"), None)
    if mine is None:
        raise NoDownloadSession
    if encrypted and order.recipient is None:
        raise NotEncrypted
    if not encrypted and order.recipient is not None:
        raise EncryptedOnly
    return order, mine.id


async def record(order: PrintOrder, session_id: UUID, *, by: str, **what: Any) -> None:
    """Write down what somebody is about to read, before a byte of it leaves."""
    await audit.record(by, "download.read", print_order_id=order.id, download_id=session_id, **what)


async def count(session_id: UUID, *, bytes_served: int) -> None:
    """Add a request, and what has left in it, to its session."""
    await execute(
        "UPDATE download_session SET requests = requests + 1, bytes_served = bytes_served + $2 WHERE id = $1",
        session_id,
        bytes_served,
    )


async def _open(session_id: UUID, *, approved_by: str | None = None) -> None:
    await execute(
        """UPDATE download_session SET approved_by = $2, expires_at = now() + make_interval(hours => $3)
           WHERE id = $1""",
        session_id,
        approved_by,
        HOURS,
    )


def _session(row: Any) -> DownloadSession:
    return msgspec.convert(dict(row), DownloadSession)


_VIEW: Final = """
SELECT one.*, program_id,
       CASE WHEN ended_at IS NOT NULL OR expires_at <= now() OR print_order.state NOT IN ('open', 'exported')
            THEN 'ended' WHEN expires_at IS NULL THEN 'requested' ELSE 'usable' END AS state
FROM download_session AS one
JOIN print_order ON print_order.id = print_order_id JOIN code_batch ON code_batch.id = batch_id
"""
