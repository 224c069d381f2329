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


async def test_whoever_is_let_in_learns_what_he_has_left(valkey: Redis, settings: Settings) -> None:
    limit = HourlyLimit(settings.redis_url, name="enrol", most=60)

    left = [await limit.spend("net") for _ in range(3)]

    # A try comes back each minute, so three of them take three.
    assert [one and (one.limit, one.most, one.left) for one in left] == [("enrol", 60, n) for n in (59, 58, 57)]
    assert [one and round(one.whole_in_seconds / 60) for one in left] == [1, 2, 3]


async def test_whoever_is_refused_learns_that_nothing_is_left(valkey: Redis, settings: Settings) -> None:
    limit = HourlyLimit(settings.redis_url, name="enrol", most=1)
    await limit.spend("net")

    with pytest.raises(RateLimited) as refused:
        await limit.spend("net")

    allowance = refused.value.allowance
    assert allowance is not None
    assert (allowance.most, allowance.left, allowance.window_seconds) == (1, 0, 3_600)
    assert 3_590 <= allowance.whole_in_seconds <= 3_600


async def test_without_valkey_everybody_is_let_in_at_once(tmp_path: Path) -> None:
    limit = HourlyLimit(f"unix://{tmp_path}/nobody.sock?db=0", name="enrol", most=1)
    started = time.monotonic()

    verdicts = await asyncio.gather(*(let_in(limit, "net") for _ in range(30)))

    assert all(verdicts)
    assert time.monotonic() - started < 10
