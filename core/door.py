"""A door in front of work that takes a connection each: a few are inside, the others wait outside without one."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from core.coalescer import QueueFull


class Door:
    """Lets so many in at once; beyond a queue they are told to come later.

    Who comes for the same one as others (`whose`) shares half of the places and half of the queue with them, and those
    who wait for different ones are let in by turns: what is asked of one busy agent keeps nobody else outside.
    """

    def __init__(self, *, at_once: int, queue_max: int, wait_seconds_max: float | None = None) -> None:
        self._wait_seconds_max = wait_seconds_max
        self._free = at_once
        self._each_max = max(1, at_once // 2)
        self._queue_max = queue_max
        self._queue_each_max = max(1, queue_max // 2)
        self._inside: Counter[Hashable] = Counter()
        # Whoever's turn is next stands first.
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def passed(self, whose: Hashable | None = None) -> AsyncIterator[None]:
        """Wait for a place and keep it for the length of a block; QueueFull at once, or after too long a wait."""
        key = object() if whose is None else whose
        await self._enter(key)
        try:
            yield
        finally:
            self._leave(key)

    async def _enter(self, key: Hashable) -> None:
        if self._has_room_for(key):
            self._let_in(key)
            return
        queue = self._waiting.get(key, ())
        if len(queue) >= self._queue_each_max or sum(map(len, self._waiting.values())) >= self._queue_max:
            raise QueueFull
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(place)
        try:
            async with asyncio.timeout(self._wait_seconds_max):
                await self._come_in(key, place)
        except TimeoutError:
            raise QueueFull from None

    async def _come_in(self, key: Hashable, place: asyncio.Future[None]) -> None:
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._give_up(key, place)
            else:
                # It was let in while it was being sent away.
                self._leave(key)
            raise

    def _has_room_for(self, key: Hashable) -> bool:
        return self._free > 0 and self._inside[key] < self._each_max

    def _let_in(self, key: Hashable) -> None:
        self._free -= 1
        self._inside[key] += 1

    def _leave(self, key: Hashable) -> None:
        self._free += 1
        self._inside[key] -= 1
        if not self._inside[key]:
            del self._inside[key]
        while (following := next(filter(self._has_room_for, self._waiting), None)) is not None:
            place = self._next_of(following)
            # Whoever was sent away meanwhile takes none.
            if not place.done():
                self._let_in(following)
                place.set_result(None)

    def _next_of(self, key: Hashable) -> asyncio.Future[None]:
        """The first of those who wait for this one; the others of them stand behind everybody else."""
        queue = self._waiting.pop(key)
        place = queue.popleft()
        if queue:
            self._waiting[key] = queue
        return place

    def _give_up(self, key: Hashable, place: asyncio.Future[None]) -> None:
        queue = self._waiting.get(key)
        if queue is not None and place in queue:
            queue.remove(place)
            if not queue:
                del self._waiting[key]
