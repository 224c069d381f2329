"""A part dies under load: whatever was acknowledged is paid, and nobody has to do anything."""

import asyncio
import os
import signal
import time

import redis.asyncio

from tests.driver import Driver
from tests.installation import Installation, until
from tests.load import everything_is_paid, load_on


async def test_postgresql_killed_under_load_loses_nothing_that_was_acknowledged(
    driver: Driver, installation: Installation
) -> None:
    load = await load_on(driver, 1_000, a_second=200)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(2)

    installation.kill("bin/postgres", deep=True)

    await running
    served_again = await answering_within(10, installation)
    acknowledged = load.count(201)
    await load.again()
    assert served_again
    assert set(load.answered.values()) <= {201, 503, 0}
    assert load.count(0) == 0, "the API hung up on somebody"
    assert None not in load.retry_after
    assert acknowledged > 200
    assert await everything_is_paid(driver, load)


async def answering_within(seconds: float, installation: Installation) -> bool:
    return await asyncio.to_thread(until, installation.healthy, seconds=seconds)


async def test_valkey_emptied_under_load_loses_and_doubles_nothing(driver: Driver, installation: Installation) -> None:
    load = await load_on(driver, 600, a_second=200)
    running = asyncio.create_task(load.run())
    async with redis.asyncio.Redis.from_url(installation.variables()["NAPARNIK_REDIS_URL"]) as valkey:
        while not running.done():
            await valkey.flushall()
            await asyncio.sleep(0.15)

    await running
    assert load.count(201) == 600
    assert await everything_is_paid(driver, load)


async def test_without_valkey_scans_are_accepted_and_paid(driver: Driver, installation: Installation) -> None:
    load = await load_on(driver, 400, a_second=100)
    down = asyncio.create_task(hold_down(installation, seconds=5))

    await load.run()

    assert load.count(201) == 400
    assert await everything_is_paid(driver, load)
    await down


async def test_a_valkey_that_hangs_hangs_nobody_else(driver: Driver, installation: Installation) -> None:
    load = await load_on(driver, 300, a_second=100)
    [valkey] = installation.children("valkey-server")

    os.kill(valkey, signal.SIGSTOP)
    try:
        await load.run()
        paid = await everything_is_paid(driver, load)
    finally:
        os.kill(valkey, signal.SIGCONT)

    assert load.count(201) == 300
    assert paid


async def hold_down(installation: Installation, *, seconds: float) -> None:
    """Kill Valkey again whenever it is started again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.to_thread(installation.kill, "valkey-server")
        await asyncio.sleep(0.05)


async def test_workers_and_apis_killed_under_load_pay_once(driver: Driver, installation: Installation) -> None:
    load = await load_on(driver, 600, a_second=100)
    running = asyncio.create_task(load.run())

    for _ in range(3):
        await asyncio.sleep(1.5)
        for victim in (installation.children("cli worker")[0], installation.children("cli api")[0]):
            os.kill(victim, signal.SIGKILL)

    await running
    await load.again()
    assert load.count(201) > 300
    assert await everything_is_paid(driver, load)
