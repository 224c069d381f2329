import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from litestar import Litestar

from api import callers
from api.live import STREAMS_PER_AGENT_MAX
from core.db import transaction
from core.doorbell import plain_client
from core.settings import Settings
from referrals import devices, journal
from referrals.journal import Entry, JournalKind
from tests.api.phoning import Installer, refusal
from tests.referrals.people import linked, person
from workers.relay import relay


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


@pytest.fixture
async def wire(app: Litestar, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The same application on a real socket, since a stream never ends on the way through the other client."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=origin, timeout=10, trust_env=False) as client:
        yield client
    server.should_exit = True
    await serving


async def tell(installer: Installer, *kinds: JournalKind) -> None:
    async with transaction() as now:
        facts = {"amount_minor": 45_000, "asset": "BON", "available_at": now, "device": ""}
        entries = [Entry(agent_id=installer.agent_id, kind=kind, facts=facts) for kind in kinds]
        await journal.write(entries, at=now)


class Stream:
    """Server-sent events as they arrive."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def event(self) -> dict[str, Any] | None:
        """The next event that is more than a comment; None when the stream has ended."""
        found: dict[str, Any] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if name in {"id", "event"}:
                found[name] = value
            if name == "data":
                found["entry"] = msgspec.json.decode(value)
            if not line and "entry" in found:
                return found
        return None

    async def kinds(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            events = [await self.event() for _ in range(count)]
        return [event["event"] for event in events if event]

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return await self.event() is None


@asynccontextmanager
async def following(
    wire: httpx.AsyncClient, installer: Installer, *, last_event_id: int | None = None
) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {installer.token}"}
    headers |= {"Last-Event-ID": str(last_event_id)} if last_event_id is not None else {}
    async with wire.stream("GET", "/v1/events", headers=headers) as answer:
        yield Stream(answer)


async def test_the_journal_is_read_in_sentences_page_by_page(installer: Installer) -> None:
    await tell(installer, JournalKind.credited, JournalKind.in_review, JournalKind.available)

    first = await installer.read("/v1/journal?limit=2")
    second = await installer.read(f"/v1/journal?limit=2&before={first['before']}&zone=Asia/Vladivostok")

    kinds = [entry["kind"] for entry in first["entries"] + second["entries"]]
    assert kinds == ["available", "in_review", "credited"]
    assert first["entries"][0]["sentence_ru"] == "Уже можно тратить: 450 бонусов."
    assert first["entries"][0]["sentence_en"] == "Free to spend now: 450 bonuses."
    assert second["before"] is None


@pytest.mark.parametrize("zone", ["Nowhere/Else", "..", "a" * 65, "%00", "Europe/../UTC"])
async def test_a_zone_that_is_none_is_refused(installer: Installer, zone: str) -> None:
    answer = await installer.call("GET", f"/v1/journal?zone={zone}")

    assert answer.status_code == 400


async def test_news_arrives_as_it_happens(wire: httpx.AsyncClient, installer: Installer, settings: Settings) -> None:
    await tell(installer, JournalKind.in_review)
    async with following(wire, installer) as stream, plain_client(settings.redis_url) as redis:
        await asyncio.sleep(0.2)

        await tell(installer, JournalKind.credited)
        await relay(redis)

        async with asyncio.timeout(3):
            event = await stream.event()
    assert event is not None
    assert (event["event"], event["entry"]["sentence_en"][:5]) == ("credited", "Bonus")
    assert int(event["id"]) == event["entry"]["id"] == await journal.last_id(installer.agent_id)


async def test_a_phone_that_was_away_misses_nothing(wire: httpx.AsyncClient, installer: Installer) -> None:
    await tell(installer, JournalKind.credited)
    seen = await journal.last_id(installer.agent_id)
    await tell(installer, JournalKind.in_review, JournalKind.available)

    async with following(wire, installer, last_event_id=seen) as stream:
        kinds = await stream.kinds(2)

    assert kinds == ["in_review", "available"]


async def test_from_the_beginning_means_everything(wire: httpx.AsyncClient, installer: Installer) -> None:
    await tell(installer, *[JournalKind.in_review] * 120)

    async with following(wire, installer, last_event_id=0) as stream:
        kinds = await stream.kinds(120)

    assert len(kinds) == 120


async def test_a_stream_is_kept_by_nobody_on_the_way(wire: httpx.AsyncClient, installer: Installer) -> None:
    async with following(wire, installer) as stream:
        headers = stream.answer.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"


async def test_another_agents_news_does_not_arrive(
    wire: httpx.AsyncClient, installer: Installer, settings: Settings
) -> None:
    other = await Installer(installer.http, installer.origin).enrol()
    async with following(wire, installer) as stream, plain_client(settings.redis_url) as redis:
        await asyncio.sleep(0.2)
        await tell(other, JournalKind.credited)
        await tell(installer, JournalKind.available)
        await relay(redis)

        kinds = await stream.kinds(1)

    assert kinds == ["available"]


async def test_the_stream_of_a_revoked_phone_ends_at_once(
    wire: httpx.AsyncClient, installer: Installer, settings: Settings
) -> None:
    owner = await person(installer.phone, installer.token)
    newcomer = await linked(owner)
    phone = Installer(installer.http, installer.origin, newcomer.phone)
    phone.token = newcomer.token
    async with following(wire, phone) as stream, plain_client(settings.redis_url) as redis:
        await asyncio.sleep(0.2)
        await devices.revoke(newcomer.caller.device_id, caller=owner.caller)
        await relay(redis)

        ended = await stream.ended()

    assert ended


async def test_a_stranger_follows_nothing(wire: httpx.AsyncClient) -> None:
    answer = await wire.get("/v1/events")

    assert refusal(answer) == (401, "unauthorized")


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, "1.5"])
async def test_a_last_event_that_is_none_is_refused(wire: httpx.AsyncClient, installer: Installer, last: str) -> None:
    headers = {"Authorization": f"Bearer {installer.token}", "Last-Event-ID": last}

    answer = await wire.get("/v1/events", headers=headers)

    assert answer.status_code == 400


async def test_an_agent_has_so_many_streams_and_no_more(wire: httpx.AsyncClient, installer: Installer) -> None:
    async with asyncio.TaskGroup() as group:
        release = asyncio.Event()

        async def hold() -> None:
            async with following(wire, installer):
                await release.wait()

        for _ in range(STREAMS_PER_AGENT_MAX):
            group.create_task(hold())
        await asyncio.sleep(0.5)
        answer = await wire.get("/v1/events", headers={"Authorization": f"Bearer {installer.token}"})
        release.set()

    assert refusal(answer) == (429, "too_many_streams")


async def test_streams_that_were_left_are_forgotten(
    app: Litestar, wire: httpx.AsyncClient, installer: Installer
) -> None:
    async with following(wire, installer):
        await asyncio.sleep(0.2)

    await asyncio.sleep(0.3)
    assert not app.state.process.live._streams


async def test_a_restart_ends_the_streams(app: Litestar, wire: httpx.AsyncClient, installer: Installer) -> None:
    live = app.state.process.live
    async with following(wire, installer) as stream:
        await asyncio.sleep(0.2)
        live.end_streams()
        ended = await stream.ended()
    live.closing = False
    callers.forget()

    assert ended
