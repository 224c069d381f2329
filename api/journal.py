"""The journal over HTTP: page by page, and live as server-sent events that go on where a phone stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from api.callers import agent_of, agents, bearer
from api.cursors import Limit, NumberCursor, next_page
from api.live import Live, TooManyStreams
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS
from core.db import LOST
from core.refusals import BadRequest, Unavailable
from referrals import journal
from referrals.devices import AgentCaller, caller_of
from referrals.journal import JournalKind, Told
from referrals.sentences import sentence
from referrals.words import Reader

HEARTBEAT_SECONDS = 15
RECONNECT_MILLISECONDS = 3_000
_AT_ONCE = 100

Zone = Annotated[
    str,
    QueryParameter(
        max_length=64,
        pattern="^[A-Za-z0-9_+/-]+$",
        description="The time zone of the dates in sentences, such as Europe/Moscow.",
    ),
]
LastEventId = Annotated[
    int | None,
    HeaderParameter(
        name="Last-Event-ID",
        ge=0,
        le=2**62,
        description="The last entry that was seen; without it the stream begins with what happens next.",
    ),
]


class JournalEntry(msgspec.Struct, frozen=True):
    """Something that happened, as facts for programs and as a sentence in both languages."""

    id: int
    kind: JournalKind
    at: datetime
    activity_id: UUID | None
    facts: dict[str, Any]
    sentence_ru: str
    sentence_en: str


class Journal(msgspec.Struct, frozen=True):
    """Entries, the newest first; `before` asks for those behind this page."""

    entries: list[JournalEntry]
    before: int | None


class ZoneUnknown(BadRequest):
    slug = "zone_unknown"
    title = "There is no time zone of this name"


@get(
    "/v1/journal",
    guards=[agents],
    security=AGENT,
    tags=["journal"],
    operation_id="read_journal",
    responses=refuses(*READS, ZoneUnknown),
)
async def read_journal(
    request: Request[Any, Any, Any], *, before: NumberCursor = None, limit: Limit = 50, zone: Zone = "UTC"
) -> Journal:
    """What happened, and why, and from when a bonus is free."""
    _check(zone)
    page = await journal.page(agent_of(request).agent_id, before=before, limit=limit)
    return Journal([_entry(told, zone) for told in page], next_page(page, limit, cursor=lambda told: told.id))


@get(
    "/v1/events",
    guards=[agents],
    security=AGENT,
    tags=["journal"],
    operation_id="follow_journal",
    media_type="text/event-stream",
    responses={
        200: ResponseSpec(
            str,
            media_type="text/event-stream",
            generate_examples=False,
            description="An event for each entry: its kind, its id, the entry as JSON; comments keep the line open.",
        )
    }
    | refuses(*READS, ZoneUnknown, TooManyStreams),
)
async def follow_journal(
    request: Request[Any, Any, Any], *, last_event_id: LastEventId = None, zone: Zone = "UTC"
) -> ServerSentEvent:
    """Follow the journal live. The stream ends when the phone is revoked or gets a new token, and at a restart."""
    _check(zone)
    caller, live = agent_of(request), process_of(request).live
    live.refuse_more(caller.agent_id)
    seen = await journal.last_id(caller.agent_id) if last_event_id is None else last_event_id
    return ServerSentEvent(
        _events(live, caller, bearer(request), seen=seen, zone=zone), headers={"Cache-Control": "no-store"}
    )


async def _events(
    live: Live, caller: AgentCaller, token: str, *, seen: int, zone: str
) -> AsyncIterator[ServerSentEventMessage]:
    """Entries as they are told, until the token is no longer the phone's or the process stops."""
    yield ServerSentEventMessage(data=None, comment="following", retry=RECONNECT_MILLISECONDS)
    with live.following(caller.agent_id) as news:
        while not live.closing:
            news.clear()
            try:
                latest = await _news(caller, token, seen=seen)
            except (Unavailable, *LOST):
                return
            if latest is None:
                return
            for told in latest:
                seen = told.id
                yield _event(told, zone)
            if len(latest) < _AT_ONCE and not await _set_within(HEARTBEAT_SECONDS, news):
                yield ServerSentEventMessage(data=None, comment="still here")


async def _news(caller: AgentCaller, token: str, *, seen: int) -> list[Told] | None:
    """What was told since; None for a phone that is none any more."""
    if await caller_of(token) is None:
        return None
    return await journal.after(caller.agent_id, seen, limit=_AT_ONCE)


async def _set_within(seconds: float, news: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await news.wait()
    except TimeoutError:
        return False


def _event(told: Told, zone: str) -> ServerSentEventMessage:
    return ServerSentEventMessage(
        data=msgspec.json.encode(_entry(told, zone)), event=told.kind.value, id=told.id, sep="\n"
    )


def _entry(told: Told, zone: str) -> JournalEntry:
    return JournalEntry(
        id=told.id,
        kind=told.kind,
        at=told.at,
        activity_id=told.activity_id,
        facts=told.facts,
        sentence_ru=sentence(told, Reader("ru", zone)),
        sentence_en=sentence(told, Reader("en", zone)),
    )


def _check(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ZoneUnknown from None


ROUTES = [read_journal, follow_journal]
