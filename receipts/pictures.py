"""Pictures: what a photo of a receipt shows, kept encrypted while a person may have to look at it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from core import audit, keys
from core.db import execute, fetch_value, transaction
from core.refusals import NotFound
from core.rewrapping import Wrapped
from receipts.claims import TO_JUDGE

PURPOSE: Final = "receipt_picture"
WRAPPED: Final = (Wrapped("receipt_picture", "id", "uuid", PURPOSE, column="wrapped_picture"),)
# Whoever hands in so many that nobody has decided about does without pictures for the next ones.
PER_AGENT_MAX: Final = 30

_UNDECIDED: Final = (
    f"(state IN ('received', 'deferred', 'checking', 'pending_issuer', 'verified', 'in_review') OR {TO_JUDGE})"
)


async def wanted(receipt_id: UUID) -> bool:
    """Whether somebody may still have to look at this receipt, and nothing of it is kept yet."""
    found: bool | None = await fetch_value(
        f"""SELECT (SELECT count(*) FROM receipt_picture JOIN receipt ON receipt.id = receipt_id
                    WHERE agent_id = asked.agent_id) < $2
               AND NOT EXISTS (SELECT FROM receipt_picture WHERE receipt_id = asked.id)
            FROM receipt AS asked WHERE id = $1 AND {_UNDECIDED}""",  # noqa: S608 - ours.
        receipt_id,
        PER_AGENT_MAX,
    )
    return bool(found)


async def keep(receipt_id: UUID, picture: bytes) -> None:
    """Keep the copy of a photo with its receipt; what is not wanted any more is dropped."""
    if await wanted(receipt_id):
        await execute(
            "INSERT INTO receipt_picture (id, receipt_id, wrapped_picture) VALUES (gen_random_uuid(), $1, $2) "
            "ON CONFLICT (receipt_id) DO NOTHING",
            receipt_id,
            keys.wrap(picture, purpose=PURPOSE),
        )


async def show(receipt_id: UUID, *, by: str, program_id: UUID | None = None) -> bytes:
    """The JPEG beside a receipt that waits for a person, for that person; NotFound where there is none for him."""
    async with transaction():
        wrapped: bytes | None = await fetch_value(
            f"""SELECT wrapped_picture FROM receipt_picture JOIN receipt ON receipt.id = receipt_id
                WHERE receipt_id = $1 AND {TO_JUDGE} AND ($2::uuid IS NULL OR program_id = $2)""",  # noqa: S608 - ours.
            receipt_id,
            program_id,
        )
        if wrapped is None:
            raise NotFound
        await audit.record(by, "receipt.picture", receipt_id=receipt_id)
    return keys.unwrap(wrapped, purpose=PURPOSE)


async def forget_old(days: int) -> None:
    """Drop the pictures of receipts that are decided, and those that were kept for so many days."""
    await execute(
        f"""DELETE FROM receipt_picture USING receipt WHERE receipt.id = receipt_id
            AND (kept_at < now() - $1::interval OR NOT ({_UNDECIDED}))""",  # noqa: S608 - ours.
        timedelta(days=days),
    )
