"""arq, behind one thin module: the queue's name, its encoding and its pace."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from core.doorbell import QUEUE, decode, encode, redis_settings

Job = Callable[[], Awaitable[Any]]

JOB_SECONDS_MAX = 60
_AGAIN_SECONDS = (0.2, 0.5, 1, 2)

_log = structlog.get_logger()


def _worker(jobs: Mapping[str, Job], *, redis_url: str) -> Worker:
    return Worker(
        functions=[func(_heard(job), name=name, keep_result=0, max_tries=1) for name, job in jobs.items()],
        redis_settings=redis_settings(redis_url),
        queue_name=QUEUE,
        poll_delay=0.02,
        max_jobs=100,
        job_timeout=JOB_SECONDS_MAX,
        keep_result=0,
        job_serializer=encode,
        job_deserializer=decode,
        handle_signals=False,
        health_check_interval=60,
        log_results=False,
    )


def _heard(job: Job) -> WorkerCoroutine:
    async def run(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        await job()

    return run


async def serve(jobs: Mapping[str, Job], *, redis_url: str, stopping: asyncio.Event) -> None:
    """Hear the doorbell until told to stop; arq ends when Valkey does, so it is begun again until it lasts."""
    tries = 0
    while not stopping.is_set():
        worker = _worker(jobs, redis_url=redis_url)
        running = asyncio.create_task(worker.async_run())
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if stopping.is_set():
            running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            pass
        except Exception as lost:  # noqa: BLE001 - without Valkey the sweep goes on, and so must this loop.
            _log.warning("worker.doorbell_lost", error=repr(lost)[:200])
        await _close(worker)
        if not stopping.is_set():
            await asyncio.sleep(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
            tries += 1


async def _close(worker: Worker) -> None:
    try:
        await worker.close()
    except Exception as lost:  # noqa: BLE001 - closing towards a server that is gone.
        _log.debug("worker.close", error=repr(lost)[:200])
