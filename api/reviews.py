"""Reviews over HTTP: scans that came before their goods were shipped, and a person's word on each."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.callers import Scoped, holder
from api.confines import MOVES, READS, reach
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from api.process import process_of
from codes import reviews
from codes.reviews import ReviewedScan
from core.access import Scope
from core.text import Line


class Reviews(msgspec.Struct, frozen=True):
    """Scans that wait for a person, the oldest first; `after` asks for those behind this page."""

    scans: list[ReviewedScan]
    after: UUID | None


class ReviewDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the scan claims its code now, and a note for whoever asks later."""

    pays: bool
    note: Line = ""


class Reviewed(msgspec.Struct, frozen=True):
    """Whether the scan was paid; not if it was refused, or somebody else claimed the code meanwhile."""

    paid: bool


@get(
    "/v1/reviews",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["codes"],
    operation_id="list_reviews",
    responses=refuses(*READS),
)
async def list_reviews(
    request: Request[Any, Any, Any], after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> Reviews:
    """Scans of codes that had not been shipped when they came, or that have leaked."""
    page = await reviews.waiting(reach(request), after=after, limit=limit)
    return Reviews(page, next_page(page, limit, cursor=lambda one: one.id))


@post(
    "/v1/reviews/{scan_id:uuid}",
    guards=[Scoped(Scope.disputes_answer)],
    security=KEY,
    tags=["codes"],
    operation_id="decide_review",
    status_code=200,
    responses={200: ResponseSpec(Reviewed, generate_examples=False, description="What came of it.")} | refuses(*MOVES),
)
async def decide_review(
    request: Request[Any, Any, Any],
    scan_id: FromPath[UUID],
    data: Annotated[ReviewDecision, like(pays=True, note="The roll was tested at the printer's")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Pay a scan in review or refuse it; its agent is told."""
    program_id = reach(request)

    async def decide() -> Reviewed:
        by = holder(request).who
        paid = await reviews.decide(scan_id, pays=data.pays, note=data.note, by=by, program_id=program_id)
        return Reviewed(paid)

    answer = await once(request, decide, status=200, required=True)
    process_of(request).doorbell.ring("drain")
    return answer


ROUTES = [list_reviews, decide_review]
