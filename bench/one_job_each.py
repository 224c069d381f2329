"""What we do not do: one arq job for each credit, tuned as well as arq can be; the other side of the drain's ratio."""

import os
from typing import Any, cast
from uuid import UUID

import uvloop
from arq.connections import ArqRedis, create_pool
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from core import settings
from core.db import open_pool, transaction
from core.doorbell import decode, encode, redis_settings
from wallets import accounts
from wallets.ledger import Transfer, post

JOB = "credit_one"
KIND = "one job each"
_QUEUE = "bench"


async def credit_one(_context: dict[str, Any], agent_id: str, campaign_id: str, reference: str) -> None:
    """A job's own transaction with its own transfer."""
    async with transaction():
        await post([transfer(UUID(agent_id), UUID(campaign_id), UUID(reference), kind=KIND)])


def transfer(agent_id: UUID, campaign_id: UUID, reference: UUID, *, kind: str) -> Transfer:
    """A bonus as the ledger sees it, and nothing else of it."""
    return Transfer(
        kind=kind,
        reference=reference,
        debit=accounts.campaign(campaign_id, "BON"),
        credit=accounts.pending(agent_id, "BON"),
        amount_minor=15_000,
        cause=f"bench:{reference}",
    )


async def queue(redis_url: str) -> ArqRedis:
    """Where the jobs are put."""
    return await create_pool(
        redis_settings(redis_url), job_serializer=encode, job_deserializer=decode, default_queue_name=_QUEUE
    )


async def main() -> None:
    known = settings.load(os.environ)
    await open_pool(known.database_url, size=known.database_pool_size)
    worker = Worker(
        functions=[func(cast("WorkerCoroutine", credit_one), name=JOB, keep_result=0, max_tries=1)],
        redis_settings=redis_settings(known.redis_url),
        queue_name=_QUEUE,
        poll_delay=0.01,
        max_jobs=100,
        keep_result=0,
        job_serializer=encode,
        job_deserializer=decode,
        log_results=False,
    )
    await worker.async_run()


if __name__ == "__main__":
    uvloop.run(main())
