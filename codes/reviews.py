"""Reviews: scans that came before their goods were shipped, or of a leak, are paid or refused by a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from codes import batches, held
from codes.batches import CodeBatch
from core import audit
from core.db import fetch, fetch_row, transaction
from core.refusals import NotFound

_INDEX = "('x' || encode(substring(code_key FROM 5), 'hex'))::bit(32)::bigint"
_VIEW = f"""SELECT held_scan.id, code_batch.id AS batch_id, {_INDEX} AS index, agent_id, agent.alias, agent.alias_en,
                   received_at, in_review_since
            FROM held_scan JOIN agent ON agent.id = agent_id JOIN code_batch ON code_batch.number =
                 ('x' || encode(substring(code_key FOR 4), 'hex'))::bit(32)::int"""  # noqa: S608 - ours.


class ReviewedScan(msgspec.Struct, frozen=True):
    """A scan that waits for a person: whose, of which code, since when."""

    id: UUID
    batch_id: UUID
    index: int
    agent_id: UUID
    alias: str
    alias_en: str
    received_at: datetime
    in_review_since: datetime


async def waiting(program_id: UUID | None, *, after: UUID | None = None, limit: int) -> list[ReviewedScan]:
    """The scans that wait for a person, the oldest first."""
    rows = await fetch(
        f"""{_VIEW} WHERE in_review_since IS NOT NULL AND ($1::uuid IS NULL OR program_id = $1)
              AND ($2::uuid IS NULL OR held_scan.id > $2) ORDER BY held_scan.id LIMIT $3""",
        program_id,
        after,
        limit,
    )
    return [_scan(row) for row in rows]


async def decide(scan_id: UUID, *, pays: bool, note: str, by: str, program_id: UUID | None = None) -> bool:
    """Let a reviewed scan claim its code now, or refuse it; its agent is told. NotFound.

    True when it was paid: somebody else may have claimed the code meanwhile.
    """
    async with transaction() as now:
        row = await fetch_row(
            "SELECT * FROM held_scan WHERE id = $1 AND in_review_since IS NOT NULL FOR UPDATE", scan_id
        )
        batch = await _batch_of(row, program_id)
        paid = await held.settle(batch, row, pays=pays, now=now)
        await audit.record(by, "review.pay" if pays else "review.refuse", scan_id=scan_id, paid=paid, note=note)
    return paid


async def _batch_of(row: Any, program_id: UUID | None) -> CodeBatch:
    if row is None:
        raise NotFound
    batch = await batches.find_by_number(int.from_bytes(row["code_key"][:4], "big"))
    if program_id not in (None, batch.program_id):
        raise NotFound
    return batch


def _scan(row: Any) -> ReviewedScan:
    return ReviewedScan(*row.values())
