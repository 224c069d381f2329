"""Live news: one subscription a process wakes the streams of the agents whose journal has something new."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.refusals import TooMany

STREAMS_PER_AGENT_MAX = 8
RECONNECT_SECONDS = 1.0

_CHANNEL = "journal:"
# A subscription has to be to something, also while nobody follows anything.
_NOBODY = f"{_CHANNEL}-"
_log = structlog.get_logger()


class TooManyStreams(TooMany):
    slug = "too_many_streams"
    title = "So many streams of this account are open that another one has to wait"


class Live:
    """Who waits for news of whom. A ping that is lost costs the seconds until a stream looks by itself."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._streams: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._subscription: Any = None
        self._listener: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self.closing = False
        _heed_sigterm(self.end_streams)

    def refuse_more(self, agent_id: UUID) -> None:
        """TooManyStreams when the agent has as many as he may."""
        if len(self._streams.get(f"{_CHANNEL}{agent_id}", ())) >= STREAMS_PER_AGENT_MAX:
            raise TooManyStreams

    @contextmanager
    def following(self, agent_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever the agent may have news, as long as the block lasts."""
        channel, news = f"{_CHANNEL}{agent_id}", asyncio.Event()
        self._streams[channel].add(news)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        elif self._subscription is not None:
            self._ask(self._subscription.subscribe(channel))
        try:
            yield news
        finally:
            self._leave(channel, news)

    def end_streams(self) -> None:
        """Wake every stream for the last time."""
        self.closing = True
        for channel in self._streams:
            self._wake(channel)

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
                    await subscription.subscribe(_NOBODY, *self._streams)
                    self._subscription = subscription
                    async for message in subscription.listen():
                        # A subscription that has just begun wakes as well: nobody heard what was pinged before it.
                        if message["type"] in {"message", "subscribe"}:
                            self._wake(message["channel"].decode())
            except (RedisError, OSError) as lost:
                _log.warning("live.lost", error=type(lost).__name__)
            self._subscription = None
            await asyncio.sleep(RECONNECT_SECONDS)

    def _leave(self, channel: str, news: asyncio.Event) -> None:
        self._streams[channel].discard(news)
        if not self._streams[channel]:
            del self._streams[channel]
            if self._subscription is not None:
                self._ask(self._subscription.unsubscribe(channel))

    def _ask(self, subscribing: Coroutine[Any, Any, None]) -> None:
        """Send a subscription's change off; a connection that is lost meanwhile is made anew with all of them."""
        task = asyncio.create_task(_quietly(subscribing))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _wake(self, channel: str) -> None:
        for news in self._streams.get(channel, ()):
            news.set()


async def _quietly(subscribing: Coroutine[Any, Any, None]) -> None:
    with suppress(RedisError, OSError):
        await subscribing


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
