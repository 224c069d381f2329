"""The queue of disputes over HTTP: a moderator sees who waits longest, and answers in words."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from api.callers import Scoped, holder
from api.confines import READS, WRITES, reach
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from core.access import Scope
from core.text import Line
from referrals import disputes
from referrals.disputes import Dispute, DisputeAnswered, Verdict


class DisputeAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it ends, and the words that the agent reads."""

    verdict: Verdict
    words: Line


class DisputeQueue(msgspec.Struct, frozen=True):
    """Open disputes, the longest waiting first; `after` asks for those behind this page."""

    disputes: list[Dispute]
    after: UUID | None


@get(
    "/v1/operations/disputes",
    guards=[Scoped(Scope.operations_read)],
    security=KEY,
    tags=["operations"],
    operation_id="list_open_disputes",
    responses=refuses(*READS),
)
async def list_open_disputes(
    request: Request[Any, Any, Any],
    *,
    overdue: FromQuery[bool] = False,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> DisputeQueue:
    """Disputes that wait for an answer; with `overdue` those alone whose time is over."""
    waiting = await disputes.waiting(overdue=overdue, program_id=reach(request), after=after, limit=limit)
    return DisputeQueue(waiting, next_page(waiting, limit, cursor=lambda dispute: dispute.id))


@post(
    "/v1/operations/disputes/{dispute_id:uuid}/answer",
    guards=[Scoped(Scope.disputes_answer)],
    security=KEY,
    tags=["operations"],
    operation_id="answer_dispute",
    status_code=200,
    responses={200: ResponseSpec(Dispute, generate_examples=False, description="The dispute with its answer.")}
    | refuses(*WRITES, DisputeAnswered),
)
async def answer_dispute(
    request: Request[Any, Any, Any],
    dispute_id: FromPath[UUID],
    data: Annotated[DisputeAnswer, like(verdict="upheld", words="Вы правы: код был на складе. Бонус начислен.")],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Answer a dispute, once; the agent is told. What follows from it (driving again, a correction) is done apart."""
    program_id = reach(request)
    return await once(
        request,
        lambda: disputes.answer(
            dispute_id, verdict=data.verdict, words=data.words, by=holder(request).who, program_id=program_id
        ),
        status=200,
    )


ROUTES = [list_open_disputes, answer_dispute]
