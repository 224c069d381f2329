"""A worker as it runs: a process of its own, whose servers are killed under it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from redis.asyncio import Redis

from cli import postgres, valkey
from cli.child import Process, bury, has_ended, spawn
from cli.embedded import Servers
from codes.batches import order
from core import keys
from core.db import execute, fetch_value
from core.doorbell import QUEUE, Doorbell, plain_client
from core.migrate import migrate
from core.proofs import run
from core.settings import Settings, load
from tests.cli.processes import descendants
from tests.core.pools import own_pool, pool_aside
from tests.packs import BONUS_MINOR, Sale, a_sale, accepted, an_agent, paid, some_agents
from tests.programs.stored import BY
from tests.servers import running_servers
from workers.chores import PROOFS, quick_chores, slow_chores, watch_chores

PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers that may be killed: nobody else's."""
    with running_servers(tmp_path_factory.mktemp("servers")) as started:
        yield started


@pytest.fixture(scope="module")
def variables(mortal: Servers, environment: dict[str, str]) -> dict[str, str]:
    return environment | {
        "NAPARNIK_DATABASE_URL": mortal.database_url,
        "NAPARNIK_DATABASE_OWNER_URL": mortal.database_owner_url,
        "NAPARNIK_REDIS_URL": mortal.redis_url,
    }


@pytest.fixture(scope="module")
async def own_settings(variables: dict[str, str]) -> Settings:
    settings = load(variables)
    with pool_aside():
        await migrate(settings)
    keys.use(keys.load(settings))
    return settings


@pytest.fixture
async def sale(own_settings: Settings) -> AsyncIterator[Sale]:
    """Codes on sale, in a database whose books are right when the test is over."""
    async with own_pool(own_settings.database_url, size=5):
        yield await a_sale(40)
        assert [verdict.name for verdict in await run(PROOFS) if not verdict.holds] == []


class Installed(msgspec.Struct):
    """The servers under the workers, which can be killed and started again in the same place."""

    servers: Servers
    postgres: Process
    valkey: Process

    def kill_valkey(self) -> None:
        bury(self.valkey)

    def start_valkey(self) -> None:
        self.valkey = valkey.launch(self.servers.place)
        valkey.await_ready(self.servers.place, self.valkey)

    def kill_postgres(self) -> None:
        backends = descendants(self.postgres.pid)
        bury(self.postgres)
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(backend.pid, signal.SIGKILL)

    def start_postgres(self) -> None:
        self.postgres = postgres.launch(self.servers.place)
        postgres.await_ready(self.servers.place, self.postgres)


@pytest.fixture(scope="module")
def installed(mortal: Servers) -> Iterator[Installed]:
    installed = Installed(mortal, mortal.postgres, mortal.valkey)
    yield installed
    for process in (installed.postgres, installed.valkey):
        bury(process)


@contextmanager
def working(variables: dict[str, str], log: Path) -> Iterator[Process]:
    """A worker for the length of a block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NAPARNIK_")}
    process = spawn(
        [sys.executable, "-m", "cli", "worker"],
        log=log / "worker.log",
        death_signal=signal.SIGKILL,
        environment=environment | variables | {"NAPARNIK_LOG_LEVEL": "info"},
    )
    try:
        yield process
    finally:
        bury(process)


async def comes_true(look: Callable[[], Awaitable[bool]]) -> bool:
    """Whether something comes true before patience ends; a database that is away is waited for."""
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        try:
            if await look():
                return True
        except OSError:
            pass
        await asyncio.sleep(0.05)
    return False


async def get_paid(agents: list[UUID], times: int) -> bool:
    async def look() -> bool:
        return await paid(agents) == [times * BONUS_MINOR] * len(agents)

    return await comes_true(look)


async def test_what_was_accepted_before_a_worker_came_is_paid_by_its_sweep(
    sale: Sale, variables: dict[str, str], tmp_path: Path
) -> None:
    agent_id = await an_agent()
    await accepted(agent_id, sale.batch.code(0))

    with working(variables, tmp_path):
        assert await get_paid([agent_id], 1)


async def test_a_worker_hears_the_doorbell(
    sale: Sale, own_settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    bell = Doorbell(own_settings.redis_url)
    with working(variables, tmp_path):
        async with plain_client(own_settings.redis_url) as redis:
            await bells_are_heard(bell, redis)
    await bell.close()


async def bells_are_heard(bell: Doorbell, redis: Redis) -> None:
    """A ring waits in Valkey until a worker takes it."""

    async def rings() -> int:
        return int(await redis.zcard(QUEUE))

    async def rung() -> bool:
        bell.ring("drain")
        await asyncio.sleep(0.05)
        return True

    async def taken() -> bool:
        return await rings() == 0

    await redis.delete(QUEUE)
    await rung()
    assert await comes_true(taken)


async def test_two_workers_that_are_killed_again_and_again_pay_once(
    sale: Sale, variables: dict[str, str], tmp_path: Path
) -> None:
    agents = await some_agents(4)
    for round_ in range(3):
        with working(variables, tmp_path), working(variables, tmp_path):
            for place, agent_id in enumerate(agents):
                await accepted(agent_id, *sale.batch.codes(3, first=round_ * 12 + place * 3))
            await asyncio.sleep(0.9 + 0.15 * round_)

    with working(variables, tmp_path):
        assert await get_paid(agents, 9)


async def test_a_worker_outlives_the_death_of_valkey_and_hears_it_again(
    sale: Sale, own_settings: Settings, variables: dict[str, str], installed: Installed, tmp_path: Path
) -> None:
    agent_id, bell = await an_agent(), Doorbell(own_settings.redis_url)
    with working(variables, tmp_path) as worker:
        await accepted(agent_id, sale.batch.code(0))
        assert await get_paid([agent_id], 1)

        installed.kill_valkey()
        await accepted(agent_id, sale.batch.code(1))
        assert await get_paid([agent_id], 2)

        installed.start_valkey()
        await accepted(agent_id, sale.batch.code(2))
        assert await get_paid([agent_id], 3)
        async with plain_client(own_settings.redis_url) as redis:
            await bells_are_heard(bell, redis)
        assert await comes_true(nothing_untold)
        assert not has_ended(worker)
    await bell.close()


async def nothing_untold() -> bool:
    return bool(await fetch_value("SELECT count(*) = 0 FROM outbox"))


async def test_a_valkey_that_forgets_everything_costs_nothing(
    sale: Sale, own_settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    agents = await some_agents(4)
    with working(variables, tmp_path):
        async with plain_client(own_settings.redis_url) as redis:
            for place, agent_id in enumerate(agents):
                await accepted(agent_id, sale.batch.code(place))
                await redis.flushall()

        assert await get_paid(agents, 1)


async def test_a_worker_outlives_the_death_of_postgresql_and_pays_afterwards(
    sale: Sale, variables: dict[str, str], installed: Installed, tmp_path: Path
) -> None:
    agents = await some_agents(4)
    with working(variables, tmp_path) as worker:
        for place, agent_id in enumerate(agents):
            await accepted(agent_id, sale.batch.code(place))
        assert await get_paid(agents, 1)
        for place, agent_id in enumerate(agents, start=10):
            await accepted(agent_id, sale.batch.code(place))

        installed.kill_postgres()
        await asyncio.sleep(1)
        installed.start_postgres()

        assert await get_paid(agents, 2)
        for place, agent_id in enumerate(agents, start=20):
            await accepted(agent_id, sale.batch.code(place))
        assert await get_paid(agents, 3)
        assert not has_ended(worker)


async def test_a_worker_does_long_jobs_and_its_chores(sale: Sale, variables: dict[str, str], tmp_path: Path) -> None:
    ordered = await order(sale.program_id, product_id=sale.product_id, count=100, by=BY)
    await execute("DELETE FROM chore")
    chores = [*quick_chores(Redis()), *slow_chores(Settings()), *watch_chores()]

    async def done() -> bool:
        return bool(
            await fetch_value(
                """SELECT (SELECT count(*) FROM chore WHERE error IS NULL) = $2
                      AND (SELECT state = 'done' FROM job WHERE id = $1)""",
                ordered.job_id,
                len(chores),
            )
        )

    with working(variables, tmp_path):
        assert await comes_true(done)


async def test_a_worker_leaves_when_it_is_asked_to(sale: Sale, variables: dict[str, str], tmp_path: Path) -> None:
    agent_id = await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    with working(variables, tmp_path) as worker:
        assert await get_paid([agent_id], 1)

        worker.send_signal(signal.SIGTERM)

        async def left() -> bool:
            return has_ended(worker)

        assert await comes_true(left)
        assert worker.wait() == 0
