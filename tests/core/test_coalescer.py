import asyncio
from collections.abc import Sequence

import pytest

from core.coalescer import Coalescer, QueueFull, settle
from core.db import engine, execute, fetch_value, transaction
from core.refusals import Conflict, DomainError, Unavailable
from tests.core.rollbacks import rolled_back


class Broken(Exception):
    """What a handler raises for a batch in which something is wrong."""


class Handler:
    """Doubles numbers a batch at a time, breaks on 13, and refuses 7."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.asked = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def __call__(self, items: Sequence[int]) -> list[int | DomainError]:
        self.batches.append(list(items))
        self.asked.set()
        await self.may_go_on.wait()
        if 13 in items:
            raise Broken
        return [Conflict(number=item) if item == 7 else 2 * item for item in items]


def coalescer(handler: Handler, *, batch_max: int = 100, queue_max: int = 1_000) -> Coalescer[int, int]:
    return Coalescer(handler, batch_max=batch_max, queue_max=queue_max)


async def test_what_arrives_together_is_one_batch_and_each_gets_its_own_verdict() -> None:
    handler = Handler()
    scans = coalescer(handler)

    verdicts = await asyncio.gather(*(scans.submit(number) for number in (1, 2, 3)))

    assert verdicts == [2, 4, 6]
    assert handler.batches == [[1, 2, 3]]


async def test_what_arrives_while_a_batch_is_away_gathers_into_the_next() -> None:
    handler = Handler()
    handler.may_go_on.clear()
    scans = Coalescer(handler, batch_max=100, queue_max=1_000, at_once=1)
    first = asyncio.create_task(scans.submit(0))
    await handler.asked.wait()
    others = [asyncio.create_task(scans.submit(number)) for number in range(100, 150)]
    await asyncio.sleep(0)
    handler.may_go_on.set()

    verdicts = await asyncio.gather(first, *others)

    assert verdicts == [2 * number for number in (0, *range(100, 150))]
    assert handler.batches == [[0], list(range(100, 150))]


async def test_no_batch_is_larger_than_it_may_be() -> None:
    handler = Handler()
    scans = coalescer(handler, batch_max=10)

    verdicts = await asyncio.gather(*(scans.submit(1) for _ in range(35)))

    assert verdicts == [2] * 35
    assert [len(batch) for batch in handler.batches] == [10, 10, 10, 5]


async def test_a_refusal_is_its_own_callers() -> None:
    scans = coalescer(Handler())

    one, refused, three = await asyncio.gather(*map(scans.submit, (1, 7, 3)), return_exceptions=True)

    assert (one, three) == (2, 6)
    assert isinstance(refused, Conflict)
    assert refused.facts == {"number": 7}


async def test_a_broken_item_breaks_nobody_else() -> None:
    scans = coalescer(Handler())

    *fine, broken = await asyncio.gather(*map(scans.submit, [*range(1, 7), *range(20, 80), 13]), return_exceptions=True)

    assert fine == [2 * number for number in [*range(1, 7), *range(20, 80)]]
    assert isinstance(broken, Broken)


async def test_a_broken_item_is_found_by_halving() -> None:
    handler = Handler()

    await settle(handler, [13, *range(100, 163)])

    assert len(handler.batches) == 1 + 2 * 6


@pytest.mark.parametrize("lost", [Unavailable(), ConnectionResetError(), TimeoutError()])
async def test_a_database_that_is_away_is_not_asked_again_by_halves(lost: Exception) -> None:
    asked = []

    async def away(items: Sequence[int]) -> list[int | DomainError]:
        asked.append(items)
        raise lost

    assert await settle(away, [1, 2, 3]) == [lost] * 3
    assert asked == [[1, 2, 3]]


async def test_a_full_queue_refuses_at_once_and_only_those_who_come_too_many() -> None:
    scans = coalescer(Handler(), queue_max=5)

    answers = await asyncio.gather(*(scans.submit(1) for _ in range(8)), return_exceptions=True)

    assert answers[:5] == [2] * 5
    assert all(isinstance(answer, QueueFull) and answer.retry_after_seconds for answer in answers[5:])
    assert await scans.submit(2) == 4


async def test_a_caller_who_goes_away_leaves_the_others_their_verdicts() -> None:
    handler = Handler()
    handler.may_go_on.clear()
    scans = coalescer(handler)
    callers = [asyncio.create_task(scans.submit(number)) for number in (1, 2, 3)]
    await handler.asked.wait()

    callers[1].cancel()
    handler.may_go_on.set()
    verdicts = await asyncio.gather(*callers, return_exceptions=True)

    assert verdicts[::2] == [2, 6]
    assert isinstance(verdicts[1], asyncio.CancelledError)
    assert await scans.submit(4) == 8


async def test_drained_waits_for_every_verdict() -> None:
    scans = coalescer(Handler(), batch_max=3)
    callers = [asyncio.create_task(scans.submit(number)) for number in range(20, 30)]
    await asyncio.sleep(0)

    await scans.drained()

    await asyncio.sleep(0)
    assert all(caller.done() for caller in callers)


async def test_a_batch_is_in_nobodys_transaction(database: None) -> None:
    async def insert(items: Sequence[str]) -> list[str | DomainError]:
        async with transaction():
            for item in items:
                await execute("INSERT INTO switch (name) VALUES ($1)", item)
        return list(items)

    switches: Coalescer[str, str] = Coalescer(insert, batch_max=10, queue_max=10)
    async with rolled_back():
        await switches.submit("shop:1")
    await switches.submit("shop:2")

    assert engine.current_transaction.get() is None
    assert await fetch_value("SELECT count(*) FROM switch") == 2
