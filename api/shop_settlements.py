"""Settlements of shops over HTTP: months are closed, statements read, held against the shop's own list, and paid."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from api.callers import Scoped, holder
from api.confines import MOVES, READS, WRITES, within
from api.csv_body import sheet
from api.cursors import Limit, next_page
from api.denials import beyond
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import PayloadTooLarge, refuses
from api.ranged import attached
from api.read_only import ANSWERS_ANYWAY
from api.uploads import received
from codes import settlement_disputes, settlement_payments, settlements, shop_lists
from codes.settlement_disputes import SettlementDispute
from codes.settlement_files import MEDIA_TYPES, SettlementFormat, heading, streamed
from codes.settlement_payments import NewPayment, NothingOwed, NotPaid, Payment, Reversal, SettlementPaid
from codes.settlements import Month, MonthNotOver, NothingToSettle, Settlement, SettlementLine
from codes.shop_lists import Comparison
from core.access import Scope
from programs.sheets import BYTES_MAX, SheetRefused
from programs.shops import find_shop
from referrals.words import Language


class NewSettlement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A month of a shop that is to be closed."""

    shop_id: UUID
    month: Month


class Settlements(msgspec.Struct, frozen=True):
    """Statements, the latest first; `before` asks for those behind this page."""

    settlements: list[Settlement]
    before: UUID | None


class SettlementLines(msgspec.Struct, frozen=True):
    """Lines in their order; `after` asks for those behind this page."""

    lines: list[SettlementLine]
    after: int | None


class SettlementView(msgspec.Struct, frozen=True):
    """A statement, which never changes, and what has become of it: what is left to be paid, and what is disputed."""

    settlement: Settlement
    due_minor: int
    payment: Payment | None
    disputes: list[SettlementDispute]


_VIEW = {200: ResponseSpec(SettlementView, generate_examples=False, description="The statement as it stands.")}
_PAYMENT = {200: ResponseSpec(Payment, generate_examples=False, description="The payment.")}
_FILES = {
    200: ResponseSpec(
        bytes, media_type="application/pdf", generate_examples=False, description="PDF, CSV or XLSX, as asked."
    )
}


@post(
    "/v1/settlements",
    guards=[Scoped(Scope.settlements_write)],
    security=KEY,
    tags=["settlements"],
    operation_id="close_month",
    status_code=200,
    responses=_VIEW | refuses(*WRITES, MonthNotOver, NothingToSettle),
)
async def close_month(
    request: Request[Any, Any, Any],
    data: Annotated[NewSettlement, like(shop_id=AN_ID, month="2026-10")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Close a month of a shop, and earlier ones that wait; the schedule does it too. A closed month stays as it is."""
    within(request, (await find_shop(data.shop_id)).program_id)

    async def close() -> SettlementView:
        closed = await settlements.close(data.shop_id, data.month, by=holder(request).who)
        return await _view(closed)

    return await once(request, close, status=200)


@get(
    "/v1/settlements",
    guards=[Scoped(Scope.settlements_read)],
    security=KEY,
    tags=["settlements"],
    operation_id="list_settlements",
    responses=refuses(*READS),
)
async def list_settlements(
    request: Request[Any, Any, Any],
    shop_id: FromQuery[UUID | None] = None,
    before: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Settlements:
    """The statements that the caller may see: of his shop, his program, or all; of one shop where it is named."""
    me = holder(request)
    if me.shop_id is not None and shop_id not in (None, me.shop_id):
        raise beyond(request, shop_id)
    page = await settlements.page(program_id=me.program_id, shop_id=me.shop_id or shop_id, before=before, limit=limit)
    return Settlements(page, next_page(page, limit, cursor=lambda one: one.id))


@get(
    "/v1/settlements/{settlement_id:uuid}",
    guards=[Scoped(Scope.settlements_read)],
    security=KEY,
    tags=["settlements"],
    operation_id="find_settlement",
    responses=refuses(*READS),
)
async def find_settlement(request: Request[Any, Any, Any], settlement_id: FromPath[UUID]) -> SettlementView:
    """A statement with its payment and its disputes."""
    return await _view(await readable(request, settlement_id))


@get(
    "/v1/settlements/{settlement_id:uuid}/lines",
    guards=[Scoped(Scope.settlements_read)],
    security=KEY,
    tags=["settlements"],
    operation_id="list_settlement_lines",
    responses=refuses(*READS),
)
async def list_settlement_lines(
    request: Request[Any, Any, Any],
    settlement_id: FromPath[UUID],
    after: Annotated[int, QueryParameter(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 100,
) -> SettlementLines:
    """A statement's lines: sales, goods that came back, corrections, payments, disputes that were open."""
    await readable(request, settlement_id)
    page = await settlements.lines(settlement_id, after=after, limit=limit)
    return SettlementLines(page, next_page(page, limit, cursor=lambda one: one.place))


@get(
    "/v1/settlements/{settlement_id:uuid}/file",
    guards=[Scoped(Scope.settlements_read)],
    security=KEY,
    tags=["settlements"],
    operation_id="download_settlement",
    responses=_FILES | refuses(*READS),
)
async def download_settlement(
    request: Request[Any, Any, Any],
    settlement_id: FromPath[UUID],
    format: FromQuery[SettlementFormat] = SettlementFormat.PDF,  # noqa: A002 - it is one.
    language: FromQuery[Language] = "ru",
) -> Stream:
    """A statement as a file: PDF for people, CSV and XLSX for programs. In neither sheet any text is a formula."""
    settlement = await readable(request, settlement_id)
    about = await heading(settlement_id, language)
    name = attached(f"settlement-{settlement.month}.{format.value}")
    return Stream(streamed(about, format), media_type=MEDIA_TYPES[format], headers={"Cache-Control": "no-store"} | name)


@post(
    "/v1/settlements/{settlement_id:uuid}/reconciliation",
    guards=[Scoped(Scope.settlements_read)],
    security=KEY,
    tags=["settlements"],
    operation_id="reconcile_settlement",
    operation_class=sheet(shop_lists.EXAMPLE),
    opt={ANSWERS_ANYWAY: True},
    request_max_body_size=BYTES_MAX,
    status_code=200,
    responses=refuses(*READS, SheetRefused, PayloadTooLarge),
)
async def reconcile_settlement(request: Request[Any, Any, Any], settlement_id: FromPath[UUID]) -> Comparison:
    """Hold the shop's own list against a statement: order_ref, date, discount, as CSV or XLSX. It changes nothing.

    The answer counts and sums what matches, what differs, what is missing there and here, and names the first 500 that
    do not match; an order that stands in another month's statement says in which.
    """
    await readable(request, settlement_id)
    content = await received(request, part="list", bytes_max=BYTES_MAX)
    return await shop_lists.compare(settlement_id, bytes(content))


@post(
    "/v1/settlements/{settlement_id:uuid}/payment",
    guards=[Scoped(Scope.settlements_write)],
    security=KEY,
    tags=["settlements"],
    operation_id="pay_settlement",
    status_code=200,
    responses=_PAYMENT | refuses(*MOVES, SettlementPaid, NothingOwed),
)
async def pay_settlement(
    request: Request[Any, Any, Any],
    settlement_id: FromPath[UUID],
    data: Annotated[NewPayment, like(paid_on="2026-11-03", reference="PP-17")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Mark a statement as paid: what is left of its end is owed no more. The same reference again changes nothing."""
    await _payable(request, settlement_id)

    async def pay() -> Payment:
        return await settlement_payments.pay(settlement_id, data, by=holder(request).who)

    return await once(request, pay, status=200, required=True)


@post(
    "/v1/settlements/{settlement_id:uuid}/payment/reversal",
    guards=[Scoped(Scope.settlements_write)],
    security=KEY,
    tags=["settlements"],
    operation_id="reverse_settlement_payment",
    status_code=200,
    responses=_PAYMENT | refuses(*MOVES, NotPaid),
)
async def reverse_settlement_payment(
    request: Request[Any, Any, Any],
    settlement_id: FromPath[UUID],
    data: Annotated[Reversal, like(reason="The bank sent it back")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Take a statement's paid mark back, by a transfer that reverses the first; it may be marked anew."""
    await _payable(request, settlement_id)

    async def take_back() -> Payment:
        return await settlement_payments.take_back(settlement_id, data, by=holder(request).who)

    return await once(request, take_back, status=200, required=True)


async def readable(request: Request[Any, Any, Any], settlement_id: UUID) -> Settlement:
    """A statement, if it is of the caller's shop or of a program that he reaches; NotFound otherwise."""
    found, me = await settlements.find(settlement_id), holder(request)
    if me.shop_id is None:
        within(request, found.program_id)
    elif me.shop_id != found.shop_id:
        raise beyond(request, found.shop_id)
    return found


async def _payable(request: Request[Any, Any, Any], settlement_id: UUID) -> None:
    within(request, (await settlements.find(settlement_id)).program_id)


async def _view(settlement: Settlement) -> SettlementView:
    return SettlementView(
        settlement,
        await settlement_payments.due_minor(settlement),
        await settlement_payments.of_settlement(settlement.id),
        await settlement_disputes.of_settlement(settlement.id),
    )


ROUTES = [
    close_month,
    list_settlements,
    find_settlement,
    list_settlement_lines,
    download_settlement,
    reconcile_settlement,
    pay_settlement,
    reverse_settlement_payment,
]
