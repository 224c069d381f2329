import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from core import outbox
from core.db import fetch_value, transaction
from core.doorbell import plain_client
from core.settings import Settings
from referrals.journal import TOPIC
from tests.interruptions import interruptions
from workers import relay as relays
from workers.relay import Untold, relay


@pytest.fixture
async def valkey(database: None, settings: Settings) -> AsyncIterator[Redis]:
    async with plain_client(settings.redis_url) as client:
        yield client


async def record(agent_id: UUID, count: int) -> None:
    async with transaction():
        for entry_id in range(count):
            await outbox.record(TOPIC, [[agent_id, entry_id]])


async def untold() -> int:
    found: int = await fetch_value("SELECT count(*) FROM outbox")
    return found


@asynccontextmanager
async def listening(valkey: Redis, agent_id: UUID) -> AsyncIterator[Any]:
    """What is heard of an agent's news from now on."""
    async with valkey.pubsub() as ear:
        await ear.subscribe(TOPIC)
        await ear.get_message(timeout=5)
        yield ear, agent_id


async def heard(listening_for: tuple[Any, UUID]) -> Counter[int]:
    """How often each entry of the agent was told."""
    ear, agent_id = listening_for
    found: Counter[int] = Counter()
    while (message := await ear.get_message(timeout=0.2)) is not None:
        found.update(entry_id for told, entry_id in msgspec.json.decode(message["data"]) if told == str(agent_id))
    return found


@asynccontextmanager
async def a_server_that_hangs(folder: Path) -> AsyncIterator[str]:
    """It takes every connection and answers nothing."""
    socket = folder / "hangs.sock"
    open_ended: list[asyncio.StreamWriter] = []
    server = await asyncio.start_unix_server(lambda _, writer: open_ended.append(writer), path=socket)
    try:
        yield f"unix://{socket}"
    finally:
        server.close()
        for writer in open_ended:
            writer.close()


async def test_news_is_told_to_whom_it_concerns_and_leaves_the_outbox(valkey: Redis) -> None:
    agent_id, other = uuid4(), uuid4()
    await record(other, 1)
    await record(agent_id, 2)

    async with listening(valkey, agent_id) as ear:
        assert await relay(valkey) == 3

        assert await heard(ear) == {0: 1, 1: 1}
    assert await untold() == 0
    assert await relay(valkey) == 0


async def test_much_news_is_told_a_part_at_a_time(valkey: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "BATCH", 20)
    await record(uuid4(), 50)

    assert [await relay(valkey) for _ in range(4)] == [20, 20, 10, 0]


async def test_several_relays_at_once_tell_each_piece_once(valkey: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "BATCH", 10)
    agent_id = uuid4()
    await record(agent_id, 60)

    async with listening(valkey, agent_id) as ear:
        assert sum(await asyncio.gather(*(relay(valkey) for _ in range(8)))) == 60

        assert await heard(ear) == dict.fromkeys(range(60), 1)


async def test_news_waits_while_valkey_is_away_and_is_told_when_it_is_back(valkey: Redis, tmp_path: Path) -> None:
    agent_id = uuid4()
    await record(agent_id, 3)

    async with listening(valkey, agent_id) as ear, plain_client(f"unix://{tmp_path}/nobody") as away:
        with pytest.raises(Untold):
            await relay(away)
        assert await untold() == 3

        assert await relay(valkey) == 3
        assert await heard(ear) == {0: 1, 1: 1, 2: 1}


async def test_a_valkey_that_hangs_is_given_up_soon_and_loses_nothing(
    valkey: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "TELL_SECONDS_MAX", 0.1)
    await record(uuid4(), 3)

    async with a_server_that_hangs(tmp_path) as url, plain_client(url) as hanging:
        with pytest.raises(Untold):
            await asyncio.wait_for(relay(hanging), timeout=5)

    assert await untold() == 3


async def test_news_that_is_cut_anywhere_is_told_at_least_once(valkey: Redis) -> None:
    agent_id = uuid4()
    await record(agent_id, 2)

    async with listening(valkey, agent_id) as ear:
        cuts = [place async for place in interruptions(lambda: relay(valkey))]

        told = await heard(ear)
    assert len(cuts) > 3
    assert set(told) == {0, 1}
    assert await untold() == 0
