import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.doorbell import plain_client
from core.limits import HourlyLimit, RateLimited
from core.settings import Settings


@pytest.fixture
async def valkey(settings: Settings) -> AsyncIterator[Redis]:
    client = plain_client(settings.redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


async def let_in(limit: HourlyLimit, subject: str) -> bool:
    try:
        await limit.spend(subject)
    except RateLimited:
        return False
    return True


async def test_sixty_at_once_over_three_processes_let_exactly_the_limit_in(valkey: Redis, settings: Settings) -> None:
    processes = [HourlyLimit(settings.redis_url, name="enrol", most=20) for _ in range(3)]

    verdicts = await asyncio.gather(*(let_in(limit, "net") for limit in processes for _ in range(20)))

    assert sum(verdicts) == 20


async def test_a_limit_is_its_subjects_and_its_names_own(valkey: Redis, settings: Settings) -> None:
    enrol = HourlyLimit(settings.redis_url, name="enrol", most=1)
    other = HourlyLimit(settings.redis_url, name="other", most=1)

    verdicts = [
        await let_in(limit, subject)
        for limit, subject in [(enrol, "a"), (enrol, "b"), (other, "a"), (enrol, "a"), (other, "a")]
    ]

    assert verdicts == [True, True, True, False, False]


async def test_whoever_is_refused_learns_when_to_come_back(valkey: Redis, settings: Settings) -> None:
    limit = HourlyLimit(settings.redis_url, name="enrol", most=60)
    for _ in range(60):
        await limit.spend("net")

    with pytest.raises(RateLimited) as refused:
        await limit.spend("net")

    assert refused.value.retry_after_seconds is not None
    assert 55 <= refused.value.retry_after_seconds <= 60


async def test_without_valkey_everybody_is_let_in_at_once(tmp_path: Path) -> None:
    limit = HourlyLimit(f"unix://{tmp_path}/nobody.sock?db=0", name="enrol", most=1)
    started = time.monotonic()

    verdicts = await asyncio.gather(*(let_in(limit, "net") for _ in range(30)))

    assert all(verdicts)
    assert time.monotonic() - started < 2
