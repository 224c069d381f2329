"""Batches: a run of codes is ordered, sealed by a job that counts its codes, and activated by ranges."""

import asyncio
import math
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes import keyring
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import (
    BATCH_COUNT,
    BODY_BITS,
    INDEX_COUNT,
    SERIES_CAPACITY,
    SERIES_COUNT,
    BatchKey,
    Role,
    SeriesKey,
)
from codes.ranges import Stretch, stretches
from core import audit, jobs, keys
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable

COUNT_MAX = 1_000_000_000
SEAL_JOB = "seal_batch"
_STEP = 1 << 20
_SECRET_BYTES = 16


class SeriesFull(Conflict):
    slug = "series_full"
    title = "No series has room for that many codes"


class UnknownProduct(Unprocessable):
    slug = "unknown_product"
    title = "The program has no such product"


class BatchWithoutKey(Conflict):
    slug = "batch_without_key"
    title = "Nobody can compute the codes of this batch: they were imported, or its key is destroyed"


class BatchNotSealed(Conflict):
    slug = "batch_not_sealed"
    title = "The batch has no codes yet"


class CodeBatch(msgspec.Struct, frozen=True):
    """A batch: `size` is how many indexes it has; a few of them carry no code because it would read as a swear word.

    `ranges` are the first thousand of its ranges; the rest can be read page by page.
    """

    id: UUID
    number: int
    program_id: UUID
    product_id: UUID
    wanted: int
    size: int | None
    state: Literal["draft", "sealed", "voided"]
    created_at: datetime
    sealed_at: datetime | None
    ranges: list[Stretch]
    kind: Literal["own", "imported"] = "own"
    form: Literal["plain", "gs1"] | None = None
    job_id: UUID | None = None


async def order(program_id: UUID, *, product_id: UUID, count: int, by: str, by_job: bool = True) -> CodeBatch:
    """Order so many codes for a product; a job seals the batch, or the caller does. UnknownProduct, SeriesFull."""
    async with transaction() as now:
        if await fetch_value("SELECT program_id FROM product WHERE id = $1", product_id) != program_id:
            raise UnknownProduct
        # This row is locked first by every change of batches, so that numbers and series are given out one by one.
        await changed()
        number = await fetch_value("SELECT coalesce(max(number), 0) + 1 FROM code_batch WHERE number < $1", BATCH_COUNT)
        series = await _series_with_room(program_id, count=_with_margin(count))
        batch = CodeBatch(
            id=uuid7(),
            number=number,
            program_id=program_id,
            product_id=product_id,
            wanted=count,
            size=None,
            state="draft",
            created_at=now,
            sealed_at=None,
            ranges=[],
        )
        await _insert(batch, series=series, by=by)
        job_id = await jobs.enqueue(SEAL_JOB, {"batch_id": batch.id}, created_by=by) if by_job else None
        await audit.record(by, "batch.order", batch_id=batch.id, product_id=product_id, count=count)
    return msgspec.structs.replace(batch, job_id=job_id)


async def seal(
    batch_id: UUID,
    *,
    progress: Callable[[int], Awaitable[None]],
    take: Callable[[bytes], None] | None = None,
    finish: Callable[[Any], Awaitable[None]] | None = None,
) -> int:
    """Count the batch's codes from its key and seal it; returns its size in indexes. Repeating it changes nothing.

    `progress` gets percents, `take` the lines as they are made, `finish` joins the sealing transaction.
    """
    batch, key = await with_key(batch_id)
    size = batch.size
    if size is None:
        size = await _size(key, wanted=batch.wanted, progress=progress, take=take)
    async with transaction() as now:
        await changed()
        sealed = await fetch_value(
            """UPDATE code_batch SET size = $2, state = 'sealed', sealed_at = $3
               WHERE id = $1 AND state = 'draft' RETURNING id""",
            batch_id,
            size,
            now,
        )
        if sealed is not None:
            await execute(
                "INSERT INTO code_range (batch_number, first, stop, state, since) VALUES ($1, 0, $2, 'sealed', $3)",
                batch.number,
                size,
                now,
            )
        if finish is not None:
            await finish({"batch_id": batch_id, "codes": batch.wanted, "size": size})
    return size


async def find(batch_id: UUID, *, program_id: UUID | None = None) -> CodeBatch:
    """A batch with its ranges; a holder who is confined to a program finds only its own."""
    row = await fetch_row("SELECT * FROM code_batch WHERE id = $1", batch_id)
    if row is None or program_id not in (None, row["program_id"]):
        raise NotFound
    return _batch(row, await stretches(row["number"]))


async def find_by_number(number: int) -> CodeBatch:
    """A batch without its ranges, by the number that its codes carry."""
    row = await fetch_row("SELECT * FROM code_batch WHERE number = $1", number)
    if row is None:
        raise NotFound
    return _batch(row, [])


async def page(program_id: UUID, *, after: UUID | None = None, limit: int) -> list[CodeBatch]:
    """A program's batches in the order in which they were ordered, without their ranges."""
    rows = await fetch(
        "SELECT * FROM code_batch WHERE program_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        program_id,
        after,
        limit,
    )
    return [_batch(row, []) for row in rows]


async def _size(
    key: BatchKey,
    *,
    wanted: int,
    progress: Callable[[int], Awaitable[None]],
    take: Callable[[bytes], None] | None,
) -> int:
    """How many indexes hold so many codes: profane ones carry none."""
    made = index = 0
    while made < wanted:
        stop = index + min(_STEP, wanted - made)
        made += await asyncio.to_thread(_make, key, index, stop, take)
        index = stop
        await progress(made * 100 // wanted)
    return index


def _make(key: BatchKey, start: int, stop: int, take: Callable[[bytes], None] | None) -> int:
    # AES contexts belong to one thread, so this one makes its own.
    own = BatchKey(SeriesKey(key.series_key.series, key.series_key.secret), key.batch, key.secret)
    count = 0
    for chunk in lines(own, role=Role.INNER, start=start, stop=stop, placeholders=False):
        count += len(chunk) // LINE_BYTES
        if take is not None:
            take(chunk)
    return count


async def key_of(batch_id: UUID) -> BatchKey:
    """The key of a batch, for whoever prints its codes; NotFound, BatchWithoutKey."""
    _, key = await with_key(batch_id)
    return key


async def with_key(batch_id: UUID) -> tuple[CodeBatch, BatchKey]:
    """A batch without its ranges, and its key; NotFound, BatchWithoutKey."""
    row = await fetch_row(
        """SELECT code_batch.*, code_series.wrapped_secret AS series_secret
           FROM code_batch LEFT JOIN code_series ON code_series.number = series WHERE id = $1""",
        batch_id,
    )
    if row is None:
        raise NotFound
    if row["wrapped_secret"] is None:
        raise BatchWithoutKey
    series = SeriesKey(row["series"], keys.unwrap(row["series_secret"], purpose=keyring.SERIES_PURPOSE))
    secret = keys.unwrap(row["wrapped_secret"], purpose=keyring.BATCH_PURPOSE)
    return _batch(row, []), BatchKey(series, row["number"], secret)


async def _series_with_room(program_id: UUID, *, count: int) -> int:
    """The program's series that has room for so many codes, or a new one; the room is taken."""
    found: int | None = await fetch_value(
        """UPDATE code_series SET issued = issued + $2
           WHERE number = (SELECT number FROM code_series WHERE program_id = $1 AND issued + $2 <= $3
                           AND created_at > now() - interval '1 year' ORDER BY number LIMIT 1)
           RETURNING number""",
        program_id,
        count,
        SERIES_CAPACITY,
    )
    if found is not None:
        return found
    number: int = await fetch_value("SELECT coalesce(max(number) + 1, 0) FROM code_series")
    if number >= SERIES_COUNT or count > min(SERIES_CAPACITY, INDEX_COUNT):
        raise await _full(program_id, count=count)
    await execute(
        "INSERT INTO code_series (number, program_id, wrapped_secret, issued) VALUES ($1, $2, $3, $4)",
        number,
        program_id,
        keys.wrap(os.urandom(_SECRET_BYTES), purpose=keyring.SERIES_PURPOSE),
        count,
    )
    return number


async def _full(program_id: UUID, *, count: int) -> SeriesFull:
    """Why there is no room: how much was wanted and is left, and how hard a guess the limit keeps, in bits."""
    room = await fetch_value(
        """SELECT max($2 - issued) FROM code_series
           WHERE program_id = $1 AND created_at > now() - interval '1 year'""",
        program_id,
        SERIES_CAPACITY,
    )
    capacity_bits = SERIES_CAPACITY.bit_length() - 1
    return SeriesFull(
        wanted=count,
        room=room or 0,
        wanted_bits=round(math.log2(count), 1),
        capacity_bits=capacity_bits,
        guess_bits=BODY_BITS - capacity_bits,
    )


def _with_margin(count: int) -> int:
    """Room for the indexes that are skipped: some in a hundred, far less than an eighth."""
    return count + count // 8 + 1024


async def _insert(batch: CodeBatch, *, series: int, by: str) -> None:
    await execute(
        """INSERT INTO code_batch (id, number, series, program_id, product_id, wrapped_secret, wanted, created_by,
                                   created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        batch.id,
        batch.number,
        series,
        batch.program_id,
        batch.product_id,
        keys.wrap(os.urandom(_SECRET_BYTES), purpose=keyring.BATCH_PURPOSE),
        batch.wanted,
        by,
        batch.created_at,
    )


async def changed() -> None:
    """Let every process forget what it knows of batches; joins the caller's transaction, for whose end others wait."""
    await execute("UPDATE code_revision SET revision = revision + 1")


def _batch(row: Any, ranges: list[Stretch]) -> CodeBatch:
    plain = {name: row[name] for name in CodeBatch.__struct_fields__ if name not in {"ranges", "job_id"}}
    return CodeBatch(**plain, ranges=ranges)
