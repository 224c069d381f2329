"""Live news: one subscription a process wakes the streams of the agents whose journal has something new."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.refusals import TooMany
from referrals.journal import TOPIC

STREAMS_PER_AGENT_MAX = 8
RECONNECT_SECONDS = 1.0

_News = list[tuple[str, int]]
_log = structlog.get_logger()


class TooManyStreams(TooMany):
    slug = "too_many_streams"
    title = "So many streams of this account are open that another one has to wait"


class Live:
    """Who waits for news of whom. A ping that is lost costs the seconds until a stream looks by itself."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._streams: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self.closing = False
        _heed_sigterm(self.end_streams)

    def refuse_more(self, agent_id: UUID) -> None:
        """TooManyStreams when the agent has as many as he may."""
        if len(self._streams.get(str(agent_id), ())) >= STREAMS_PER_AGENT_MAX:
            raise TooManyStreams

    @contextmanager
    def following(self, agent_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever the agent may have news, as long as the block lasts."""
        news = asyncio.Event()
        self._streams[str(agent_id)].add(news)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        try:
            yield news
        finally:
            self._leave(str(agent_id), news)

    def end_streams(self) -> None:
        """Wake every stream for the last time."""
        self.closing = True
        self._wake(self._streams)

    async def close(self) -> None:
        """End every stream and the subscription."""
        self.end_streams()
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def _listen(self) -> None:
        while not self.closing:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(TOPIC)
                    async for message in subscription.listen():
                        self._hear(message)
            except (RedisError, OSError) as lost:
                _log.warning("live.lost", error=type(lost).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # Nobody heard what was told before the subscription began.
            self._wake(self._streams)
        elif self._streams:
            self._wake(agent_id for agent_id, _ in msgspec.json.decode(message["data"], type=_News))

    def _leave(self, agent_id: str, news: asyncio.Event) -> None:
        self._streams[agent_id].discard(news)
        if not self._streams[agent_id]:
            del self._streams[agent_id]

    def _wake(self, agent_ids: Iterable[str]) -> None:
        for agent_id in agent_ids:
            for news in self._streams.get(agent_id, ()):
                news.set()


def _heed_sigterm(end: Callable[[], None]) -> None:
    """Streams end when the server is told to stop: it waits for open answers before it tells the application."""
    servers = signal.getsignal(signal.SIGTERM)
    if not callable(servers):
        return
    loop = asyncio.get_running_loop()

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)
        servers(number, frame)

    signal.signal(signal.SIGTERM, stop)
