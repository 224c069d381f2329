import asyncio

import pytest

from core import chores
from core.db import DatabaseUnavailable, execute, fetch_value
from workers.schedule import Chore, run_due

HOUR = 3_600


class Work:
    """Work that counts how often it was done, and may break."""

    def __init__(self, name: str = "work", *, every_seconds: float = HOUR, breaks: Exception | None = None) -> None:
        self.chore = Chore(name, every_seconds, self)
        self.breaks = breaks
        self.done = 0

    async def __call__(self) -> None:
        self.done += 1
        await asyncio.sleep(0.01)
        if self.breaks is not None:
            raise self.breaks


async def let_pass(interval: str) -> None:
    await execute(f"UPDATE chore SET done_at = done_at - interval '{interval}'")


async def test_several_workers_do_each_chore_once(database: None) -> None:
    works = [Work("one"), Work("other")]

    done = await asyncio.gather(*(run_due([work.chore for work in works]) for _ in range(8)))

    assert [work.done for work in works] == [1, 1]
    assert sorted(name for names in done for name in names) == ["one", "other"]


async def test_a_chore_is_done_again_when_its_time_has_come_and_not_before(database: None) -> None:
    work = Work()

    done = []
    for pause in ("0 seconds", "59 minutes", "2 minutes", "1 minute"):
        await execute(f"UPDATE chore SET done_at = done_at - interval '{pause}'")
        done.append(await run_due([work.chore]))

    assert done == [["work"], [], ["work"], []]


async def test_after_any_pause_a_chore_is_done_once_and_by_one_worker(database: None) -> None:
    work = Work()
    await run_due([work.chore])
    await let_pass("400 days")

    await asyncio.gather(*(run_due([work.chore]) for _ in range(8)))
    await run_due([work.chore])

    assert work.done == 2


async def test_a_chore_that_breaks_is_noted_and_keeps_nobody_from_the_others(database: None) -> None:
    broken, other = Work("broken", breaks=ValueError("no")), Work("other")

    assert await run_due([broken.chore, other.chore]) == ["other"]

    noted = {chore.name: chore.error for chore in await chores.listed()}
    assert noted == {"broken": "ValueError('no')", "other": None}


async def test_a_chore_that_works_again_is_no_longer_noted(database: None) -> None:
    work = Work(breaks=ValueError("no"))
    await run_due([work.chore])
    await let_pass("2 hours")
    work.breaks = None

    await run_due([work.chore])

    assert await fetch_value("SELECT error FROM chore") is None


async def test_a_database_that_is_away_ends_the_round(database: None) -> None:
    lost, other = Work("lost", breaks=ConnectionResetError()), Work("other")

    with pytest.raises((DatabaseUnavailable, ConnectionResetError)):
        await run_due([lost.chore, other.chore])

    assert other.done == 0
