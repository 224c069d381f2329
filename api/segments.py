"""Segments over HTTP: the maker says who is in which group of his program."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, PathParameter
from msgspec import Meta

from api.callers import Scoped, holder
from api.confines import READS, WRITES, within
from api.cursors import Limit, next_page
from api.examples import AN_ID, like
from api.idempotent import IdempotencyKey, once
from api.openapi import KEY
from api.problems import refuses
from codes import promo_codes
from codes.orders import AskedCode
from core.access import Scope
from referrals import segments
from referrals.segments import Member, PutIn, Segment

_NAMED_MAX = 1_000

SegmentName = Annotated[
    str,
    PathParameter(
        min_length=1,
        max_length=64,
        pattern="^[^/\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]+(?![\\s\\S])",
        description="The group as campaigns' rules spell it.",
    ),
]


class Segments(msgspec.Struct, frozen=True):
    """The groups of a program; one that campaigns ask for and nobody is in pays nobody."""

    segments: list[Segment]


class NewMembers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Agents by their ids, as reports and orders name them, or by promo codes of theirs in this program."""

    agent_ids: Annotated[list[UUID], Meta(max_length=_NAMED_MAX)] = []
    promo_codes: Annotated[list[AskedCode], Meta(max_length=_NAMED_MAX)] = []


class Members(msgspec.Struct, frozen=True):
    """Who is in a segment; `after` asks for those behind this page."""

    members: list[Member]
    after: UUID | None


class TakenOut(msgspec.Struct, frozen=True):
    """The agent is not in the segment any more."""

    agent_id: UUID


@get(
    "/v1/programs/{program_id:uuid}/segments",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["segments"],
    operation_id="list_segments",
    responses=refuses(*READS),
)
async def list_segments(request: Request[Any, Any, Any], program_id: FromPath[UUID]) -> Segments:
    """A program's groups: how many are in each, and how many campaigns ask for it."""
    return Segments(await segments.segments(within(request, program_id)))


@post(
    "/v1/programs/{program_id:uuid}/segments/{segment:str}/agents",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["segments"],
    operation_id="put_into_segment",
    status_code=200,
    responses={200: ResponseSpec(PutIn, generate_examples=False, description="Who is newly in, and who is unknown.")}
    | refuses(*WRITES),
)
async def put_into_segment(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    segment: SegmentName,
    data: Annotated[NewMembers, like(agent_ids=[AN_ID], promo_codes=["МАСТЕР10"])],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Put agents into a group, by id or promo code. What they do from now on counts as done by one of it."""
    within(request, program_id)

    async def put() -> PutIn:
        found = await promo_codes.found(list(dict.fromkeys(data.promo_codes)))
        owners = {text: code.agent_id for text, code in found.items() if code.program_id == program_id}
        named = [*data.agent_ids, *owners.values()]
        done = await segments.put_in(program_id, segment, named, by=holder(request).who)
        missed = [text for text in dict.fromkeys(data.promo_codes) if text not in owners]
        return PutIn(done.added, [*done.unknown, *missed])

    return await once(request, put, status=200, secret=True)


@get(
    "/v1/programs/{program_id:uuid}/segments/{segment:str}/agents",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["segments"],
    operation_id="list_segment",
    responses=refuses(*READS),
)
async def list_segment(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    segment: SegmentName,
    *,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Members:
    """Who is in a group, since when, and by whom."""
    page = await segments.members(within(request, program_id), segment, after=after, limit=limit)
    return Members(page, next_page(page, limit, cursor=lambda member: member.agent_id))


@delete(
    "/v1/programs/{program_id:uuid}/segments/{segment:str}/agents/{agent_id:uuid}",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["segments"],
    operation_id="take_out_of_segment",
    status_code=200,
    responses={200: ResponseSpec(TakenOut, generate_examples=False, description="The agent is out.")}
    | refuses(*WRITES),
)
async def take_out_of_segment(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    segment: SegmentName,
    agent_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Take an agent out of a group. What he did before stays as it was decided; no word lets him in again."""
    within(request, program_id)

    async def take() -> TakenOut:
        await segments.take_out(program_id, segment, agent_id, by=holder(request).who)
        return TakenOut(agent_id)

    return await once(request, take, status=200)


ROUTES = [list_segments, put_into_segment, list_segment, take_out_of_segment]
