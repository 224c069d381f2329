"""Print orders: a run of a sealed batch's indexes for one printer, from the order to what became of the paper."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import batches, recipients
from codes.exports import Export
from codes.layouts import NEED_GTIN, ROLES, Column, Format, layout
from codes.packaging_code import INDEX_COUNT
from codes.printed_gtin import printed_gtin
from codes.ranges import Run
from codes.transitions import RangeState, paint, within
from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound, Unprocessable
from core.text import Name

_LISTED_MAX: Final = 500

State = Literal["open", "exported", "printed", "canceled", "lapsed"]


class PrintOrderOverlap(Conflict):
    slug = "print_order_overlap"
    title = "Another print order of the batch has some of these indexes"


class PrintOrderState(Conflict):
    slug = "print_order_state"
    title = "The print order is in a state that this cannot follow"


class ColumnsWithoutCode(Unprocessable):
    slug = "columns_without_code"
    title = "The columns hold no code"


class NewPrintOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indexes `first` up to `stop`, without it up to the batch's end, for a printer, and what each line of his holds.

    With a `recipient`, his age public key, the order leaves the installation encrypted for him and in no other way.
    """

    printer: Name
    first: Annotated[int, Meta(ge=0, le=INDEX_COUNT)] = 0
    stop: Annotated[int, Meta(ge=0, le=INDEX_COUNT)] | None = None
    columns: Annotated[tuple[Column, ...], Meta(min_length=1, max_length=len(Column))] = (Column.inner,)
    gtin: Annotated[str, Meta(min_length=1, max_length=14)] | None = None
    recipient: Annotated[str, Meta(min_length=1, max_length=120)] | None = None
    # A roll of the printer's holds so many labels, one an index; a code's story then tells its roll.
    labels_per_roll: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None


class PrintOrder(msgspec.Struct, frozen=True):
    """An order with how many of its indexes the printer has reported as printed, as spoiled, and not yet at all."""

    id: UUID
    program_id: UUID
    batch_id: UUID
    printer: str
    first: int
    stop: int
    columns: list[Column]
    origin: str
    gtin: str | None
    recipient: str | None
    labels_per_roll: int | None
    state: State
    reason: str
    printed: int
    spoiled: int
    unaccounted: int
    created_at: datetime
    exported_at: datetime | None
    closed_at: datetime | None


async def create(batch_id: UUID, new: NewPrintOrder, *, origin: str, by: str) -> PrintOrder:
    """Order the printing of indexes that lie in the batch and in no other order of its that is alive."""
    columns = tuple(dict.fromkeys(new.columns))
    if not ROLES.keys() & set(columns):
        raise ColumnsWithoutCode
    if new.recipient is not None:
        recipients.check(new.recipient)
    async with transaction() as now:
        batch = await batches.find(batch_id)
        run = within(batch, first=new.first, stop=new.stop)
        # What nobody can compute any more, or never could, cannot be printed.
        await batches.key_of(batch_id)
        # Orders of one batch are made one after another.
        await execute("SELECT FROM code_batch WHERE id = $1 FOR NO KEY UPDATE", batch_id)
        await _refuse_taken(batch.number, run)
        has_gtin = new.gtin is not None or bool(NEED_GTIN & set(columns))
        gtin = await printed_gtin(batch.product_id, new.gtin) if has_gtin else None
        order_id = uuid7()
        await execute(
            """INSERT INTO print_order (id, batch_id, batch_number, first, stop, printer, columns, origin, gtin,
                                        recipient, labels_per_roll, created_by, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
            order_id,
            batch_id,
            batch.number,
            *run,
            new.printer,
            list(columns),
            origin.rstrip("/"),
            gtin,
            new.recipient,
            new.labels_per_roll,
            by,
            now,
        )
        await audit.record(
            by, "print_order.create", print_order_id=order_id, batch_id=batch_id, first=run.first, stop=run.stop
        )
        return await find(order_id)


async def find(order_id: UUID) -> PrintOrder:
    """An order by its id."""
    return _order(await fetch_row(f"{_VIEW} WHERE print_order.id = $1", order_id))


async def listed(batch_id: UUID) -> list[PrintOrder]:
    """The orders of a batch, the latest first."""
    rows = await fetch(f"{_VIEW} WHERE batch_id = $1 ORDER BY print_order.id DESC LIMIT {_LISTED_MAX}", batch_id)
    return [_order(row) for row in rows]


async def hold(order_id: UUID, *states: State) -> PrintOrder:
    """An order in one of these states, which stays in it until the caller's transaction ends; PrintOrderState."""
    await execute("SELECT FROM print_order WHERE id = $1 FOR UPDATE", order_id)
    order = await find(order_id)
    if order.state not in states:
        raise PrintOrderState(state=order.state)
    return order


async def export(order: PrintOrder, *, by: str, now: datetime) -> None:
    """Its codes are about to leave; joins the caller's transaction, which holds the order. RangeState."""
    batch = await batches.find(order.batch_id)
    await paint(
        batch, first=order.first, stop=order.stop, state="exported", reason=f"for {order.printer}", by=by, now=now
    )
    await execute("UPDATE print_order SET state = 'exported', exported_at = $2 WHERE id = $1", order.id, now)
    await audit.record(by, "print_order.export", print_order_id=order.id, batch_id=order.batch_id)


async def file_of(order: PrintOrder, *, format: Format) -> Export:  # noqa: A002 - it is one.
    """The whole file of an order."""
    laid = layout(order.columns, format=format, origin=order.origin, gtin=order.gtin)
    return Export(await batches.key_of(order.batch_id), laid, order.first, order.stop)


async def _refuse_taken(number: int, run: Run) -> None:
    """PrintOrderOverlap, RangeState; joins the caller's transaction, which holds the batch."""
    taken = await fetch(
        """SELECT id FROM print_order
           WHERE batch_number = $1 AND state IN ('open', 'exported', 'printed') AND first < $3 AND stop > $2
           ORDER BY first LIMIT 100""",
        number,
        *run,
    )
    if taken:
        raise PrintOrderOverlap(print_order_ids=[row["id"] for row in taken])
    rows = await fetch(
        """SELECT DISTINCT state FROM code_range
           WHERE batch_number = $1 AND first < $3 AND stop > $2 AND state <> 'sealed'""",
        number,
        *run,
    )
    if rows:
        raise RangeState(states=sorted(row["state"] for row in rows))


def _order(row: Any) -> PrintOrder:
    if row is None:
        raise NotFound
    return msgspec.convert(dict(row), PrintOrder)


_VIEW: Final = """
SELECT print_order.*, program_id, coalesce(runs.printed, 0) AS printed, coalesce(runs.spoiled, 0) AS spoiled,
       print_order.stop - print_order.first - coalesce(runs.printed + runs.spoiled, 0) AS unaccounted
FROM print_order JOIN code_batch ON code_batch.id = batch_id LEFT JOIN LATERAL (
    SELECT coalesce(sum(stop - first) FILTER (WHERE outcome = 'printed'), 0)::bigint AS printed,
           coalesce(sum(stop - first) FILTER (WHERE outcome = 'spoiled'), 0)::bigint AS spoiled
    FROM printed_run WHERE print_order_id = print_order.id) AS runs ON true
"""
