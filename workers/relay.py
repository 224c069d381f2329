"""The relay: news from the outbox told through Valkey to whoever listens."""

import asyncio
from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import outbox
from core.db import transaction
from core.outbox import News
from referrals import notices
from referrals.journal import TOPIC

TELL_SECONDS_MAX = 2.0
BATCH = 500


class Untold(Exception):
    """Valkey did not take the news; it stays in the outbox and is told another time."""


async def relay(redis: Redis) -> int:
    """Tell the oldest news; it leaves the outbox only once it was told. Returns how much was told, or raises Untold."""
    async with transaction():
        news = await outbox.take(BATCH)
        if news:
            await _publish(redis, news)
            await notices.queue([(agent, entry) for one in news if one.topic == TOPIC for agent, entry in one.payload])
    return len(news)


async def _publish(redis: Redis, news: Sequence[News]) -> None:
    pipe = redis.pipeline(transaction=False)
    for item in news:
        pipe.publish(item.topic, msgspec.json.encode(item.payload))
    try:
        # A server that hangs would hold the transaction, and with it whoever waits for this news to be told.
        async with asyncio.timeout(TELL_SECONDS_MAX):
            await pipe.execute()
    except (RedisError, OSError, TimeoutError) as lost:
        raise Untold(repr(lost)[:200]) from lost
