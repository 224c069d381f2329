"""Packing: the cartons and pallets of a batch as their labels tell of them, in the order of their codes."""

from asyncio import to_thread
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from codes import batches, packs, ranges
from codes.batches import CodeBatch
from codes.drawings.carton_labels import Language, Print, Run, Size, Unit, pdf
from codes.drawings.labels import Caption
from codes.packaging_code import BatchKey
from core.db import fetch
from core.refusals import Conflict
from programs.products import find_product

LABELS_MAX: Final = 1_000


class NothingPacked(Conflict):
    slug = "nothing_packed"
    title = "The batch has no such cartons or pallets"


class Packed(Struct, frozen=True):
    """Which units are meant: one by its number, or those of a kind whose codes begin behind an index.

    With `twins`, each pack carries both its codes, so that an index that lacks either is none.
    """

    kind: Literal["carton", "pallet"] = "carton"
    sscc: str | None = None
    after: int = -1
    limit: int = 100
    twins: bool = True


async def labels(
    batch: CodeBatch, packed: Packed, *, maker: Caption, size: Size, language: Language
) -> Iterator[bytes]:
    """The labels of some units as a PDF; NothingPacked."""
    units = await _units(batch, packed)
    if not units:
        raise NothingPacked
    product = await find_product(batch.product_id)
    about = Print(
        maker=maker,
        product=product.name_ru if language == "ru" else product.name_en,
        # Which of several numbers is that of a single pack is not known here.
        gtin=product.gtins[0] if len(product.gtins) == 1 else None,
        size=size,
        language=language,
    )
    # Every index of an imported batch has its code.
    key = None if batch.form else await batches.key_of(batch.id)
    ours = [run for unit in units for run in unit.runs if run.batch == batch.number]
    whole = ranges.Run(min(run.first for run in ours), max(run.stop for run in ours))
    spoiled = await packs.spoiled(batch.number, whole)
    return await to_thread(pdf, _counted(units, batch, key, twins=packed.twins, spoiled=spoiled), about)


async def _units(batch: CodeBatch, packed: Packed) -> list[Unit]:
    rows = await fetch(
        """SELECT unit.sscc, unit.kind,
                  array_agg((part.batch_number, part.first, part.stop) ORDER BY part.batch_number, part.first) AS runs
           FROM code_run unit JOIN code_run part
                ON part.first IS NOT NULL AND (part.id = unit.id OR part.parent_id = unit.id AND unit.first IS NULL)
           WHERE unit.program_id = $1 AND ($3::text IS NULL AND unit.kind = $4 OR unit.sscc = $3)
           GROUP BY unit.id HAVING min(part.first) FILTER (WHERE part.batch_number = $2) > $5
           ORDER BY min(part.first) FILTER (WHERE part.batch_number = $2) LIMIT $6""",
        batch.program_id,
        batch.number,
        packed.sscc,
        packed.kind,
        packed.after,
        packed.limit,
    )
    return [Unit(row["sscc"], row["kind"], tuple(_joined([Run(*one) for one in row["runs"]]))) for row in rows]


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Runs that follow one another as one."""
    first = runs[0]
    for one, after in zip(runs, [*runs[1:], None], strict=True):
        if after is None or (after.batch, after.first) != (one.batch, one.stop):
            yield Run(one.batch, first.first, one.stop)
            first = after or one


def _counted(
    units: Sequence[Unit], batch: CodeBatch, key: BatchKey | None, *, twins: bool, spoiled: Sequence[ranges.Run]
) -> Iterator[Unit]:
    """Units with the number of their packs, where all of them are of that batch."""
    for unit in units:
        ours = all(run.batch == batch.number for run in unit.runs)
        count = sum(_packs(key, run, twins=twins, spoiled=spoiled) for run in unit.runs) if ours else None
        yield Unit(unit.sscc, unit.kind, unit.runs, count)


def _packs(key: BatchKey | None, run: Run, *, twins: bool, spoiled: Sequence[ranges.Run]) -> int:
    """How many packs there are of a run's indexes."""
    if key is None:
        return run.stop - run.first
    chunks = packs.packed(key, ranges.Run(run.first, run.stop), twins=twins, without=spoiled)
    return sum(int(inside.sum()) for _, inside in chunks)
