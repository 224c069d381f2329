import asyncio
from uuid import UUID

import pytest

from core import outbox
from core.db import transaction
from core.outbox import News
from tests.core.rollbacks import rolled_back

pytestmark = pytest.mark.usefixtures("database")

NEVER = UUID(int=0)


async def record(*payloads: object) -> None:
    async with transaction():
        for payload in payloads:
            await outbox.record("journal", payload)


async def take(limit: int = 100) -> list[News]:
    async with transaction():
        return await outbox.take(limit)


async def test_news_is_taken_in_the_order_of_its_recording_and_once() -> None:
    await record([1], {"agent_id": NEVER}, "three")

    first, second = await take(), await take()

    assert [(news.topic, news.payload) for news in first] == [
        ("journal", [1]),
        ("journal", {"agent_id": str(NEVER)}),
        ("journal", "three"),
    ]
    assert second == []


async def test_news_of_a_transaction_that_failed_never_was() -> None:
    async with rolled_back():
        await outbox.record("journal", [1])

    assert await take() == []


async def test_news_that_could_not_be_told_is_taken_again() -> None:
    await record([1])
    async with rolled_back():
        await outbox.take(100)

    assert [news.payload for news in await take()] == [[1]]


async def test_relays_at_once_share_the_news_and_tell_none_twice() -> None:
    await record(*range(60))

    told = await asyncio.gather(*(take(limit=10) for _ in range(6)))

    assert sorted(news.payload for part in told for news in part) == list(range(60))


async def test_the_lag_is_the_age_of_the_oldest_news() -> None:
    assert await outbox.lag_seconds() == 0

    await record([1])
    await asyncio.sleep(0.05)
    await record([2])

    assert 0.05 <= await outbox.lag_seconds() < 5
