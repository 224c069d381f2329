"""Carton files: what a packing line says of its cartons and pallets, read whole or refused by the row."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from codes import batches, sscc
from codes.batches import CodeBatch
from codes.cartons import CARTON, PALLET, MadeRuns, insert
from codes.ranges import Run
from codes.transitions import within
from core import audit
from core.db import execute, fetch, transaction
from core.ids import uuid7
from programs import sheets
from programs.sheets import Digits, RowProblem

EXAMPLE = "sscc,first,stop,parent\n046012345000000012,0,20,\n046012345000000029,20,40,046012345000000036\n"


class Row(msgspec.Struct, frozen=True):
    """A row of a packer's file: what is in a unit, or which unit it stands on, or both."""

    sscc: str
    first: Digits | None = None
    stop: Digits | None = None
    parent: str | None = None

    @property
    def run(self) -> Run | None:
        return None if self.first is None or self.stop is None else Run(int(self.first), int(self.stop))

    @property
    def problem(self) -> str | None:
        if not all(sscc.checks(number) for number in (self.sscc, self.parent) if number is not None):
            return "not an SSCC"
        if (self.first is None) != (self.stop is None) or (self.run is not None and self.run.first >= self.run.stop):
            return "first and stop go together, and stop is behind first"
        if self.parent == self.sscc:
            return "a unit does not stand on itself"
        return None


async def import_runs(batch_id: UUID, content: bytes, *, by: str) -> MadeRuns:
    """Read a packer's file: `sscc` with `first` and `stop`, or with the `parent` that it stands on, or with all three.

    All of it or nothing; what others stand on is a pallet. Raises SheetRefused, RunsOverlap, BatchNotSealed,
    BeyondBatch.
    """
    rows = sheets.read(content, into=Row, key="sscc")
    sheets.refuse([RowProblem(place, one.problem) for place, one in enumerate(rows, start=2) if one.problem])
    async with transaction():
        batch = await batches.find(batch_id)
        for run in filter(None, (one.run for one in rows)):
            within(batch, first=run.first, stop=run.stop)
        parents = {one.parent for one in rows if one.parent}
        known = await _known([*parents, *(one.sscc for one in rows)], batch)
        new = {one.sscc: one for one in (*map(Row, parents), *rows) if one.sscc not in known}
        _refuse_empty(one for one in new.values() if one.run is None and one.sscc not in parents)
        ids = known | {number: uuid7() for number in new}
        await insert([_unit(one, batch, parents, ids) for one in new.values()])
        await _put_onto([(ids[one.sscc], ids[one.parent]) for one in rows if one.parent])
        await audit.record(by, "cartons.import", batch_id=batch_id, units=len(new))
    pallets = sum(number in parents for number in new)
    return MadeRuns(len(new) - pallets, pallets)


def _unit(one: Row, batch: CodeBatch, parents: set[str], ids: dict[str, UUID]) -> tuple[object, ...]:
    kind = PALLET if one.sscc in parents else CARTON
    run = one.run
    place = (None, None, None) if run is None else (batch.number, run.first, run.stop)
    return ids[one.sscc], one.sscc, batch.program_id, kind, *place, None


async def _known(numbers: Sequence[str], batch: CodeBatch) -> dict[str, UUID]:
    rows = await fetch(
        "SELECT id, sscc FROM code_run WHERE sscc = ANY($1) AND program_id = $2", numbers, batch.program_id
    )
    return {row["sscc"]: row["id"] for row in rows}


async def _put_onto(pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Say what units stand on, and that this is a pallet, also where both were known before."""
    await execute("UPDATE code_run SET kind = 'pallet' WHERE id = ANY($1)", sorted({parent for _, parent in pairs}))
    await execute(
        """UPDATE code_run SET parent_id = put.parent_id FROM unnest($1::uuid[], $2::uuid[]) AS put (id, parent_id)
           WHERE code_run.id = put.id""",
        [unit for unit, _ in pairs],
        [parent for _, parent in pairs],
    )


def _refuse_empty(rows: Iterable[Row]) -> None:
    sheets.refuse([RowProblem(0, f"{one.sscc}: neither first and stop nor anything that stands on it") for one in rows])
