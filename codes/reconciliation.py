"""Reconciliation: what a printer says of an order, printed or spoiled, and what becomes of the indexes by it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import batches
from codes.packaging_code import INDEX_COUNT
from codes.print_orders import PrintOrder, find, hold
from codes.range_rows import SPOILED
from codes.ranges import Run, joined
from codes.transitions import VOIDED, paint_all
from core import audit
from core.db import execute, fetch, transaction
from core.refusals import Conflict, Unprocessable
from programs.sheets import Digits, read

RUNS_MAX: Final = 10_000
SHOWN_MAX: Final = 100
OUTCOMES: Final = ("printed", SPOILED)

Index = Annotated[int, Meta(ge=0, le=INDEX_COUNT)]


class BeyondOrder(Unprocessable):
    slug = "beyond_order"
    title = "The print order has no such indexes"


class ReportOverlap(Unprocessable):
    slug = "report_overlap"
    title = "Two runs of the report have an index in common"


class AlreadySpoiled(Conflict):
    slug = "already_spoiled"
    title = "Some of these codes were reported as spoiled before, and will never pay"


class ReportedRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to, not including, `stop`, and what became of them."""

    first: Index
    stop: Index
    outcome: Literal["printed", "spoiled"]


class _Row(msgspec.Struct, frozen=True):
    """A row of a report's sheet, in which every cell is text."""

    first: Digits
    stop: Digits
    outcome: Literal["printed", "spoiled"]


class _Runs(msgspec.Struct, frozen=True):
    """All that is known of an order: the indexes printed, and those spoiled."""

    printed: list[Run]
    spoiled: list[Run]


async def reconcile(order_id: UUID, report: Sequence[ReportedRun], *, by: str) -> PrintOrder:
    """Take a printer's report: what is printed goes on, what is spoiled is voided for good; the same again is nothing.

    What was reported as printed may turn out spoiled, never the other way round. The order is printed as soon as
    every index of it is accounted for. Raises PrintOrderState, BeyondOrder, ReportOverlap, AlreadySpoiled.
    """
    async with transaction() as now:
        order = await hold(order_id, "exported", "printed")
        said = _said(order, report)
        before = await _known(order_id)
        revived = common(said.printed, before.spoiled)
        if revived:
            raise AlreadySpoiled(runs=revived[:SHOWN_MAX])
        after = _Runs(
            without(joined(before.printed + said.printed), said.spoiled), joined(before.spoiled + said.spoiled)
        )
        if after == before:
            return order
        await _write(order, after)
        await _record(order, before, after, by=by)
        if _count(after.printed) + _count(after.spoiled) == order.stop - order.first:
            await _close(order_id, now=now)
        batch = await batches.find(order.batch_id)
        # What was shipped or put on sale before it was reported stays so.
        await paint_all(
            batch, said.printed, state="printed", reason=f"by {order.printer}", by=by, now=now, among={"exported"}
        )
        await paint_all(batch, said.spoiled, state=VOIDED, reason=SPOILED, by=by, now=now)
        return await find(order_id)


def read_report(content: bytes) -> list[ReportedRun]:
    """A report from a CSV sheet with the columns first, stop, outcome; SheetRefused."""
    return [ReportedRun(int(row.first), int(row.stop), row.outcome) for row in read(content, into=_Row, key="first")]


def common(some: Sequence[Run], others: Sequence[Run]) -> list[Run]:
    """The indexes that lie in both; either is in order and free of overlaps."""
    found, place, others_place = [], 0, 0
    while place < len(some) and others_place < len(others):
        one, other = some[place], others[others_place]
        run = Run(max(one.first, other.first), min(one.stop, other.stop))
        if run.first < run.stop:
            found.append(run)
        if one.stop <= other.stop:
            place += 1
        else:
            others_place += 1
    return found


def without(some: Sequence[Run], others: Sequence[Run]) -> list[Run]:
    """The indexes of some runs that lie in none of the others."""
    left, first = [], 0
    borders = iter([*common(some, others), None])
    hole = next(borders)
    for one in some:
        first = one.first
        while hole is not None and hole.first < one.stop:
            if first < hole.first:
                left.append(Run(first, hole.first))
            first = hole.stop
            hole = next(borders)
        if first < one.stop:
            left.append(Run(first, one.stop))
    return left


def _said(order: PrintOrder, report: Sequence[ReportedRun]) -> _Runs:
    """What a report says, once it is known to speak of this order and not to contradict itself."""
    runs = sorted(Run(one.first, one.stop) for one in report)
    beyond = [run for run in runs if not order.first <= run.first < run.stop <= order.stop]
    if beyond:
        raise BeyondOrder(runs=beyond[:SHOWN_MAX], first=order.first, stop=order.stop)
    overlaps = [(one, other) for one, other in pairwise(runs) if other.first < one.stop]
    if overlaps:
        raise ReportOverlap(runs=overlaps[:SHOWN_MAX])
    by_outcome = [joined(Run(one.first, one.stop) for one in report if one.outcome == word) for word in OUTCOMES]
    return _Runs(*by_outcome)


async def _known(order_id: UUID) -> _Runs:
    rows = await fetch(
        "SELECT first, stop, outcome FROM printed_run WHERE print_order_id = $1 ORDER BY first", order_id
    )
    return _Runs(*([Run(row["first"], row["stop"]) for row in rows if row["outcome"] == word] for word in OUTCOMES))


async def _write(order: PrintOrder, runs: _Runs) -> None:
    await execute("DELETE FROM printed_run WHERE print_order_id = $1", order.id)
    for outcome, those in zip(OUTCOMES, (runs.printed, runs.spoiled), strict=True):
        await execute(
            """INSERT INTO printed_run (print_order_id, batch_number, first, stop, outcome)
               SELECT print_order.id, batch_number, run.first, run.stop, $2
               FROM unnest($3::bigint[], $4::bigint[]) AS run (first, stop), print_order WHERE print_order.id = $1""",
            order.id,
            outcome,
            [run.first for run in those],
            [run.stop for run in those],
        )


async def _record(order: PrintOrder, before: _Runs, after: _Runs, *, by: str) -> None:
    corrected = common(before.printed, after.spoiled)
    await audit.record(
        by,
        "print_order.correct" if corrected else "print_order.reconcile",
        print_order_id=order.id,
        batch_id=order.batch_id,
        printed=_count(after.printed),
        spoiled=_count(after.spoiled),
        corrected=corrected[:SHOWN_MAX],
    )


async def _close(order_id: UUID, *, now: datetime) -> None:
    await execute(
        "UPDATE print_order SET state = 'printed', closed_at = $2 WHERE id = $1 AND state = 'exported'", order_id, now
    )


def _count(runs: Sequence[Run]) -> int:
    return sum(run.stop - run.first for run in runs)
