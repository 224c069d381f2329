"""What we do not do: one arq job for each credit, tuned as well as arq can be; the other side of the drain's ratio."""

import asyncio
import os
from typing import Any
from uuid import UUID

import uvloop

from core import settings
from core.db import open_pool, transaction
from wallets import accounts
from wallets.ledger import Transfer, post
from workers.queue import serve

JOB = "credit_one"
KIND = "one job each"


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


async def main() -> None:
    known = settings.load(os.environ)
    await open_pool(known.database_url, size=known.database_pool_size)
    await serve({JOB: credit_one}, redis_url=known.redis_url, stopping=asyncio.Event())


if __name__ == "__main__":
    uvloop.run(main())
