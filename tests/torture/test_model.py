"""Ten thousand steps of chance, four universes at a time, while parts of the service die: the model is never wrong."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import redis.asyncio
from redis.exceptions import RedisError

from tests.driver import Driver
from tests.installation import Installation
from tests.torture.patience import sure
from tests.torture.universe import Universe

pytestmark = pytest.mark.torture

STEPS = int(os.environ.get("NAPARNIK_TEST_STEPS", "10000"))
UNIVERSES = 4
CALM_SECONDS = (3.0, 10.0)


async def test_every_wallet_and_budget_is_as_the_model_says(
    driver: Driver, installation: Installation, chance: random.Random
) -> None:
    # Each has chance of its own, so that a seed tells the same stories whoever of them is quicker.
    seeds = [chance.getrandbits(32) for _ in range(UNIVERSES + 1)]
    faults = asyncio.create_task(strike_for_ever(installation, random.Random(seeds[-1])))

    try:
        async with asyncio.TaskGroup() as universes:
            for seed in seeds[:-1]:
                universes.create_task(live(installation, random.Random(seed)))
    finally:
        faults.cancel()
        # One that ended by itself has struck nobody since, and says why.
        with suppress(asyncio.CancelledError):
            await faults


async def live(installation: Installation, chance: random.Random) -> None:
    async with installation.driver() as driver:
        universe = Universe(driver, installation, chance)
        await universe.begin()
        await universe.run(STEPS // UNIVERSES)


async def strike_for_ever(installation: Installation, chance: random.Random) -> None:
    while True:
        await asyncio.sleep(chance.uniform(*CALM_SECONDS))
        await chance.choice(FAULTS)(installation)


async def kill_api(installation: Installation) -> None:
    await asyncio.to_thread(installation.kill, "cli api")


async def kill_worker(installation: Installation) -> None:
    await asyncio.to_thread(installation.kill, "cli worker")


async def kill_postgres(installation: Installation) -> None:
    await asyncio.to_thread(installation.kill, "bin/postgres", deep=True)


async def kill_valkey(installation: Installation) -> None:
    await asyncio.to_thread(installation.kill, "valkey-server")


async def empty_valkey(installation: Installation) -> None:
    with suppress(RedisError, OSError):
        async with redis.asyncio.Redis.from_url(installation.variables()["NAPARNIK_REDIS_URL"]) as valkey:
            await valkey.flushall()


async def pause_a_worker(installation: Installation) -> None:
    """One stands still for some seconds and then goes on where it was, in the middle of whatever it did."""
    with suppress(IndexError, ProcessLookupError):
        worker = installation.children("cli worker")[0]
        os.kill(worker, signal.SIGSTOP)
        await asyncio.sleep(4)
        os.kill(worker, signal.SIGCONT)


async def freeze_spending(installation: Installation) -> None:
    """For some seconds nobody may spend."""
    async with installation.driver() as owner:
        path, token = "/v1/operations/switches/spending:BON", owner.owner_key
        await sure(lambda: owner.call("PUT", path, {"reason": "torture"}, token=token))
        await asyncio.sleep(2)
        await sure(lambda: owner.call("DELETE", path, token=token))


FAULTS: list[Callable[[Installation], Awaitable[None]]] = [
    kill_api,
    kill_worker,
    kill_postgres,
    kill_valkey,
    empty_valkey,
    pause_a_worker,
    freeze_spending,
]
