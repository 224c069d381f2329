"""Imports: a file of a maker's own or a national system's codes becomes batches, all of it or nothing."""

import heapq
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from codes.batches import UnknownProduct, changed
from codes.intake import PROBLEMS_MAX, Intake
from codes.strength import CHANCE_MAX, CHANCE_WARNED
from core import audit
from core.db import copy_binary, execute, fetch, savepoint, transaction
from core.ids import uuid7
from core.refusals import Conflict, Unprocessable
from programs.installation import find_program
from programs.sheets import RowProblem
from referrals import item_keys

# Small enough that whoever else this process serves does not wait for it.
_PIECE_BYTES: Final = 1 << 14


class CodesTooWeak(Unprocessable):
    slug = "codes_too_weak"
    title = "The codes are too easy to guess"


class CodesNotNew(Conflict):
    slug = "codes_not_new"
    title = "Some of the codes came before; nothing of the file was taken"


class ImportedBatch(msgspec.Struct, frozen=True):
    """The codes of one product, in the order of the file; they are sealed until a range of them is activated."""

    batch_id: UUID
    number: int
    product_id: UUID
    codes: int


class Imported(msgspec.Struct, frozen=True):
    """What a file has become, and how strong its codes are; `weak` ones had better be worth little."""

    batches: list[ImportedBatch]
    codes: int
    bits: float
    guess_chance: float
    weak: bool


async def intake(program_id: UUID, *, product_id: UUID | None = None, column: str | None = None) -> Intake:
    """An intake for the codes of one product, or of all that have a GTIN; UnknownProduct."""
    await find_program(program_id)
    rows = await fetch(
        """SELECT product.id, gtin FROM product LEFT JOIN product_gtin ON product_id = product.id
           WHERE product.program_id = $1 AND ($2::uuid IS NULL OR product.id = $2)""",
        program_id,
        product_id,
    )
    if product_id is not None and not rows:
        raise UnknownProduct
    gtins = {row["gtin"]: row["id"] for row in rows if row["gtin"] is not None}
    return Intake(digest=item_keys.hasher(), gtins=gtins, product_id=product_id, column=column)


async def read(intake: Intake, pieces: AsyncIterator[bytes]) -> None:
    """Let an intake read a file as it comes; SheetRefused names the lines that are wrong, or it is CodesTooWeak."""
    async for piece in pieces:
        for start in range(0, len(piece), _PIECE_BYTES):
            intake.take(piece[start : start + _PIECE_BYTES])
    intake.end()
    strength = intake.census.strength()
    if strength.guess_chance >= CHANCE_MAX:
        raise CodesTooWeak(
            codes=intake.spool.count,
            bits=round(strength.bits, 1),
            guess_chance=strength.guess_chance,
            guess_chance_max=CHANCE_MAX,
        )


async def import_codes(program_id: UUID, taken: Intake, *, by: str) -> Imported:
    """Make batches of what an intake has read, one for each product; CodesNotNew when any of it came before."""
    strength = taken.census.strength()
    async with transaction():
        await execute("SET LOCAL statement_timeout = 0")
        numbers = await fetch("SELECT nextval('imported_batch_number') FROM generate_series(1, $1)", len(taken.counts))
        batches = [
            ImportedBatch(uuid7(), row["nextval"], product_id, count)
            for row, product_id, count in zip(numbers, taken.products, taken.counts, strict=True)
        ]
        await _copy(taken, [batch.number for batch in batches])
        # The last lock of all: scans and other batches wait for whoever holds it.
        await changed()
        for slot, batch in enumerate(batches):
            await _seal(program_id, batch, taken, slot=slot, by=by)
        await audit.record(by, "codes.import", program_id=program_id, batches=batches, form=taken.form)
    return Imported(
        batches,
        codes=taken.spool.count,
        bits=round(strength.bits, 1),
        guess_chance=strength.guess_chance,
        weak=strength.guess_chance > CHANCE_WARNED,
    )


async def _copy(taken: Intake, numbers: list[int]) -> None:
    try:
        async with savepoint():
            await copy_binary(
                "imported_code", columns=("key_hash", "batch_number", "index"), source=taken.spool.copied(numbers)
            )
    except asyncpg.UniqueViolationError:
        raise await _not_new(taken, numbers) from None


async def _not_new(taken: Intake, numbers: list[int]) -> CodesNotNew:
    """Which lines came before, in the file itself or in an earlier one: only a file that is refused pays for that."""
    repeated = known = 0
    first: list[RowProblem] = []
    async for run in taken.spool.runs(numbers):
        await execute(_ADD, run.hashes, run.batches, run.indexes)
        rows = await fetch(_ELSEWHERE, run.hashes, run.batches, run.indexes, run.lines, numbers)
        known += sum(row["known"] for row in rows)
        repeated += sum(not row["known"] for row in rows)
        problems = [RowProblem(row["line"], _KNOWN if row["known"] else _REPEATED) for row in rows]
        first = heapq.nsmallest(PROBLEMS_MAX, [*first, *problems], key=lambda problem: problem.row)
    return CodesNotNew(repeated=repeated, imported_before=known, problems=first)


async def _seal(program_id: UUID, batch: ImportedBatch, taken: Intake, *, slot: int, by: str) -> None:
    await execute(
        """INSERT INTO code_batch (id, number, kind, form, lengths, program_id, product_id, wanted, size, state,
                                   created_by, created_at, sealed_at)
           VALUES ($1, $2, 'imported', $3, $4, $5, $6, $7, $7, 'sealed', $8, now(), now())""",
        batch.batch_id,
        batch.number,
        taken.form,
        taken.lengths(slot),
        program_id,
        batch.product_id,
        batch.codes,
        by,
    )
    await execute(
        "INSERT INTO code_range (batch_number, first, stop, state, since) VALUES ($1, 0, $2, 'sealed', now())",
        batch.number,
        batch.codes,
    )


_KNOWN: Final = "an earlier import holds this code"
_REPEATED: Final = "a line above holds this code"

_ADD: Final = """
INSERT INTO imported_code (key_hash, batch_number, index) SELECT * FROM unnest($1::bytea[], $2::int[], $3::bigint[])
ON CONFLICT DO NOTHING
"""
_ELSEWHERE: Final = """
SELECT line, NOT there.batch_number = ANY($5) AS known
FROM unnest($1::bytea[], $2::int[], $3::bigint[], $4::bigint[]) AS asked (key_hash, batch_number, index, line)
JOIN imported_code there USING (key_hash)
WHERE (there.batch_number, there.index) <> (asked.batch_number, asked.index)
"""
