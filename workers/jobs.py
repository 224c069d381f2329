"""Jobs: the names that the doorbell rings for and the long work that job rows ask for, each with its use case."""

import asyncio
import time
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis

from codes import batches, past_costs, sales_files
from core import jobs
from core.db import LOST
from core.settings import Settings
from receipts import asking
from receipts.asking import Pace
from receipts.sources import registry
from referrals import crediting
from referrals.crediting import Drained
from workers.relay import BATCH, relay

# After news could not be told the schedule alone tries to tell it, for so long.
QUIET_SECONDS = 5.0

_log = structlog.get_logger()


class Asker:
    """The asking of a process: one round at a time, so that a ring within a round begins no second one."""

    def __init__(self, settings: Settings) -> None:
        self._sources = registry.sources(settings)
        self._pace = Pace(
            again_seconds=settings.receipt_ask_again_seconds,
            wait_days=settings.receipt_wait_days,
            ca_file=settings.receipt_sources_ca_file,
        )
        self._running = False

    async def __call__(self) -> int:
        """Ask about the receipts whose turn has come; returns how many there were."""
        if self._running:
            return 0
        self._running = True
        try:
            return await asking.ask_due(self._sources, self._pace)
        finally:
            self._running = False


class Drain:
    """The drains of a process: one for what comes now and then, two side by side while there is a backlog.

    While PostgreSQL works on one batch, Python decides the other.
    """

    AT_ONCE = 2

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._batch_max = settings.drain_batch_max
        self._redis = redis
        self._running = False
        self._rung = False
        self._quiet_until = 0.0

    async def __call__(self) -> int:
        """Settle what waits until nothing does; returns how many activities this call settled."""
        self._rung = True
        if self._running:
            return 0
        self._running, settled = True, 0
        try:
            while self._rung:
                self._rung = False
                drained = await self._drain()
                settled += drained.settled
                if drained.more:
                    settled += sum(await asyncio.gather(*(self._until_empty() for _ in range(self.AT_ONCE))))
        finally:
            self._running = False
        return settled

    async def _until_empty(self) -> int:
        settled = 0
        while True:
            drained = await self._drain()
            settled += drained.settled
            if not drained.more:
                return settled
            if not drained.settled:
                # Their agents are in other hands.
                await asyncio.sleep(0.005)

    async def _drain(self) -> Drained:
        drained = await crediting.drain(batch_max=self._batch_max)
        if drained.settled:
            await self._tell()
        return drained

    async def _tell(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            # A batch that was not full was all there is.
            while await relay(self._redis) == BATCH:
                pass
        except Exception as lost:  # noqa: BLE001 - news waits in the outbox; money does not wait for news.
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            _log.warning("relay.lost", error=repr(lost)[:200])


async def run_waiting_jobs() -> int:
    """Do the long jobs that wait, one after another; returns how many were taken."""
    taken = 0
    while (leased := await jobs.take()) is not None:
        taken += 1
        job, attempt = leased
        try:
            await _LONG[job.name](job, attempt)
        except (jobs.LeaseLost, *LOST):
            _log.warning("job.left", job_id=str(job.id))
        except Exception as broken:  # noqa: BLE001 - a job that breaks is written down and tried again, then parked.
            _log.error("job.broke", job_id=str(job.id), exc_info=broken)
            await jobs.fail(job.id, attempt, repr(broken))
    return taken


async def _seal_batch(job: jobs.Job, attempt: int) -> None:
    async def progress(percent: int) -> None:
        await jobs.progress(job.id, attempt, percent)

    async def finish(result: Any) -> None:
        await jobs.finish(job.id, attempt, result)

    await batches.seal(UUID(job.params["batch_id"]), progress=progress, finish=finish)


async def _take_sales(job: jobs.Job, attempt: int) -> None:
    async def progress(percent: int) -> None:
        await jobs.progress(job.id, attempt, percent)

    async def finish(result: Any) -> None:
        await jobs.finish(job.id, attempt, result)

    await sales_files.carry_out(UUID(job.params["file_id"]), progress=progress, finish=finish)


async def _play_past(job: jobs.Job, attempt: int) -> None:
    async def progress(percent: int) -> None:
        await jobs.progress(job.id, attempt, percent)

    async def finish(result: Any) -> None:
        await jobs.finish(job.id, attempt, result)

    await past_costs.carry_out(UUID(job.params["campaign_id"]), progress=progress, finish=finish)


_LONG = {
    batches.SEAL_JOB: _seal_batch,
    sales_files.SALES_JOB: _take_sales,
    past_costs.PAST_COST_JOB: _play_past,
}
