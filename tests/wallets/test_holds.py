import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.db import execute, fetch_value, transaction
from tests.wallets.purses import DAY, claw_back, credited, purse, release_due, remaining, wait_over, wrong
from wallets import holds
from wallets.credits import Released
from wallets.holds import HeldLot, Hold, Lifted

CAUSE = UUID(int=7)


@pytest.fixture(autouse=True)
async def _(books: None) -> None:
    pass


async def held(*lot_ids: UUID, cause_id: UUID = CAUSE) -> list[HeldLot]:
    async with transaction() as now:
        return await holds.hold([Hold(lot_id, cause_id, "agent_pace") for lot_id in lot_ids], now=now)


async def lifted(cause_id: UUID = CAUSE, *lot_ids: UUID) -> Lifted:
    async with transaction() as now:
        return await holds.lift(cause_id, now=now, lot_ids=lot_ids or None)


async def test_held_money_stays_pending_after_its_date() -> None:
    agent_id = uuid4()
    lot_id, free = await credited(agent_id, 100, wait_seconds=DAY), await credited(agent_id, 30, wait_seconds=DAY)

    [one] = await held(lot_id)

    await wait_over(lot_id, free)
    assert (one.lot_id, one.agent_id, one.asset, one.amount_minor) == (lot_id, agent_id, "BON", 100)
    assert await release_due() == [Released(free, agent_id, "BON", 30, 0)]
    assert await purse(agent_id) == (100, 30, 0, 0)
    assert await holds.held_minor() == {"BON": 100}
    await lifted()


async def test_what_is_free_to_spend_is_not_held() -> None:
    agent_id = uuid4()
    lot_id = await credited(agent_id, 100)

    assert await held(lot_id) == []

    assert await purse(agent_id) == (0, 100, 0, 0)
    assert await holds.held_minor() == {}


async def test_a_lifted_hold_frees_at_once_what_was_due_meanwhile() -> None:
    agent_id = uuid4()
    due, later = await credited(agent_id, 100, wait_seconds=DAY), await credited(agent_id, 30, wait_seconds=DAY)
    await held(due, later)
    await wait_over(due)

    done = await lifted()

    assert {one.lot_id for one in done.lots} == {due, later}
    assert done.released == [Released(due, agent_id, "BON", 100, 0)]
    assert await purse(agent_id) == (30, 100, 0, 0)
    await wait_over(later)
    assert [one.lot_id for one in await release_due()] == [later]


async def test_two_causes_hold_until_both_have_let_go() -> None:
    agent_id, other = uuid4(), uuid4()
    lot_id = await credited(agent_id, 100, wait_seconds=DAY)
    await held(lot_id)
    await held(lot_id, cause_id=other)
    await wait_over(lot_id)

    assert (await lifted()).released == []
    assert await purse(agent_id) == (100, 0, 0, 0)

    assert len((await lifted(other)).released) == 1
    assert await purse(agent_id) == (0, 100, 0, 0)


async def test_a_cause_holds_a_lot_once_and_lets_go_of_it_once() -> None:
    agent_id = uuid4()
    lot_id = await credited(agent_id, 100, wait_seconds=DAY)

    taken = [await held(lot_id), await held(lot_id)]

    assert list(map(len, taken)) == [1, 0]
    await wait_over(lot_id)
    assert [len(done.released) for done in (await lifted(), await lifted())] == [1, 0]
    assert await purse(agent_id) == (0, 100, 0, 0)


async def test_thirty_who_hold_and_lift_at_once_do_each_once() -> None:
    agent_id = uuid4()
    lot_ids = [await credited(agent_id, 10, wait_seconds=DAY) for _ in range(5)]

    taken = await asyncio.gather(*(held(*lot_ids) for _ in range(30)))
    await wait_over(*lot_ids)
    freed = await asyncio.gather(*(lifted() for _ in range(30)))

    assert sum(map(len, taken)) == 5
    assert sum(len(done.released) for done in freed) == 5
    assert await purse(agent_id) == (0, 50, 0, 0)


async def test_a_hold_and_a_release_at_the_same_moment_are_one_after_the_other() -> None:
    agent_id = uuid4()
    lot_ids = [await credited(agent_id, 10, wait_seconds=DAY) for _ in range(10)]
    await wait_over(*lot_ids)

    await asyncio.gather(*(work for lot_id in lot_ids for work in (held(lot_id), release_due(limit=3))))

    pending, available, _, _ = await purse(agent_id)
    assert pending + available == 100
    assert await holds.held_minor() == ({"BON": pending} if pending else {})
    await lifted()
    await release_due()
    assert await purse(agent_id) == (0, 100, 0, 0)


async def test_a_clawback_takes_what_is_held_first() -> None:
    agent_id = uuid4()
    await credited(agent_id, 50)
    lot_id = await credited(agent_id, 100, wait_seconds=DAY)
    await held(lot_id)

    taken = await claw_back(lot_id, 100)

    assert (taken.from_pending_minor, taken.from_available_minor, taken.to_debt_minor) == (100, 0, 0)
    assert await remaining(lot_id) == 0
    assert (await lifted()).released == []
    assert await wrong() == []


async def test_the_database_lets_no_held_lot_become_available() -> None:
    lot_id = await credited(uuid4(), 100, wait_seconds=DAY)
    await held(lot_id)

    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE lot SET state = 'available' WHERE id = $1", lot_id)

    assert await fetch_value("SELECT state FROM lot WHERE id = $1", lot_id) == "pending"
    await lifted()
