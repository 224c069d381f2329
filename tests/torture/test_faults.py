"""Parts that die again and again under load, at moments that chance names: nothing acknowledged is lost or doubled."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import pytest
import redis.asyncio

from tests.driver import Driver
from tests.installation import Installation, until
from tests.load import everything_is_paid, load_on

pytestmark = pytest.mark.torture

SECONDS = 45
A_SECOND = 100


Strike = Callable[[], Awaitable[None]]


async def under_load(driver: Driver, installation: Installation, strike: Strike, *, seconds: int = SECONDS) -> None:
    """Strike again and again while agents scan; in the end everything is paid, by nothing but time and repetition."""
    load = await load_on(driver, seconds * A_SECOND, a_second=A_SECOND)
    running = asyncio.create_task(load.run())
    peace_at = time.monotonic() + seconds
    while time.monotonic() < peace_at:
        await strike()
    # Whoever waited for somebody to answer is answered now.
    await running

    assert await asyncio.to_thread(until, installation.healthy, seconds=20)
    assert set(load.answered.values()) <= {201, 503, 429, 0}
    await load.again()
    assert await everything_is_paid(driver, load)


async def test_postgresql_killed_again_and_again(
    driver: Driver, installation: Installation, chance: random.Random
) -> None:
    async def strike() -> None:
        await asyncio.sleep(chance.uniform(4, 10))
        await asyncio.to_thread(installation.kill, "bin/postgres", deep=chance.random() < 0.5)

    await under_load(driver, installation, strike)


async def test_valkey_killed_again_and_again(driver: Driver, installation: Installation, chance: random.Random) -> None:
    async def strike() -> None:
        await asyncio.sleep(chance.uniform(0.1, 5))
        await asyncio.to_thread(installation.kill, "valkey-server")

    await under_load(driver, installation, strike)


async def test_valkey_emptied_at_random_moments(
    driver: Driver, installation: Installation, chance: random.Random
) -> None:
    async with redis.asyncio.Redis.from_url(installation.variables()["NAPARNIK_REDIS_URL"]) as valkey:

        async def strike() -> None:
            await asyncio.sleep(chance.uniform(0, 0.5))
            await valkey.flushall()

        await under_load(driver, installation, strike)


async def test_apis_and_workers_killed_again_and_again(
    driver: Driver, installation: Installation, chance: random.Random
) -> None:
    async def strike() -> None:
        await asyncio.sleep(chance.uniform(0.5, 4))
        await asyncio.to_thread(installation.kill, chance.choice(["cli api", "cli worker"]))

    await under_load(driver, installation, strike)


async def test_everything_killed_at_once_again_and_again(
    driver: Driver, installation: Installation, chance: random.Random
) -> None:
    async def strike() -> None:
        await asyncio.sleep(chance.uniform(8, 15))
        for words in chance.sample(["cli api", "cli worker", "bin/postgres", "valkey-server"], 4):
            await asyncio.to_thread(installation.kill, words, deep=True)

    await under_load(driver, installation, strike)
