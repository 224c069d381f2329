import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from core import doorbell
from core.doorbell import QUEUE, Doorbell, plain_client, redis_settings
from core.settings import Settings


@pytest.fixture
async def valkey(settings: Settings) -> AsyncIterator[Redis]:
    client = plain_client(settings.redis_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def bell(settings: Settings, valkey: Redis) -> AsyncIterator[Doorbell]:
    bell = Doorbell(settings.redis_url)
    yield bell
    await bell.close()


async def rung(valkey: Redis) -> list[str]:
    """The names of the jobs that were rung for, oldest first."""
    return [job.decode().split(":")[0] for job in await valkey.zrange(QUEUE, 0, -1)]


async def test_rings_of_one_moment_are_one_ring_a_job(bell: Doorbell, valkey: Redis) -> None:
    for _ in range(50):
        bell.ring("drain")
        bell.ring("jobs")
    await bell.close()

    assert sorted(await rung(valkey)) == ["drain", "jobs"]


async def test_rings_of_two_processes_in_one_moment_are_one_ring(
    bell: Doorbell, valkey: Redis, settings: Settings
) -> None:
    other = Doorbell(settings.redis_url)
    # Both at the beginning of the same hundredth of a second.
    await asyncio.sleep(doorbell.BUCKET_SECONDS - time.time() % doorbell.BUCKET_SECONDS)
    bell.ring("drain")
    other.ring("drain")
    await asyncio.gather(bell.close(), other.close())

    assert await rung(valkey) == ["drain"]


async def test_whoever_rings_later_is_heard_too(bell: Doorbell, valkey: Redis) -> None:
    for _ in range(3):
        bell.ring("drain")
        await asyncio.sleep(2 * doorbell.BUCKET_SECONDS)

    assert await rung(valkey) == ["drain"] * 3


async def test_a_ring_while_the_last_one_is_on_its_way_is_a_ring_of_its_own(
    bell: Doorbell, valkey: Redis, settings: Settings
) -> None:
    async with asyncio.timeout(5):
        while len(await rung(valkey)) < 10:
            bell.ring("drain")
            await asyncio.sleep(doorbell.BUCKET_SECONDS / 4)
    await bell.close()

    jobs = await valkey.zrange(QUEUE, 0, -1)
    assert len(set(jobs)) == len(jobs)


async def test_a_ring_carries_a_name_and_no_pickle(bell: Doorbell, valkey: Redis) -> None:
    bell.ring("drain")
    await bell.close()

    [job] = await valkey.zrange(QUEUE, 0, -1)
    raw = await valkey.get(b"arq:job:" + job)
    assert raw is not None
    assert doorbell.decode(raw)["f"] == "drain"
    assert msgspec.msgpack.decode(raw)["a"] in ([], ())


async def test_without_valkey_ringing_costs_nothing_and_fails_nobody(tmp_path: Path) -> None:
    bell = Doorbell(f"unix://{tmp_path}/nobody.sock?db=0")
    started = time.monotonic()

    for _ in range(3):
        bell.ring("drain")
        await asyncio.sleep(2 * doorbell.BUCKET_SECONDS)
    await bell.close()

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://:secret@valkey:6380/3", ("valkey", 6380, 3, False)),
        ("rediss://valkey", ("valkey", 6379, 0, True)),
    ],
)
def test_the_address_of_valkey_is_understood(url: str, where: tuple[str, int, int, bool]) -> None:
    settings = redis_settings(url)

    assert (settings.host, settings.port, settings.database, settings.ssl) == where
