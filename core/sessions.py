"""Sessions: who is logged in, by an opaque token of which only the hash is kept; the database's clock ends them."""

from uuid import UUID

import msgspec

from core import tokens
from core.db import execute, fetch_row
from core.ids import uuid7

# How exactly it is known when somebody was last there: not every look at a page is worth a write.
_SEEN_EVERY_SECONDS = 60


class Session(msgspec.Struct, frozen=True):
    """A session that is going on."""

    id: UUID
    subject: UUID


async def start(subject: UUID, *, seconds: int) -> str:
    """Begin a session that lasts so long at most; returns its token, which nobody can show again."""
    token = tokens.new("nps")
    await execute(
        """INSERT INTO session (id, token_hash, subject, expires_at)
           VALUES ($1, $2, $3, now() + make_interval(secs => $4))""",
        uuid7(),
        tokens.digest(token),
        subject,
        float(seconds),
    )
    return token


async def find(token: str, *, idle_seconds: int) -> Session | None:
    """The session of this token, unless it was ended, is over, or nobody was there for so long.

    Nothing of it is remembered by a process: one that was ended is ended everywhere at the next look.
    """
    if not tokens.well_formed(token, "nps"):
        return None
    row = await fetch_row(
        """SELECT id, subject, seen_at < now() - make_interval(secs => $3) AS stale FROM session
           WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > now()
             AND seen_at > now() - make_interval(secs => $2)""",
        tokens.digest(token),
        float(idle_seconds),
        float(_SEEN_EVERY_SECONDS),
    )
    if row is None:
        return None
    if row["stale"]:
        await execute("UPDATE session SET seen_at = now() WHERE id = $1", row["id"])
    return Session(row["id"], row["subject"])


async def end(session_id: UUID) -> None:
    """End a session."""
    await execute("UPDATE session SET ended_at = now() WHERE id = $1 AND ended_at IS NULL", session_id)


async def end_all(subject: UUID, *, but: UUID | None = None) -> None:
    """End every session of somebody, but one if it is named; joins the caller's transaction."""
    await execute(
        """WITH theirs AS (SELECT id FROM session WHERE subject = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2
                           ORDER BY id FOR UPDATE)
           UPDATE session SET ended_at = now() FROM theirs WHERE session.id = theirs.id""",
        subject,
        but,
    )


async def forget_old() -> None:
    """Drop sessions that ended a while ago."""
    await execute("DELETE FROM session WHERE expires_at < now() - interval '1 day'")
