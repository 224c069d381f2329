"""The worker: hears the doorbell, sweeps behind it, keeps the schedule, and needs only the database to be paid by."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
import uvloop

import codes.voids  # noqa: F401 - it says how the key of a batch is destroyed again.
from core import destroyed, keys, log, peppers
from core.db import LOST, DatabaseUnavailable, close_pool, open_pool
from core.doorbell import plain_client
from core.settings import Settings, load
from core.stalls import end_stalled
from workers.chores import quick_chores, slow_chores, watch_chores
from workers.jobs import Asker, Drain, run_waiting_jobs
from workers.notices import Sender
from workers.queue import Job, serve
from workers.schedule import run_due

SWEEP_SECONDS = 1.0
STALLS_SECONDS = 5.0
LEAVE_SECONDS = 8

_log = structlog.get_logger()


def run() -> None:
    """Run a worker until SIGTERM; the settings come from the environment."""
    uvloop.run(work(load()))


async def work(settings: Settings) -> None:
    """One worker process."""
    log.configure(settings.log_level)
    keys.use(keys.load(settings))
    destroyed.keep_in(settings.destroyed_log)
    await open_pool(
        settings.database_url,
        size=settings.database_pool_size,
        statement_cache=settings.database_statement_cache,
    )
    await peppers.load()
    await destroyed.apply()
    redis = plain_client(settings.redis_url)
    drain, ask, notify = Drain(settings, redis), Asker(settings), Sender(settings)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    gc.freeze()

    quick, slow = quick_chores(redis), slow_chores(settings)
    bell: dict[str, Job] = {"drain": drain, "jobs": run_waiting_jobs, "ask": ask}
    tasks = [
        asyncio.create_task(serve(bell, redis_url=settings.redis_url, stopping=stopping)),
        # The sweeps lean on nothing but the database, so a lost doorbell delays by a second and loses nothing.
        asyncio.create_task(_every(SWEEP_SECONDS, drain, stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, run_waiting_jobs, stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, ask, stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, notify, stopping)),
        # No chore: whoever stopped may have stopped with the chore's row in his hands.
        asyncio.create_task(_every(STALLS_SECONDS, end_stalled, stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, partial(run_due, quick), stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, partial(run_due, slow), stopping)),
        asyncio.create_task(_every(SWEEP_SECONDS, partial(run_due, watch_chores()), stopping)),
    ]
    _log.info("worker.ready", pid=os.getpid())
    await stopping.wait()
    _, late = await asyncio.wait(tasks, timeout=LEAVE_SECONDS)
    for task in late:
        task.cancel()
    # What is cut here is rolled back, and done again by whoever comes next.
    await asyncio.gather(*late, return_exceptions=True)
    await redis.aclose()
    await close_pool()


async def _every(seconds: float, work: Callable[[], Awaitable[Any]], stopping: asyncio.Event) -> None:
    """Do something at this pace until told to stop; a database that is away is waited for."""
    while not stopping.is_set():
        try:
            await work()
        except (DatabaseUnavailable, *LOST) as lost:
            _log.warning("worker.database_lost", error=repr(lost)[:200])
        except Exception as broken:  # noqa: BLE001 - the worker's outermost edge: it is logged, and tried again.
            _log.error("worker.broke", exc_info=broken)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)
