"""The relay: news from the outbox told through Valkey to whoever listens."""

from redis.asyncio import Redis

from core import outbox
from core.db import transaction

_BATCH = 500


async def relay(redis: Redis) -> int:
    """Tell the oldest news; it leaves the outbox only once it was told. Returns how much was told."""
    async with transaction():
        news = await outbox.take(_BATCH)
        pipe = redis.pipeline(transaction=False)
        for item in news:
            for agent_id, entry_id in item.payload:
                pipe.publish(f"{item.topic}:{agent_id}", str(entry_id))
        if news:
            await pipe.execute()
    return len(news)
