"""Print orders over HTTP: runs of a batch for a printer, what he reports of them, and the end of those unprinted."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, RawBody
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, within
from api.csv_body import sheet
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import batches, print_orders, reconciliation, unprinted
from codes.batches import BatchNotSealed, BatchWithoutKey
from codes.drawings.carriers import GtinMissing
from codes.print_orders import (
    ColumnsWithoutCode,
    NewPrintOrder,
    PrintOrder,
    PrintOrderOverlap,
    PrintOrderState,
)
from codes.printed_gtin import UnknownGtin
from codes.recipients import EncryptionMissing, RecipientWrong
from codes.reconciliation import RUNS_MAX, AlreadySpoiled, BeyondOrder, ReportedRun, ReportOverlap, read_report
from codes.transitions import BeyondBatch, RangeState
from core.access import Scope
from core.text import Line
from programs.sheets import BYTES_MAX, SheetRefused


class PrintOrders(msgspec.Struct, frozen=True):
    """The orders of a batch, the latest first."""

    print_orders: list[PrintOrder]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of some indexes of an order; the rest can be reported later."""

    runs: Annotated[list[ReportedRun], Meta(min_length=1, max_length=RUNS_MAX)]


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nobody shall print it."""

    reason: Line


REPORTED = (*MOVES, PrintOrderState, BeyondOrder, ReportOverlap, AlreadySpoiled)


@post(
    "/v1/batches/{batch_id:uuid}/print-orders",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["printing"],
    operation_id="create_print_order",
    status_code=201,
    responses={201: ResponseSpec(PrintOrder, generate_examples=False, description="The order; nothing has left yet.")}
    | refuses(
        *MOVES,
        BatchNotSealed,
        BatchWithoutKey,
        BeyondBatch,
        PrintOrderOverlap,
        RangeState,
        ColumnsWithoutCode,
        UnknownGtin,
        GtinMissing,
        RecipientWrong,
        EncryptionMissing,
    ),
)
async def create_print_order(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    data: Annotated[
        NewPrintOrder, like(printer="Типография № 1", first=0, stop=10_000, columns=["inner_url", "inner"])
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Order the printing of some indexes of a sealed batch: for whom, and what each line of his file holds."""

    async def create() -> PrintOrder:
        within(request, (await batches.find(batch_id)).program_id)
        return await print_orders.create(
            batch_id, data, origin=process_of(request).settings.printed_origin, by=holder(request).who
        )

    return await once(request, create, required=True)


@get(
    "/v1/batches/{batch_id:uuid}/print-orders",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["printing"],
    operation_id="list_print_orders",
    responses=refuses(*READS),
)
async def list_print_orders(request: Request[Any, Any, Any], batch_id: FromPath[UUID]) -> PrintOrders:
    """The print orders of a batch, the latest first."""
    within(request, (await batches.find(batch_id)).program_id)
    return PrintOrders(await print_orders.listed(batch_id))


@get(
    "/v1/print-orders/{print_order_id:uuid}",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["printing"],
    operation_id="find_print_order",
    responses=refuses(*READS),
)
async def find_print_order(request: Request[Any, Any, Any], print_order_id: FromPath[UUID]) -> PrintOrder:
    """A print order, and how many of its indexes are printed, spoiled, and not accounted for yet."""
    return await reachable(request, print_order_id)


@post(
    "/v1/print-orders/{print_order_id:uuid}/cancel",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["printing"],
    operation_id="cancel_print_order",
    status_code=200,
    responses={200: ResponseSpec(PrintOrder, generate_examples=False, description="The order, canceled.")}
    | refuses(*MOVES, PrintOrderState),
)
async def cancel_print_order(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    data: Annotated[Cancellation, like(reason="Printed elsewhere")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Give an order up: what nobody has downloaded is free for another order, what somebody has is suspended."""

    async def cancel() -> PrintOrder:
        await reachable(request, print_order_id)
        return await unprinted.cancel(print_order_id, reason=data.reason, by=holder(request).who)

    return await once(request, cancel, status=200, required=True)


@post(
    "/v1/print-orders/{print_order_id:uuid}/reconciliation",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["printing"],
    operation_id="reconcile_print_order",
    status_code=200,
    responses={200: ResponseSpec(PrintOrder, generate_examples=False, description="The order with its new counts.")}
    | refuses(*REPORTED),
)
async def reconcile_print_order(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    data: Annotated[Report, like(runs=[{"first": 0, "stop": 9_900, "outcome": "printed"}])],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Report what was printed and what was spoiled; codes on spoiled paper never pay. The same again is nothing."""
    return await _reconciled(request, print_order_id, lambda: data.runs)


@post(
    "/v1/print-orders/{print_order_id:uuid}/reconciliation/import",
    guards=[Scoped(Scope.codes_issue)],
    security=KEY,
    tags=["printing"],
    operation_id="import_reconciliation",
    operation_class=sheet("first,stop,outcome\n0,9900,printed\n9900,10000,spoiled\n"),
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses={200: ResponseSpec(PrintOrder, generate_examples=False, description="The order with its new counts.")}
    | refuses(*REPORTED, SheetRefused),
)
async def import_reconciliation(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    body: RawBody,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """The same report from a CSV sheet with the columns first, stop and outcome; all of it or nothing."""
    return await _reconciled(request, print_order_id, lambda: read_report(body))


async def reachable(request: Request[Any, Any, Any], print_order_id: UUID) -> PrintOrder:
    """An order that the caller's key reaches; NotFound otherwise."""
    order = await print_orders.find(print_order_id)
    within(request, order.program_id)
    return order


async def _reconciled(
    request: Request[Any, Any, Any], order_id: UUID, runs: Callable[[], list[ReportedRun]]
) -> Response[bytes]:
    async def reconcile() -> PrintOrder:
        await reachable(request, order_id)
        return await reconciliation.reconcile(order_id, runs(), by=holder(request).who)

    return await once(request, reconcile, status=200, required=True)


ROUTES = [
    create_print_order,
    list_print_orders,
    find_print_order,
    cancel_print_order,
    reconcile_print_order,
    import_reconciliation,
]
