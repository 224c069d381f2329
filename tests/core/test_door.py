import asyncio

import pytest

from core.coalescer import QueueFull
from core.door import Door


async def pass_(door: Door, seen: list[int], place: int, *, until: asyncio.Event) -> None:
    async with door.passed():
        seen.append(place)
        await until.wait()


async def test_a_few_are_inside_and_the_others_follow_in_the_order_in_which_they_came() -> None:
    door, seen, leave = Door(at_once=2, queue_max=10), list[int](), asyncio.Event()

    tasks = [asyncio.create_task(pass_(door, seen, place, until=leave)) for place in range(6)]
    await asyncio.sleep(0.01)
    inside = list(seen)
    leave.set()
    await asyncio.gather(*tasks)

    assert inside == [0, 1]
    assert seen == [0, 1, 2, 3, 4, 5]


async def test_who_finds_the_queue_full_is_told_so_at_once_and_finds_room_later() -> None:
    door, seen, leave = Door(at_once=1, queue_max=1), list[int](), asyncio.Event()
    tasks = [asyncio.create_task(pass_(door, seen, place, until=leave)) for place in range(2)]
    await asyncio.sleep(0.01)

    with pytest.raises(QueueFull):
        async with door.passed():
            pass
    leave.set()
    await asyncio.gather(*tasks)

    async with door.passed():
        assert seen == [0, 1]


async def test_who_waits_for_too_long_is_told_to_come_later_and_leaves_the_queue() -> None:
    door, leave = Door(at_once=1, queue_max=2, wait_seconds_max=0.001), asyncio.Event()
    inside = asyncio.create_task(pass_(door, [], 0, until=leave))
    await asyncio.sleep(0)

    for _ in range(3):
        with pytest.raises(QueueFull):
            async with door.passed():
                pass
    leave.set()
    await inside

    async with door.passed():
        assert not door._waiting


async def test_who_gives_up_waiting_and_who_breaks_inside_leave_their_place_to_others() -> None:
    door, leave = Door(at_once=1, queue_max=1), asyncio.Event()
    inside = asyncio.create_task(pass_(door, [], 0, until=leave))
    await asyncio.sleep(0.01)
    waiting = asyncio.create_task(pass_(door, [], 1, until=leave))
    await asyncio.sleep(0.01)

    waiting.cancel()
    inside.cancel()
    await asyncio.gather(inside, waiting, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        async with door.passed():
            raise ZeroDivisionError

    async with asyncio.timeout(1), door.passed():
        pass


async def test_what_is_asked_of_one_keeps_nobody_else_outside() -> None:
    door, leave, seen = Door(at_once=4, queue_max=20), asyncio.Event(), list[str]()

    async def ask(whose: str) -> None:
        async with door.passed(whose):
            seen.append(whose)
            await leave.wait()

    tasks = [asyncio.create_task(ask("busy")) for _ in range(8)]
    await asyncio.sleep(0.01)
    tasks += [asyncio.create_task(ask("other")) for _ in range(2)]
    await asyncio.sleep(0.01)
    inside = list(seen)
    leave.set()
    await asyncio.gather(*tasks)

    assert inside == ["busy", "busy", "other", "other"]
    assert len(seen) == 10


async def test_those_who_wait_for_different_ones_are_let_in_by_turns() -> None:
    door, leave, seen = Door(at_once=1, queue_max=20), asyncio.Event(), list[str]()

    async def ask(whose: str) -> None:
        async with door.passed(whose):
            seen.append(whose)
            await leave.wait()

    tasks = [asyncio.create_task(ask(whose)) for whose in ("a", "a", "a", "a", "b", "c")]
    await asyncio.sleep(0.01)
    leave.set()
    await asyncio.gather(*tasks)

    assert seen == ["a", "a", "b", "c", "a", "a"]


async def test_the_queue_of_one_leaves_room_for_others() -> None:
    door, leave = Door(at_once=1, queue_max=4), asyncio.Event()

    async def ask(whose: str) -> None:
        async with door.passed(whose):
            await leave.wait()

    tasks = [asyncio.create_task(ask("busy")) for _ in range(3)]
    await asyncio.sleep(0.01)

    with pytest.raises(QueueFull):
        await ask("busy")
    tasks += [asyncio.create_task(ask("other")) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(QueueFull):
        await ask("third")
    leave.set()
    await asyncio.gather(*tasks)


async def test_whoever_is_sent_away_while_places_are_given_takes_none() -> None:
    door, leave, seen = Door(at_once=1, queue_max=4), asyncio.Event(), list[int]()
    inside = asyncio.create_task(pass_(door, seen, 0, until=leave))
    await asyncio.sleep(0.01)
    waiting = [asyncio.create_task(pass_(door, seen, place, until=leave)) for place in (1, 2)]
    await asyncio.sleep(0.01)

    inside.cancel()
    waiting[0].cancel()
    leave.set()
    await asyncio.gather(inside, *waiting, return_exceptions=True)

    assert seen == [0, 2]
    async with asyncio.timeout(1), door.passed():
        pass
