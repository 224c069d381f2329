"""A door in front of work that takes a connection each: a few are inside, the others wait outside without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.coalescer import QueueFull


class Door:
    """Lets so many in at once, in the order in which they came; beyond a queue they are told to come later."""

    def __init__(self, *, at_once: int, queue_max: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._queue_max = queue_max
        self._waiting = 0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for a place and keep it for the length of a block; raises QueueFull at once."""
        if self._places.locked() and self._waiting >= self._queue_max:
            raise QueueFull
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()
