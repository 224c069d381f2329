import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from redis.asyncio import Redis

from codes import batches
from codes.batches import CodeBatch, find, order
from core import jobs
from core.db import execute, fetch_value
from core.doorbell import plain_client
from core.settings import Settings
from referrals import crediting
from referrals.crediting import Drained
from tests.packs import a_sale, accepted, crowd_of_scans, paid, some_agents
from tests.programs.stored import BY, a_product, a_program
from workers import jobs as workers_jobs
from workers.jobs import Drain, run_waiting_jobs


@pytest.fixture
async def valkey(database: None, settings: Settings) -> AsyncIterator[Redis]:
    async with plain_client(settings.redis_url) as client:
        yield client


@pytest.fixture
def drain(settings: Settings, valkey: Redis) -> Drain:
    """A worker's drain in small batches."""
    return Drain(msgspec.structs.replace(settings, drain_batch_max=7), valkey)


async def ordered(count: int = 50) -> CodeBatch:
    """A batch with the job that is to seal it."""
    program_id = await a_program()
    return await order(program_id, product_id=await a_product(program_id), count=count, by=BY)


async def job_of(batch: CodeBatch) -> jobs.Job:
    assert batch.job_id is not None
    return await jobs.find(batch.job_id)


async def let_lease_end() -> None:
    await execute("UPDATE job SET lease_until = now() - interval '1 second'")


# What the doorbell rings for.


async def test_a_ring_settles_everything_and_tells_it(proven: None, drain: Drain) -> None:
    sale, agents = await a_sale(50), await some_agents(5)
    await crowd_of_scans(sale, agents, 50)

    assert await drain() == 50

    assert await paid(agents) == [1_000] * 5
    assert await fetch_value("SELECT count(*) FROM outbox") == 0


async def test_thirty_rings_at_once_settle_each_activity_once(proven: None, drain: Drain) -> None:
    sale, agents = await a_sale(60), await some_agents(5)
    await crowd_of_scans(sale, agents, 60)

    assert sum(await asyncio.gather(*(drain() for _ in range(30)))) == 60

    assert await paid(agents) == [1_200] * 5


async def test_a_ring_after_the_last_look_is_not_lost(
    proven: None, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, [agent_id] = await a_sale(), await some_agents(1)
    look = crediting.drain
    rung: list[int] = []

    async def look_and_be_rung_for(*, batch_max: int) -> Drained:
        seen = await look(batch_max=batch_max)
        if not rung:
            # Nothing was there, and now something is; the rings for it meet drains that are still under way.
            await accepted(agent_id, sale.batch.code(0))
            rung.append(drain._running)
            await asyncio.gather(*(drain() for _ in range(3)))
        return seen

    monkeypatch.setattr(crediting, "drain", look_and_be_rung_for)

    await drain()

    assert rung == [1]
    assert await paid([agent_id]) == [100]


async def test_money_does_not_wait_for_news(proven: None, settings: Settings, tmp_path: Path) -> None:
    sale, agents = await a_sale(50), await some_agents(5)
    await crowd_of_scans(sale, agents, 50)

    async with plain_client(f"unix://{tmp_path}/nobody") as away:
        assert await Drain(msgspec.structs.replace(settings, drain_batch_max=7), away)() == 50

    assert await paid(agents) == [1_000] * 5
    assert await fetch_value("SELECT count(*) FROM outbox") > 0


# Long work.


async def test_a_batch_is_sealed_by_its_job(proven: None) -> None:
    batch = await ordered()

    assert await run_waiting_jobs() == 1

    job, sealed = await job_of(batch), await find(batch.id)
    assert (job.state, job.percent) == ("done", 100)
    assert job.result == {"batch_id": str(batch.id), "codes": 50, "size": sealed.size}
    assert sealed.state == "sealed"


async def test_thirty_workers_do_a_job_once(proven: None) -> None:
    batch = await ordered()

    assert sum(await asyncio.gather(*(run_waiting_jobs() for _ in range(30)))) == 1

    assert (await job_of(batch)).state == "done"


async def test_a_job_whose_worker_died_half_way_is_done_by_another(proven: None) -> None:
    batch = await ordered()
    leased = await jobs.take()
    assert leased is not None
    await jobs.progress(leased[0].id, leased[1], 50)

    assert await run_waiting_jobs() == 0
    await let_lease_end()
    assert await run_waiting_jobs() == 1

    job = await job_of(batch)
    assert (job.state, (await find(batch.id)).state) == ("done", "sealed")


async def test_a_worker_whose_lease_was_lost_seals_nothing(proven: None) -> None:
    batch = await ordered()
    leased = await jobs.take()
    assert leased is not None
    zombie, attempt = leased
    await let_lease_end()
    await jobs.take()

    with pytest.raises(jobs.LeaseLost):
        await workers_jobs._seal_batch(zombie, attempt)

    assert (await find(batch.id)).state == "draft"
    assert (await job_of(batch)).state == "running"


async def test_a_worker_that_loses_its_lease_at_the_very_end_has_sealed_nothing(
    proven: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await ordered()
    sizes: list[int] = []

    async def counted_slowly(*_: object, **__: object) -> int:
        # While this worker counted, another one took the job over.
        await let_lease_end()
        await jobs.take()
        sizes.append(51)
        return 51

    monkeypatch.setattr(batches, "_size", counted_slowly)

    assert await run_waiting_jobs() == 1

    assert sizes == [51]
    assert ((await find(batch.id)).state, (await job_of(batch)).state) == ("draft", "running")


async def test_the_worker_that_has_the_job_now_is_not_disturbed_by_the_one_that_had_it(proven: None) -> None:
    batch = await ordered()
    first = await jobs.take()
    await let_lease_end()
    second = await jobs.take()
    assert first is not None
    assert second is not None
    await workers_jobs._seal_batch(*second)
    before = await job_of(batch), await find(batch.id)

    with pytest.raises(jobs.LeaseLost):
        await workers_jobs._seal_batch(*first)

    assert (await job_of(batch), await find(batch.id)) == before


async def test_a_job_that_breaks_is_written_down_and_keeps_nobody_from_the_next(proven: None) -> None:
    doomed: UUID = await jobs.enqueue("no such work", {}, created_by=BY)
    batch = await ordered()

    assert await run_waiting_jobs() == 2

    broken = await jobs.find(doomed)
    assert (broken.state, broken.error) == ("queued", "KeyError('no such work')")
    assert (await job_of(batch)).state == "done"


async def test_a_job_is_left_to_its_lease_when_the_database_is_lost(
    proven: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await ordered()

    async def lost(*_: object, **__: object) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(batches, "_size", lost)
        assert await run_waiting_jobs() == 1
    assert (await job_of(batch)).state == "running"

    await let_lease_end()
    await run_waiting_jobs()
    assert (await job_of(batch)).state == "done"
