"""Segment words over HTTP: the maker gives out a word, and agents join a group of his by it."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from api.callers import Scoped, agent_of, agents, holder
from api.confines import READS, WRITES, within
from api.cursors import Limit, next_page
from api.examples import like
from api.idempotent import IdempotencyKey, once
from api.openapi import AGENT, KEY
from api.problems import PayloadTooLarge, refuses
from api.process import process_of
from api.proven import READS as AGENT_READS
from api.scans import subjects_of
from api.segments import SegmentName
from codes.orders import AskedCode
from core.access import Scope
from core.limits import RateLimited
from core.switches import ReadOnly
from referrals import segment_words
from referrals.segment_words import MadeWord, NewWord, SegmentWordRefused, Word, WordOver
from referrals.segments import Membership


class Words(msgspec.Struct, frozen=True):
    """Words, the newest first; `before` asks for those behind this page."""

    words: list[Word]
    before: UUID | None


class SpokenWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word as somebody has typed it."""

    word: AskedCode


@post(
    "/v1/programs/{program_id:uuid}/segments/{segment:str}/words",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["segments"],
    operation_id="make_segment_word",
    status_code=201,
    responses={201: ResponseSpec(MadeWord, generate_examples=False, description="The word, shown this once.")}
    | refuses(*WRITES, WordOver),
)
async def make_segment_word(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    segment: SegmentName,
    data: Annotated[NewWord, like(ends_at="2027-01-01T00:00:00Z", uses_max=30)],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Make a word by which agents join a group by themselves, say at a training: until a date, and so many at most."""
    within(request, program_id)
    return await once(
        request, lambda: segment_words.make(program_id, segment, data, by=holder(request).who), secret=True
    )


@get(
    "/v1/programs/{program_id:uuid}/segment-words",
    guards=[Scoped(Scope.programs_read)],
    security=KEY,
    tags=["segments"],
    operation_id="list_segment_words",
    responses=refuses(*READS),
)
async def list_segment_words(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    *,
    before: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Words:
    """A program's words, with how many have joined by each; their texts are nowhere to be read."""
    page = await segment_words.words(within(request, program_id), before=before, limit=limit)
    return Words(page, next_page(page, limit, cursor=lambda word: word.id))


@delete(
    "/v1/programs/{program_id:uuid}/segment-words/{word_id:uuid}",
    guards=[Scoped(Scope.programs_write)],
    security=KEY,
    tags=["segments"],
    operation_id="stop_segment_word",
    status_code=200,
    responses={200: ResponseSpec(Word, generate_examples=False, description="The word, which lets nobody in now.")}
    | refuses(*WRITES),
)
async def stop_segment_word(
    request: Request[Any, Any, Any],
    program_id: FromPath[UUID],
    word_id: FromPath[UUID],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Stop a word. Whoever has joined by it stays."""
    within(request, program_id)
    return await once(request, lambda: segment_words.stop(program_id, word_id, by=holder(request).who), status=200)


@post(
    "/v1/segments/join",
    guards=[agents],
    security=AGENT,
    tags=["segments"],
    operation_id="join_segment",
    status_code=200,
    responses=refuses(*AGENT_READS, PayloadTooLarge, ReadOnly, SegmentWordRefused, RateLimited),
)
async def join_segment(request: Request[Any, Any, Any], data: JSONBody[SpokenWord]) -> Membership:
    """Join a group by a word that its maker gave out; sent again it changes nothing. A wrong word counts as a guess."""
    guessers = subjects_of(request, process_of(request).settings)
    return await segment_words.join(agent_of(request).agent_id, data.word, guessers=guessers)


ROUTES = [make_segment_word, list_segment_words, stop_segment_word, join_segment]
