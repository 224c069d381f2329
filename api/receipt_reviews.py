"""Receipt reviews over HTTP: receipts that wait for a person, and his word on each."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import MOVES, READS, reach
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from core.access import Scope, SecondPersonNeeded
from core.text import Line
from receipts import returned_by_word, reviews
from receipts.reviews import LineRefused, ReceiptBeingPaid, ReceiptDecided, ReviewedReceipt, TypedGoods
from receipts.views import ReceiptView


class NamedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a line of a receipt is."""

    place: Annotated[int, Meta(ge=0, le=10_000)]
    product_id: UUID


class ReceiptDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the receipt counts, with the products that nobody has recognised; a note for whoever asks later.

    `same_purchase_as` names an activity that proves the same purchase where no marking says so: a scan of the goods, an
    order. The receipt then pays only what it adds. Where nobody could tell the goods, `goods` are those that somebody
    has read off the paper. A return is accepted with the `sale` by which its goods were bought.
    """

    decision: Literal["accept", "reject"]
    lines: Annotated[list[NamedLine], Meta(max_length=1_000)] = []
    note: Line = ""
    same_purchase_as: UUID | None = None
    goods: Annotated[list[TypedGoods], Meta(max_length=100)] = []
    sale: UUID | None = None


class ReceiptReviews(msgspec.Struct, frozen=True):
    """Receipts that wait for a person, the oldest first; `after` asks for those behind this page."""

    receipts: list[ReviewedReceipt]
    after: UUID | None


@get(
    "/v1/receipts/review",
    guards=[Scoped(Scope.receipts_review)],
    security=KEY,
    tags=["receipts"],
    operation_id="list_receipt_reviews",
    responses=refuses(*READS),
)
async def list_receipt_reviews(
    request: Request[Any, Any, Any], *, after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> ReceiptReviews:
    """Receipts that the machine would not decide about, each with the reason."""
    page = await reviews.waiting(reach(request), after=after, limit=limit)
    return ReceiptReviews(page, next_page(page, limit, cursor=lambda one: one.receipt.receipt_id))


@post(
    "/v1/receipts/{receipt_id:uuid}/decision",
    guards=[Scoped(Scope.receipts_review)],
    security=KEY,
    tags=["receipts"],
    operation_id="decide_receipt",
    status_code=200,
    responses={200: ResponseSpec(ReceiptView, generate_examples=False, description="The receipt as it stands now.")}
    | refuses(*MOVES, ReceiptDecided, ReceiptBeingPaid, LineRefused, SecondPersonNeeded),
)
async def decide_receipt(
    request: Request[Any, Any, Any],
    receipt_id: FromPath[UUID],
    data: Annotated[ReceiptDecision, like(decision="accept", lines=[{"place": 0, "product_id": AN_ID}])],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Accept a receipt or refuse it; its agent is told. What a seller calls a product is known from then on."""
    program_id, by = reach(request), holder(request).who

    async def decide() -> ReceiptView:
        if data.decision == "reject":
            return await reviews.reject(receipt_id, note=data.note, by=by, program_id=program_id)
        second_person_minor = process_of(request).settings.receipt_second_person_minor
        if data.sale is not None:
            return await returned_by_word.accept_return(
                receipt_id,
                data.sale,
                note=data.note,
                by=by,
                program_id=program_id,
                second_person_minor=second_person_minor,
            )
        products = {line.place: line.product_id for line in data.lines}
        return await reviews.accept(
            receipt_id,
            products,
            note=data.note,
            by=by,
            goods=data.goods,
            program_id=program_id,
            same_purchase_as=data.same_purchase_as,
            second_person_minor=second_person_minor,
        )

    answer = await once(request, decide, status=200, required=True)
    process_of(request).doorbell.ring("drain")
    return answer


ROUTES = [list_receipt_reviews, decide_receipt]
