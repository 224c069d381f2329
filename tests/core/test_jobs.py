import asyncio
from uuid import UUID, uuid4

import pytest

from core import jobs
from core.db import execute, transaction
from core.jobs import ATTEMPTS_MAX, Job, LeaseLost
from core.refusals import NotFound
from tests.core.rollbacks import rolled_back

pytestmark = pytest.mark.usefixtures("database")


async def enqueue(name: str = "seal") -> UUID:
    return await jobs.enqueue(name, {"batch": 7}, created_by="key:test")


async def take() -> tuple[Job, int]:
    taken = await jobs.take()
    assert taken is not None
    return taken


async def let_the_lease_run_out(job_id: UUID) -> None:
    await execute("UPDATE job SET lease_until = now() - interval '1 second' WHERE id = $1", job_id)


async def test_jobs_are_taken_oldest_first_each_by_one_worker() -> None:
    ids = [await enqueue() for _ in range(5)]

    taken = await asyncio.gather(*(jobs.take() for _ in range(8)))

    assert sorted(one[0].id for one in taken if one is not None) == sorted(ids)
    assert {one[1] for one in taken if one is not None} == {1}


async def test_a_job_of_a_transaction_that_failed_never_was() -> None:
    async with rolled_back():
        await enqueue()

    assert await jobs.take() is None


async def test_whoever_watches_sees_a_job_get_on_and_end() -> None:
    job_id = await enqueue()
    queued = await jobs.find(job_id)
    _, attempt = await take()
    await jobs.progress(job_id, attempt, 40)
    running = await jobs.find(job_id)
    await jobs.finish(job_id, attempt, {"codes": 10})
    done = await jobs.find(job_id)

    assert (queued.state, queued.percent, queued.params) == ("queued", 0, {"batch": 7})
    assert (running.state, running.percent) == ("running", 40)
    assert (done.state, done.percent, done.result, done.error) == ("done", 100, {"codes": 10}, None)
    assert done.finished_at is not None


async def test_a_job_that_is_worked_on_is_not_taken() -> None:
    job_id = await enqueue()
    _, attempt = await take()
    await let_the_lease_run_out(job_id)
    await jobs.progress(job_id, attempt, 1)

    assert await jobs.take() is None


async def test_a_dead_workers_job_is_taken_over_and_he_is_fenced_off_when_he_wakes() -> None:
    job_id = await enqueue()
    _, asleep = await take()
    await let_the_lease_run_out(job_id)

    job, awake = await take()

    assert (job.id, awake) == (job_id, asleep + 1)
    for late in (
        jobs.progress(job_id, asleep, 99),
        jobs.finish(job_id, asleep, "twice"),
        jobs.fail(job_id, asleep, "late"),
    ):
        with pytest.raises(LeaseLost):
            await late
    await jobs.finish(job_id, awake, "once")
    assert (await jobs.find(job_id)).result == "once"


async def test_what_a_fenced_worker_wrote_beside_his_last_word_goes_with_it() -> None:
    job_id = await enqueue()
    _, asleep = await take()
    await let_the_lease_run_out(job_id)
    await take()

    with pytest.raises(LeaseLost):
        await finish_with_effect(job_id, asleep)

    assert await jobs.take() is None


async def finish_with_effect(job_id: UUID, attempt: int) -> None:
    async with transaction():
        await enqueue("effect")
        await jobs.finish(job_id, attempt, None)


async def test_a_try_that_failed_waits_a_while_before_the_next() -> None:
    job_id = await enqueue()
    _, attempt = await take()

    await jobs.fail(job_id, attempt, "the disk is full")

    assert await jobs.take() is None
    await let_the_lease_run_out(job_id)
    job, again = await take()
    assert (job.error, again) == ("the disk is full", attempt + 1)


async def test_after_its_last_try_a_job_is_parked_with_its_reason() -> None:
    job_id = await enqueue()
    for _ in range(ATTEMPTS_MAX):
        _, attempt = await take()
        await jobs.fail(job_id, attempt, f"broke at try {attempt}")
        await let_the_lease_run_out(job_id)

    parked = await jobs.find(job_id)

    assert (parked.state, parked.error) == ("failed", f"broke at try {ATTEMPTS_MAX}")
    assert parked.finished_at is not None
    assert await jobs.take() is None


async def test_a_job_that_takes_its_worker_with_it_at_every_try_is_parked_too() -> None:
    job_id = await enqueue()
    for _ in range(ATTEMPTS_MAX):
        await take()
        await let_the_lease_run_out(job_id)

    assert await jobs.take() is None
    assert (await jobs.find(job_id)).state == "failed"


async def test_a_job_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        await jobs.find(uuid4())
