"""Cartons and pallets: numbered runs of a batch's indexes, made by size or read from a file."""

import asyncio
from collections.abc import Collection, Sequence
from itertools import pairwise
from uuid import UUID

import asyncpg
import msgspec
import numpy as np

from codes import batches, packs, sscc
from codes.packaging_code import BatchKey
from codes.ranges import Run
from codes.transitions import within
from core import audit
from core.db import copy, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, Unprocessable

RUNS_MAX = 100_000
INDEXES_MAX = 10_000_000
CARTON, PALLET = "carton", "pallet"
_COLUMNS = ("id", "sscc", "program_id", "kind", "batch_number", "first", "stop", "parent_id")
_VIEW = """SELECT run.sscc, run.kind, run.first, run.stop, parent.sscc AS parent
           FROM code_run run LEFT JOIN code_run parent ON parent.id = run.parent_id"""


class RunsOverlap(Conflict):
    slug = "runs_overlap"
    title = "Some of these codes are in another carton or pallet already, or a number is taken"


class UnknownUnit(Unprocessable):
    slug = "unknown_unit"
    title = "Nothing is known of a carton or a pallet with this number"


class CompanyPrefixNeeded(Unprocessable):
    slug = "company_prefix_needed"
    title = "Say with which GS1 company prefix cartons are to be numbered"


class TooManyRuns(Unprocessable):
    slug = "too_many_runs"
    title = "So many cartons are made in several requests"


class CodeRun(msgspec.Struct, frozen=True):
    """A carton or a pallet with its number and its indexes; a pallet known by its cartons has none of its own."""

    sscc: str
    kind: str
    first: int | None
    stop: int | None
    parent: str | None


class MadeRuns(msgspec.Struct, frozen=True):
    """How many cartons and pallets there are from now on; pallets' numbers come before those of their cartons."""

    cartons: int
    pallets: int
    first_sscc: str | None = None
    last_sscc: str | None = None


async def make(
    batch_id: UUID,
    *,
    first: int,
    stop: int | None,
    per_carton: int,
    per_pallet: int | None,
    company_prefix: str | None,
    twins: bool,
    by: str,
) -> MadeRuns:
    """Pack indexes into cartons of so many codes, and those onto pallets of so many cartons, each with a new number.

    An index without a code, or with spoiled paper, is in no pack: it belongs to the carton of its neighbours and does
    not count; with `twins` that is one that lacks either code. Raises BeyondBatch, BatchNotSealed, TooManyRuns,
    RunsOverlap, CompanyPrefixNeeded.
    """
    batch = await batches.find(batch_id)
    run = within(batch, first=first, stop=stop)
    if run.stop - run.first > INDEXES_MAX:
        raise TooManyRuns(indexes_max=INDEXES_MAX)
    key = None if batch.form else (await batches.with_key(batch_id))[1]
    spoiled = await packs.spoiled(batch.number, run)
    cartons = await asyncio.to_thread(_cartons, key, run, per_carton, twins=twins, spoiled=spoiled)
    pallets = _pallets(cartons, per_pallet) if per_pallet else []
    if len(cartons) + len(pallets) > RUNS_MAX:
        raise TooManyRuns(runs_max=RUNS_MAX)
    async with transaction():
        numbers = await _numbers(batch.program_id, company_prefix, count=len(cartons) + len(pallets))
        ids = [uuid7() for _ in pallets]
        where = batch.program_id, batch.number
        rows = [
            *((ids[n], numbers[n], where[0], PALLET, where[1], *one, None) for n, one in enumerate(pallets)),
            *(
                (uuid7(), number, where[0], CARTON, where[1], *one, ids[n // per_pallet] if per_pallet else None)
                for n, (number, one) in enumerate(zip(numbers[len(pallets) :], cartons, strict=True))
            ),
        ]
        await insert(rows)
        await audit.record(by, "cartons.make", batch_id=batch_id, first=run.first, stop=run.stop, cartons=len(cartons))
    return MadeRuns(len(cartons), len(pallets), numbers[0], numbers[-1])


async def page(batch_number: int, *, after_first: int = -1, limit: int) -> list[CodeRun]:
    """A batch's cartons in the order of their codes."""
    rows = await fetch(
        f"""{_VIEW} WHERE run.batch_number = $1 AND run.kind = 'carton' AND run.first > $2
            ORDER BY run.first LIMIT $3""",
        batch_number,
        after_first,
        limit,
    )
    return [msgspec.convert(dict(row), CodeRun) for row in rows]


async def holding(batch_number: int, index: int) -> list[CodeRun]:
    """The carton and the pallet that an index is in, as far as they are known."""
    rows = await fetch(
        f"""WITH carton AS (SELECT * FROM code_run WHERE batch_number = $1 AND kind = 'carton' AND first <= $2
                            ORDER BY first DESC LIMIT 1),
                 pallet AS (SELECT * FROM code_run WHERE batch_number = $1 AND kind = 'pallet' AND first <= $2
                            ORDER BY first DESC LIMIT 1)
            {_VIEW} WHERE run.id IN (SELECT id FROM carton WHERE stop > $2 UNION SELECT parent_id FROM carton
                                     WHERE stop > $2 UNION SELECT id FROM pallet WHERE stop > $2)
            ORDER BY run.kind""",  # noqa: S608 - ours.
        batch_number,
        index,
    )
    return [msgspec.convert(dict(row), CodeRun) for row in rows]


async def contents(numbers: Collection[str], *, program_id: UUID | None) -> dict[int, list[Run]]:
    """The runs behind units' numbers, their own and those of what stands on them, by batch; UnknownUnit."""
    rows = await fetch(
        """SELECT unit.sscc, part.batch_number, part.first, part.stop FROM code_run unit
           JOIN code_run part ON (part.id = unit.id OR part.parent_id = unit.id) AND part.first IS NOT NULL
           WHERE unit.sscc = ANY($1) AND ($2::uuid IS NULL OR unit.program_id = $2)""",
        list(numbers),
        program_id,
    )
    unknown = set(numbers) - {row["sscc"] for row in rows}
    if unknown:
        raise UnknownUnit(sscc=min(unknown), units=len(unknown))
    found: dict[int, list[Run]] = {}
    for row in rows:
        found.setdefault(row["batch_number"], []).append(Run(row["first"], row["stop"]))
    return found


def _cartons(key: BatchKey | None, run: Run, per_carton: int, *, twins: bool, spoiled: Sequence[Run]) -> list[Run]:
    """Runs that cover the whole one, each with so many packs, the last one with what is left."""
    # Every index of an imported batch has its code.
    places: Sequence[int] = range(*run)
    if key is not None:
        chunks = packs.packed(key, run, twins=twins, without=spoiled)
        places = [place for first, inside in chunks for place in (np.flatnonzero(inside) + first).tolist()]
    borders = [run.first, *places[per_carton::per_carton], run.stop]
    return [Run(*pair) for pair in pairwise(borders)] if places else []


def _pallets(cartons: Sequence[Run], per_pallet: int) -> list[Run]:
    tops = [cartons[start : start + per_pallet] for start in range(0, len(cartons), per_pallet)]
    return [Run(top[0].first, top[-1].stop) for top in tops]


async def _numbers(program_id: UUID, company_prefix: str | None, *, count: int) -> list[str]:
    """So many new numbers; the prefix is the program's last one unless given."""
    prefix = company_prefix or await fetch_value(
        "SELECT prefix FROM company_prefix WHERE program_id = $1 ORDER BY issued DESC LIMIT 1", program_id
    )
    if prefix is None:
        raise CompanyPrefixNeeded
    issued: int = await fetch_value(
        """INSERT INTO company_prefix AS p (prefix, program_id, issued) VALUES ($1, $2, $3)
           ON CONFLICT (prefix) DO UPDATE SET issued = p.issued + excluded.issued RETURNING issued""",
        prefix,
        program_id,
        count,
    )
    if issued > sscc.capacity(prefix):
        raise TooManyRuns(company_prefix=prefix)
    return [sscc.numbered(prefix, serial) for serial in range(issued - count, issued)]


async def insert(rows: Sequence[tuple[object, ...]]) -> None:
    """Write new units, each as id, number, program, kind, batch, first, stop, parent. RunsOverlap."""
    try:
        await copy("code_run", columns=_COLUMNS, records=rows)
    except (asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError) as overlap:
        raise RunsOverlap from overlap
