"""Disputes over HTTP: an agent appeals and reads the answer."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody
from msgspec import Meta

from api.callers import agent_of, agents
from api.cursors import Limit, next_page
from api.idempotent import IdempotencyKey, once
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS, WRITES
from codes.identities import said
from codes.readings import CheckFailed, Malformed
from core import keys
from core.refusals import BadRequest, NotFound
from core.text import CodeText, Line
from receipts import views
from referrals import disputes
from referrals.disputes import Dispute, DisputeOpen, TooManyDisputes

# A receipt in one of these states is an activity of the same id.
_DECIDED = frozenset({"matched", "credited", "reversed"})
# The purpose under which a refused scan keeps its text, so that a moderator finds the one by the other.
_REFUSED = "refused code"


class Appeal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong, in the agent's words, with one of his activities or receipts, or with a code that was refused."""

    words: Annotated[Line, Meta(min_length=1)]
    activity_id: UUID | None = None
    code: CodeText | None = None
    receipt_id: UUID | None = None


class Disputes(msgspec.Struct, frozen=True):
    """Appeals, the newest first; `before` asks for those behind this page."""

    disputes: list[Dispute]
    before: UUID | None


class AppealAboutOne(BadRequest):
    slug = "appeal_about_one"
    title = "An appeal is about an activity, a code or a receipt: exactly one of the three"


@post(
    "/v1/disputes",
    guards=[agents],
    security=AGENT,
    tags=["disputes"],
    operation_id="open_dispute",
    status_code=201,
    responses={201: ResponseSpec(Dispute, generate_examples=False, description="The appeal, with its clock.")}
    | refuses(*WRITES, AppealAboutOne, Malformed, CheckFailed, NotFound, DisputeOpen, TooManyDisputes),
)
async def open_dispute(
    request: Request[Any, Any, Any], data: JSONBody[Appeal], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Appeal; the answer comes in words and by a date. One appeal about one thing is open at a time."""
    about = _about(data)

    async def appeal() -> Dispute:
        agent_id = agent_of(request).agent_id
        activity_id, program_id = data.activity_id, None
        if data.receipt_id is not None:
            receipt = await views.find(agent_id, data.receipt_id)
            activity_id = receipt.receipt_id if receipt.state in _DECIDED else None
            program_id = receipt.program_id
        return await disputes.appeal(
            agent_id,
            activity_id=activity_id,
            about=about,
            words=data.words,
            answer_days=process_of(request).settings.dispute_answer_days,
            program_id=program_id,
        )

    return await once(request, appeal)


@get(
    "/v1/disputes",
    guards=[agents],
    security=AGENT,
    tags=["disputes"],
    operation_id="list_disputes",
    responses=refuses(*READS),
)
async def list_disputes(
    request: Request[Any, Any, Any], *, before: FromQuery[UUID | None] = None, limit: Limit = 50
) -> Disputes:
    """The agent's own appeals with their answers."""
    page = await disputes.of_agent(agent_of(request).agent_id, before=before, limit=limit)
    return Disputes(page, next_page(page, limit, cursor=lambda dispute: dispute.id))


def _about(appeal: Appeal) -> str:
    """One word for the thing; a code stands in it only as its HMAC, the one that its refusal was kept under."""
    if [appeal.activity_id, appeal.code, appeal.receipt_id].count(None) != 2:
        raise AppealAboutOne
    if appeal.receipt_id is not None:
        return f"receipt:{appeal.receipt_id}"
    if appeal.code is None:
        return f"activity:{appeal.activity_id}"
    meant = said(appeal.code)
    if meant.misspelled and not meant.readings:
        raise CheckFailed
    return f"code:{keys.pseudonym(meant.spelled[0], _REFUSED).hex()}"


ROUTES = [open_dispute, list_disputes]
