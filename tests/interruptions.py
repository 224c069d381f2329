"""Interruptions: work is cancelled the first time it waits, the second time, and so on until it ends by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any

from core.refusals import DomainError


class _CancelledAt:
    """A coroutine whose own task is cancelled when it waits for the so-manieth time."""

    def __init__(self, work: Coroutine[Any, Any, Any], place: int) -> None:
        self._work = work
        self._left = place

    def __await__(self) -> Generator[Any, Any, None]:
        running = self._work.__await__()
        sent: Any = None
        while True:
            try:
                waits_for = running.send(None) if sent is None else running.throw(sent)
            except StopIteration:
                return
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


async def interruptions(work: Callable[[], Coroutine[Any, Any, Any]]) -> AsyncIterator[int]:
    """Begin the work anew for each place at which it waits, cancel it there, and yield the place.

    It is over when the work ends by itself, be it by a refusal because an earlier attempt was cut after its commit.
    """
    place, cut = 0, True
    while cut:
        place += 1
        task = asyncio.ensure_future(_run(_CancelledAt(work(), place)))
        await asyncio.wait({task})
        cut = task.cancelled()
        if cut:
            yield place
        else:
            await task


async def _run(attempt: _CancelledAt) -> None:
    with suppress(DomainError):
        await attempt
