"""Group commit in the process: requests that arrive together become one batch, each gets its own verdict."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from core.db import LOST
from core.refusals import DomainError, TooMany, Unavailable

Item = TypeVar("Item")
Verdict = TypeVar("Verdict")
Handle = Callable[[Sequence[Item]], Awaitable[Sequence[Verdict | DomainError]]]


class QueueFull(TooMany):
    slug = "overloaded"
    title = "Too much at once; try again in a moment"
    retry_after_seconds = 1


class Coalescer(Generic[Item, Verdict]):
    """Feeds a batch handler; while one batch is at the database the next gathers.

    A batch that fails is taken apart by `settle`: the broken item's caller gets the error, the others their verdict.
    """

    def __init__(self, handle: Handle[Item, Verdict], *, batch_max: int, queue_max: int, at_once: int = 2) -> None:
        self._handle = handle
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._at_once = at_once
        self._waiting: deque[tuple[Item, asyncio.Future[Verdict]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._gathering = False

    async def submit(self, item: Item) -> Verdict:
        """Hand in one item and wait for its verdict; raises its refusal, or QueueFull at once."""
        if len(self._waiting) >= self._queue_max:
            raise QueueFull
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return await future

    async def drained(self) -> None:
        """Wait until everything handed in has its verdict."""
        while self._running:
            await asyncio.wait(set(self._running))

    def _start(self) -> None:
        if self._waiting and not self._gathering and len(self._running) < self._at_once:
            self._gathering = True
            # A batch is nobody's: it inherits neither the transaction nor the log's context of whoever began it.
            task = asyncio.get_running_loop().create_task(self._run(), context=Context())
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _run(self) -> None:
        # One turn of the loop lets the requests that were read together gather into this batch.
        await asyncio.sleep(0)
        self._gathering = False
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._batch_max))]
        self._start()
        if batch:
            await self._settle(batch)

    async def _settle(self, batch: list[tuple[Item, asyncio.Future[Verdict]]]) -> None:
        verdicts = await settle(self._handle, [item for item, _ in batch])
        for (_, future), verdict in zip(batch, verdicts, strict=True):
            if future.done():
                continue
            if isinstance(verdict, Exception):
                future.set_exception(verdict)
            else:
                future.set_result(verdict)


async def settle(handle: Handle[Item, Verdict], items: Sequence[Item]) -> Sequence[Verdict | Exception]:
    """Give items to a batch handler; where they fail together they are halved until the broken one stands alone.

    A database that is away fails them all at once: halves would find it away as well.
    """
    try:
        return await handle(items)
    except Exception as broken:  # noqa: BLE001 - the outermost edge of a batch: the error belongs to one of its items.
        if len(items) == 1 or isinstance(broken, (Unavailable, *LOST)):
            return [broken] * len(items)
    half = len(items) // 2
    return [*await settle(handle, items[:half]), *await settle(handle, items[half:])]
