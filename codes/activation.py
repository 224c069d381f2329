"""Activation: a range of a batch changes its state, and what was scanned too early is paid."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes import batches
from codes.batches import BatchNotSealed, CodeBatch
from codes.claims import ACTIVE, AlreadyClaimed, Claim, ScanRequest, insert_scans
from codes.keyring import Batch, Item, Range
from codes.packaging_code import BatchKey, PackagingCode, Role, SeriesKey
from codes.ranges import Stretch, painted, states
from codes.scans import evidence_of, expect
from core import audit
from core.db import execute, fetch, transaction
from core.refusals import Conflict, Unprocessable
from programs.snapshot import current_snapshot
from referrals import activities, journal
from referrals.journal import Entry, JournalKind

RECALLED = "recalled"
# What may become what by hand; recalled, voided and expired are final.
FROM: dict[str, frozenset[str]] = {
    "active": frozenset({"sealed", "exported", "printed", "in_transit", "suspended", "active"}),
    "suspended": frozenset({"sealed", "exported", "printed", "in_transit", "active", "suspended"}),
    "recalled": frozenset({"sealed", "exported", "printed", "in_transit", "active", "suspended", "leaked", "recalled"}),
}


class BeyondBatch(Unprocessable):
    slug = "beyond_batch"
    title = "The batch has no such indexes"


class RangeState(Conflict):
    slug = "range_state"
    title = "Some of these codes are in a state that this cannot follow"


async def change_range(
    batch_id: UUID,
    *,
    first: int,
    stop: int | None,
    state: Literal["active", "suspended", "recalled"],
    reason: str,
    by: str,
    program_id: UUID | None = None,
) -> CodeBatch:
    """Put indexes `first` up to `stop` (the end unless given) into a state; held scans of activated codes are paid.

    Raises BeyondBatch, BatchNotSealed, RangeState.
    """
    async with transaction() as now:
        await execute("UPDATE code_revision SET revision = revision + 1")
        batch = await batches.find(batch_id, program_id=program_id)
        if batch.size is None:
            raise BatchNotSealed
        end = batch.size if stop is None else stop
        if not 0 <= first < end <= batch.size:
            raise BeyondBatch(size=batch.size)
        there = states(batch.ranges, first=first, stop=end)
        if not there <= FROM[state]:
            raise RangeState(states=sorted(there - FROM[state]))
        new = painted(batch.ranges, Stretch(first, end, state, reason, now))
        await _write(batch.number, new)
        told: list[Entry] = []
        if state == ACTIVE:
            told = await _pay_held(batch, first, end, now=now)
        elif state == RECALLED:
            told = await _refuse_held(batch, first, end)
        await audit.record(by, f"range.{state}", batch_id=batch_id, first=first, stop=end, reason=reason)
        await journal.write(told, at=now)
    return msgspec.structs.replace(batch, ranges=new)


async def _write(number: int, ranges: Sequence[Stretch]) -> None:
    await execute("DELETE FROM code_range WHERE batch_number = $1", number)
    await execute(
        """INSERT INTO code_range (batch_number, first, stop, state, reason, since, shipped_at)
           SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[],
                                    $7::timestamptz[])""",
        number,
        [one.first for one in ranges],
        [one.stop for one in ranges],
        [one.state for one in ranges],
        [one.reason for one in ranges],
        [one.since for one in ranges],
        [one.shipped_at for one in ranges],
    )


async def _pay_held(batch: CodeBatch, first: int, stop: int, *, now: datetime) -> list[Entry]:
    """Turn the earliest held scan of each code into a claim, as if it had come now; returns what others are told."""
    held = await _take_held(batch, first, stop)
    if not held:
        return []
    earliest: dict[bytes, Any] = {}
    for row in held:
        earliest.setdefault(row["code_key"], row)
    claims = [_claim(row, batch, now=now) for row in earliest.values()]
    snapshot = await current_snapshot(age_seconds_max=0)
    expect(claims, snapshot, now=now)
    accepted = await insert_scans(claims, now=now)
    await activities.accept([evidence_of(one, snapshot, now=now) for one in accepted])
    paid = {one.id for one in accepted}
    return [_told_denied(row, reason=AlreadyClaimed.slug) for row in held if row["id"] not in paid]


async def _refuse_held(batch: CodeBatch, first: int, stop: int) -> list[Entry]:
    """What is recalled will never be on sale: whoever waits for it is told so."""
    return [_told_denied(row, reason=RECALLED) for row in await _take_held(batch, first, stop)]


async def _take_held(batch: CodeBatch, first: int, stop: int) -> list[Any]:
    """The held scans of these indexes, removed, the earliest first."""
    rows = await fetch(
        "DELETE FROM held_scan WHERE code_key >= $1 AND code_key < $2 RETURNING *",
        _code_key(batch.number, first),
        _code_key(batch.number, stop),
    )
    return sorted(rows, key=itemgetter("received_at", "id"))


def _told_denied(row: Any, *, reason: str) -> Entry:
    facts = {"scan_id": row["id"], "reason": reason}
    return Entry(agent_id=row["agent_id"], kind=JournalKind.denied, facts=facts)


def _claim(row: Any, batch: CodeBatch, *, now: datetime) -> Claim:
    index = int.from_bytes(row["code_key"], "big") & 0xFFFF_FFFF
    code = PackagingCode(0, batch.number, index, Role.INNER)
    # Nothing is verified here: the code was, when it was scanned.
    key = BatchKey(SeriesKey(0, b""), batch.number, b"")
    item = Item(code, Batch(key, batch.program_id, batch.product_id, ()), Range(index, index + 1, ACTIVE, now))
    request = ScanRequest((), row["agent_id"], row["client_key"], row["scanned_at"], ())
    return Claim(request, item, now, id=row["id"])


def _code_key(number: int, index: int) -> bytes:
    return (number << 32 | index).to_bytes(8, "big")
