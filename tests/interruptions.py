"""Interruptions: work is cancelled the first time it waits, the second time, and so on until it ends by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from typing import Any


class _CancelledAt:
    """A coroutine whose own task is cancelled when it waits for the so-manieth time."""

    def __init__(self, work: Coroutine[Any, Any, Any], place: int) -> None:
        self._work = work
        self._left = place
        self.ended = False

    def __await__(self) -> Generator[Any, Any, None]:
        running = self._work.__await__()
        sent: Any = None
        try:
            while True:
                waits_for = running.send(sent) if sent is None else running.throw(sent)
                self._left -= 1
                if self._left == 0:
                    task = asyncio.current_task()
                    assert task is not None
                    # The task is running, so it is cancelled at the very moment at which it begins to wait.
                    task.cancel()
                try:
                    yield waits_for
                    sent = None
                except BaseException as thrown:  # noqa: BLE001 - whatever it is, the work gets it.
                    sent = thrown
        except StopIteration:
            self.ended = True


async def interruptions(work: Callable[[], Coroutine[Any, Any, Any]]) -> AsyncIterator[int]:
    """Begin the work anew for each place at which it waits, cancel it there, and yield the place."""
    place, ended = 0, False
    while not ended:
        place += 1
        attempt = _CancelledAt(work(), place)
        task = asyncio.ensure_future(_run(attempt))
        await asyncio.wait({task})
        ended = attempt.ended and not task.cancelled()
        if not ended:
            yield place


async def _run(attempt: _CancelledAt) -> None:
    await attempt
